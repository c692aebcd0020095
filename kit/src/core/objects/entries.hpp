#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/objects/page.hpp"

namespace handoff::core::objects {

/// An entry of a dict; of a set, with an empty value.
struct Entry {
    Packed key;
    Packed value;
    std::uint64_t version = 0;  ///< of the container, when it last changed
    Time expires = never;       ///< wall clock

    [[nodiscard]] std::size_t bytes() const noexcept { return key.size() + value.size(); }
};

/// Entries by key, and in the order in which their keys came in. Finding, putting and erasing cost
/// O(1) and O(log n). A plain value.
class Entries {
public:
    /// The key is the payload. Null: there is none.
    [[nodiscard]] const Entry* find(std::string_view key) const;
    [[nodiscard]] const Entry* newest() const;

    /// A new key comes last; one that is there keeps its place. Returns whether it is new.
    bool put(Entry entry);
    /// Returns what it was; empty if there was none.
    std::optional<Entry> erase(std::string_view key);
    void clear();

    [[nodiscard]] std::size_t size() const noexcept { return order_.size(); }
    /// Of keys and values, with their length headers.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

    template <typename Use>
    void for_each(Use use) const {
        for (const auto& [place, entry] : order_) use(entry);
    }

    /// See page_of().
    [[nodiscard]] std::uint64_t fill(Page& page, std::uint64_t from) const;

private:
    struct Hash {
        using is_transparent = void;  // NOLINT(readability-identifier-naming): the library's name
        std::size_t operator()(std::string_view key) const noexcept {
            return std::hash<std::string_view>{}(key);
        }
    };
    std::map<std::uint64_t, Entry> order_;
    std::unordered_map<std::string, std::uint64_t, Hash, std::equal_to<>> places_;
    std::uint64_t next_ = 1;
    std::size_t bytes_ = 0;
};

}  // namespace handoff::core::objects
