#include "victim.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds patience{20};

}  // namespace

Victim::Victim(std::string endpoint, std::string queue)
    : Process{handoff::ProcessOptions{.die_with_parent = true, .name = "victim"}},
      endpoint_{std::move(endpoint)},
      queue_{std::move(queue)} {
    if (::pipe2(line_.data(), O_CLOEXEC) != 0) {
        throw std::system_error{errno, std::generic_category(), "a pipe"};
    }
}

Victim::~Victim() {
    for (const int end : line_) ::close(end);
}

int Victim::run() {
    handoff::Config config;
    config.client.connect = {endpoint_};
    handoff::Client client{config};
    handoff::Queue<std::string> queue = client.queue<std::string>(queue_);
    if (::write(line_[1], "waiting\n", 8) != 8) return 1;
    const handoff::Lease<std::string> taken = queue.lease();
    for (;;) ::pause();  // an item in hand that it will never acknowledge
}

void Victim::wait_until_it_waits() {
    pollfd line{line_[0], POLLIN, 0};
    const auto limit = std::chrono::milliseconds{patience}.count();
    if (::poll(&line, 1, static_cast<int>(limit)) != 1) {
        throw std::runtime_error{"a victim does not come so far as to wait"};
    }
    waits_since_ = steady_clock::now();
}

void Victim::kill_after(std::chrono::milliseconds life) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(waits_since_ + life - steady_clock::now());
    if (join(std::max(left, std::chrono::milliseconds{0}))) {
        throw std::runtime_error{"a victim ended by itself"};
    }
    kill();
    join();
}
