#pragma once

#include <cstddef>
#include <string>

#include "core/manager_driver.hpp"

// What the cases share that take docs/protocol.md sentence by sentence.

namespace handoff::core::test {

inline Columns keyed(const std::string& key) {
    Columns columns;
    columns.key = key;
    return columns;
}

/// Headers and a trace of so many bytes.
inline Columns noted(std::size_t headers, std::size_t trace) {
    Columns columns;
    columns.headers = Slice::copy(std::string(headers, 'h'));
    columns.trace = Slice::copy(std::string(trace, 't'));
    return columns;
}

inline QueueOptions with_capacity_bytes(std::uint64_t bytes) {
    QueueOptions options;
    options.capacity_bytes = bytes;
    return options;
}

/// The wall clock is set, while time goes on as ever.
inline void set_wall_clock(ManagerTest& test, Millis by) {
    test.now.wall += by;
    test.machine.tick(test.now);
    test.end_turn();
}

inline ManagerStats manager_stats(ManagerTest& test) {
    return test.machine.report(test.now).manager;
}

}  // namespace handoff::core::test
