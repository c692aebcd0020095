#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "handoff/dict.hpp"
#include "handoff/dynamic.hpp"

namespace handoff {

/// The calls of a Namespace, described; each ends as the method of Namespace of that name.
///
/// Thread safety: safe, distinct or shared.
class NamespaceCalls {
    using RawObject = detail::RawObject;
    using RawAnswer = detail::RawAnswer;

public:
    template <typename T>
    [[nodiscard]] ObjectCall<std::optional<T>> get(const std::string& name) const {
        return {values_.raw_, detail::RawCall{detail::Method::get}.value(name),
                [](const RawObject&, const RawAnswer& told) { return told.value_if_there<T>(); }};
    }
    template <typename T>
    [[nodiscard]] ObjectCall<T> at(const std::string& name) const {
        return DictCalls<std::string, T>(values_.raw_).at(name);
    }
    template <typename T>
    ObjectCall<void> put(const std::string& name, const T& value,
                         const EntryOptions& options = {}) const {
        return values_.put(name, Dynamic::of(value), options);
    }
    ObjectCall<bool> erase(const std::string& name) const { return values_.erase(name); }
    [[nodiscard]] ObjectCall<bool> contains(const std::string& name) const {
        return values_.contains(name);
    }
    ObjectCall<std::int64_t> add(const std::string& name, std::int64_t n = 1) const {
        return values_.adding(name, n);
    }
    [[nodiscard]] ObjectCall<std::uint64_t> version() const { return values_.version(); }

private:
    friend class Namespace;
    explicit NamespaceCalls(DictCalls<std::string, Dynamic> values) : values_(std::move(values)) {}
    DictCalls<std::string, Dynamic> values_;
};

/// Named values of any types, that all share; docs/objects/namespace.md.
///
/// Thread safety: safe, distinct or shared.
class Namespace {
public:
    /// Refers to no namespace; every call throws errc::inert.
    Namespace() noexcept = default;

    /// Empty if there is none; throws errc::wrong_type if it is no T.
    template <typename T>
    [[nodiscard]] std::optional<T> get(const std::string& name) const {
        return values_.raw_.call(detail::RawCall{detail::Method::get}.value(name))
            .template value_if_there<T>();
    }
    /// Throws errc::not_found.
    template <typename T>
    [[nodiscard]] T at(const std::string& name) const {
        std::optional<T> there = get<T>(name);
        if (!there) {
            throw Error(errc::not_found, values_.raw_.describe("at() of") + ": no such name");
        }
        return std::move(*there);
    }
    template <typename T>
    void put(const std::string& name, const T& value, const EntryOptions& options = {}) {
        values_.raw_.call(
            detail::RawCall{detail::Method::put, {detail::millis_or_none(options.ttl)}}
                .value(name)
                .value(value));
    }
    bool erase(const std::string& name) { return values_.erase(name); }
    [[nodiscard]] bool contains(const std::string& name) const { return values_.contains(name); }
    /// To an integer; one that is not there counts as 0. Atomic.
    std::int64_t add(const std::string& name, std::int64_t n = 1) {
        return later().add(name, n).run();
    }
    /// As Dict::update().
    template <typename T, std::invocable<T> Function>
    T update(const std::string& name, Function fn) {
        std::optional<T> last;
        values_.update(name, [&](const Dynamic& now) {
            last = fn(now.kind() == Dynamic::Kind::nil ? T{} : now.as<T>());
            return Dynamic::of(*last);
        });
        return std::move(*last);
    }

    [[nodiscard]] std::vector<std::string> names() const { return values_.keys(); }
    [[nodiscard]] Snapshot<std::pair<std::string, Dynamic>> snapshot() const {
        return values_.snapshot();
    }
    [[nodiscard]] std::uint64_t version() const { return values_.version(); }
    /// Of the whole; returns the new version.
    std::uint64_t wait_until_changed(std::uint64_t version, std::stop_token stop = {}) const {
        return values_.wait_until_changed(version, std::move(stop));
    }
    /// Of one name; returns the new version, 0 if it is gone.
    std::uint64_t wait_until_changed(const std::string& name, std::uint64_t version,
                                     std::stop_token stop = {}) const {
        return values_.wait_until_changed(name, version, std::move(stop)).version;
    }

    /// The calls that end at once, to be begun without waiting, or in a batch; object_call.hpp.
    [[nodiscard]] NamespaceCalls later() const { return NamespaceCalls(values_.later()); }

private:
    friend class Client;
    friend struct detail::RefAccess;
    explicit Namespace(detail::RawObject object) : values_(std::move(object)) {}
    Dict<std::string, Dynamic> values_;
};

}  // namespace handoff
