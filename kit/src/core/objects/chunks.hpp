#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/objects/call.hpp"

namespace handoff::core::objects {

/// Calls of one method with many values, some at a time.
class Chunks {
public:
    explicit Chunks(Method method) : method_(method) {}

    /// Values that stay together.
    void add(std::vector<Packed> values, std::vector<std::int64_t> numbers = {}) {
        if (calls_.empty() || calls_.back().numbers != numbers || values_ >= values_max ||
            bytes_ >= bytes_max) {
            calls_.push_back({0, method_, std::move(numbers), {}});
            values_ = bytes_ = 0;
        }
        for (Packed& value : values) {
            ++values_;
            bytes_ += value.size();
            calls_.back().values.push_back(std::move(value));
        }
    }
    [[nodiscard]] std::vector<Call> take() { return std::move(calls_); }

private:
    static constexpr std::size_t values_max = 4096;
    static constexpr std::size_t bytes_max = 64u << 10;

    Method method_;
    std::vector<Call> calls_;
    std::size_t values_ = 0;  ///< of the last call
    std::size_t bytes_ = 0;
};

}  // namespace handoff::core::objects
