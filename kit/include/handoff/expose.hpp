#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <typeindex>
#include <utility>

#include "handoff/detail/method_adapter.hpp"
#include "handoff/detail/served_type.hpp"
#include "handoff/manager.hpp"

namespace handoff {
namespace detail {

/// A factory is asked for an instance; what else is given goes to the constructor.
template <typename T, typename... Arguments>
std::shared_ptr<T> make_instance(const Arguments&... arguments) {
    if constexpr (sizeof...(Arguments) == 1 &&
                  (std::is_invocable_r_v<std::shared_ptr<T>, const Arguments&> && ...)) {
        return std::invoke(arguments...);
    } else {
        return std::make_shared<T>(arguments...);
    }
}

}  // namespace detail

/// A class that a manager's program offers to clients, while it is being described:
///
///     manager.expose<Maths>("Maths").method("add", &Maths::add).method("scale", &Maths::scale);
///
/// It is offered, with all its methods at once, when this is destroyed, which is at the end of such
/// a statement; calls that come earlier wait. If an exception ends the statement, it is not
/// offered. See docs/objects/registered.md.
///
/// Thread safety: none; one owner, who destroys it before the manager.
template <typename T>
class ExposedType {
public:
    ExposedType(const ExposedType&) = delete;
    ExposedType& operator=(const ExposedType&) = delete;

    ~ExposedType() {
        const bool described = std::uncaught_exceptions() == exceptions_;
        if (!id_) {
            if (described) manager_.describe(typeid(T), std::move(type_));
        } else if (described) {
            manager_.offer(*id_, std::move(type_));
        } else {
            manager_.withdraw(*id_);
        }
    }

    /// A method under the name by which clients call it: a member function of T, or a function or
    /// lambda, which may take `T&` or `const T&` first. Its parameters are values, constant
    /// references or `std::string_view`, of types that travel as items of queues do. A last
    /// parameter `std::stop_token` is not the caller's: a stop is requested when the caller does
    /// not wait any longer, or the manager ends.
    ///
    /// What it throws is errc::remote_error at its caller, with the exception's text. Throws
    /// errc::invalid_argument if the name is empty, or is that of another method.
    template <typename Function>
    ExposedType& method(const std::string& name, Function function) {
        add(name, detail::serve<T, detail::Results::told>(std::move(function)));
        return *this;
    }

    /// A method whose result stays with the manager and becomes an object without a name: clients
    /// get a reference to it, `call<Ref<RemoteObject>>(name, …)`, and open it. It returns an
    /// instance, or a `std::shared_ptr` or `std::unique_ptr` to one, of a class that
    /// Manager::describe() tells the methods of. The object is there while somebody refers to it;
    /// then this manager lets the instance go. Throws as method() does.
    template <typename Function>
    ExposedType& method_returning_object(const std::string& name, Function function) {
        add(name, detail::serve<T, detail::Results::kept>(std::move(function)));
        return *this;
    }

    /// Each session that calls has an instance of its own, which is destroyed with the session.
    /// Without this, all share one. Throws errc::invalid_argument for a class that is only
    /// described.
    ExposedType& per_session() {
        if (!id_) {
            throw Error(errc::invalid_argument,
                        type_.name + ": what a method returns is an instance by itself");
        }
        type_.per_session = true;
        return *this;
    }

    /// At most so many calls wait for one instance, the one that runs included; one more is
    /// errc::limit_exceeded. By default 65,536.
    ExposedType& calls_max(std::uint64_t count) {
        type_.calls_max = count;
        return *this;
    }

private:
    friend class Manager;

    ExposedType(Manager& manager, const std::string& name,
                std::function<std::shared_ptr<void>()> make)
        : manager_(manager), exceptions_(std::uncaught_exceptions()), id_(manager.reserve(name)) {
        type_.name = name;
        type_.make = std::move(make);
    }
    explicit ExposedType(Manager& manager)
        : manager_(manager), exceptions_(std::uncaught_exceptions()) {
        type_.name = "a described class";
    }

    void add(const std::string& name, detail::ServedMethod method) {
        if (name.empty()) {
            throw Error(errc::invalid_argument, type_.name + ": a method needs a name");
        }
        if (!type_.methods.emplace(name, std::move(method)).second) {
            throw Error(errc::invalid_argument,
                        type_.name + ": there is a method " + name + " already");
        }
    }

    Manager& manager_;
    const int exceptions_;
    const std::optional<std::size_t> id_;  // empty: it is only described
    detail::ServedType type_;
};

template <typename T, typename... Arguments>
ExposedType<T> Manager::expose(const std::string& name, Arguments... arguments) {
    return ExposedType<T>(*this, name, [arguments = std::make_tuple(std::move(arguments)...)] {
        return std::apply(detail::make_instance<T, Arguments...>, arguments);
    });
}

template <typename T>
ExposedType<T> Manager::describe() {
    return ExposedType<T>(*this);
}

inline ExposedType<detail::NoInstance> Manager::expose(const std::string& name) {
    return expose<detail::NoInstance>(name);
}

}  // namespace handoff
