#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "handoff/detail/raw_object.hpp"
#include "handoff/snapshot.hpp"

namespace handoff {

class Client;

/// Values that all share, each once, in the order in which they came in; docs/objects/set.md.
/// Values are equal if their bytes are.
///
/// Thread safety: safe, distinct or shared.
template <typename T>
class Set {
    using Method = detail::Method;
    using RawCall = detail::RawCall;

public:
    /// Refers to no set; every call throws errc::inert.
    Set() noexcept = default;

    /// Whether it is new.
    bool add(const T& value) { return add_many({value}) != 0; }
    /// Returns how many are new.
    std::uint64_t add_many(const std::vector<T>& values) {
        return raw_.call(with(Method::put, {}, values)).number(1);
    }
    [[nodiscard]] bool contains(const T& value) const {
        return raw_.call(RawCall{Method::contains}.value(value)).number(0) != 0;
    }
    /// Whether it was there.
    bool erase(const T& value) { return erase_many({value}) != 0; }
    std::uint64_t erase_many(const std::vector<T>& values) {
        return raw_.call(with(Method::erase, {}, values)).number(1);
    }
    /// Removes and returns the newest.
    std::optional<T> take_any() {
        return raw_.call({Method::take_any}).template value_if_there<T>();
    }
    std::uint64_t clear() { return raw_.call({Method::clear}).number(1); }
    [[nodiscard]] std::uint64_t size() const { return raw_.call({Method::size}).number(0); }
    [[nodiscard]] bool empty() const { return size() == 0; }

    // ---- with other values; one step in the manager

    void unite(const std::vector<T>& values) { combine(0, values); }
    void intersect(const std::vector<T>& values) { combine(1, values); }
    void subtract(const std::vector<T>& values) { combine(2, values); }
    void symmetric_subtract(const std::vector<T>& values) { combine(3, values); }
    [[nodiscard]] bool is_subset_of(const std::vector<T>& values) const { return is(0, values); }
    [[nodiscard]] bool is_superset_of(const std::vector<T>& values) const { return is(1, values); }
    [[nodiscard]] bool is_disjoint_from(const std::vector<T>& values) const {
        return is(2, values);
    }
    [[nodiscard]] bool equals(const std::vector<T>& values) const { return is(3, values); }

    /// All of it as it is now, in pages.
    [[nodiscard]] Snapshot<T> snapshot() const { return {raw_, 0}; }
    [[nodiscard]] std::vector<T> values() const { return snapshot().rest(); }
    [[nodiscard]] std::uint64_t version() const { return raw_.call({Method::size}).number(1); }
    /// Waits until the version is another; returns it. Throws errc::cancelled if stopped.
    std::uint64_t wait_until_changed(std::uint64_t version, std::stop_token stop = {}) const {
        return raw_
            .call({Method::changed, {static_cast<std::int64_t>(version)}},
                  detail::Wait::forever(std::move(stop)))
            .number(0);
    }
    [[nodiscard]] const std::string& name() const { return raw_.name(); }

private:
    friend class Client;
    friend struct detail::RefAccess;
    explicit Set(detail::RawObject object) : raw_(std::move(object)) {}

    static RawCall with(Method method, std::vector<std::int64_t> numbers,
                        const std::vector<T>& values) {
        RawCall call{method, std::move(numbers)};
        for (const T& value : values) call.value(value);
        return call;
    }
    void combine(std::int64_t how, const std::vector<T>& values) {
        raw_.call(with(Method::combine, {how}, values));
    }
    [[nodiscard]] bool is(std::int64_t relation, const std::vector<T>& values) const {
        return raw_.call(with(Method::compare, {relation}, values)).number(0) != 0;
    }

    detail::RawObject raw_;
};

}  // namespace handoff
