#include "core/name.hpp"
#include "core/objects/make.hpp"
#include "core/objects/packed.hpp"

namespace handoff::core::objects {

std::string_view to_string(Method method) noexcept {
    switch (method) {
        case Method::acquire: return "acquire";
        case Method::acquire_shared: return "acquire_shared";
        case Method::release: return "release";
        case Method::renew: return "renew";
        case Method::break_hold: return "break";
        case Method::state: return "state";
        case Method::wait: return "wait";
        case Method::sleep: return "sleep";
        case Method::notify: return "notify";
        case Method::proclaim: return "proclaim";
        case Method::set: return "set";
        case Method::count_down: return "count_down";
        case Method::acted: return "acted";
        case Method::abort: return "abort";
        case Method::reset: return "reset";
        case Method::get: return "get";
        case Method::put: return "put";
        case Method::add: return "add";
        case Method::compare_exchange: return "compare_exchange";
        case Method::exchange: return "exchange";
        case Method::size: return "size";
        case Method::clear: return "clear";
        case Method::changed: return "changed";
        case Method::page: return "page";
        case Method::contains: return "contains";
        case Method::erase: return "erase";
        case Method::take: return "take";
        case Method::take_any: return "take_any";
        case Method::get_or_put: return "get_or_put";
        case Method::append: return "append";
        case Method::insert: return "insert";
        case Method::find: return "find";
        case Method::count: return "count";
        case Method::erase_value: return "erase_value";
        case Method::reverse: return "reverse";
        case Method::replace: return "replace";
        case Method::fill: return "fill";
        case Method::combine: return "combine";
        case Method::compare: return "compare";
        case Method::invoke: return "invoke";
    }
    return "unknown method";  // a number from the wire need not be one of ours
}

std::string method_of(const Call& call) {
    if (call.method == Method::invoke && !call.values.empty()) {
        const auto name = string_of(payload_of(call.values.front()));
        if (name) return core::quoted(*name);
    }
    return std::string(to_string(call.method));
}

}  // namespace handoff::core::objects
