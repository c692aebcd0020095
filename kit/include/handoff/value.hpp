#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "handoff/detail/raw_object.hpp"

namespace handoff {

class Client;

/// A value and how often it was changed before. Empty: it was never set, or was removed.
template <typename T>
struct Versioned {
    std::uint64_t version = 0;
    std::optional<T> value;
};

/// One value that all share; docs/objects/value.md. Each change raises its version.
///
/// Thread safety: safe, distinct or shared.
template <typename T>
class Value {
public:
    /// Refers to no value; every call throws errc::inert.
    Value() noexcept = default;

    /// Throws errc::not_found if it was never set, errc::wrong_type if it is no T.
    [[nodiscard]] T get() const {
        std::optional<T> there = versioned().value;
        if (!there) throw Error(errc::not_found, raw_.describe("get of") + ": it was never set");
        return std::move(*there);
    }
    [[nodiscard]] Versioned<T> versioned() const {
        return versioned_from(raw_.call({detail::Method::get}));
    }
    /// Returns the new version. Throws errc::limit_exceeded if it is larger than `bytes_max`.
    std::uint64_t set(const T& value) {
        return raw_.call(detail::RawCall{detail::Method::put}.value(value)).number(0);
    }
    /// Only if it still has this version (0: only if it was never set). False: it has not.
    bool set_if(std::uint64_t version, const T& value) {
        const auto number = static_cast<std::int64_t>(version);
        return raw_.call(detail::RawCall{detail::Method::compare_exchange, {number}}.value(value))
                   .number(0) != 0;
    }
    /// What it was; empty: never set.
    std::optional<T> exchange(const T& value) {
        return raw_.call(detail::RawCall{detail::Method::exchange}.value(value))
            .template value_if_there<T>();
    }
    /// Sets `desired` if it is `expected`, by the bytes of both; else `expected` becomes what it
    /// is.
    bool compare_exchange(T& expected, const T& desired) {
        const detail::RawAnswer done = raw_.call(
            detail::RawCall{detail::Method::compare_exchange}.value(expected).value(desired));
        if (done.number(0) != 0) return true;
        if (!done.values.empty()) expected = done.template value<T>();
        return false;
    }
    /// Atomic; returns the sum. Throws errc::out_of_range beyond 64 bits.
    std::int64_t add(std::int64_t n = 1) requires std::integral<T> {
        return raw_.call({detail::Method::add, {n}}).numbers.at(0);
    }
    /// Sets `fn(value)`, which is called again with the new value for as long as somebody else has
    /// changed it meanwhile. Returns what was set.
    template <std::invocable<T> Function>
    T update(Function fn) {
        for (;;) {
            Versioned<T> now = versioned();
            T next = fn(now.value ? std::move(*now.value) : T{});
            if (set_if(now.version, next)) return next;
        }
    }

    /// Waits until its version is another than this. Throws errc::cancelled if stopped.
    Versioned<T> wait_until_changed(std::uint64_t version, std::stop_token stop = {}) const {
        raw_.call({detail::Method::changed, {static_cast<std::int64_t>(version)}},
                  detail::Wait::forever(std::move(stop)));
        return versioned();
    }
    /// Empty: not changed in that time, or stopped.
    [[nodiscard]] std::optional<Versioned<T>> wait_until_changed_for(
        std::uint64_t version, std::chrono::nanoseconds limit, std::stop_token stop = {}) const {
        if (!raw_.try_call({detail::Method::changed, {static_cast<std::int64_t>(version)}},
                           detail::Wait::for_at_most(limit, std::move(stop)))) {
            return std::nullopt;
        }
        return versioned();
    }
    [[nodiscard]] const std::string& name() const { return raw_.name(); }

private:
    friend class Client;
    friend struct detail::RefAccess;
    explicit Value(detail::RawObject object) : raw_(std::move(object)) {}
    static Versioned<T> versioned_from(const detail::RawAnswer& told) {
        return {told.number(0), told.template value_if_there<T>()};
    }

    detail::RawObject raw_;
};

}  // namespace handoff
