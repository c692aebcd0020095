// How streams of items end, and how to wait until all work is done.
#include <atomic>
#include <iostream>
#include <thread>
#include <vector>

#include "handoff/handoff.hpp"

void end_by_closing(handoff::Queue<int> jobs) {
    std::atomic<int> sum{0};
    std::vector<std::jthread> workers;
    for (int i = 0; i < 3; ++i) {
        workers.emplace_back([jobs, &sum]() mutable {
            while (auto job = jobs.lease()) {  // false once closed and drained
                sum += *job;
                job.ack();
            }
        });
    }
    for (int job = 1; job <= 100; ++job) jobs.put(job);
    jobs.close();     // no more will come
    workers.clear();  // waits for the threads, which end by themselves
    std::cout << "sum " << sum << '\n';
}

void wait_without_closing(handoff::Queue<int> jobs) {
    std::jthread worker{[jobs]() mutable {
        while (auto job = jobs.lease()) job.ack();
    }};
    jobs.put_many({1, 2, 3});
    jobs.join();  // all three are acknowledged
    std::cout << "a first round of " << jobs.stats().acks << '\n';
    jobs.put_many({4, 5});
    jobs.join();
    std::cout << "a second one: " << jobs.stats().acks << " in all\n";
    jobs.close();
}

void hand_on(handoff::Queue<int> numbers, handoff::Queue<int> squares) {
    std::jthread first{[=]() mutable {
        while (auto number = numbers.lease()) number.ack_and_put(squares, *number * *number);
    }};
    std::jthread second{[=]() mutable {
        int sum = 0;
        while (auto square = squares.lease()) {
            sum += *square;
            square.ack();
        }
        std::cout << "sum of squares " << sum << '\n';
    }};
    numbers.put_many({1, 2, 3, 4});
    numbers.close();
    numbers.join();   // every number is acknowledged, so every square is in its queue
    squares.close();  // now nothing can come after it
}

void drop_what_is_there(handoff::Queue<int> jobs) {
    jobs.put_many({1, 2, 3});
    auto held = jobs.lease();
    jobs.close_now();
    std::cout << jobs.stats().purged << " dropped\n";
    held.ack();  // whoever is at work may finish
    try {
        static_cast<void>(jobs.get());
    } catch (const handoff::Error& error) {
        std::cout << "get: " << to_string(error.code()) << '\n';
    }
}

void remove(handoff::Client& client) {
    auto jobs = client.queue<int>("short-lived");
    client.destroy_queue("short-lived");
    auto others = client.queue<int>("short-lived");  // the same name, another queue
    try {
        jobs.put(1);
    } catch (const handoff::Error& error) {
        std::cout << "put: " << to_string(error.code()) << '\n';
    }
    others.put(2);
}

int main() {
    const handoff::Config config = handoff::Config::load();
    handoff::Manager manager{config};
    handoff::Client client{config};

    end_by_closing(client.queue<int>("closed"));
    wait_without_closing(client.queue<int>("joined"));
    hand_on(client.queue<int>("numbers"), client.queue<int>("squares"));
    drop_what_is_there(client.queue<int>("dropped"));
    remove(client);
}
