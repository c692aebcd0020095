// A manager, three workers and who gives them work, kept alive by a supervisor. Workers die by
// SIGKILL now and then, the manager when somebody kills it; the sum is right all the same.
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <random>
#include <string>

#include "handoff/client.hpp"
#include "handoff/manager.hpp"
#include "handoff/patterns/supervisor.hpp"
#include "handoff/patterns/worker.hpp"

using handoff::patterns::ChildEvent;
using handoff::patterns::Restart;

namespace {

void serve(const handoff::Config& config) {
    const handoff::Manager manager{config};
    for (;;) ::pause();
}

void work(const handoff::Config& config) {
    handoff::Client client{config};
    std::mt19937 random{std::random_device{}()};
    handoff::patterns::run_worker(client.queue<long>("numbers"), client.queue<long>("squares"),
                                  [&](long number) {
                                      if (random() % 50 == 0) std::raise(SIGKILL);
                                      return number * number;
                                  });
}

int give_work(const handoff::Config& config, long count) {
    handoff::Client client{config};
    auto numbers = client.queue<long>("numbers");
    auto squares = client.queue<long>("squares");
    for (long number = 1; number <= count; ++number) numbers.put(number);
    numbers.close();
    long sum = 0;
    for (long square = 0; square < count; ++square) {
        auto next = squares.lease();
        sum += *next;
        next.ack();
    }
    std::cout << "the sum of " << count << " squares is " << sum << std::endl;
    return sum == count * (count + 1) * (2 * count + 1) / 6 && squares.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const auto config = handoff::Config::load(SUPERVISED_FOLDER "/handoff.toml");
    const long count = argc > 1 ? std::stol(argv[1]) : 1000;
    std::stop_source done;
    int code = 1;
    const auto tell = [&](const ChildEvent& event) {
        const bool began = event.kind == ChildEvent::Kind::started;
        std::cout << (began ? "started " : "ended ") << event.child << ' ' << event.pid;
        if (event.exit_code) std::cout << ' ' << *event.exit_code;
        std::cout << std::endl;
        if (began || event.child != "giver") return;
        code = event.exit_code.value_or(1);
        done.request_stop();
    };

    handoff::patterns::Supervisor farm{{.restarts_max = 1000, .on_event = tell}};
    farm.add("manager", [&] { serve(config); });
    for (int i = 0; i < 3; ++i) {
        farm.add("worker", [&] { work(config); }, {.restart = Restart::on_failure});
    }
    farm.add("giver", [&] { return give_work(config, count); }, {.restart = Restart::never});
    farm.run(done.get_token());
    return code;
}
