#include "bench/baselines/stream_socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace handoff::bench {

namespace {

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// An address of either family, as the calls want it.
struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
};

Address unix_address(const std::string& path) {
    Address address;
    sockaddr_un name{};
    if (path.size() >= sizeof name.sun_path) throw std::runtime_error(path + ": too long");
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path.c_str(), path.size());
    std::memcpy(&address.storage, &name, sizeof name);
    address.size = sizeof name;
    return address;
}

Address tcp_address(std::uint16_t port) {
    Address address;
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    name.sin_port = port;
    std::memcpy(&address.storage, &name, sizeof name);
    address.size = sizeof name;
    return address;
}

void send_at_once(int fd) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // no such option on Unix sockets
}

/// Waits for a peer as long as the run lasts.
void wait_for_peer(int fd, const Board& board) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(board.deadline() - Board::Clock::now());
    pollfd poll{fd, POLLIN, 0};
    if (::poll(&poll, 1, static_cast<int>(left.count())) != 1) {
        throw std::runtime_error("nobody connects");
    }
}

}  // namespace

StreamSocket StreamSocket::accept(const Setting& setting, Board& board, const std::string& name) {
    const bool tcp = setting.transport == Scheme::tcp;
    const std::string path = setting.folder + "/" + setting.name + "-" + name;
    const StreamSocket listener(::socket(tcp ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    Address address = tcp ? tcp_address(0) : unix_address(path);
    if (listener.fd_ < 0 || ::bind(listener.fd_, address.get(), address.size) != 0 ||
        ::listen(listener.fd_, 1) != 0 ||
        ::getsockname(listener.fd_, address.get(), &address.size) != 0) {
        fail("listen");
    }
    sockaddr_in bound{};
    std::memcpy(&bound, &address.storage, sizeof bound);
    board.publish(name, tcp ? std::to_string(bound.sin_port) : path);
    wait_for_peer(listener.fd_, board);
    StreamSocket socket(::accept4(listener.fd_, nullptr, nullptr, SOCK_CLOEXEC));
    if (socket.fd_ < 0) fail("accept");
    send_at_once(socket.fd_);
    return socket;
}

StreamSocket StreamSocket::connect(const Setting& setting, Board& board, const std::string& name) {
    const bool tcp = setting.transport == Scheme::tcp;
    const std::string where = board.look_up(name);
    Address address =
        tcp ? tcp_address(static_cast<std::uint16_t>(std::stoul(where))) : unix_address(where);
    StreamSocket socket(::socket(tcp ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket.fd_ < 0 || ::connect(socket.fd_, address.get(), address.size) != 0) fail("connect");
    send_at_once(socket.fd_);
    return socket;
}

StreamSocket::~StreamSocket() {
    if (fd_ >= 0) ::close(fd_);
}

void StreamSocket::write_all(const char* data, std::size_t size) const {
    while (size > 0) {
        const ssize_t written = ::send(fd_, data, size, MSG_NOSIGNAL);
        if (written < 0 && errno != EINTR) fail("send");
        if (written < 0) continue;
        data += written;
        size -= static_cast<std::size_t>(written);
    }
}

std::size_t StreamSocket::read_some(char* data, std::size_t size) const {
    for (;;) {
        const ssize_t got = ::recv(fd_, data, size, 0);
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) fail("recv");
    }
}

void StreamSocket::read_all(char* data, std::size_t size) const {
    while (size > 0) {
        const std::size_t got = read_some(data, size);
        if (got == 0) throw std::runtime_error("the other side has gone");
        data += got;
        size -= got;
    }
}

void StreamSocket::shut() const noexcept {
    ::shutdown(fd_, SHUT_WR);
}

}  // namespace handoff::bench
