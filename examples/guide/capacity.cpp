// Queues that are full, and producers that wait.
#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "handoff/handoff.hpp"

using namespace std::chrono_literals;

void fill(handoff::Client& client) {
    auto frames = client.queue<std::string>("frames", {.capacity = 3});
    const std::vector<std::string> film{"first", "second", "third", "fourth", "fifth"};
    std::cout << frames.try_put_many(film) << " of 5 fit\n";
    std::cout << "one more: " << (frames.try_put("sixth") ? "yes" : "no") << '\n';
    std::cout << "in 20 ms: " << (frames.try_put_for("sixth", 20ms) ? "yes" : "no") << '\n';
}

void wait_for_room(handoff::Client& client) {
    auto frames = client.queue<int>("more frames", {.capacity = 2});
    std::jthread camera{[frames]() mutable {
        for (int frame = 1; frame <= 100; ++frame) frames.put(frame);  // waits when it is ahead
        frames.close();
    }};
    int last = 0;
    while (auto frame = frames.lease()) {
        const handoff::QueueStats now = frames.stats();
        if (now.ready + now.leased > 2) std::cout << "too many\n";
        last = *frame;
        frame.ack();
    }
    std::cout << "frame " << last << " was the last\n";
}

void drop_the_oldest(handoff::Client& client) {
    auto latest = client.queue<int>("latest", {.capacity = 2});
    for (int frame = 1; frame <= 5; ++frame) {
        while (!latest.try_put(frame)) static_cast<void>(latest.try_get());
    }
    std::cout << "kept " << latest.get() << " and " << latest.get() << '\n';
}

void be_too_large(handoff::Client& client) {
    auto films = client.queue<std::string>("films", {.capacity_bytes = 1000});
    films.put(std::string(600, 'x'));
    std::cout << "600 more: " << (films.try_put(std::string(600, 'x')) ? "yes" : "no") << '\n';
    try {
        films.put(std::string(2000, 'x'));  // would wait for ever
    } catch (const handoff::Error& error) {
        std::cout << "2000 bytes: " << to_string(error.code()) << '\n';
    }
}

int main() {
    const handoff::Config config = handoff::Config::load();
    handoff::Manager manager{config};
    handoff::Client client{config};

    fill(client);
    wait_for_room(client);
    drop_the_oldest(client);
    be_too_large(client);
}
