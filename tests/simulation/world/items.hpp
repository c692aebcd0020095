#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/run.hpp"

namespace handoff::core::sim {

/// An item of the simulation, whoever puts it wherever: 1, 2, 3 … 0: none.
using ItemNumber = std::uint64_t;

/// A payload tells its number, and may be longer than that.
inline std::string payload_of(ItemNumber number, std::size_t padding = 0) {
    return std::to_string(number) + std::string(padding, '.');
}

/// 0 if the payload is none of ours.
inline ItemNumber number_in(std::string_view payload) {
    ItemNumber number = 0;
    std::from_chars(payload.data(), payload.data() + payload.size(), number);
    return number;
}

inline std::vector<ItemNumber> numbers_in(std::string_view run) {
    std::vector<ItemNumber> numbers;
    while (const auto bytes = first_item_bytes(run)) {
        numbers.push_back(number_in(first_payload(run)));
        run.remove_prefix(*bytes);
    }
    return numbers;
}

}  // namespace handoff::core::sim
