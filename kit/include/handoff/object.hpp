#pragma once

#include <array>
#include <cstdint>
#include <stop_token>
#include <string>
#include <utility>

#include "handoff/detail/raw_object.hpp"

namespace handoff {

class Client;

/// A reference to a shared object, to be stored in values and put into queues: Ref<Lock>,
/// Ref<Dict<std::string, int>>. It holds no secret and no address; whoever reads it opens the
/// object through the client that it has, with Client::open(ref). docs/objects/references.md.
///
/// Thread safety: as a plain value.
template <typename Object>
struct Ref {
    ObjectKind kind = ObjectKind::queue;
    std::array<std::uint8_t, 16> manager{};  ///< the id of the manager's life that has it
    std::uint64_t handle = 0;
    std::string part;  ///< of a condition: its name

    bool operator==(const Ref&) const = default;
};

/// An object of a type that the manager's program offers by name; docs/objects/registered.md.
///
/// Thread safety: safe, distinct or shared. Calls are carried out in the order in which they come.
class Object {
public:
    /// Refers to no object; every call throws errc::inert.
    Object() noexcept = default;

    /// Calls a method and waits for its result. Throws errc::unsupported for a method that is not
    /// offered, errc::wrong_type for arguments or a result of other types, errc::remote_error with
    /// the text of what the method threw.
    template <typename R, typename... Arguments>
    R call(const std::string& method, const Arguments&... arguments) {
        detail::RawCall call{detail::Method::invoke};
        call.value(method);
        (call.value(arguments), ...);
        const detail::RawAnswer answer = raw_.call(std::move(call));
        if constexpr (!std::is_void_v<R>) return answer.template value<R>();
    }
    [[nodiscard]] const std::string& name() const { return raw_.name(); }

private:
    friend class Client;
    explicit Object(detail::RawObject object) : raw_(std::move(object)) {}
    detail::RawObject raw_;
};

}  // namespace handoff
