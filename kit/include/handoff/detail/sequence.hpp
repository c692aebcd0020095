#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "handoff/detail/raw_object.hpp"
#include "handoff/snapshot.hpp"

namespace handoff::detail {

/// What Array and List have in common. An index below 0 counts from the end; one that is not there
/// throws errc::out_of_range, and nothing is changed.
template <typename T>
class Sequence {
public:
    Sequence() noexcept = default;

    [[nodiscard]] std::uint64_t size() const { return raw_.call({Method::size}).number(0); }
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] T at(std::int64_t index) const {
        return raw_.call({Method::get, {index}}).template value<T>();
    }
    [[nodiscard]] std::vector<T> slice(std::int64_t first, std::uint32_t count) const {
        return raw_.call({Method::get, {first, count}}).template all<T>();
    }
    void put(std::int64_t index, const T& value) {
        raw_.call(RawCall{Method::put, {index}}.value(value));
    }
    void put_slice(std::int64_t first, const std::vector<T>& values) {
        raw_.call(with_values({Method::put, {first}}, values));
    }
    T exchange(std::int64_t index, const T& value) {
        return raw_.call(RawCall{Method::exchange, {index}}.value(value)).template value<T>();
    }
    /// Sets `desired` if `expected` is there, by bytes; else `expected` becomes what is.
    bool compare_exchange(std::int64_t index, T& expected, const T& desired) {
        const RawAnswer done =
            raw_.call(RawCall{Method::compare_exchange, {index}}.value(expected).value(desired));
        if (done.number(0) != 0) return true;
        expected = done.template value<T>();
        return false;
    }
    /// Atomic; returns the sum.
    std::int64_t add(std::int64_t index, std::int64_t n = 1) requires std::integral<T> {
        return raw_.call({Method::add, {index, n}}).numbers.at(0);
    }

    /// The first at or behind `from` that is `value`, by bytes.
    [[nodiscard]] std::optional<std::uint64_t> find(const T& value, std::int64_t from = 0) const {
        const RawAnswer found = raw_.call(RawCall{Method::find, {from}}.value(value));
        if (found.numbers.at(0) < 0) return std::nullopt;
        return found.number(0);
    }
    [[nodiscard]] bool contains(const T& value) const { return find(value).has_value(); }
    [[nodiscard]] std::uint64_t count(const T& value) const {
        return raw_.call(RawCall{Method::count}.value(value)).number(0);
    }

    void reverse() { raw_.call({Method::reverse}); }
    /// Reads, sorts and writes back, again for as long as somebody else has changed it meanwhile.
    template <typename Less = std::less<>>
    void sort(Less less = {}) {
        for (;;) {
            Snapshot<T> now = snapshot();
            const auto version = static_cast<std::int64_t>(now.version());
            std::vector<T> values = now.rest();
            std::stable_sort(values.begin(), values.end(), less);
            const RawAnswer done = raw_.call(with_values({Method::replace, {version}}, values));
            if (done.number(0) != 0) return;
        }
    }

    /// All of it as it is now, in pages.
    [[nodiscard]] Snapshot<T> snapshot() const { return {raw_, 0}; }
    [[nodiscard]] std::vector<T> values() const { return snapshot().rest(); }
    [[nodiscard]] std::uint64_t version() const { return raw_.call({Method::size}).number(1); }
    /// Waits until the version is another; returns it. Throws errc::cancelled if stopped.
    std::uint64_t wait_until_changed(std::uint64_t version, std::stop_token stop = {}) const {
        return raw_
            .call({Method::changed, {static_cast<std::int64_t>(version)}},
                  Wait::forever(std::move(stop)))
            .number(0);
    }
    [[nodiscard]] const std::string& name() const { return raw_.name(); }

protected:
    friend struct RefAccess;
    explicit Sequence(RawObject object) : raw_(std::move(object)) {}
    ~Sequence() = default;
    Sequence(const Sequence&) = default;
    Sequence& operator=(const Sequence&) = default;
    Sequence(Sequence&&) noexcept = default;
    Sequence& operator=(Sequence&&) noexcept = default;

    static RawCall with_values(RawCall call, const std::vector<T>& values) {
        for (const T& value : values) call.value(value);
        return call;
    }

    RawObject raw_;
};

}  // namespace handoff::detail
