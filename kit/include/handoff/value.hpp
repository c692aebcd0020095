#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "handoff/object_call.hpp"

namespace handoff {

class Client;

/// A value and how often it was changed before. Empty: it was never set, or was removed.
template <typename T>
struct Versioned {
    std::uint64_t version = 0;
    std::optional<T> value;
};

/// What an exchange under a condition came to.
template <typename T>
struct Exchanged {
    bool done = false;
    std::optional<T> there;  ///< if not done: what is there, if anything is
};

namespace detail {

template <typename T>
Exchanged<T> exchanged_from(const RawAnswer& answer) {
    if (answer.number(0) != 0) return {true, std::nullopt};
    return {false, answer.value_if_there<T>()};
}

}  // namespace detail

/// The calls of a Value, described; each ends as the method of Value of that name.
///
/// Thread safety: safe, distinct or shared.
template <typename T>
class ValueCalls {
    using Method = detail::Method;
    using RawCall = detail::RawCall;
    using RawObject = detail::RawObject;
    using RawAnswer = detail::RawAnswer;

public:
    [[nodiscard]] ObjectCall<T> get() const {
        return {raw_, {Method::get}, [](const RawObject& object, const RawAnswer& told) {
                    std::optional<T> there = told.value_if_there<T>();
                    if (there) return std::move(*there);
                    throw Error(errc::not_found, object.describe("get of") + ": it was never set");
                }};
    }
    [[nodiscard]] ObjectCall<Versioned<T>> versioned() const {
        return {raw_, {Method::get}, [](const RawObject&, const RawAnswer& told) {
                    return Versioned<T>{told.number(0), told.value_if_there<T>()};
                }};
    }
    ObjectCall<std::uint64_t> set(const T& value) const {
        return {raw_, RawCall{Method::put}.value(value),
                [](const RawObject&, const RawAnswer& done) { return done.number(0); }};
    }
    ObjectCall<bool> set_if(std::uint64_t version, const T& value) const {
        const auto number = static_cast<std::int64_t>(version);
        return {raw_, RawCall{Method::compare_exchange, {number}}.value(value),
                [](const RawObject&, const RawAnswer& done) { return done.number(0) != 0; }};
    }
    ObjectCall<std::optional<T>> exchange(const T& value) const {
        return {raw_, RawCall{Method::exchange}.value(value),
                [](const RawObject&, const RawAnswer& done) { return done.value_if_there<T>(); }};
    }
    ObjectCall<Exchanged<T>> compare_exchange(const T& expected, const T& desired) const {
        return {raw_, RawCall{Method::compare_exchange}.value(expected).value(desired),
                [](const RawObject&, const RawAnswer& done) {
                    return detail::exchanged_from<T>(done);
                }};
    }
    ObjectCall<std::int64_t> add(std::int64_t n = 1) const requires std::integral<T> {
        return {raw_, {Method::add, {n}}, [](const RawObject&, const RawAnswer& done) {
                    return done.numbers.at(0);
                }};
    }

private:
    template <typename>
    friend class Value;
    explicit ValueCalls(RawObject object) : raw_(std::move(object)) {}
    RawObject raw_;
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
    [[nodiscard]] T get() const { return later().get().run(); }
    [[nodiscard]] Versioned<T> versioned() const { return later().versioned().run(); }
    /// Returns the new version. Throws errc::limit_exceeded if it is larger than `bytes_max`.
    std::uint64_t set(const T& value) { return later().set(value).run(); }
    /// Only if it still has this version (0: only if it was never set). False: it has not.
    bool set_if(std::uint64_t version, const T& value) {
        return later().set_if(version, value).run();
    }
    /// What it was; empty: never set.
    std::optional<T> exchange(const T& value) { return later().exchange(value).run(); }
    /// Sets `desired` if it is `expected`, by the bytes of both; else `expected` becomes what it
    /// is.
    bool compare_exchange(T& expected, const T& desired) {
        Exchanged<T> end = later().compare_exchange(expected, desired).run();
        if (end.there) expected = std::move(*end.there);
        return end.done;
    }
    /// Atomic; returns the sum. Throws errc::out_of_range beyond 64 bits.
    std::int64_t add(std::int64_t n = 1) requires std::integral<T> { return later().add(n).run(); }
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
    /// The calls that end at once, to be begun without waiting, or in a batch; object_call.hpp.
    [[nodiscard]] ValueCalls<T> later() const { return ValueCalls<T>(raw_); }
    [[nodiscard]] const std::string& name() const { return raw_.name(); }

private:
    friend class Client;
    friend struct detail::RefAccess;
    explicit Value(detail::RawObject object) : raw_(std::move(object)) {}

    detail::RawObject raw_;
};

}  // namespace handoff
