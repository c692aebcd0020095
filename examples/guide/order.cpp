// Which item is next: by age, by priority, by time.
#include <chrono>
#include <iostream>
#include <string>

#include "handoff/handoff.hpp"

using namespace std::chrono_literals;

void print(const std::string& what, const handoff::Queue<std::string>& queue) {
    std::cout << what << ':';
    for (const std::string& item : queue.peek(10)) std::cout << ' ' << item;
    std::cout << '\n';
}

void by_age(handoff::Client& client) {
    auto queue = client.queue<std::string>("calls");
    queue.put_many({"first", "second", "third"});
    auto first = queue.lease();
    print("while the first is lent", queue);
    first.release();
    print("after it came back", queue);

    auto stack = client.queue<std::string>("stack", {.order = handoff::Order::lifo});
    stack.put_many({"first", "second", "third"});
    print("newest first", stack);
}

void by_priority(handoff::Client& client) {
    auto tickets = client.queue<std::string>("tickets", {.order = handoff::Order::priority});
    tickets.put("typo");
    tickets.put("outage", {.priority = 10});
    tickets.put("outage, too", {.priority = 10});
    tickets.put("some day", {.priority = -5});
    print("by priority", tickets);
}

void by_time(handoff::Client& client) {
    auto mails = client.queue<std::string>("mails");
    mails.put("remind", {.delay = 500ms});
    mails.put("welcome");
    std::cout << mails.size() << " ready, " << mails.stats().delayed << " delayed\n";
    std::cout << mails.get() << '\n';
    std::cout << mails.get() << '\n';  // waits for it
}

void expire(handoff::Client& client) {
    auto prices = client.queue<std::string>("prices");
    prices.put("41.90", {.time_to_live = 20ms});
    prices.join();  // until nothing is left, and nobody takes it
    std::cout << prices.stats().expired << " expired\n";
}

int main() {
    const handoff::Config config = handoff::Config::load();
    handoff::Manager manager{config};
    handoff::Client client{config};

    by_age(client);
    by_priority(client);
    by_time(client);
    expire(client);
}
