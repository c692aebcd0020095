#include "core/client_link.hpp"

#include <algorithm>
#include <cstddef>

namespace handoff::core::client {
namespace {

/// SplitMix64: a bijection of 64 bits in which every bit of the result depends on every bit of `x`.
std::uint64_t scramble(std::uint64_t x) noexcept {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

}  // namespace

Hello greet(Link& link, const Hello& identity, const SessionId& fresh, Time now) {
    link.state = LinkState::greeting;
    ++link.number;
    link.fresh = fresh;
    link.greeted = now;
    link.sent = now;
    link.heartbeat.reset();
    Hello hello = identity;
    hello.resume = link.session;
    hello.fresh = fresh;
    hello.connection_number = link.number;
    return hello;
}

SessionId next_session_id(const SessionId& used) {
    SessionId next{};
    constexpr std::size_t half = 8;
    for (std::size_t from = 0; from < used.size(); from += half) {
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < half; ++i) bits = bits << 8 | used[from + i];
        bits = scramble(bits);
        for (std::size_t i = 0; i < half; ++i) {
            next[from + i] = static_cast<std::uint8_t>(bits >> (8 * i) & 0xff);
        }
    }
    return next;
}

void confirm(Link& link, Time sent) noexcept {
    link.confirmed = std::max(link.confirmed, sent);
}

Time heartbeat_due(const Link& link, const Limits& limits) noexcept {
    if (link.state != LinkState::welcomed || link.heartbeat) return never;
    const Time put_off_at_most = later(link.confirmed, limits.heartbeat);
    return later(std::clamp(link.sent, link.confirmed, put_off_at_most), limits.heartbeat);
}

bool surely_alive(const Link& link, const Limits& limits, Time now) noexcept {
    return link.session && now < later(link.confirmed, limits.session_limit);
}

bool surely_holds(const Link& link, const Limits& limits, Time now) noexcept {
    return link.session && now < later(link.confirmed, std::min(limits.hold, limits.session_limit));
}

}  // namespace handoff::core::client
