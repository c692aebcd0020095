#include "net/readiness.hpp"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "handoff/error.hpp"
#include "os/fork.hpp"

namespace handoff::net {
namespace {

[[noreturn]] void fail(const char* what) {
    throw Error(errc::system,
                std::string("cannot make ") + what + " for an event loop: " + std::strerror(errno));
}

/// Closes it again unless it is taken over.
class Opened {
public:
    Opened(int fd, const char* what) : fd_(fd) {
        if (fd_ < 0) fail(what);
    }
    ~Opened() {
        if (fd_ >= 0) ::close(fd_);
    }
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;

    [[nodiscard]] int fd() const noexcept { return fd_; }
    int take() noexcept {
        own_descriptor(fd_);
        return std::exchange(fd_, -1);
    }

private:
    int fd_;
};

void watch(int epoll, int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) fail("an epoll descriptor");
}

void close_owned(int fd) noexcept {
    disown_descriptor(fd);
    ::close(fd);
}

}  // namespace

Readiness::Readiness(int socket) {
    Opened epoll(::epoll_create1(EPOLL_CLOEXEC), "an epoll descriptor");
    Opened alarm(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK), "a timer");
    watch(epoll.fd(), socket);
    watch(epoll.fd(), alarm.fd());
    watch(epoll.fd(), flag_.fd());
    epoll_ = epoll.take();
    alarm_ = alarm.take();
}

Readiness::~Readiness() {
    close_owned(epoll_);
    close_owned(alarm_);
}

void Readiness::raise_flag() noexcept {
    if (!std::exchange(raised_, true)) flag_.signal();
}

void Readiness::lower_flag() noexcept {
    if (std::exchange(raised_, false)) flag_.clear();
}

void Readiness::ring_by(core::Time at) noexcept {
    if (at >= alarm_at_) return;
    alarm_at_ = at;
    // A time of 0 would switch the alarm off.
    const core::Time from_now_on = std::max(at, core::Time{1});
    itimerspec when{};
    when.it_value.tv_sec = from_now_on.count() / 1'000'000'000;
    when.it_value.tv_nsec = from_now_on.count() % 1'000'000'000;
    ::timerfd_settime(alarm_, TFD_TIMER_ABSTIME, &when, nullptr);
}

void Readiness::silence(core::Time now) noexcept {
    if (alarm_at_ > now) return;
    std::uint64_t rung = 0;
    [[maybe_unused]] const ssize_t got = ::read(alarm_, &rung, sizeof rung);
    alarm_at_ = core::never;
}

}  // namespace handoff::net
