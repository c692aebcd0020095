#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "handoff/detail/raw_object.hpp"

namespace handoff {

namespace detail {

template <typename T>
class Sequence;

/// How many values of a page make one entry, and how.
template <typename T>
struct EntryOf {
    static constexpr std::size_t width = 1;
    static T read(const RawAnswer& page, std::size_t at) { return page.value<T>(at); }
};
template <typename K, typename V>
struct EntryOf<std::pair<K, V>> {
    static constexpr std::size_t width = 2;
    static std::pair<K, V> read(const RawAnswer& page, std::size_t at) {
        return {page.value<K>(at), page.value<V>(at + 1)};
    }
};

}  // namespace detail

/// The entries of a container as they were at one moment, in pages that are fetched as they are
/// needed; what others change meanwhile is not seen. For one pass of a range-for:
///
///     for (const auto& [key, value] : dict.snapshot()) …
///
/// The manager keeps a snapshot until its last page was fetched, and 16 of one container for each
/// session; of more it drops the oldest, whose next page throws errc::stale_reference.
///
/// Thread safety: one thread at a time.
template <typename Entry>
class Snapshot {
public:
    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Entry;
        using difference_type = std::ptrdiff_t;
        using pointer = const Entry*;
        using reference = const Entry&;

        const Entry& operator*() const { return *snapshot_->current_; }
        const Entry* operator->() const { return &*snapshot_->current_; }
        Iterator& operator++() {
            snapshot_->advance();
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const { return !snapshot_->current_; }

    private:
        friend class Snapshot;
        explicit Iterator(Snapshot* snapshot) : snapshot_(snapshot) {}
        Snapshot* snapshot_;
    };

    Iterator begin() {
        if (!current_) advance();
        return Iterator(this);
    }
    [[nodiscard]] static std::default_sentinel_t end() noexcept { return {}; }

    /// All that has not been iterated over.
    [[nodiscard]] std::vector<Entry> rest() {
        std::vector<Entry> entries;
        for (const Entry& entry : *this) entries.push_back(entry);
        return entries;
    }
    /// Of the container at that moment.
    [[nodiscard]] std::uint64_t version() const { return page_.number(1); }
    [[nodiscard]] std::uint64_t size() const { return page_.number(3); }

private:
    template <typename>
    friend class detail::Sequence;
    template <typename>
    friend class Set;
    template <typename, typename>
    friend class Dict;
    friend class Namespace;

    /// `what`: 0 entries, 1 keys, 2 values.
    Snapshot(detail::RawObject object, std::int64_t what)
        : object_(std::move(object)), what_(what), page_(fetch(0, 0)) {}

    detail::RawAnswer fetch(std::int64_t snapshot, std::int64_t from) {
        return object_.call({detail::Method::page, {snapshot, from, what_}});
    }
    void advance() {
        current_.reset();
        if (at_ >= page_.values.size()) {
            if (page_.numbers.at(2) == 0) return;
            page_ = fetch(page_.numbers.at(0), page_.numbers.at(2));
            at_ = 0;
            if (page_.values.empty()) return;
        }
        current_ = detail::EntryOf<Entry>::read(page_, at_);
        at_ += detail::EntryOf<Entry>::width;
    }

    detail::RawObject object_;
    std::int64_t what_;
    detail::RawAnswer page_;
    std::size_t at_ = 0;
    std::optional<Entry> current_;
};

}  // namespace handoff
