// What a manager and a client tell to whoever wants to know.
#include <iostream>

#include "handoff/handoff.hpp"

int main() {
    handoff::Config config;
    config.manager.listen = {"inproc://logging"};
    const handoff::Log log = [](const handoff::LogRecord& record) {
        if (record.level < handoff::LogLevel::info) return;
        std::clog << to_string(record.level) << ": " << record.text << '\n';
    };
    handoff::Manager manager{config, log};
    handoff::Client client{manager, log};
    client.queue<int>("jobs").put(1);
    const handoff::ManagerStats stats = manager.stats();
    std::cout << stats.sessions << " session, " << stats.sessions_lost << " lost\n";
}
