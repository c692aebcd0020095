#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

namespace handoff::core::objects {

/// A call that waits, as the manager numbers them; never used again. 0: none.
using Ticket = std::uint64_t;

/// Calls that wait, in the order in which they came, and what each wants. Every operation costs
/// O(log n).
///
/// Thread safety: none; one owner.
template <class Want>
class Line {
public:
    struct Place {
        Ticket ticket = 0;
        Want want;
    };

    void join(Ticket ticket, Want want) {
        order_.emplace(ticket, next_);
        places_.emplace(next_++, Place{ticket, std::move(want)});
    }

    [[nodiscard]] bool empty() const noexcept { return places_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }
    [[nodiscard]] bool contains(Ticket ticket) const { return order_.count(ticket) > 0; }
    [[nodiscard]] const Place& first() const { return places_.begin()->second; }

    Place take_first() {
        auto node = places_.extract(places_.begin());
        order_.erase(node.mapped().ticket);
        return std::move(node.mapped());
    }
    /// Empty if it is not in this line.
    std::optional<Want> leave(Ticket ticket) {
        const auto known = order_.find(ticket);
        if (known == order_.end()) return std::nullopt;
        auto node = places_.extract(known->second);
        order_.erase(known);
        return std::move(node.mapped().want);
    }

private:
    std::map<std::uint64_t, Place> places_;
    std::unordered_map<Ticket, std::uint64_t> order_;
    std::uint64_t next_ = 0;
};

}  // namespace handoff::core::objects
