#include "net/wakeup.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "handoff/error.hpp"
#include "os/fork.hpp"

namespace handoff::net {

Wakeup::Wakeup() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (fd_ < 0)
        throw Error(errc::system, std::string("cannot make an eventfd: ") + std::strerror(errno));
    own_descriptor(fd_);
}

Wakeup::~Wakeup() {
    disown_descriptor(fd_);
    ::close(fd_);
}

void Wakeup::signal() noexcept {
    const std::uint64_t one = 1;
    // It fails only when the counter is full, and then the other side is awake anyway.
    [[maybe_unused]] const ssize_t written = ::write(fd_, &one, sizeof one);
}

void Wakeup::clear() noexcept {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(fd_, &count, sizeof count);
}

}  // namespace handoff::net
