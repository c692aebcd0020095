#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include <unistd.h>

#include <cstdio>

namespace handoff::tool {

/// A counter on standard error, if that is a terminal; it appears after a second of work and is
/// wiped away at the end.
class Progress {
public:
    explicit Progress(std::string what) : what_(std::move(what)) {}
    ~Progress() {
        if (shown_) std::fprintf(stderr, "\r\033[K");
    }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void add(std::uint64_t items) {
        items_ += items;
        const auto now = std::chrono::steady_clock::now();
        if (!terminal_ || now < next_) return;
        shown_ = true;
        next_ = now + std::chrono::milliseconds(200);
        std::fprintf(stderr, "\r\033[K%s: %llu items", what_.c_str(),
                     static_cast<unsigned long long>(items_));
    }

    [[nodiscard]] std::uint64_t items() const noexcept { return items_; }

private:
    std::string what_;
    std::uint64_t items_ = 0;
    bool terminal_ = ::isatty(STDERR_FILENO) != 0;
    bool shown_ = false;
    std::chrono::steady_clock::time_point next_ =
        std::chrono::steady_clock::now() + std::chrono::seconds(1);
};

}  // namespace handoff::tool
