#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

#include "handoff/detail/raw_object.hpp"

namespace handoff {

class Client;

/// An object of a registered type, whose methods run in the manager's program;
/// docs/objects/registered.md.
///
///     int sum = client.object("Maths").call<int>("add", 1, 2);
///
/// Each method runs once, also if the connection is lost meanwhile. Arguments and results are
/// values; `Result` is what the caller takes the result for, and without it there is none.
///
/// Every call throws errc::wrong_type for arguments of another number or type than the method
/// takes, or if its result is no `Result`; errc::unsupported if there is no such method;
/// errc::remote_error if it threw, with the text of its exception; errc::limit_exceeded if too many
/// calls wait; errc::outcome_unknown if no answer came and it may have run.
///
/// Thread safety: safe, distinct or shared.
class RemoteObject {
public:
    /// Refers to no object; every call throws errc::inert.
    RemoteObject() noexcept = default;

    template <typename Result = void, typename... Arguments>
    Result call(const std::string& method, const Arguments&... arguments) const {
        return call<Result>(std::stop_token(), method, arguments...);
    }
    /// Throws errc::cancelled if it was stopped before the method began. One that runs may notice
    /// the stop, and its result counts if it comes within `cancel_grace`; else it is
    /// errc::outcome_unknown.
    template <typename Result = void, typename... Arguments>
    Result call(std::stop_token stop, const std::string& method,
                const Arguments&... arguments) const {
        return result_of<Result>(method, raw_.call(packed(method, arguments...),
                                                   detail::Wait::forever(std::move(stop))));
    }

    /// What call_for() returns: an optional Result, or whether the method ran if it has none.
    template <typename Result>
    using Limited = std::conditional_t<std::is_void_v<Result>, bool, std::optional<Result>>;

    /// Empty: it was not begun in that time, or before it was stopped, and will not be.
    template <typename Result = void, typename... Arguments>
    Limited<Result> call_for(std::chrono::nanoseconds limit, const std::string& method,
                             const Arguments&... arguments) const {
        return call_for<Result>(limit, std::stop_token(), method, arguments...);
    }
    template <typename Result = void, typename... Arguments>
    Limited<Result> call_for(std::chrono::nanoseconds limit, std::stop_token stop,
                             const std::string& method, const Arguments&... arguments) const {
        const std::optional<detail::RawAnswer> answer = raw_.try_call(
            packed(method, arguments...), detail::Wait::for_at_most(limit, std::move(stop)));
        if constexpr (std::is_void_v<Result>) {
            return answer.has_value();
        } else {
            if (!answer) return std::nullopt;
            return result_of<Result>(method, *answer);
        }
    }

    [[nodiscard]] const std::string& name() const { return raw_.name(); }

private:
    friend class Client;
    friend struct detail::RefAccess;
    explicit RemoteObject(detail::RawObject object) : raw_(std::move(object)) {}

    template <typename... Arguments>
    static detail::RawCall packed(const std::string& method, const Arguments&... arguments) {
        detail::RawCall call{detail::Method::invoke};
        call.value(method);
        (call.value<std::decay_t<const Arguments&>>(arguments), ...);
        return call;
    }

    template <typename Result>
    Result result_of(const std::string& method, const detail::RawAnswer& answer) const {
        if constexpr (!std::is_void_v<Result>) {
            if (answer.values.empty()) {
                throw Error(errc::wrong_type,
                            raw_.describe(method + " of") + ": it returns nothing");
            }
            try {
                return answer.value<Result>();
            } catch (const Error& error) {
                throw Error(error.code(), raw_.describe(method + " of") +
                                              ": its result: " + std::string(error.what()));
            }
        }
    }

    detail::RawObject raw_;
};

}  // namespace handoff
