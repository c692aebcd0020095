#include "hostile/peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <utility>
#include <variant>

#include "handoff/endpoint.hpp"
#include "wire/codec.hpp"

namespace handoff::hostile {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t greeting_bytes = 64;
constexpr unsigned char more_flag = 1;
constexpr unsigned char long_flag = 2;
constexpr unsigned char command_flag = 4;

/// Whether something happens in time.
bool wait_for(int fd, short events, Clock::time_point end) {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
        pollfd item{fd, events, 0};
        const int ready = ::poll(&item, 1, left.count() > 0 ? static_cast<int>(left.count()) : 0);
        if (ready >= 0 || errno != EINTR) return ready > 0;
    }
}

std::string framed(std::string_view body, unsigned char flags) {
    std::string frame;
    if (body.size() < 256) {
        frame += static_cast<char>(flags);
        frame += static_cast<char>(body.size());
    } else {
        frame += static_cast<char>(flags | long_flag);
        for (int shift = 56; shift >= 0; shift -= 8) {
            frame += static_cast<char>(body.size() >> shift & 0xff);
        }
    }
    return frame.append(body);
}

}  // namespace

Peer::Peer(const std::string& endpoint) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const Endpoint parsed = Endpoint::parse(endpoint);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(parsed.port);
    ::inet_pton(AF_INET, parsed.host.c_str(), &address.sin_addr);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int error = errno;
        ::close(fd_);
        throw std::system_error(error, std::generic_category(), endpoint);
    }
}

Peer::~Peer() {
    if (fd_ >= 0) ::close(fd_);
}

Peer::Peer(Peer&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), heard_(std::move(other.heard_)) {}

bool Peer::send(std::string_view bytes, std::chrono::milliseconds limit) const {
    const auto end = Clock::now() + limit;
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno != EAGAIN && errno != EINTR) {
            return false;
        } else if (!wait_for(fd_, POLLOUT, end)) {
            return false;
        }
    }
    return true;
}

std::string Peer::receive(std::size_t bytes_max, std::chrono::milliseconds limit) const {
    if (!wait_for(fd_, POLLIN, Clock::now() + limit)) return {};
    std::string bytes(bytes_max, '\0');
    const ssize_t got = ::recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
}

bool Peer::is_ended(std::chrono::milliseconds limit) const {
    const auto end = Clock::now() + limit;
    std::string bytes(4096, '\0');
    while (wait_for(fd_, POLLIN, end)) {
        const ssize_t got = ::recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return true;
    }
    return false;
}

// ------------------------------------------------------------------ ZMTP

std::string Peer::greeting(std::string_view mechanism) {
    std::string bytes("\xff\0\0\0\0\0\0\0\0\x7f\3\0", 12);
    bytes.append(mechanism).resize(greeting_bytes, '\0');
    return bytes;
}

std::string Peer::ready(std::string_view socket_type) {
    std::string body("\5READY\13Socket-Type\0\0\0", 21);
    body += static_cast<char>(socket_type.size());
    body += socket_type;
    return framed(body, command_flag);
}

std::string Peer::frame(std::string_view body, bool more) {
    return framed(body, more ? more_flag : 0);
}

bool Peer::shake_hands() const {
    if (!send(greeting() + ready())) return false;
    std::string heard;
    // Its greeting, and a READY whose length is its second byte.
    while (heard.size() < greeting_bytes + 2 ||
           heard.size() <
               greeting_bytes + 2 + static_cast<unsigned char>(heard[greeting_bytes + 1])) {
        const std::string some = receive(1);
        if (some.empty()) return false;
        heard += some;
    }
    return heard[greeting_bytes] == static_cast<char>(command_flag);
}

// ------------------------------------------------------------------ the protocol

std::string frames_of(const core::Request& request) {
    const wire::Encoded encoded = wire::encode(request);
    std::string runs;
    for (const core::Slice& run : encoded.runs) runs += run.view();
    if (encoded.one_frame()) return Peer::frame(encoded.head + runs);
    return Peer::frame(encoded.head, true) + Peer::frame(runs);
}

bool Peer::say(const core::Request& request, std::chrono::milliseconds limit) const {
    return send(frames_of(request), limit);
}

bool Peer::fill(std::size_t bytes, std::chrono::milliseconds limit) {
    const auto end = Clock::now() + limit;
    while (heard_.size() < bytes) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
        const std::string some = receive(1u << 16, std::max(left, std::chrono::milliseconds{0}));
        if (some.empty()) return false;
        heard_ += some;
    }
    return true;
}

std::optional<core::Reply> Peer::hear(std::chrono::milliseconds limit) {
    std::string frames[2];
    for (std::string& body : frames) {
        if (!fill(2, limit)) return std::nullopt;
        const auto flags = static_cast<unsigned char>(heard_[0]);
        const std::size_t head = (flags & long_flag) != 0 ? 9 : 2;
        if (!fill(head, limit)) return std::nullopt;
        std::size_t size = 0;
        for (std::size_t at = 1; at < head; ++at) {
            size = size << 8 | static_cast<unsigned char>(heard_[at]);
        }
        if (!fill(head + size, limit)) return std::nullopt;
        body = heard_.substr(head, size);
        heard_.erase(0, head + size);
        if ((flags & more_flag) == 0) break;
    }
    const auto decoded =
        wire::decode_reply(core::Slice::copy(frames[0]), core::Slice::copy(frames[1]));
    if (const auto* error = std::get_if<wire::DecodeError>(&decoded)) {
        throw std::runtime_error("the manager said nonsense: " + error->text);
    }
    return std::get<core::Reply>(decoded);
}

std::optional<core::Reply> Peer::answer(core::RequestId id) {
    for (;;) {
        std::optional<core::Reply> reply = hear();
        if (!reply || reply->id == id) return reply;
    }
}

bool Peer::begin_session(const core::SessionId& fresh) {
    core::Hello hello;
    hello.fresh = fresh;
    hello.connection_number = 1;
    if (!shake_hands() || !say({0, 0, {}, {}, hello})) return false;
    const std::optional<core::Reply> reply = hear();
    return reply && std::holds_alternative<core::Welcome>(reply->body);
}

}  // namespace handoff::hostile
