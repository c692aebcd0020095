#pragma once

#include <utility>

#include "handoff/detail/sequence.hpp"

namespace handoff {

class Client;

/// The calls of an Array, described; each ends as the method of Array of that name.
///
/// Thread safety: safe, distinct or shared.
template <typename T>
class ArrayCalls : public SequenceCalls<T> {
public:
    ObjectCall<void> fill(const T& value) const {
        return this->changing(detail::RawCall{detail::Method::fill}.value(value));
    }

private:
    template <typename>
    friend class Array;
    explicit ArrayCalls(detail::RawObject object) : SequenceCalls<T>(std::move(object)) {}
};

/// A fixed number of values that all share, by index; docs/objects/array.md. After
/// errc::manager_restarted it is opened anew with Client::array().
///
/// Thread safety: safe, distinct or shared.
template <typename T>
class Array : public detail::Sequence<T> {
public:
    /// Refers to no array; every call throws errc::inert.
    Array() noexcept = default;

    void fill(const T& value) { later().fill(value).run(); }

    /// The calls that end at once, to be begun without waiting, or in a batch; object_call.hpp.
    [[nodiscard]] ArrayCalls<T> later() const { return ArrayCalls<T>(this->raw_); }

private:
    friend class Client;
    friend struct detail::RefAccess;
    explicit Array(detail::RawObject object) : detail::Sequence<T>(std::move(object)) {
        // The first version has no values yet.
        this->raw_.call(detail::RawCall{detail::Method::fill, {0}}.value(T{}));
    }
};

}  // namespace handoff
