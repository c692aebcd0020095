#pragma once

#include <vector>

#include "core/log_book.hpp"

namespace handoff {

/// Hands records to the application; whatever it throws must not stop what the kit is doing.
inline void tell(const Log& log, const std::vector<core::LogEntry>& entries) noexcept {
    if (!log) return;
    for (const core::LogEntry& entry : entries) {
        try {
            log({entry.level, entry.text});
        } catch (...) {
            continue;
        }
    }
}

}  // namespace handoff
