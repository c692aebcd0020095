// What a manager's connections are told of hosts that vanish.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "handoff/endpoint.hpp"
#include "net/router.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using namespace handoff;

namespace {

struct Socket {
    int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    ~Socket() { ::close(fd); }
};

using Name = int (*)(int, sockaddr*, socklen_t*);

std::uint16_t port_of(int fd, Name name) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    // A socket of another family is none of ours.
    if (name(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
    return ntohs(address.sin_port);
}

int option(int fd, int level, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    return ::getsockopt(fd, level, name, &value, &size) == 0 ? value : -1;
}

/// The descriptor of this process whose peer is that port; -1: there is none yet.
int find_peer(std::uint16_t port) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        const int fd = std::stoi(entry.path().filename());
        if (port_of(fd, ::getpeername) == port) return fd;
    }
    return -1;
}

}  // namespace

TEST_CASE("connections that are idle are looked after, so that those of vanished hosts end") {
    net::Router router(net::process_context(), {});
    router.bind("tcp://127.0.0.1:*", 1);
    const std::string endpoint = router.endpoints().front();
    const Socket client;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto port = std::stoi(endpoint.substr(endpoint.rfind(':') + 1));
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    REQUIRE(::connect(client.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    int accepted = -1;
    REQUIRE(test::eventually([&] {
        accepted = find_peer(port_of(client.fd, ::getsockname));
        return accepted >= 0 && option(accepted, SOL_SOCKET, SO_KEEPALIVE) == 1 &&
               option(accepted, IPPROTO_TCP, TCP_KEEPCNT) == 3;
    }));
    CHECK(option(accepted, IPPROTO_TCP, TCP_KEEPIDLE) == 60);
    CHECK(option(accepted, IPPROTO_TCP, TCP_KEEPINTVL) == 20);
}
