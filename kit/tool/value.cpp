#include "value.hpp"

#include <cstdint>
#include <vector>

#include <nlohmann/json.hpp>

#include "handoff/dynamic.hpp"
#include "handoff/error.hpp"

namespace handoff::tool {
namespace {

using Json = nlohmann::json;

std::string one_line(const Json& value) {
    // Strings of another program may be no UTF-8; their odd bytes are shown as U+FFFD.
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string printed(const Bytes& item, bool json) {
    const std::string_view bytes = to_text(item);
    Json value;
    try {
        value = Json::from_msgpack(bytes.begin(), bytes.end());
    } catch (const Json::exception&) {
        return json ? one_line(Json(std::string(bytes))) : std::string(bytes);
    }
    if (value.is_string() && !json) return value.get<std::string>();
    return one_line(value);
}

Bytes parsed(std::string_view text, bool json) {
    if (!json) return to_bytes(Dynamic::of(std::string(text)).msgpack());
    try {
        const std::vector<std::uint8_t> packed = Json::to_msgpack(Json::parse(text));
        const auto* data = reinterpret_cast<const std::byte*>(packed.data());
        return {data, data + packed.size()};
    } catch (const Json::exception& error) {
        throw Error(errc::invalid_argument,
                    "not JSON: " + std::string(text) + " (" + error.what() + ")");
    }
}

}  // namespace handoff::tool
