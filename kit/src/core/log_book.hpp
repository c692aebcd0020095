#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/time.hpp"
#include "handoff/log.hpp"

namespace handoff::core {

struct LogEntry {
    LogLevel level = LogLevel::info;
    std::string text;
    bool operator==(const LogEntry&) const = default;
};

/// What a machine has to tell those who run it, until its owner takes it. Full, it only counts.
///
/// Thread safety: none; one owner.
class LogBook {
public:
    static constexpr std::size_t entries_max = 1000;

    void write(LogLevel level, std::string text) {
        if (entries_.size() < entries_max) {
            entries_.push_back({level, std::move(text)});
        } else {
            ++left_out_;
        }
    }

    std::vector<LogEntry> take() {
        std::vector<LogEntry> entries = std::exchange(entries_, {});
        if (left_out_ > 0) {
            entries.push_back({LogLevel::warning, std::to_string(std::exchange(left_out_, 0)) +
                                                      " records were left out: too much happened "
                                                      "at once"});
        }
        return entries;
    }

private:
    std::vector<LogEntry> entries_;
    std::uint64_t left_out_ = 0;
};

/// Something that a stranger can make happen as often as he likes, told at most once a minute.
class Sparsely {
public:
    /// Whether to tell of this one; then `since()` is how many there were since the last one told.
    bool due(Time now) {
        ++count_;
        if (now < next_) return false;
        next_ = later(now, std::chrono::minutes{1});
        since_ = std::exchange(count_, 0);
        return true;
    }
    [[nodiscard]] std::uint64_t since() const noexcept { return since_; }

private:
    Time next_{};
    std::uint64_t count_ = 0;
    std::uint64_t since_ = 0;
};

}  // namespace handoff::core
