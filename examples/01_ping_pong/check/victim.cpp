#include "victim.hpp"

#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace {

constexpr std::chrono::seconds patience{20};

}  // namespace

Victim::Victim(std::string endpoint, std::string queue)
    : Process{handoff::ProcessOptions{.die_with_parent = true, .name = "victim"}},
      endpoint_{std::move(endpoint)},
      queue_{std::move(queue)} {}

int Victim::run() {
    handoff::Config config;
    config.client.connect = {endpoint_};
    handoff::Client client{config};
    // Whatever it holds.
    handoff::Queue<handoff::Dynamic> queue = client.queue<handoff::Dynamic>(queue_);
    line_.send("waiting\n");
    const handoff::Lease<handoff::Dynamic> taken = queue.lease();
    for (;;) ::pause();  // with an item in hand that it will never acknowledge
}

void Victim::wait_until_it_waits() const {
    if (!line_.has_message(patience)) {
        throw std::runtime_error{"a victim does not come so far as to wait"};
    }
}

void Victim::kill_after(std::chrono::milliseconds life) {
    if (join(life)) throw std::runtime_error{"a victim ended by itself"};
    kill();
    join();
}

Killer::Killer(Pipe& orders, Pipe& kills, std::string queue, std::chrono::milliseconds victims_life)
    : Process{handoff::ProcessOptions{.name = "killer"}},
      orders_{orders},
      kills_{kills},
      queue_{std::move(queue)},
      victims_life_{victims_life} {}

int Killer::run() {
    orders_.close_writer();  // or there would always be somebody left to give orders: itself
    for (;;) {
        const std::string endpoint = orders_.receive();
        if (endpoint == go_home) return 0;  // or there is nobody left
        Victim victim{endpoint, queue_};
        victim.start();
        victim.wait_until_it_waits();
        victim.kill_after(victims_life_);
        kills_.send("killed\n");
    }
}
