#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

namespace handoff::core {

/// Bytes that somebody else allocated and that stay alive while any Slice of them does: a received
/// message, a block of queue storage. Copying one costs a reference count.
///
/// Thread safety: distinct objects are safe, also when they share an owner; the bytes never change.
class Slice {
public:
    Slice() = default;

    /// `view` must lie within what `owner` keeps alive; `owner_bytes` is how much that is.
    Slice(std::shared_ptr<const void> owner, std::size_t owner_bytes, std::string_view view)
        : owner_(std::move(owner)), owner_bytes_(owner_bytes), view_(view) {}

    /// A slice of its own copy of `bytes`.
    static Slice copy(std::string_view bytes);

    [[nodiscard]] std::string_view view() const noexcept { return view_; }
    [[nodiscard]] std::size_t size() const noexcept { return view_.size(); }
    [[nodiscard]] bool empty() const noexcept { return view_.empty(); }

    /// Bytes that this slice keeps alive, its own included.
    [[nodiscard]] std::size_t owner_bytes() const noexcept { return owner_bytes_; }
    [[nodiscard]] const std::shared_ptr<const void>& owner() const noexcept { return owner_; }

    /// The bytes from `offset`, `count` of them at most; shares the owner.
    [[nodiscard]] Slice part(std::size_t offset, std::size_t count = std::string_view::npos) const {
        return {owner_, owner_bytes_, view_.substr(offset, count)};
    }

    /// This slice, or a copy of its own if it keeps more than four times its size alive. Applied
    /// wherever a slice shrinks, it bounds what queues pin by four times what they hold.
    [[nodiscard]] Slice compact() const;

    bool operator==(const Slice& other) const noexcept { return view_ == other.view_; }

private:
    std::shared_ptr<const void> owner_;
    std::size_t owner_bytes_ = 0;
    std::string_view view_;
};

}  // namespace handoff::core
