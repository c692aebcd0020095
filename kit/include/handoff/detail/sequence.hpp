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

#include "handoff/object_call.hpp"
#include "handoff/snapshot.hpp"
#include "handoff/value.hpp"

namespace handoff {

/// The calls that Array and List have in common, described; each ends as the method of that name.
///
/// Thread safety: safe, distinct or shared.
template <typename T>
class SequenceCalls {
protected:
    using Method = detail::Method;
    using RawCall = detail::RawCall;
    using RawObject = detail::RawObject;
    using RawAnswer = detail::RawAnswer;

public:
    [[nodiscard]] ObjectCall<std::uint64_t> size() const {
        return {raw_, {Method::size}, detail::read_number(0)};
    }
    [[nodiscard]] ObjectCall<std::uint64_t> version() const {
        return {raw_, {Method::size}, detail::read_number(1)};
    }
    [[nodiscard]] ObjectCall<T> at(std::int64_t index) const {
        return {raw_, {Method::get, {index}}, read_value};
    }
    [[nodiscard]] ObjectCall<std::vector<T>> slice(std::int64_t first, std::uint32_t count) const {
        return {raw_, {Method::get, {first, count}}, [](const RawObject&, const RawAnswer& told) {
                    return told.all<T>();
                }};
    }
    ObjectCall<void> put(std::int64_t index, const T& value) const {
        return changing(RawCall{Method::put, {index}}.value(value));
    }
    ObjectCall<void> put_slice(std::int64_t first, const std::vector<T>& values) const {
        return changing(with_values({Method::put, {first}}, values));
    }
    ObjectCall<T> exchange(std::int64_t index, const T& value) const {
        return {raw_, RawCall{Method::exchange, {index}}.value(value), read_value};
    }
    ObjectCall<Exchanged<T>> compare_exchange(std::int64_t index, const T& expected,
                                              const T& desired) const {
        return {raw_, RawCall{Method::compare_exchange, {index}}.value(expected).value(desired),
                [](const RawObject&, const RawAnswer& done) {
                    return detail::exchanged_from<T>(done);
                }};
    }
    ObjectCall<std::int64_t> add(std::int64_t index,
                                 std::int64_t n = 1) const requires std::integral<T> {
        return {raw_, {Method::add, {index, n}}, [](const RawObject&, const RawAnswer& done) {
                    return done.numbers.at(0);
                }};
    }
    [[nodiscard]] ObjectCall<std::optional<std::uint64_t>> find(const T& value,
                                                                std::int64_t from = 0) const {
        return {raw_, RawCall{Method::find, {from}}.value(value),
                [](const RawObject&, const RawAnswer& found) -> std::optional<std::uint64_t> {
                    if (found.numbers.at(0) < 0) return std::nullopt;
                    return found.number(0);
                }};
    }
    [[nodiscard]] ObjectCall<std::uint64_t> count(const T& value) const {
        return {raw_, RawCall{Method::count}.value(value), detail::read_number(0)};
    }
    ObjectCall<void> reverse() const { return changing({Method::reverse}); }

protected:
    explicit SequenceCalls(RawObject object) : raw_(std::move(object)) {}
    ~SequenceCalls() = default;
    SequenceCalls(const SequenceCalls&) = default;
    SequenceCalls& operator=(const SequenceCalls&) = default;
    SequenceCalls(SequenceCalls&&) noexcept = default;
    SequenceCalls& operator=(SequenceCalls&&) noexcept = default;

    static T read_value(const RawObject&, const RawAnswer& told) { return told.value<T>(); }
    static RawCall with_values(RawCall call, const std::vector<T>& values) {
        for (const T& value : values) call.value(value);
        return call;
    }
    ObjectCall<void> changing(RawCall call) const {
        return {raw_, std::move(call), detail::read_nothing};
    }

    RawObject raw_;
};

}  // namespace handoff

namespace handoff::detail {

/// The same without a name of its own, for those who have no more than these.
template <typename T>
class PlainSequenceCalls : public SequenceCalls<T> {
public:
    explicit PlainSequenceCalls(RawObject object) : SequenceCalls<T>(std::move(object)) {}
};

/// What Array and List have in common. An index below 0 counts from the end; one that is not there
/// throws errc::out_of_range, and nothing is changed.
template <typename T>
class Sequence {
public:
    Sequence() noexcept = default;

    [[nodiscard]] std::uint64_t size() const { return calls().size().run(); }
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] T at(std::int64_t index) const { return calls().at(index).run(); }
    [[nodiscard]] std::vector<T> slice(std::int64_t first, std::uint32_t count) const {
        return calls().slice(first, count).run();
    }
    void put(std::int64_t index, const T& value) { calls().put(index, value).run(); }
    void put_slice(std::int64_t first, const std::vector<T>& values) {
        calls().put_slice(first, values).run();
    }
    T exchange(std::int64_t index, const T& value) { return calls().exchange(index, value).run(); }
    /// Sets `desired` if `expected` is there, by bytes; else `expected` becomes what is.
    bool compare_exchange(std::int64_t index, T& expected, const T& desired) {
        Exchanged<T> end = calls().compare_exchange(index, expected, desired).run();
        if (end.there) expected = std::move(*end.there);
        return end.done;
    }
    /// Atomic; returns the sum.
    std::int64_t add(std::int64_t index, std::int64_t n = 1) requires std::integral<T> {
        return calls().add(index, n).run();
    }

    /// The first at or behind `from` that is `value`, by bytes.
    [[nodiscard]] std::optional<std::uint64_t> find(const T& value, std::int64_t from = 0) const {
        return calls().find(value, from).run();
    }
    [[nodiscard]] bool contains(const T& value) const { return find(value).has_value(); }
    [[nodiscard]] std::uint64_t count(const T& value) const { return calls().count(value).run(); }

    void reverse() { calls().reverse().run(); }
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
    [[nodiscard]] std::uint64_t version() const { return calls().version().run(); }
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

private:
    [[nodiscard]] PlainSequenceCalls<T> calls() const { return PlainSequenceCalls<T>(raw_); }
};

}  // namespace handoff::detail
