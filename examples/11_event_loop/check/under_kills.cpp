// Gives work to the servers of 11_event_loop while other takers of their queues are killed, and at
// half time one of the servers. Every job must be answered exactly once, and none may wait longer
// than the manager needs to notice a death.
//
//   event_loop_under_kills ENDPOINT PID     PID: of the server that is to be killed
//
// Prints "serving" when the servers may start, and "done" when what is left of them may be stopped.

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <list>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "service.hpp"
#include "victim.hpp"

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int rounds_min = 200;
constexpr int victims_wanted = 60;
constexpr int killers = 3;
constexpr int victims_max = 600;
constexpr auto victims_life = 150ms;  // several rounds if the machine is idle: most get a job
constexpr std::uint64_t redeliveries_min = 10;
constexpr auto session_limit = 300ms;
constexpr auto wait_max = session_limit + 1s;

void require(bool holds, const std::string& what) {
    if (!holds) throw std::runtime_error{"this does not hold: " + what};
}

/// Processes that start takers of the first few queues and kill them.
class Gang {
public:
    Gang() {
        for (int i = 0; i < killers; ++i) {
            killers_.emplace_back(orders_, kills_, Service::name_of(i), victims_life);
        }
        for (Killer& killer : killers_) killer.start();
    }

    /// Orders the next few when the last ones are dead; returns how many are.
    int order(const std::string& endpoint) {
        for (; kills_.has_message(); ++killed_) static_cast<void>(kills_.receive());
        for (const Killer& killer : killers_) require(killer.is_alive(), "takers can be killed");
        if (killed_ == ordered_ && ordered_ < victims_max) {
            for (int i = 0; i < killers; ++i, ++ordered_) orders_.send(endpoint);
        }
        return killed_;
    }

    void end() {
        for (int i = 0; i < killers; ++i) orders_.send(Killer::go_home);
        for (Killer& killer : killers_) killer.join();
    }

private:
    Pipe orders_{200};
    Pipe kills_{8};
    std::list<Killer> killers_;
    int ordered_ = 0;
    int killed_ = 0;
};

/// What goes in and comes out again.
class Work {
public:
    explicit Work(handoff::Client& client) : out_{client.queue<Square>("out")} {
        for (int queue = 0; queue < Service::queues; ++queue) {
            in_.push_back(client.queue<int>(Service::name_of(queue)));
        }
    }

    /// A job for each queue, and all their answers.
    void round() {
        std::set<int> wanted;
        const auto begin = Clock::now();
        for (handoff::Queue<int>& queue : in_) {
            queue.put(next_);
            wanted.insert(next_);
            next_ = (next_ + 1) % 40'000;  // the square of which is an int
        }
        while (!wanted.empty()) {
            const std::optional<Square> answer = out_.try_get_for(wait_max);
            require(answer.has_value(), "no job waits longer than the session limit and a second");
            require(answer->square == answer->number * answer->number, "answers are right");
            require(wanted.erase(answer->number) == 1, "each job is answered once");
        }
        longest_ = std::max(longest_, Clock::now() - begin);
        ++rounds_;
    }

    /// Closes every second queue: those who serve it have nothing to wait for.
    void close_half() {
        for (std::size_t queue = 0; queue < in_.size(); queue += 2) in_[queue].close();
    }

    [[nodiscard]] std::uint64_t redeliveries() const {
        std::uint64_t sum = 0;
        for (const handoff::Queue<int>& queue : in_) sum += queue.stats().redeliveries;
        return sum;
    }
    [[nodiscard]] bool nothing_left() const {
        return out_.empty() && std::all_of(in_.begin(), in_.end(), [](const auto& queue) {
                   return queue.stats().unfinished() == 0;
               });
    }
    [[nodiscard]] int rounds() const { return rounds_; }
    [[nodiscard]] auto longest() const {
        return std::chrono::ceil<std::chrono::milliseconds>(longest_);
    }

private:
    handoff::Queue<Square> out_;
    std::vector<handoff::Queue<int>> in_;
    Clock::duration longest_{};
    int next_ = 0;
    int rounds_ = 0;
};

void run(const std::string& endpoint, pid_t condemned) {
    Gang gang;
    handoff::Config config;
    config.manager.listen = {endpoint};
    config.manager.session_limit = session_limit;
    const handoff::Manager manager{config};
    handoff::Client client{manager};
    Work work{client};
    std::cout << "serving" << std::endl;

    int killed = 0;
    const auto enough = [&] {
        if (work.rounds() < rounds_min || killed < victims_wanted) return false;
        return killed >= victims_max || work.redeliveries() >= redeliveries_min;
    };
    while (!enough()) {
        if (work.rounds() == rounds_min / 2) ::kill(condemned, SIGKILL);
        killed = gang.order(manager.endpoints().front());
        work.round();
    }
    gang.end();
    const std::uint64_t redeliveries = work.redeliveries();
    work.close_half();
    std::cout << work.rounds() * Service::queues << " jobs in " << Service::queues << " queues, "
              << killed << " takers and one server killed, " << redeliveries
              << " redeliveries, longest wait " << work.longest().count() << " ms\n";
    require(redeliveries >= redeliveries_min, "some of the victims had items in hand");
    require(work.nothing_left(), "every job is acknowledged");
    std::cout << "done" << std::endl;
    std::string line;
    std::getline(std::cin, line);  // until the other servers have ended
}

}  // namespace

int main(int argc, char** argv) {
    try {
        require(argc == 3, "usage: event_loop_under_kills ENDPOINT PID");
        run(argv[1], std::atoi(argv[2]));
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "event_loop_under_kills: " << error.what() << '\n';
        return 1;
    }
}
