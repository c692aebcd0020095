#pragma once

#include <utility>

#include "handoff/detail/sequence.hpp"

namespace handoff {

class Client;

/// A fixed number of values that all share, by index; docs/objects/array.md. After
/// errc::manager_restarted it is opened anew with Client::array().
///
/// Thread safety: safe, distinct or shared.
template <typename T>
class Array : public detail::Sequence<T> {
public:
    /// Refers to no array; every call throws errc::inert.
    Array() noexcept = default;

    void fill(const T& value) {
        this->raw_.call(detail::RawCall{detail::Method::fill}.value(value));
    }

private:
    friend class Client;
    friend struct detail::RefAccess;
    explicit Array(detail::RawObject object) : detail::Sequence<T>(std::move(object)) {
        // The first version has no values yet.
        this->raw_.call(detail::RawCall{detail::Method::fill, {0}}.value(T{}));
    }
};

}  // namespace handoff
