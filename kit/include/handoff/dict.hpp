#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "handoff/object_call.hpp"
#include "handoff/snapshot.hpp"
#include "handoff/value.hpp"

namespace handoff {

/// How an entry is put.
struct EntryOptions {
    std::optional<std::chrono::milliseconds> ttl{};  ///< it leaves after so long; unset: it stays
};

/// The calls of a Dict, described; each ends as the method of Dict of that name.
///
/// Thread safety: safe, distinct or shared.
template <typename K, typename V>
class DictCalls {
    using Method = detail::Method;
    using RawCall = detail::RawCall;
    using RawObject = detail::RawObject;
    using RawAnswer = detail::RawAnswer;

public:
    using Entry = std::pair<K, V>;

    [[nodiscard]] ObjectCall<std::optional<V>> get(const K& key) const {
        return {raw_, RawCall{Method::get}.value(key), read_if_there};
    }
    [[nodiscard]] ObjectCall<V> at(const K& key) const {
        return {raw_, RawCall{Method::get}.value(key),
                [](const RawObject& object, const RawAnswer& told) {
                    std::optional<V> there = told.value_if_there<V>();
                    if (there) return std::move(*there);
                    throw Error(errc::not_found, object.describe("at() of") + ": no such key");
                }};
    }
    [[nodiscard]] ObjectCall<Versioned<V>> versioned(const K& key) const {
        return {raw_, RawCall{Method::get}.value(key), [](const RawObject&, const RawAnswer& told) {
                    return Versioned<V>{told.number(0), told.value_if_there<V>()};
                }};
    }
    [[nodiscard]] ObjectCall<std::vector<std::optional<V>>> get_many(
        const std::vector<K>& keys) const {
        return {raw_, with_keys(Method::get, keys), [](const RawObject&, const RawAnswer& told) {
                    std::vector<std::optional<V>> values;
                    std::size_t next = 0;
                    for (const std::int64_t version : told.numbers) {
                        values.push_back(version == 0 ? std::nullopt
                                                      : std::optional<V>(told.value<V>(next++)));
                    }
                    return values;
                }};
    }
    [[nodiscard]] ObjectCall<bool> contains(const K& key) const {
        return truth(0, RawCall{Method::contains}.value(key));
    }
    [[nodiscard]] ObjectCall<std::uint64_t> size() const { return number(0, {Method::size}); }
    [[nodiscard]] ObjectCall<std::uint64_t> version() const { return number(1, {Method::size}); }

    ObjectCall<void> put(const K& key, const V& value, const EntryOptions& options = {}) const {
        return {raw_, with_entry(Method::put, key, value, options), detail::read_nothing};
    }
    ObjectCall<std::uint64_t> put_many(const std::vector<Entry>& entries,
                                       const EntryOptions& options = {}) const {
        RawCall call{Method::put, {detail::millis_or_none(options.ttl)}};
        for (const auto& [key, value] : entries) call.value(key).value(value);
        return number(1, std::move(call));
    }
    ObjectCall<bool> put_new(const K& key, const V& value, const EntryOptions& options = {}) const {
        return truth(0, with_entry(Method::get_or_put, key, value, options));
    }
    ObjectCall<V> get_or_put(const K& key, const V& value, const EntryOptions& options = {}) const {
        return {raw_, with_entry(Method::get_or_put, key, value, options),
                [value](const RawObject&, const RawAnswer& done) {
                    return done.number(0) != 0 ? value : done.value<V>();
                }};
    }
    ObjectCall<bool> erase(const K& key) const { return truth(1, with_keys(Method::erase, {key})); }
    ObjectCall<bool> erase_if(const K& key, std::uint64_t version) const {
        return truth(1, RawCall{Method::erase, {static_cast<std::int64_t>(version)}}.value(key));
    }
    ObjectCall<std::uint64_t> erase_many(const std::vector<K>& keys) const {
        return number(1, with_keys(Method::erase, keys));
    }
    ObjectCall<std::optional<V>> take(const K& key) const {
        return {raw_, RawCall{Method::take}.value(key), read_if_there};
    }
    ObjectCall<std::optional<Entry>> take_any() const {
        return {raw_,
                {Method::take_any},
                [](const RawObject&, const RawAnswer& taken) -> std::optional<Entry> {
                    if (taken.number(0) == 0) return std::nullopt;
                    return Entry{taken.value<K>(0), taken.value<V>(1)};
                }};
    }
    ObjectCall<std::uint64_t> clear() const { return number(1, {Method::clear}); }

