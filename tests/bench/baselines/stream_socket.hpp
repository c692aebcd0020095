#pragma once

#include <cstddef>
#include <string>

#include "bench/frame/run.hpp"

namespace handoff::bench {

/// A connected stream socket of the kernel's, Unix or TCP, as the transport says.
class StreamSocket {
public:
    /// Listens, tells the board by that name, and takes the one who comes.
    static StreamSocket accept(const Setting& setting, Board& board, const std::string& name);
    static StreamSocket connect(const Setting& setting, Board& board, const std::string& name);

    StreamSocket(StreamSocket&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
    StreamSocket& operator=(StreamSocket&&) = delete;
    ~StreamSocket();

    void write_all(const char* data, std::size_t size) const;
    /// At least one byte, at most `size`; 0 at the end.
    std::size_t read_some(char* data, std::size_t size) const;
    void read_all(char* data, std::size_t size) const;
    /// No more will be written.
    void shut() const noexcept;

    [[nodiscard]] int fd() const noexcept { return fd_; }

private:
    explicit StreamSocket(int fd) : fd_(fd) {}
    int fd_;
};

}  // namespace handoff::bench
