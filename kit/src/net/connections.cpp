#include "net/connections.hpp"

#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

#include "os/fork.hpp"

namespace handoff::net {
namespace {

constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

/// So many go when descriptors have run out, so that the next one does not begin it anew.
constexpr std::size_t room_made = 4;

/// How often the bytes of a connection are looked at, and of how many at once: each takes 1 µs.
constexpr core::Millis look_every{250};
constexpr std::size_t looked_at_once = 256;

/// For so long it is remembered how many there were room for.
constexpr core::Millis remembered{1000};

/// What processes may open is theirs to change at any time.
std::size_t connections_max() {
    rlimit allowed{};
    if (::getrlimit(RLIMIT_NOFILE, &allowed) != 0) return any_number;
    return static_cast<std::size_t>(allowed.rlim_cur / 4 * 3);
}

/// The port, or the path, of this side; empty if it is no such socket.
std::string own_address(int descriptor) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
    switch (address.ss_family) {
        case AF_INET:
            return std::to_string(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
        case AF_INET6:
            return std::to_string(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
        case AF_UNIX: return reinterpret_cast<const sockaddr_un*>(&address)->sun_path;
        default: return {};
    }
}

Strangers::Reason reason_of(int handshake_error) {
    switch (handshake_error) {
        case -1: return Strangers::Reason::not_admitted;
        case 0: return Strangers::Reason::unfinished;
        case ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH: return Strangers::Reason::mechanism;
        case ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC: return Strangers::Reason::other_key;
        default: return Strangers::Reason::no_zmtp;
    }
}

/// What it has brought since it began; empty: it is no tcp connection.
std::optional<std::uint64_t> bytes_brought_by(int descriptor) {
    tcp_info info{};
    socklen_t size = sizeof info;
    constexpr socklen_t needed =
        offsetof(tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received;
    if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || size < needed) {
        return std::nullopt;
    }
    return info.tcpi_bytes_received;
}

/// What of that libzmq has not read yet.
std::uint64_t bytes_unread_of(int descriptor) {
    int unread = 0;
    return ::ioctl(descriptor, SIOCINQ, &unread) == 0 ? static_cast<std::uint64_t>(unread) : 0;
}

int open_spare() {
    const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) own_descriptor(fd);
    return fd;
}

void close_spare(int fd) {
    if (fd < 0) return;
    disown_descriptor(fd);
    ::close(fd);
}

}  // namespace

Connections::Connections(core::Millis silence_max, Unfinished unfinished_max)
    : silence_max_(silence_max),
      unfinished_max_(unfinished_max),
      fitting_(any_number),
      spare_(open_spare()) {}

Connections::~Connections() {
    close_spare(spare_);
}

void Connections::note(const Monitor::Event& event, core::Time now) {
    using Kind = Monitor::Event::Kind;
    if (event.kind == Kind::listening) {
        addresses_.insert(own_address(event.value));
    } else if (event.kind == Kind::accepted) {
        if (const auto old = connections_.find(event.value); old != connections_.end()) {
            forget(old);
        }
        const Number number = next_++;
        Connection& connection = connections_[event.value];
        connection.number = number;
        connection.since = now;
        connection.peer = peer_of(event.value);
        connection.tcp = bytes_brought_by(event.value).has_value();
        tcp_ += connection.tcp ? 1 : 0;
        by_number_.emplace(number, event.value);
        silent_.insert(number);
        refuse_beyond(std::min(connections_max(), fitting_));
    } else if (event.kind == Kind::disconnected) {
        const auto known = connections_.find(event.value);
        if (known == connections_.end()) return;
        strangers_.ended(known->second.peer, now);
        forget(known);
    } else if (event.kind == Kind::handshake_failed) {
        strangers_.refused(reason_of(event.value));
    } else if (event.kind == Kind::accept_failed) {
        descriptors_ran_out(now);
    }
}

void Connections::forget(ByDescriptor::iterator connection) {
    count(connection->second, 0);
    by_number_.erase(connection->second.number);
    silent_.erase(connection->second.number);
    tcp_ -= connection->second.tcp ? 1 : 0;
    connections_.erase(connection);
}

void Connections::spoke(int descriptor) {
    ++messages_;
    const auto known = connections_.find(descriptor);
    if (known == connections_.end()) return;
    known->second.spoke = true;
    if (!silent_.empty()) silent_.erase(known->second.number);
}

void Connections::cut(int descriptor) {
    const auto known = connections_.find(descriptor);
    if (known == connections_.end() || known->second.leaving) return;
    refuse(known->second.number);
    --refused_;
    ++endless_;
}

std::optional<core::Millis> Connections::look_pause() const {
    if (tcp_ == 0) return std::nullopt;
    return look_every / static_cast<int>(1 + tcp_ / looked_at_once);
}

void Connections::look_at_bytes(core::Time now, bool drained) {
    // Under a flood something is always left, but libzmq gives each connection its turn.
    constexpr std::size_t slack = 1000;
    const bool each_had_its_turn = messages_ > connections_.size() + slack;
    const core::Millis pause = look_pause().value_or(look_every);
    if (now < core::later(looked_at_, pause) || !(drained || each_had_its_turn)) return;
    looked_at_ = now;
    messages_ = 0;
    std::vector<int> endless;
    auto next = connections_.upper_bound(std::exchange(last_looked_, -1));
    for (std::size_t left = looked_at_once; left > 0 && next != connections_.end(); ++next) {
        auto& [descriptor, connection] = *next;
        if (connection.leaving || !connection.tcp) continue;
        const std::uint64_t bytes = bytes_brought_by(descriptor).value_or(0);
        if (std::exchange(connection.spoke, false) || bytes < connection.bytes) {
            connection.bytes = bytes;
        }
        const std::uint64_t brought = bytes - connection.bytes;
        // The kernel keeps some as well, but then it is not libzmq that has them.
        count(connection,
              brought - (brought == 0 ? 0 : std::min(brought, bytes_unread_of(descriptor))));
        if (connection.unfinished > unfinished_max_.one) endless.push_back(descriptor);
        if (--left == 0) last_looked_ = descriptor;
    }
    for (const int descriptor : endless) cut(descriptor);
    if (unfinished_ > unfinished_max_.all) relieve();
}

void Connections::count(Connection& connection, std::uint64_t unfinished) {
    unfinished_ -= std::exchange(connection.unfinished, unfinished);
    unfinished_ += unfinished;
}

/// Cuts those that have most. What others have of a message may still become whole.
void Connections::relieve() {
    std::vector<std::pair<std::uint64_t, int>> all;
    for (const auto& [descriptor, connection] : connections_) {
        if (connection.unfinished > 0) all.emplace_back(connection.unfinished, descriptor);
    }
    std::sort(all.begin(), all.end());
    for (; unfinished_ > unfinished_max_.all && !all.empty(); all.pop_back()) {
        cut(all.back().second);
        ++crowded_;
    }
}

void Connections::tick(core::Time now) {
    while (!silent_.empty()) {
        const Number oldest = *silent_.begin();
        if (now < core::later(connections_[by_number_[oldest]].since, silence_max_)) break;
        refuse(oldest);
    }
    if (ran_out_ == core::Time{} || now < core::later(ran_out_, remembered)) return;
    ran_out_ = {};
    fitting_ = any_number;
    if (spare_ < 0) spare_ = open_spare();
}

void Connections::refuse(Number number) {
    const int descriptor = by_number_[number];
    Connection& connection = connections_[descriptor];
    connection.leaving = true;
    count(connection, 0);  // libzmq frees them with it
    by_number_.erase(number);
    silent_.erase(number);
    ++refused_;
    // It may have ended since, and its descriptor be somebody else's.
    if (addresses_.contains(own_address(descriptor))) ::shutdown(descriptor, SHUT_RDWR);
}

void Connections::refuse_beyond(std::size_t connections_max) {
    while (staying() > connections_max) {
        refuse(silent_.empty() ? by_number_.rbegin()->first : *silent_.begin());
    }
}

void Connections::descriptors_ran_out(core::Time now) {
    ran_out_ = now;
    if (staying() < connections_.size()) return;  // libzmq is about to close some
    if (staying() > 0) {
        fitting_ = staying() - std::min(room_made, staying());
        refuse_beyond(fitting_);
    } else {
        fitting_ = 0;
        close_spare(std::exchange(spare_, -1));
    }
}

}  // namespace handoff::net
