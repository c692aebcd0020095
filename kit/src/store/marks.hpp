#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/journal.hpp"
#include "core/time.hpp"

namespace handoff::store {

/// What became of some of the items of a row, beside the row: a bit for each that is gone, and what
/// is different of those that are lent or came back. The row itself, which may be large, is never
/// written again.
///
/// Thread safety: none; one owner.
class Marks {
public:
    /// Of the row's items `offset` and the `count - 1` after it.
    struct Back {
        std::uint32_t offset = 0;
        std::uint32_t count = 0;
        std::uint32_t deliveries = 0;
        core::Time due{};
        core::Loan loan;  ///< its token is that of the first of these
        [[nodiscard]] std::uint32_t end() const noexcept { return offset + count; }
    };

    explicit Marks(std::uint32_t items) : done_((items + 7) / 8, '\0') {}
    /// Throws errc::store_failed if they are not of a row of so many items.
    static Marks from(std::uint32_t items, std::string_view value);
    [[nodiscard]] std::string value() const;

    [[nodiscard]] bool is_done(std::uint32_t item) const noexcept {
        return (static_cast<unsigned char>(done_[item / 8]) >> item % 8 & 1) != 0;
    }
    /// The first item from `item` on that is done, or is not; `end` if there is none before it.
    [[nodiscard]] std::uint32_t next(std::uint32_t item, std::uint32_t end,
                                     bool done) const noexcept;
    /// Returns how many of them were not done before.
    std::uint32_t set_done(std::uint32_t offset, std::uint32_t count) noexcept;

    /// Takes the place of what was said of these items before.
    void set_back(Back back);
    /// In the order of their offsets, without overlap.
    [[nodiscard]] const std::vector<Back>& backs() const noexcept { return backs_; }

private:
    std::string done_;
    std::vector<Back> backs_;
};

}  // namespace handoff::store
