#pragma once

#include <string>

#include "core/messages.hpp"
#include "support/lots.hpp"

// What is drawn by lot on bad days, and items that are put again and again.

namespace handoff::core::test {

using handoff::test::Lots;

/// In the names of items that have a key, which is their name. They are put again and again.
inline const std::string key_mark = " with key ";

inline bool has_key(const std::string& item) {
    return item.find(key_mark) != std::string::npos;
}

inline Columns columns_of(const std::string& item) {
    Columns columns;
    columns.key = item;
    columns.headers = Slice::copy("headers of " + item);
    columns.trace = Slice::copy("trace of " + item);
    return columns;
}

}  // namespace handoff::core::test
