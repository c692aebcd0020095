// Streaming ends: sending without waiting for each answer, fetching before it is asked.
#include <iostream>
#include <string>
#include <thread>

#include "handoff/handoff.hpp"

void send_and_fetch(handoff::Client& client) {
    auto numbers = client.queue<int>("numbers");

    std::thread sending{[&numbers] {
        auto out = numbers.producer();
        for (int i = 1; i <= 100'000; ++i) out.send(i);  // accepted, not yet confirmed
        out.flush();                                     // all confirmed, or throws
        numbers.close();
    }};

    long sum = 0;
    for (auto& number : numbers.consumer({.auto_ack = true})) sum += *number;
    sending.join();
    std::cout << "the sum is " << sum << '\n';
}

void settle_each(handoff::Client& client) {
    auto jobs = client.queue<std::string>("jobs");
    auto done = client.queue<std::string>("done");
    jobs.put_many({"good", "bad", "good"});
    jobs.close();

    for (auto& job : jobs.consumer({.credit = 100})) {
        if (*job == "bad") {
            job.bury("it is bad");
        } else {
            job.ack_and_put(done, *job + ", done");
        }
    }
    std::cout << done.size() << " done, " << jobs.stats().dead << " dead\n";
}

void hear_of_failures(handoff::Client& client) {
    auto jobs = client.queue<std::string>("closed");
    auto out = jobs.producer();
    out.on_error([](const handoff::SendFailure& failure) {
        std::cout << "item " << failure.number << " was not put: it is "
                  << (failure.code == handoff::errc::closed ? "closed" : failure.text) << '\n';
    });
    out.send("in time");
    out.flush();
    jobs.close();
    out.send("too late");
    out.flush();
}

int main() {
    const handoff::Manager manager{handoff::Config::load()};
    handoff::Client client{manager};
    send_and_fetch(client);
    settle_each(client);
    hear_of_failures(client);
}
