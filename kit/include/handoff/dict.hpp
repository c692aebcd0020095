#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "handoff/detail/raw_object.hpp"
#include "handoff/snapshot.hpp"
#include "handoff/value.hpp"

namespace handoff {

/// How an entry is put.
struct EntryOptions {
    std::optional<std::chrono::milliseconds> ttl{};  ///< it leaves after so long; unset: it stays
};

/// Keys and values that all share, in the order in which the keys came in; docs/objects/dict.md.
/// Every call is one message, and done wholly or not at all. Keys are equal if their bytes are.
///
/// Thread safety: safe, distinct or shared.
template <typename K, typename V>
class Dict {
    using Method = detail::Method;
    using RawCall = detail::RawCall;
    using RawAnswer = detail::RawAnswer;

public:
    using Entry = std::pair<K, V>;

    /// Refers to no dictionary; every call throws errc::inert.
    Dict() noexcept = default;

    // ---- reading

    [[nodiscard]] std::optional<V> get(const K& key) const {
        return raw_.call(RawCall{Method::get}.value(key)).template value_if_there<V>();
    }
    /// Throws errc::not_found.
    [[nodiscard]] V at(const K& key) const {
        std::optional<V> there = get(key);
        if (!there) throw Error(errc::not_found, raw_.describe("at() of") + ": no such key");
        return std::move(*there);
    }
    /// With the version of the entry; 0 and empty if there is none.
    [[nodiscard]] Versioned<V> versioned(const K& key) const {
        const RawAnswer told = raw_.call(RawCall{Method::get}.value(key));
        return {told.number(0), told.template value_if_there<V>()};
    }
    /// In the order of `keys`.
    [[nodiscard]] std::vector<std::optional<V>> get_many(const std::vector<K>& keys) const {
        const RawAnswer told = raw_.call(with_keys(Method::get, keys));
        std::vector<std::optional<V>> values;
        std::size_t next = 0;
        for (const std::int64_t version : told.numbers) {
            values.push_back(version == 0 ? std::nullopt
                                          : std::optional<V>(told.template value<V>(next++)));
        }
        return values;
    }
    [[nodiscard]] bool contains(const K& key) const {
        return raw_.call(RawCall{Method::contains}.value(key)).number(0) != 0;
    }
    [[nodiscard]] std::uint64_t size() const { return raw_.call({Method::size}).number(0); }
    [[nodiscard]] bool empty() const { return size() == 0; }

    /// All of it as it is now, in pages.
    [[nodiscard]] Snapshot<Entry> snapshot() const { return {raw_, 0}; }
    [[nodiscard]] std::vector<Entry> items() const { return snapshot().rest(); }
    [[nodiscard]] std::vector<K> keys() const { return Snapshot<K>(raw_, 1).rest(); }
    [[nodiscard]] std::vector<V> values() const { return Snapshot<V>(raw_, 2).rest(); }

    // ---- writing. Throws errc::limit_exceeded beyond entries_max or bytes_max.

    void put(const K& key, const V& value, const EntryOptions& options = {}) {
        raw_.call(
            RawCall{Method::put, {detail::millis_or_none(options.ttl)}}.value(key).value(value));
    }
    /// Returns how many of the keys are new.
    std::uint64_t put_many(const std::vector<Entry>& entries, const EntryOptions& options = {}) {
        RawCall call{Method::put, {detail::millis_or_none(options.ttl)}};
        for (const auto& [key, value] : entries) call.value(key).value(value);
        return raw_.call(std::move(call)).number(1);
    }
    /// False: the key is there, and its value stays.
    bool put_new(const K& key, const V& value, const EntryOptions& options = {}) {
        return putting_new(key, value, options).number(0) != 0;
    }
    /// What is there then: `value`, or what was there before.
    V get_or_put(const K& key, const V& value, const EntryOptions& options = {}) {
        const RawAnswer done = putting_new(key, value, options);
        return done.number(0) != 0 ? value : done.template value<V>();
    }
    /// Whether it was there.
    bool erase(const K& key) { return erase_many({key}) != 0; }
    std::uint64_t erase_many(const std::vector<K>& keys) {
        return raw_.call(with_keys(Method::erase, keys)).number(1);
    }
    /// Removes and returns.
    std::optional<V> take(const K& key) {
        return raw_.call(RawCall{Method::take}.value(key)).template value_if_there<V>();
    }
    /// The newest.
    std::optional<Entry> take_any() {
        const RawAnswer taken = raw_.call({Method::take_any});
        if (taken.number(0) == 0) return std::nullopt;
        return Entry{taken.template value<K>(0), taken.template value<V>(1)};
    }
    /// Returns how many there were.
    std::uint64_t clear() { return raw_.call({Method::clear}).number(1); }

