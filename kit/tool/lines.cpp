#include "lines.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "handoff/error.hpp"

namespace handoff::tool {
namespace {

constexpr std::size_t read_bytes = 256u << 10;
constexpr std::size_t line_bytes_max = 64u << 20;

[[noreturn]] void fail(const char* what) {
    throw Error(errc::system, std::string(what) + ": " + std::strerror(errno));
}

}  // namespace

Lines::Lines(std::stop_token stop)
    : stop_(std::move(stop)), wakeup_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (wakeup_ < 0) fail("cannot make an eventfd");
}

Lines::~Lines() {
    ::close(wakeup_);
}

std::vector<std::string> Lines::next() {
    for (;;) {
        std::vector<std::string> lines = whole_lines();
        if (!lines.empty()) return lines;
        if (ended_) {
            if (!buffer_.empty()) lines.push_back(std::exchange(buffer_, {}));
            return lines;
        }
        if (!wait_for_input()) return {};
        read_some();
    }
}

bool Lines::wait_for_input() {
    const std::stop_callback wake(stop_, [this] {
        const std::uint64_t one = 1;
        [[maybe_unused]] const ssize_t written = ::write(wakeup_, &one, sizeof one);
    });
    std::array<pollfd, 2> fds{{{STDIN_FILENO, POLLIN, 0}, {wakeup_, POLLIN, 0}}};
    while (!stop_.stop_requested()) {
        if (::poll(fds.data(), fds.size(), -1) > 0) return fds[1].revents == 0;
        if (errno != EINTR) fail("cannot wait for standard input");
    }
    return false;
}

void Lines::read_some() {
    if (buffer_.size() > line_bytes_max) {
        throw Error(errc::too_large, "a line of standard input is longer than 64 MiB");
    }
    const std::size_t before = buffer_.size();
    buffer_.resize(before + read_bytes);
    const ssize_t got = ::read(STDIN_FILENO, buffer_.data() + before, read_bytes);
    buffer_.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got < 0 && errno != EINTR && errno != EAGAIN) fail("cannot read standard input");
    if (got == 0) ended_ = true;
}

std::vector<std::string> Lines::whole_lines() {
    std::vector<std::string> lines;
    std::size_t begin = 0;
    for (std::size_t end = buffer_.find('\n'); end != std::string::npos;
         end = buffer_.find('\n', begin)) {
        lines.push_back(buffer_.substr(begin, end - begin));
        begin = end + 1;
    }
    buffer_.erase(0, begin);
    return lines;
}

}  // namespace handoff::tool
