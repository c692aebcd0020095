#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

namespace handoff::tool {

/// Turns the first SIGINT or SIGTERM into a stop request; a second one ends the program at once.
/// Make it before any other thread, so that they all leave these signals to it.
///
/// Thread safety: one object in a program.
class Signals {
public:
    Signals();
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

private:
    void watch();

    sigset_t watched_{};
    std::stop_source source_;
    std::stop_source ending_;
    std::thread thread_;
};

}  // namespace handoff::tool