    /// Atomic; a key that is not there counts as 0. Returns the sum.
    std::int64_t add(const K& key, std::int64_t n = 1) requires std::integral<V> {
        return raw_.call(RawCall{Method::add, {n}}.value(key)).numbers.at(0);
    }
    /// Only if the entry still has this version; 0: only if there is none.
    bool put_if(const K& key, std::uint64_t version, const V& value) {
        const auto number = static_cast<std::int64_t>(version);
        return raw_.call(RawCall{Method::compare_exchange, {number}}.value(key).value(value))
                   .number(0) != 0;
    }
    /// If the value is `expected`, by bytes; else `expected` becomes what it is, if it is there.
    bool compare_exchange(const K& key, V& expected, const V& desired) {
        const RawAnswer done =
            raw_.call(RawCall{Method::compare_exchange}.value(key).value(expected).value(desired));
        if (done.number(0) != 0) return true;
        if (!done.values.empty()) expected = done.template value<V>();
        return false;
    }
    /// Puts `fn(value)`, where the value is V{} if there is none; again for as long as somebody
    /// else has changed the entry meanwhile. Returns what was put.
    template <std::invocable<V> Function>
    V update(const K& key, Function fn) {
        for (;;) {
            Versioned<V> now = versioned(key);
            V next = fn(now.value ? std::move(*now.value) : V{});
            if (put_if(key, now.version, next)) return next;
        }
    }

    // ---- watching

    [[nodiscard]] std::uint64_t version() const { return raw_.call({Method::size}).number(1); }
    /// Waits until the dictionary's version is another; returns it.
    std::uint64_t wait_until_changed(std::uint64_t version, std::stop_token stop = {}) const {
        return raw_
            .call({Method::changed, {static_cast<std::int64_t>(version)}},
                  detail::Wait::forever(std::move(stop)))
            .number(0);
    }
    /// Waits until the entry's version is another than this (0: until it is there).
    Versioned<V> wait_until_changed(const K& key, std::uint64_t version,
                                    std::stop_token stop = {}) const {
        raw_.call(RawCall{Method::changed, {static_cast<std::int64_t>(version)}}.value(key),
                  detail::Wait::forever(std::move(stop)));
        return versioned(key);
    }
    /// Empty: not changed in that time, or stopped.
    [[nodiscard]] std::optional<Versioned<V>> wait_until_changed_for(
        const K& key, std::uint64_t version, std::chrono::nanoseconds limit,
        std::stop_token stop = {}) const {
        if (!raw_.try_call(
                RawCall{Method::changed, {static_cast<std::int64_t>(version)}}.value(key),
                detail::Wait::for_at_most(limit, std::move(stop)))) {
            return std::nullopt;
        }
        return versioned(key);
    }
    [[nodiscard]] const std::string& name() const { return raw_.name(); }

private:
    friend class Client;
    friend class Namespace;
    explicit Dict(detail::RawObject object) : raw_(std::move(object)) {}

    static RawCall with_keys(Method method, const std::vector<K>& keys) {
        RawCall call{method};
        for (const K& key : keys) call.value(key);
        return call;
    }
    RawAnswer putting_new(const K& key, const V& value, const EntryOptions& options) {
        return raw_.call(
            RawCall{Method::get_or_put, {detail::millis_or_none(options.ttl)}}.value(key).value(
                value));
    }

    detail::RawObject raw_;
};

}  // namespace handoff
