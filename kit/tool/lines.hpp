#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace handoff::tool {

/// Lines of standard input in batches: as many as are there, without waiting for more once there
/// is one. So a file goes in few round trips, and a line typed by hand goes at once.
///
/// Thread safety: one object, one thread.
class Lines {
public:
    explicit Lines(std::stop_token stop);
    ~Lines();
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;

    /// Waits for at least one line. Empty: the input has ended, or a stop was requested. The last
    /// line need not end with a newline. Throws Error (errc::system) if reading fails, and
    /// (errc::too_large) for a line of more than 64 MiB.
    std::vector<std::string> next();

private:
    bool wait_for_input();
    void read_some();
    std::vector<std::string> whole_lines();

    std::stop_token stop_;
    int wakeup_;
    std::string buffer_;
    bool ended_ = false;
};

}  // namespace handoff::tool
