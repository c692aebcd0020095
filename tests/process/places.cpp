#include "process/places.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <random>
#include <stdexcept>

#include "handoff/manager.hpp"

namespace {

/// A port that was free a moment ago, from below the range that the system hands out by itself: a
/// client that looks for a manager there can then neither be given that port nor meet itself.
std::uint16_t free_port() {
    std::random_device random;
    std::uniform_int_distribution<unsigned int> ports(12'000, 32'000);
    for (int attempt = 0; attempt < 100; ++attempt) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(ports(random)));
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        ::close(fd);
        if (bound == 0) return ntohs(address.sin_port);
    }
    throw std::runtime_error{"no free port was found"};
}

}  // namespace

Place::Place(const std::string& scheme) {
    const std::string address = scheme == "ipc" ? (folder.path() / "manager.sock").string()
                                                : "127.0.0.1:" + std::to_string(free_port());
    config.manager.listen = {scheme + "://" + address};
    config.client.connect = config.manager.listen;
    config.client.reconnect_max = std::chrono::milliseconds{100};
    config.client.linger = std::chrono::milliseconds{300};  // many a manager here is dead
}

ManagerChild::ManagerChild(const handoff::Config& config)
    : child_{[this, config] {
          const handoff::Manager manager{config};
          ready_.send("r");
          for (;;) {
              ::pause();
          }
      }} {
    ready_.close_writer();
    REQUIRE(ready_.receive() == "r");
}
