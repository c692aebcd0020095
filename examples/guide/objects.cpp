// What clients share besides queues: a counter, a dictionary, a lock and an event.
#include <cstdint>
#include <iostream>
#include <string>
#include <thread>

#include "handoff/handoff.hpp"

void count(handoff::Client& client) {
    auto visits = client.value<int>("visits");
    const auto visit = [visits]() mutable {
        for (int i = 0; i < 100; ++i) visits.add(1);
    };
    {
        std::jthread one{visit};
        std::jthread other{visit};
    }
    std::cout << visits.get() << " visits\n";
}

void look_up(handoff::Client& client) {
    auto prices = client.dict<std::string, int>("prices");
    prices.put("pear", 3);
    prices.put_many({{"plum", 4}, {"fig", 9}});
    prices.update("fig", [](int price) { return price + 1; });
    std::cout << "a fig is " << prices.at("fig") << ", a kiwi is "
              << (prices.contains("kiwi") ? "there" : "not there") << '\n';
    for (const auto& [fruit, price] : prices.snapshot()) {
        std::cout << fruit << ' ' << price << '\n';
    }
}

/// What a lock protects, and remembers the greatest token that it has seen.
struct Disk {
    bool write(std::uint64_t token) {
        if (token < newest) return false;
        newest = token;
        return true;
    }
    std::uint64_t newest = 0;
};

void take_turns(handoff::Client& client) {
    auto lock = client.lock("disk");
    Disk disk;
    std::uint64_t old_token = 0;
    {
        handoff::Lock::Guard hold{lock};
        old_token = lock.token();
        std::cout << "written: " << disk.write(lock.token()) << '\n';
    }
    handoff::Lock::Guard hold{lock};
    disk.write(lock.token());
    std::cout << "written by who held it before: " << disk.write(old_token) << '\n';
}

void start_together(handoff::Client& client) {
    auto go = client.event("go");
    std::jthread runner{[go] {
        go.wait();
        std::cout << "running\n";
    }};
    go.set();
}

void do_much_at_once(handoff::Client& client) {
    auto visits = client.value<int>("visits");
    auto prices = client.dict<std::string, int>("prices");
    handoff::Batch batch = client.batch();
    const auto sum = batch.add(visits.later().add(1));
    batch.add(prices.later().put("kiwi", 2));
    const auto plum = batch.add(prices.later().at("plum"));
    batch.run();
    std::cout << sum.get() << " visits, a plum is " << plum.get() << '\n';
}

int main() {
    handoff::Manager manager;
    handoff::Client client{manager};
    count(client);
    look_up(client);
    take_turns(client);
    start_together(client);
    do_much_at_once(client);
}