    ObjectCall<std::int64_t> add(const K& key, std::int64_t n = 1) const requires std::integral<V> {
        return adding(key, n);
    }
    ObjectCall<bool> put_if(const K& key, std::uint64_t version, const V& value) const {
        const auto expected = static_cast<std::int64_t>(version);
        return truth(0, RawCall{Method::compare_exchange, {expected}}.value(key).value(value));
    }
    ObjectCall<Exchanged<V>> compare_exchange(const K& key, const V& expected,
                                              const V& desired) const {
        return {raw_, RawCall{Method::compare_exchange}.value(key).value(expected).value(desired),
                [](const RawObject&, const RawAnswer& done) {
                    return detail::exchanged_from<V>(done);
                }};
    }

private:
    template <typename, typename>
    friend class Dict;
    friend class NamespaceCalls;
    explicit DictCalls(RawObject object) : raw_(std::move(object)) {}

    static std::optional<V> read_if_there(const RawObject&, const RawAnswer& told) {
        return told.value_if_there<V>();
    }
    static RawCall with_keys(Method method, const std::vector<K>& keys) {
        RawCall call{method};
        for (const K& key : keys) call.value(key);
        return call;
    }
    static RawCall with_entry(Method method, const K& key, const V& value,
                              const EntryOptions& options) {
        return RawCall{method, {detail::millis_or_none(options.ttl)}}.value(key).value(value);
    }
    ObjectCall<std::int64_t> adding(const K& key, std::int64_t n) const {
        return {raw_, RawCall{Method::add, {n}}.value(key),
                [](const RawObject&, const RawAnswer& done) { return done.numbers.at(0); }};
    }
    ObjectCall<std::uint64_t> number(std::size_t index, RawCall call) const {
        return {raw_, std::move(call), detail::read_number(index)};
    }
    ObjectCall<bool> truth(std::size_t index, RawCall call) const {
        return {raw_, std::move(call), detail::read_truth(index)};
    }

    RawObject raw_;
};

/// Keys and values that all share, in the order in which the keys came in; docs/objects/dict.md.
/// Every call is one message, and done wholly or not at all. Keys are equal if their bytes are.
///
/// Thread safety: safe, distinct or shared.
template <typename K, typename V>
class Dict {
    using Method = detail::Method;
    using RawCall = detail::RawCall;

public:
    using Entry = std::pair<K, V>;

    /// Refers to no dictionary; every call throws errc::inert.
    Dict() noexcept = default;

    // ---- reading

    [[nodiscard]] std::optional<V> get(const K& key) const { return later().get(key).run(); }
    /// Throws errc::not_found.
    [[nodiscard]] V at(const K& key) const { return later().at(key).run(); }
    /// With the version of the entry; 0 and empty if there is none.
    [[nodiscard]] Versioned<V> versioned(const K& key) const {
        return later().versioned(key).run();
    }
    /// In the order of `keys`.
    [[nodiscard]] std::vector<std::optional<V>> get_many(const std::vector<K>& keys) const {
        return later().get_many(keys).run();
    }
    [[nodiscard]] bool contains(const K& key) const { return later().contains(key).run(); }
    [[nodiscard]] std::uint64_t size() const { return later().size().run(); }
    [[nodiscard]] bool empty() const { return size() == 0; }

