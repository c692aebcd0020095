#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "handoff/detail/sequence.hpp"

namespace handoff {

class Client;

/// The calls of a List, described; each ends as the method of List of that name.
///
/// Thread safety: safe, distinct or shared.
template <typename T>
class ListCalls : public SequenceCalls<T> {
    using Method = detail::Method;
    using RawCall = detail::RawCall;

public:
    ObjectCall<void> append(const T& value) const {
        return this->changing(RawCall{Method::append}.value(value));
    }
    ObjectCall<void> append_many(const std::vector<T>& values) const {
        return this->changing(this->with_values({Method::append}, values));
    }
    ObjectCall<void> insert(std::int64_t index, const T& value) const {
        return this->changing(RawCall{Method::insert, {index}}.value(value));
    }
    ObjectCall<T> take(std::int64_t index = -1) const {
        return {this->raw_, {Method::take, {index}}, this->read_value};
    }
    ObjectCall<void> erase(std::int64_t first, std::uint32_t count = 1) const {
        return this->changing({Method::erase, {first, count}});
    }
    ObjectCall<bool> erase_value(const T& value) const {
        return {this->raw_, RawCall{Method::erase_value}.value(value), detail::read_truth(1)};
    }
    ObjectCall<std::uint64_t> clear() const {
        return {this->raw_, {Method::clear}, detail::read_number(1)};
    }

private:
    template <typename>
    friend class List;
    explicit ListCalls(detail::RawObject object) : SequenceCalls<T>(std::move(object)) {}
};

/// A sequence that all share; docs/objects/list.md. Every call is one message, and done wholly or
/// not at all. Beyond entries_max or bytes_max: errc::limit_exceeded.
///
/// Thread safety: safe, distinct or shared.
template <typename T>
class List : public detail::Sequence<T> {
public:
    /// Refers to no list; every call throws errc::inert.
    List() noexcept = default;

    void append(const T& value) { later().append(value).run(); }
    void append_many(const std::vector<T>& values) { later().append_many(values).run(); }
    /// Before what is at `index`; at the end if `index` is the size.
    void insert(std::int64_t index, const T& value) { later().insert(index, value).run(); }
    /// Removes and returns; the last unless another is named.
    T take(std::int64_t index = -1) { return later().take(index).run(); }
    void erase(std::int64_t first, std::uint32_t count = 1) { later().erase(first, count).run(); }
    /// The first that is `value`, by bytes; whether there was one.
    bool erase_value(const T& value) { return later().erase_value(value).run(); }
    /// Returns how many there were.
    std::uint64_t clear() { return later().clear().run(); }

    /// The calls that end at once, to be begun without waiting, or in a batch; object_call.hpp.
    [[nodiscard]] ListCalls<T> later() const { return ListCalls<T>(this->raw_); }

private:
    friend class Client;
    friend struct detail::RefAccess;
    explicit List(detail::RawObject object) : detail::Sequence<T>(std::move(object)) {}
};

}  // namespace handoff
