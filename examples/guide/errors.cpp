// What goes wrong, what it is called, and what to do about it.
#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include "handoff/handoff.hpp"

using namespace std::chrono_literals;
using handoff::errc;

enum class Outcome { done, not_done, perhaps_done };

Outcome submit(handoff::Queue<std::string>& orders, const std::string& order) {
    try {
        return orders.try_put_for(order, 2s) ? Outcome::done : Outcome::not_done;
    } catch (const handoff::Error& error) {
        switch (error.code()) {
            case errc::unreachable:  // no manager answers
            case errc::closed:       // no orders are taken any more
                return Outcome::not_done;
            case errc::outcome_unknown:  // sent, and no answer came
                return Outcome::perhaps_done;
            default: throw;  // a mistake of this program or its configuration: let somebody see it
        }
    }
}

template <typename Call>
void report(const std::string& what, Call call) {
    try {
        call();
        std::cout << what << ": fine\n";
    } catch (const handoff::Error& error) {
        std::cout << what << ": " << to_string(error.code()) << '\n';
    }
}

void make_mistakes(const handoff::Config& config, handoff::Client& client) {
    auto numbers = client.queue<int>("numbers", {.capacity = 10});
    report("another capacity",
           [&] { static_cast<void>(client.queue<int>("numbers", {.capacity = 20})); });
    report("no opinion", [&] { static_cast<void>(client.queue<int>("numbers")); });
    report("no name", [&] { static_cast<void>(client.queue<int>("")); });

    auto texts = client.queue<std::string>("numbers");
    texts.put("seven");
    report("a text as a number", [&] { static_cast<void>(numbers.get()); });
    std::cout << "still there: " << texts.get() << '\n';

    report("a second manager", [&] { handoff::Manager second{config}; });
}

void misspell() {
    try {
        handoff::Config::parse("[queues.jobs]\ncapcity = 10\n", "farm.toml");
    } catch (const handoff::Error& error) {
        std::cout << error.what() << '\n';
    }
}

void be_alone() {
    handoff::Config config;
    config.client.connect = {"ipc://nobody.sock"};
    config.client.unreachable_after = 100ms;
    handoff::Client client{config};
    report("nobody there", [&] { static_cast<void>(client.queue<int>("numbers")); });
}

int main() {
    const handoff::Config config = handoff::Config::load();
    handoff::Manager manager{config};
    handoff::Client client{config};

    auto orders = client.queue<std::string>("orders");
    std::cout << (submit(orders, "tea") == Outcome::done ? "tea ordered\n" : "no tea\n");
    orders.close();
    std::cout << (submit(orders, "cake") == Outcome::done ? "cake ordered\n" : "no cake\n");
    make_mistakes(config, client);
    misspell();
    be_alone();
}
