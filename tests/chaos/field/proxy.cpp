#include "chaos/field/proxy.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <vector>

namespace chaos {

namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

int tcp_socket() {
    return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

void say_at_once(int fd) {
    const int yes = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

short wanted(const std::string& in, const std::string& out) {
    return static_cast<short>((in.empty() ? POLLIN : 0) | (out.empty() ? 0 : POLLOUT));
}

}  // namespace

Proxy::Proxy() : listener_{tcp_socket()}, bell_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw std::runtime_error{"the proxy cannot listen"};
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { run(); }};
}

Proxy::~Proxy() {
    over_.store(true);
    wake();
    thread_.join();
    for (Link& link : links_) end(link, false);
    ::close(listener_);
    ::close(bell_);
}

void Proxy::wake() const {
    const std::uint64_t one = 1;
    if (::write(bell_, &one, sizeof one) < 0) return;  // it rings already
}

void Proxy::lead_to(std::uint16_t port) {
    target_.store(port);
}

void Proxy::cut(unsigned per_cent, bool reset) {
    reset_.store(reset);
    cut_per_cent_.store(per_cent);
    wake();
}

void Proxy::black_hole(bool on) {
    hole_.store(on);
    wake();
}

void Proxy::end(Link& link, bool reset) {
    for (const int fd : {link.client.fd, link.manager.fd}) {
        const linger how{1, 0};
        if (reset) ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &how, sizeof how);
        ::close(fd);
    }
}

void Proxy::take_one() {
    Link link;
    link.client.fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (link.client.fd < 0) return;
    link.manager.fd = tcp_socket();
    const sockaddr_in address = loopback(target_.load());
    const int rc =
        ::connect(link.manager.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    if (target_.load() == 0 || (rc != 0 && errno != EINPROGRESS)) return end(link, false);
    say_at_once(link.client.fd);
    say_at_once(link.manager.fd);
    links_.push_back(std::move(link));
}

/// False: the connection is over.
bool Proxy::carry(const Side& from, Side& to) {
    if (to.pending.empty()) {
        to.pending.resize(buffer_bytes);
        const ssize_t count = ::recv(from.fd, to.pending.data(), to.pending.size(), 0);
        to.pending.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) return false;
    }
    if (!to.pending.empty()) {
        const ssize_t count = ::send(to.fd, to.pending.data(), to.pending.size(), MSG_NOSIGNAL);
        if (count > 0) to.pending.erase(0, static_cast<std::size_t>(count));
        if (count < 0 && errno != EAGAIN && errno != EINTR) return false;
    }
    return true;
}

void Proxy::pass(Link& link) {
    if (!carry(link.client, link.manager) || !carry(link.manager, link.client)) link.over = true;
}

void Proxy::run() {
    while (!over_.load()) {
        std::vector<pollfd> watched{{bell_, POLLIN, 0}, {listener_, POLLIN, 0}};
        const bool hole = hole_.load();
        if (!hole) {
            for (const Link& link : links_) {
                watched.push_back(
                    {link.client.fd, wanted(link.manager.pending, link.client.pending), 0});
                watched.push_back(
                    {link.manager.fd, wanted(link.client.pending, link.manager.pending), 0});
            }
        }
        if (::poll(watched.data(), watched.size(), -1) < 0) continue;
        std::uint64_t rung = 0;
        if (::read(bell_, &rung, sizeof rung) < 0) rung = 0;
        std::size_t at = 2;
        for (Link& link : links_) {
            if (hole) break;
            if (watched[at].revents != 0 || watched[at + 1].revents != 0) pass(link);
            at += 2;
        }
        const unsigned per_cent = cut_per_cent_.exchange(0);
        for (auto link = links_.begin(); link != links_.end();) {
            luck_ = luck_ * 1'664'525 + 1'013'904'223;
            if (link->over || (luck_ >> 16) % 100 < per_cent) {
                end(*link, reset_.load() && !link->over);
                link = links_.erase(link);
            } else {
                ++link;
            }
        }
        if (watched[1].revents != 0) take_one();
    }
}

}  // namespace chaos
