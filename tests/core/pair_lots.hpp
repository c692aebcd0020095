#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "core/messages.hpp"

// What is drawn by lot on bad days, and items that are put again and again.

namespace handoff::core::test {

class Lots {
public:
    explicit Lots(std::uint64_t seed) : draw_(seed) {}
    /// 0 … n - 1
    std::size_t below(std::size_t n) { return draw_() % n; }
    bool one_in(std::size_t n) { return below(n) == 0; }
    Millis up_to(Millis most) { return Millis{below(static_cast<std::size_t>(most.count())) + 1}; }

private:
    std::mt19937_64 draw_;
};

/// In the names of items that have a key, which is their name. They are put again and again.
inline const std::string keyed = " with key ";

inline bool has_key(const std::string& item) {
    return item.find(keyed) != std::string::npos;
}

inline Columns columns_of(const std::string& item) {
    Columns columns;
    columns.key = item;
    columns.headers = Slice::copy("headers of " + item);
    columns.trace = Slice::copy("trace of " + item);
    return columns;
}

}  // namespace handoff::core::test
