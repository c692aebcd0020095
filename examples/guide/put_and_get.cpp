// Three ways for a call to wait, and three ways for it to end.
#include <chrono>
#include <iostream>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "handoff/handoff.hpp"

using namespace std::chrono_literals;

void wait_in_three_ways(handoff::Queue<int> numbers) {
    numbers.put(1);                                    // as long as it takes
    const bool second = numbers.try_put(2);            // not at all
    const bool third = numbers.try_put_for(3, 200ms);  // for 200 ms at most
    std::cout << "put: " << 1 + second + third << '\n';

    const int one = numbers.get();                                // as long as it takes
    const std::optional<int> two = numbers.try_get();             // not at all
    const std::optional<int> three = numbers.try_get_for(200ms);  // for 200 ms at most
    std::cout << "got: " << one << ' ' << two.value() << ' ' << three.value() << '\n';
}

void end_in_three_ways(handoff::Queue<int> numbers) {
    numbers.put(4);  // done: it returned, so the manager has the item
    std::cout << "done\n";

    numbers.get();
    if (!numbers.try_get_for(10ms)) {  // surely not done: empty, or false
        std::cout << "nothing came\n";
    }

    numbers.close();
    try {
        numbers.put(5);  // something is wrong: it throws
    } catch (const handoff::Error& error) {
        std::cout << "not put: " << to_string(error.code()) << '\n';
    }
}

void stop_a_call_that_waits(handoff::Queue<int> numbers) {
    std::jthread consumer{[numbers](std::stop_token stop) mutable {
        try {
            for (;;) {
                const int number = numbers.get(stop);
                std::cout << "consumed " << number << '\n';
            }
        } catch (const handoff::Error& error) {
            if (error.code() != handoff::errc::cancelled) throw;
            std::cout << "consumer stopped\n";
        }
    }};
    numbers.put(6);
    numbers.join();           // until the consumer has taken it
    consumer.request_stop();  // its get() throws errc::cancelled
}

void take_many_at_once(handoff::Queue<int> numbers) {
    std::vector<int> all(10'000);
    numbers.put_many(all);  // a few round trips, not ten thousand

    std::size_t taken = 0;
    while (taken < all.size()) taken += numbers.get_many(1000).size();
    std::cout << "took " << taken << '\n';
}

int main() {
    const handoff::Config config = handoff::Config::load();
    handoff::Manager manager{config};
    handoff::Client client{config};

    wait_in_three_ways(client.queue<int>("waits"));
    end_in_three_ways(client.queue<int>("ends"));
    stop_a_call_that_waits(client.queue<int>("stops"));
    take_many_at_once(client.queue<int>("many"));
}
