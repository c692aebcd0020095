// The same code over four transports, and settings from a file.
#include <iostream>
#include <string>

#include "handoff/handoff.hpp"

void greet(handoff::Client& client) {
    auto greetings = client.queue<std::string>("greetings");
    greetings.put("hello");
    std::cout << greetings.get();
}

void greet_over(const std::string& address) {
    handoff::Config config;
    config.manager.listen = {address};
    handoff::Manager manager{config};
    handoff::Client client{manager};  // where it listens, with the port that was chosen
    greet(client);

    const std::string& endpoint = manager.endpoints().front();
    std::cout << " over " << to_string(handoff::Endpoint::parse(endpoint).scheme) << '\n';
}

void use_a_file() {
    const handoff::Config config = handoff::Config::load("farm.toml");
    handoff::Manager manager{config};
    handoff::Client client{config};
    auto jobs = client.queue<std::string>("jobs");
    std::cout << "room for " << *jobs.stats().options.capacity << " jobs\n";
}

void begin_with_settings_in_code() {
    handoff::Config base;
    base.queues["jobs"].capacity = 100;      // the file says 10,000
    base.queues["results"].capacity = 1000;  // the file says nothing
    const handoff::Config config = handoff::Config::load("farm.toml", base);
    std::cout << *config.queues.at("jobs").capacity << " and "
              << *config.queues.at("results").capacity << '\n';
}

int main() {
    greet_over("inproc://guide");
    greet_over("ipc://guide.sock");
    greet_over("tcp://127.0.0.1:*");
    greet_over("ws://127.0.0.1:*");
    use_a_file();
    begin_with_settings_in_code();
}
