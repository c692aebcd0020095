#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "handoff/detail/sequence.hpp"

namespace handoff {

class Client;

/// A sequence that all share; docs/objects/list.md. Every call is one message, and done wholly or
/// not at all. Beyond entries_max or bytes_max: errc::limit_exceeded.
///
/// Thread safety: safe, distinct or shared.
template <typename T>
class List : public detail::Sequence<T> {
    using Method = detail::Method;
    using RawCall = detail::RawCall;

public:
    /// Refers to no list; every call throws errc::inert.
    List() noexcept = default;

    void append(const T& value) { this->raw_.call(RawCall{Method::append}.value(value)); }
    void append_many(const std::vector<T>& values) {
        this->raw_.call(this->with_values({Method::append}, values));
    }
    /// Before what is at `index`; at the end if `index` is the size.
    void insert(std::int64_t index, const T& value) {
        this->raw_.call(RawCall{Method::insert, {index}}.value(value));
    }
    /// Removes and returns; the last unless another is named.
    T take(std::int64_t index = -1) {
        return this->raw_.call({Method::take, {index}}).template value<T>();
    }
    void erase(std::int64_t first, std::uint32_t count = 1) {
        this->raw_.call({Method::erase, {first, count}});
    }
    /// The first that is `value`, by bytes; whether there was one.
    bool erase_value(const T& value) {
        return this->raw_.call(RawCall{Method::erase_value}.value(value)).number(1) != 0;
    }
    /// Returns how many there were.
    std::uint64_t clear() { return this->raw_.call({Method::clear}).number(1); }

private:
    friend class Client;
    friend struct detail::RefAccess;
    explicit List(detail::RawObject object) : detail::Sequence<T>(std::move(object)) {}
};

}  // namespace handoff
