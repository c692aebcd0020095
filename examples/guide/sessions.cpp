// Clients that leave, and a manager that dies and comes back.
#include <chrono>
#include <iostream>
#include <memory>
#include <string>

#include "handoff/handoff.hpp"

using namespace std::chrono_literals;
using handoff::errc;

void leave(const handoff::Config& config, handoff::Queue<int> jobs) {
    jobs.put(1);
    {
        handoff::Client other{config};  // a session of its own
        auto job = other.queue<int>("jobs").lease();
        std::cout << jobs.size() << " ready while it is lent\n";
    }  // the session ends, and gives back what it held
    std::cout << "job " << jobs.get() << " came back\n";
}

/// Whether the work on `jobs` can go on.
bool is_over(const handoff::Error& error) {
    switch (error.code()) {
        case errc::manager_restarted:  // it has forgotten the queues: ours is a new one
        case errc::session_lost:       // we were silent for too long; what we held went back
        case errc::lease_lapsed:       // this one job went back
            return false;
        default: return true;
    }
}

void live_through_a_restart(handoff::Config config) {
    config.client.unreachable_after = 1s;
    config.client.reconnect_max = 100ms;
    auto manager = std::make_unique<handoff::Manager>(config);
    handoff::Client client{config};
    auto jobs = client.queue<int>("jobs");
    jobs.put_many({1, 2, 3});

    manager.reset();  // it dies, and its queues with it
    try {
        static_cast<void>(jobs.get());
    } catch (const handoff::Error& error) {
        std::cout << "meanwhile: " << to_string(error.code()) << '\n';
    }

    manager = std::make_unique<handoff::Manager>(config);
    try {
        jobs.put(4);
    } catch (const handoff::Error& error) {
        std::cout << "first call: " << to_string(error.code()) << '\n';
        if (is_over(error)) throw;
    }
    jobs.put(5);  // told once; from now on all is as usual
    std::cout << "job " << jobs.get() << ", and " << jobs.size() << " more\n";
}

int main() {
    const handoff::Config config = handoff::Config::load();
    {
        handoff::Manager manager{config};
        handoff::Client client{config};
        leave(config, client.queue<int>("jobs"));
    }
    live_through_a_restart(config);
}
