// Children that share their parent's queues, and one that is killed at work.
#include <chrono>
#include <iostream>
#include <memory>
#include <vector>

#include "handoff/handoff.hpp"

using namespace std::chrono_literals;

void share_work(handoff::Queue<int> numbers, handoff::Queue<int> squares) {
    const auto work = [=]() mutable {  // the child's own copies of the handles
        while (auto number = numbers.lease()) number.ack_and_put(squares, *number * *number);
    };
    std::vector<std::unique_ptr<handoff::Process>> workers;
    for (int i = 0; i < 3; ++i) {
        workers.push_back(std::make_unique<handoff::Process>(work));
        workers.back()->start();
    }
    for (int number = 1; number <= 100; ++number) numbers.put(number);
    numbers.close();
    for (const auto& worker : workers) {
        worker->join();
        std::cout << "exit code " << worker->exit_code().value() << '\n';
    }
    int sum = 0;
    while (const auto square = squares.try_get()) sum += *square;
    std::cout << "sum of squares " << sum << '\n';
}

void lose_a_worker(handoff::Queue<int> jobs, handoff::Queue<int> begun) {
    handoff::Process victim{[=]() mutable {
                                const auto job = jobs.lease();
                                begun.put(*job);
                                jobs.join();  // as long as it lives
                            },
                            {.die_with_parent = true, .name = "victim"}};
    victim.start();
    jobs.put(7);
    begun.get();  // it holds the job now
    victim.kill();
    victim.join();
    std::cout << "exit code " << victim.exit_code().value() << '\n';

    auto job = jobs.lease();  // waits until the manager misses the victim
    std::cout << "job " << *job << ", delivery " << job.deliveries() << '\n';
    job.ack();
}

int main() {
    handoff::Config config = handoff::Config::load();
    config.manager.session_limit = 2s;  // a session silent for longer is dead
    handoff::Manager manager{config};
    handoff::Client client{config};

    share_work(client.queue<int>("numbers"), client.queue<int>("squares"));
    lose_a_worker(client.queue<int>("jobs"), client.queue<int>("begun"));
}
