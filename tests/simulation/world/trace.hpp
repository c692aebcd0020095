#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace handoff::core::sim {

/// The story of a run, a line for each thing that happened. Where nobody reads it, no text is made.
class Trace {
public:
    using Reader = std::function<void(std::string_view line)>;

    explicit Trace(Reader reader = {}) : reader_(std::move(reader)) {}

    [[nodiscard]] bool read() const noexcept { return reader_ != nullptr; }

    /// `text()` is what `who` did.
    template <typename Text>
    void tell(Time now, std::string_view who, Text text) {
        if (read()) write(now, who, text());
    }

private:
    void write(Time now, std::string_view who, const std::string& text);

    Reader reader_;
};

}  // namespace handoff::core::sim
