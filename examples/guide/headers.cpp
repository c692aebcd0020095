// What travels beside an item: a key, headers, a trace; and what a lease tells of it.
#include <chrono>
#include <iostream>
#include <string>

#include "handoff/handoff.hpp"

using namespace std::chrono_literals;

struct Payment {
    int cents = 0;
    MSGPACK_DEFINE(cents)
};

void put_once(handoff::Queue<Payment> payments) {
    payments.put({4190}, {.key = "order-17"});
    payments.put({4190}, {.key = "order-17"});  // done already: adds nothing
    payments.put({4190}, {.key = "order-18"});
    std::cout << payments.size() << " payments, " << payments.stats().duplicates << " repeated\n";
}

void send_along(handoff::Queue<Payment> payments) {
    payments.put({990}, {.headers = {{"from", "shop"}, {"currency", "EUR"}}, .trace = "00-4bf92f"});

    auto payment = payments.lease();
    const handoff::Headers headers = payment.headers();
    std::cout << payment->cents << ' ' << headers.at("currency") << " from " << headers.at("from")
              << ", trace " << payment.trace() << '\n';
    payment.ack();
}

void look_closely(handoff::Queue<Payment> payments) {
    const auto before = std::chrono::system_clock::now();
    payments.put({100}, {.key = "order-19"});
    auto payment = payments.lease();
    std::cout << "delivery " << payment.deliveries() << " of " << payment.key() << " from "
              << payment.queue() << '\n';
    const auto waited = payment.put_at() - before;
    std::cout << (waited < 1min ? "put just now\n" : "old\n");
    payment.bury("card expired");
}

void learn_why(handoff::Client& client) {
    auto failed = client.queue<Payment>("failed");
    auto payments = client.queue<Payment>("risky payments", {.dead_letter = "failed"});
    payments.put({100}, {.key = "order-20"});
    payments.lease().bury("card expired");
    auto letter = failed.lease();
    std::cout << letter.key() << ": " << letter.reason() << '\n';
    letter.ack();
}

int main() {
    const handoff::Config config = handoff::Config::load();
    handoff::Manager manager{config};
    handoff::Client client{config};

    put_once(client.queue<Payment>("payments"));
    send_along(client.queue<Payment>("foreign payments"));
    look_closely(client.queue<Payment>("small payments"));
    learn_why(client);
}
