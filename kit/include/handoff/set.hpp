#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "handoff/object_call.hpp"
#include "handoff/snapshot.hpp"

namespace handoff {

class Client;

/// The calls of a Set, described; each ends as the method of Set of that name.
///
/// Thread safety: safe, distinct or shared.
template <typename T>
class SetCalls {
    using Method = detail::Method;
    using RawCall = detail::RawCall;
    using RawObject = detail::RawObject;
    using RawAnswer = detail::RawAnswer;

public:
    ObjectCall<bool> add(const T& value) const { return truth(1, with(Method::put, {}, {value})); }
    ObjectCall<std::uint64_t> add_many(const std::vector<T>& values) const {
        return number(1, with(Method::put, {}, values));
    }
    [[nodiscard]] ObjectCall<bool> contains(const T& value) const {
        return truth(0, RawCall{Method::contains}.value(value));
    }
    ObjectCall<bool> erase(const T& value) const {
        return truth(1, with(Method::erase, {}, {value}));
    }
    ObjectCall<std::uint64_t> erase_many(const std::vector<T>& values) const {
        return number(1, with(Method::erase, {}, values));
    }
    ObjectCall<std::optional<T>> take_any() const {
        return {raw_, {Method::take_any}, [](const RawObject&, const RawAnswer& taken) {
                    return taken.value_if_there<T>();
                }};
    }
    ObjectCall<std::uint64_t> clear() const { return number(1, {Method::clear}); }
    [[nodiscard]] ObjectCall<std::uint64_t> size() const { return number(0, {Method::size}); }
    [[nodiscard]] ObjectCall<std::uint64_t> version() const { return number(1, {Method::size}); }

    ObjectCall<void> unite(const std::vector<T>& values) const { return combine(0, values); }
    ObjectCall<void> intersect(const std::vector<T>& values) const { return combine(1, values); }
    ObjectCall<void> subtract(const std::vector<T>& values) const { return combine(2, values); }
    ObjectCall<void> symmetric_subtract(const std::vector<T>& values) const {
        return combine(3, values);
    }
    [[nodiscard]] ObjectCall<bool> is_subset_of(const std::vector<T>& values) const {
        return is(0, values);
    }
    [[nodiscard]] ObjectCall<bool> is_superset_of(const std::vector<T>& values) const {
        return is(1, values);
    }
    [[nodiscard]] ObjectCall<bool> is_disjoint_from(const std::vector<T>& values) const {
        return is(2, values);
    }
    [[nodiscard]] ObjectCall<bool> equals(const std::vector<T>& values) const {
        return is(3, values);
    }

private:
    template <typename>
    friend class Set;
    explicit SetCalls(RawObject object) : raw_(std::move(object)) {}

    static RawCall with(Method method, std::vector<std::int64_t> numbers,
                        const std::vector<T>& values) {
        RawCall call{method, std::move(numbers)};
        for (const T& value : values) call.value(value);
        return call;
    }
    ObjectCall<void> combine(std::int64_t how, const std::vector<T>& values) const {
        return {raw_, with(Method::combine, {how}, values), detail::read_nothing};
    }
    [[nodiscard]] ObjectCall<bool> is(std::int64_t relation, const std::vector<T>& values) const {
        return truth(0, with(Method::compare, {relation}, values));
    }
    ObjectCall<std::uint64_t> number(std::size_t index, RawCall call) const {
        return {raw_, std::move(call), detail::read_number(index)};
    }
    ObjectCall<bool> truth(std::size_t index, RawCall call) const {
        return {raw_, std::move(call), detail::read_truth(index)};
    }

    RawObject raw_;
};

/// Values that all share, each once, in the order in which they came in; docs/objects/set.md.
/// Values are equal if their bytes are.
///
/// Thread safety: safe, distinct or shared.
template <typename T>
class Set {
    using Method = detail::Method;

public:
    /// Refers to no set; every call throws errc::inert.
    Set() noexcept = default;

    /// Whether it is new.
    bool add(const T& value) { return later().add(value).run(); }
    /// Returns how many are new.
    std::uint64_t add_many(const std::vector<T>& values) { return later().add_many(values).run(); }
    [[nodiscard]] bool contains(const T& value) const { return later().contains(value).run(); }
    /// Whether it was there.
    bool erase(const T& value) { return later().erase(value).run(); }
    std::uint64_t erase_many(const std::vector<T>& values) {
        return later().erase_many(values).run();
    }
    /// Removes and returns the newest.
    std::optional<T> take_any() { return later().take_any().run(); }
    std::uint64_t clear() { return later().clear().run(); }
    [[nodiscard]] std::uint64_t size() const { return later().size().run(); }
    [[nodiscard]] bool empty() const { return size() == 0; }

    // ---- with other values; one step in the manager

    void unite(const std::vector<T>& values) { later().unite(values).run(); }
    void intersect(const std::vector<T>& values) { later().intersect(values).run(); }
    void subtract(const std::vector<T>& values) { later().subtract(values).run(); }
    void symmetric_subtract(const std::vector<T>& values) {
        later().symmetric_subtract(values).run();
    }
    [[nodiscard]] bool is_subset_of(const std::vector<T>& values) const {
        return later().is_subset_of(values).run();
    }
    [[nodiscard]] bool is_superset_of(const std::vector<T>& values) const {
        return later().is_superset_of(values).run();
    }
    [[nodiscard]] bool is_disjoint_from(const std::vector<T>& values) const {
        return later().is_disjoint_from(values).run();
    }
    [[nodiscard]] bool equals(const std::vector<T>& values) const {
        return later().equals(values).run();
    }

    /// All of it as it is now, in pages.
    [[nodiscard]] Snapshot<T> snapshot() const { return {raw_, 0}; }
    [[nodiscard]] std::vector<T> values() const { return snapshot().rest(); }
    [[nodiscard]] std::uint64_t version() const { return later().version().run(); }
    /// Waits until the version is another; returns it. Throws errc::cancelled if stopped.
    std::uint64_t wait_until_changed(std::uint64_t version, std::stop_token stop = {}) const {
        return raw_
            .call({Method::changed, {static_cast<std::int64_t>(version)}},
                  detail::Wait::forever(std::move(stop)))
            .number(0);
    }
    /// The calls that end at once, to be begun without waiting, or in a batch; object_call.hpp.
    [[nodiscard]] SetCalls<T> later() const { return SetCalls<T>(raw_); }
    [[nodiscard]] const std::string& name() const { return raw_.name(); }

private:
    friend class Client;
    friend struct detail::RefAccess;
    explicit Set(detail::RawObject object) : raw_(std::move(object)) {}

    detail::RawObject raw_;
};

}  // namespace handoff
