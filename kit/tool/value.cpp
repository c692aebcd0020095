#include "value.hpp"

#include <algorithm>
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

Bytes parsed_content(std::string_view word, bool json) {
    const Json value = Json::parse(word, nullptr, false);
    if (value.is_discarded()) return parsed(word, json);
    // A key that is a number of floating point has eight bytes wherever it comes from.
    if (value.is_number_float()) return to_bytes(Dynamic::of(value.get<double>()).msgpack());
    return parsed(word, true);
}

std::string printed_content(const Bytes& value, bool json) {
    const std::string quoted = printed(value, true);
    if (json) return quoted;
    const std::string plain = printed(value, false);
    const bool one_word = std::all_of(plain.begin(), plain.end(),
                                      [](unsigned char c) { return c >= ' ' && c != 127; });
    const bool like_an_option = plain.starts_with('-');
    return one_word && !plain.empty() && !like_an_option && !Json::accept(plain) ? plain : quoted;
}

}  // namespace handoff::tool
