#pragma once

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "handoff/error.hpp"
#include "handoff/process.hpp"
#include "support/catch.hpp"
#include "support/errors.hpp"

using handoff::test::code_of;

/// A pipe between a test and its children. Who waits on it waits for an event, and not for long.
class Pipe {
public:
    static constexpr std::chrono::milliseconds limit{20000};

    Pipe() {
        if (::pipe2(ends_.data(), O_CLOEXEC) != 0) {
            throw std::runtime_error{"no pipe"};
        }
    }
    ~Pipe() {
        close_reader();
        close_writer();
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    [[nodiscard]] int reader() const { return ends_[0]; }
    [[nodiscard]] int writer() const { return ends_[1]; }
    void close_reader() { close(ends_[0]); }
    void close_writer() { close(ends_[1]); }

    void send(std::string_view text) const {
        if (::write(writer(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
            throw std::runtime_error{"the pipe takes no more"};
        }
    }

    /// What comes next, up to `size` bytes; empty when no writer is left. Throws after the limit.
    [[nodiscard]] std::string receive(std::size_t size = 1) const {
        std::string text(size, '\0');
        ssize_t count = -1;
        if (is_readable(limit)) {
            count = ::read(reader(), text.data(), text.size());
        }
        if (count < 0) {
            throw std::runtime_error{"nothing came through the pipe in time"};
        }
        text.resize(static_cast<std::size_t>(count));
        return text;
    }

    /// All that comes until no writer is left; close this process's own end first.
    [[nodiscard]] std::string receive_all() const {
        std::string all;
        for (std::string text = receive(512); !text.empty(); text = receive(512)) {
            all += text;
        }
        return all;
    }

    [[nodiscard]] bool is_readable(std::chrono::milliseconds wait = {}) const {
        const auto deadline = std::chrono::steady_clock::now() + wait;
        pollfd watched{reader(), POLLIN, 0};
        for (;;) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(
                deadline - std::chrono::steady_clock::now());
            const int nap = left.count() > 0 ? static_cast<int>(left.count()) : 0;
            const int ready = ::poll(&watched, 1, nap);
            if (ready >= 0 || errno != EINTR) {
                return ready > 0;
            }
        }
    }

private:
    static void close(int& fd) {
        if (fd >= 0) {
            ::close(fd);
            fd = -1;
        }
    }

    std::array<int, 2> ends_{-1, -1};
};

/// Runs `work` in a child and waits for its end.
template <typename Work>
std::optional<int> exit_code_of(Work work) {
    handoff::Process child{std::move(work)};
    child.start();
    REQUIRE(child.join(Pipe::limit));
    return child.exit_code();
}

/// Whether every part is in the text; otherwise the failed check shows both. The matcher for this
/// goes by different names in the versions of Catch.
inline bool contains(const std::string& text, std::initializer_list<std::string> parts) {
    for (const std::string& part : parts) {
        if (text.find(part) == std::string::npos) {
            UNSCOPED_INFO("\"" << part << "\" is not in \"" << text << '"');
            return false;
        }
    }
    return true;
}
