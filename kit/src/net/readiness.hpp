#pragma once

#include "core/time.hpp"
#include "net/wakeup.hpp"

namespace handoff::net {

/// One descriptor for an application's event loop, made of three things to wait for: news of a
/// socket, a point in time, and a flag. It is readable while any of them is there, so that a loop
/// may watch it level-triggered or edge-triggered, as long as it looks after each of them when it
/// is told.
///
/// Thread safety: one thread at a time; another thread may poll fd() meanwhile.
class Readiness {
public:
    /// `socket` is a descriptor that stays somebody else's. Throws errc::system.
    explicit Readiness(int socket);
    ~Readiness();
    Readiness(const Readiness&) = delete;
    Readiness& operator=(const Readiness&) = delete;

    [[nodiscard]] int fd() const noexcept { return epoll_; }

    void raise_flag() noexcept;
    void lower_flag() noexcept;

    /// Readable at that time (boottime) at the latest. An alarm that is set already and rings
    /// earlier is left alone: it costs one look too many, where setting it anew costs a system call
    /// every time.
    void ring_by(core::Time at) noexcept;
    /// What has rung is silent again.
    void silence(core::Time now) noexcept;

private:
    int epoll_ = -1;
    int alarm_ = -1;
    core::Time alarm_at_ = core::never;
    Wakeup flag_;
    bool raised_ = false;
};

}  // namespace handoff::net