    /// All of it as it is now, in pages.
    [[nodiscard]] Snapshot<Entry> snapshot() const { return {raw_, 0}; }
    [[nodiscard]] std::vector<Entry> items() const { return snapshot().rest(); }
    [[nodiscard]] std::vector<K> keys() const { return Snapshot<K>(raw_, 1).rest(); }
    [[nodiscard]] std::vector<V> values() const { return Snapshot<V>(raw_, 2).rest(); }

    // ---- writing. Throws errc::limit_exceeded beyond entries_max or bytes_max.

    void put(const K& key, const V& value, const EntryOptions& options = {}) {
        later().put(key, value, options).run();
    }
    /// Returns how many of the keys are new.
    std::uint64_t put_many(const std::vector<Entry>& entries, const EntryOptions& options = {}) {
        return later().put_many(entries, options).run();
    }
    /// False: the key is there, and its value stays.
    bool put_new(const K& key, const V& value, const EntryOptions& options = {}) {
        return later().put_new(key, value, options).run();
    }
    /// What is there then: `value`, or what was there before.
    V get_or_put(const K& key, const V& value, const EntryOptions& options = {}) {
        return later().get_or_put(key, value, options).run();
    }
    /// Whether it was there.
    bool erase(const K& key) { return later().erase(key).run(); }
    /// Only if the entry still has this version.
    bool erase_if(const K& key, std::uint64_t version) {
        return later().erase_if(key, version).run();
    }
    std::uint64_t erase_many(const std::vector<K>& keys) { return later().erase_many(keys).run(); }
    /// Removes and returns.
    std::optional<V> take(const K& key) { return later().take(key).run(); }
    /// The newest.
    std::optional<Entry> take_any() { return later().take_any().run(); }
    /// Returns how many there were.
    std::uint64_t clear() { return later().clear().run(); }

    /// Atomic; a key that is not there counts as 0. Returns the sum.
    std::int64_t add(const K& key, std::int64_t n = 1) requires std::integral<V> {
        return later().add(key, n).run();
    }
    /// Only if the entry still has this version; 0: only if there is none.
    bool put_if(const K& key, std::uint64_t version, const V& value) {
        return later().put_if(key, version, value).run();
    }
    /// If the value is `expected`, by bytes; else `expected` becomes what it is, if it is there.
    bool compare_exchange(const K& key, V& expected, const V& desired) {
        Exchanged<V> end = later().compare_exchange(key, expected, desired).run();
        if (end.there) expected = std::move(*end.there);
        return end.done;
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

    [[nodiscard]] std::uint64_t version() const { return later().version().run(); }
    /// Waits until the dictionary's version is another; returns it.
    std::uint64_t wait_until_changed(std::uint64_t version, std::stop_token stop = {}) const {
        return raw_
            .call({Method::changed, {static_cast<std::int64_t>(version)}},
                  detail::Wait::forever(std::move(stop)))
            .number(0);
    }
    /// Empty: not changed in that time, or stopped.
    [[nodiscard]] std::optional<std::uint64_t> wait_until_changed_for(
        std::uint64_t version, std::chrono::nanoseconds limit, std::stop_token stop = {}) const {
        const auto now = raw_.try_call({Method::changed, {static_cast<std::int64_t>(version)}},
                                       detail::Wait::for_at_most(limit, std::move(stop)));
        if (!now) return std::nullopt;
        return now->number(0);
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
    /// The calls that end at once, to be begun without waiting, or in a batch; object_call.hpp.
    [[nodiscard]] DictCalls<K, V> later() const { return DictCalls<K, V>(raw_); }
    [[nodiscard]] const std::string& name() const { return raw_.name(); }

private:
    friend class Client;
    friend struct detail::RefAccess;
    friend class Namespace;
    explicit Dict(detail::RawObject object) : raw_(std::move(object)) {}
    detail::RawObject raw_;
};

}  // namespace handoff
