#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeindex>
#include <utility>

#include "handoff/codec.hpp"
#include "handoff/detail/served_type.hpp"

/// Functions of an application's types as functions of bytes. Not for applications; its shape may
/// change with any release.
namespace handoff::detail {

/// The instance of a type that is nothing but functions.
struct NoInstance {};

/// As an argument is kept while its method runs.
template <typename Parameter>
using Kept = std::conditional_t<std::is_same_v<std::decay_t<Parameter>, std::string_view>,
                                std::string, std::decay_t<Parameter>>;

/// Throws errc::wrong_type if it is no T.
template <typename T>
T unpack_argument(const MethodArguments& given, std::size_t index) {
    try {
        return Codec<T>::decode(given[index]);
    } catch (const std::exception& error) {
        throw Error(errc::wrong_type,
                    "argument " + std::to_string(index + 1) + ": " + error.what());
    }
}

/// What becomes of a method's result.
enum class Results {
    told,  ///< its caller gets it as a value
    kept,  ///< it becomes an object, and its caller gets a reference
};

template <typename R>
ReturnedObject returned(std::shared_ptr<R> result) {
    static_assert(!std::is_const_v<R>, "methods are called on what is returned");
    return {std::move(result), typeid(R)};
}
template <typename R>
ReturnedObject returned(std::unique_ptr<R> result) {
    return returned(std::shared_ptr<R>(std::move(result)));
}
template <typename R>
ReturnedObject returned(R&& result) {
    using Class = std::decay_t<R>;
    return returned(std::make_shared<Class>(std::forward<R>(result)));
}

/// Result(Parameters…), called with arguments as bytes.
template <typename T, Results results, typename Result, typename... Parameters>
struct MethodAdapter {
    static constexpr std::size_t parameters = sizeof...(Parameters);

    static constexpr bool takes_stop() {
        if constexpr (parameters == 0) {
            return false;
        } else {
            using Last = std::tuple_element_t<parameters - 1, std::tuple<Parameters...>>;
            return std::is_same_v<std::decay_t<Last>, std::stop_token>;
        }
    }
    static constexpr std::size_t count = parameters - (takes_stop() ? 1 : 0);

    /// `call` is given the instance and what the method takes.
    template <typename Call>
    static ServedMethod adapt(Call call) {
        static_assert(((!std::is_lvalue_reference_v<Parameters> ||
                        std::is_const_v<std::remove_reference_t<Parameters>>)&&...),
                      "a method cannot change its caller's arguments: take them by value");
        return [call = std::move(call)](void* instance, const MethodArguments& given,
                                        const std::stop_token& stop) {
            return run(call, *static_cast<T*>(instance), given, stop,
                       std::make_index_sequence<count>());
        };
    }

private:
    template <std::size_t Index>
    using KeptAt = Kept<std::tuple_element_t<Index, std::tuple<Parameters...>>>;

    template <typename Call, std::size_t... Index>
    static MethodOutcome run(const Call& call, T& instance, const MethodArguments& given,
                             const std::stop_token& stop, std::index_sequence<Index...>) {
        if (given.size() != count) {
            return {errc::wrong_type, "it takes " + std::to_string(count) + " arguments, not " +
                                          std::to_string(given.size())};
        }
        std::optional<std::tuple<KeptAt<Index>...>> kept;
        try {
            kept.emplace(
                std::tuple<KeptAt<Index>...>{unpack_argument<KeptAt<Index>>(given, Index)...});
        } catch (const std::exception& error) {
            return {errc::wrong_type, error.what()};
        }
        const auto with_stop = [&](auto&&... arguments) -> Result {
            if constexpr (takes_stop()) {
                return call(instance, std::forward<decltype(arguments)>(arguments)..., stop);
            } else {
                return call(instance, std::forward<decltype(arguments)>(arguments)...);
            }
        };
        try {
            MethodOutcome done;
            if constexpr (std::is_void_v<Result>) {
                static_assert(results == Results::told, "the method returns nothing");
                with_stop(std::move(std::get<Index>(*kept))...);
            } else if constexpr (results == Results::kept) {
                done.object = returned(with_stop(std::move(std::get<Index>(*kept))...));
                if (!done.object->instance) return {errc::remote_error, "it returned no object"};
            } else {
                const auto& result = with_stop(std::move(std::get<Index>(*kept))...);
                Codec<std::decay_t<Result>>::encode(result, done.value.emplace());
            }
            return done;
        } catch (...) {
            return thrown();
        }
    }
};

// ---- from whatever can be a method of T: its signature, and a call that takes the instance first

template <typename T, Results results, typename Result, typename Class, typename... Parameters>
ServedMethod serve(Result (Class::*method)(Parameters...)) {
    static_assert(std::is_base_of_v<Class, T>, "the method is another type's");
    return MethodAdapter<T, results, Result, Parameters...>::adapt(
        [method](T& instance, auto&&... arguments) -> Result {
            return (instance.*method)(std::forward<decltype(arguments)>(arguments)...);
        });
}

template <typename T, Results results, typename Result, typename Class, typename... Parameters>
ServedMethod serve(Result (Class::*method)(Parameters...) const) {
    static_assert(std::is_base_of_v<Class, T>, "the method is another type's");
    return MethodAdapter<T, results, Result, Parameters...>::adapt(
        [method](const T& instance, auto&&... arguments) -> Result {
            return (instance.*method)(std::forward<decltype(arguments)>(arguments)...);
        });
}

template <typename Result, typename... Parameters>
struct Signature {};

/// A function whose first parameter may be the instance.
template <typename T, Results results, typename Function, typename Result, typename... Parameters>
ServedMethod serve_function(Function function, Signature<Result, Parameters...>) {
    return MethodAdapter<T, results, Result, Parameters...>::adapt(
        [function = std::move(function)](T&, auto&&... arguments) -> Result {
            return function(std::forward<decltype(arguments)>(arguments)...);
        });
}

template <typename T, Results results, typename Function, typename Result, typename First,
          typename... Parameters>
requires std::is_same_v<First, T&> || std::is_same_v<First, const T&> ServedMethod
serve_function(Function function, Signature<Result, First, Parameters...>) {
    return MethodAdapter<T, results, Result, Parameters...>::adapt(
        [function = std::move(function)](T& instance, auto&&... arguments) -> Result {
            return function(instance, std::forward<decltype(arguments)>(arguments)...);
        });
}

template <typename T, Results results, typename Result, typename... Parameters>
ServedMethod serve(Result (*function)(Parameters...)) {
    return serve_function<T, results>(function, Signature<Result, Parameters...>());
}

template <typename Result, typename Class, typename... Parameters>
Signature<Result, Parameters...> signature_of(Result (Class::*)(Parameters...) const) {
    return {};
}

/// A function object that is const, as a lambda is: several threads may call it at once.
template <typename T, Results results, typename Function>
requires requires {
    &Function::operator();
}
ServedMethod serve(Function function) {
    const auto signature = signature_of(&Function::operator());
    return serve_function<T, results>(std::move(function), signature);
}

}  // namespace handoff::detail
