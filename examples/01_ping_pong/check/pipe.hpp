#pragma once

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

/// A pipe between this program and its children. Messages are short and of one length, and so any
/// number of processes may send and receive.
class Pipe {
public:
    explicit Pipe(std::size_t message_bytes) : message_bytes_{message_bytes} {
        if (::pipe2(ends_.data(), O_CLOEXEC) != 0) {
            throw std::system_error{errno, std::generic_category(), "a pipe"};
        }
    }
    ~Pipe() {
        close_writer();
        ::close(ends_[0]);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    void send(std::string text) const {
        text.resize(message_bytes_);
        if (::write(ends_[1], text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
            throw std::system_error{errno, std::generic_category(), "writing to a pipe"};
        }
    }

    /// The next message; empty when nobody is left who could send one.
    [[nodiscard]] std::string receive() const {
        std::string text(message_bytes_, '\0');
        const ssize_t count = ::read(ends_[0], text.data(), text.size());
        return count > 0 ? std::string{text.c_str()} : std::string{};
    }

    [[nodiscard]] bool has_message(std::chrono::milliseconds limit = {}) const {
        pollfd reader{ends_[0], POLLIN, 0};
        return ::poll(&reader, 1, static_cast<int>(limit.count())) == 1;
    }

    void close_writer() {
        const int writer = std::exchange(ends_[1], -1);
        if (writer >= 0) ::close(writer);
    }

private:
    const std::size_t message_bytes_;
    std::array<int, 2> ends_{-1, -1};
};
