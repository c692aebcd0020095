#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <typeindex>
#include <vector>

#include "handoff/error.hpp"

/// A registered type without its types: instances are pointers, arguments and results bytes. Not
/// for applications; its shape may change with any release.
namespace handoff::detail {

/// What a method returned, to be an object of its own.
struct ReturnedObject {
    std::shared_ptr<void> instance;
    std::type_index type;  ///< of what it points to
};

/// How a method ended.
struct MethodOutcome {
    errc code = errc::ok;
    std::string text{};                  ///< unless ok
    std::optional<std::string> value{};  ///< its result; empty: it has none
    std::optional<ReturnedObject> object{};
};

using MethodArguments = std::vector<std::string_view>;

/// Throws nothing. Called by one thread at a time for one instance, by several for several.
using ServedMethod = std::function<MethodOutcome(void* instance, const MethodArguments& arguments,
                                                 const std::stop_token& stop)>;

struct ServedType {
    std::string name;
    bool per_session = false;
    std::uint64_t calls_max = 65536;
    /// May throw whatever it likes.
    std::function<std::shared_ptr<void>()> make;
    std::map<std::string, ServedMethod, std::less<>> methods;
};

/// What code of the application's has thrown, as its caller is told. Within the `catch`.
[[nodiscard]] MethodOutcome thrown();

}  // namespace handoff::detail
