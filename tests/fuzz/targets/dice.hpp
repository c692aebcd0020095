#pragma once

#include <cstdint>
#include <string_view>

namespace handoff::fuzz {

/// Choices that are made by bytes: each takes one, or two where there are more than 256 to choose
/// from. After the last one all choices are 0.
class Dice {
public:
    explicit Dice(std::string_view bytes) : rest_(bytes) {}

    std::uint32_t roll(std::uint32_t sides) {
        std::uint32_t number = byte();
        if (sides > 256) number = number << 8 | byte();
        return number % sides;
    }
    /// The next bytes as they are, `count_max` at most.
    std::string_view take(std::size_t count_max) {
        const std::string_view taken = rest_.substr(0, count_max);
        rest_.remove_prefix(taken.size());
        return taken;
    }
    [[nodiscard]] bool over() const noexcept { return rest_.empty(); }

private:
    std::uint32_t byte() {
        const std::string_view one = take(1);
        return one.empty() ? 0 : static_cast<unsigned char>(one.front());
    }

    std::string_view rest_;
};

}  // namespace handoff::fuzz
