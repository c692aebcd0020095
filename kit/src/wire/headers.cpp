#include "wire/headers.hpp"

#include <msgpack/pack.hpp>

#include "core/name.hpp"
#include "wire/reader.hpp"

namespace handoff::wire {
namespace {

/// What the packer writes to.
struct Sink {
    std::string& bytes;
    void write(const char* data, std::size_t size) { bytes.append(data, size); }
};

void write(msgpack::packer<Sink>& packer, const std::string& value) {
    const auto size = static_cast<std::uint32_t>(value.size());
    if (core::is_utf8(value)) {
        packer.pack_str(size);
        packer.pack_str_body(value.data(), size);
    } else {
        packer.pack_bin(size);
        packer.pack_bin_body(value.data(), size);
    }
}

std::optional<std::string_view> read(Reader& reader) {
    const std::optional<Item> item = reader.next();
    if (!item || (item->kind != Kind::str && item->kind != Kind::bin)) return std::nullopt;
    return item->body;
}

}  // namespace

std::string encode_headers(const Headers& headers) {
    std::string bytes;
    Sink sink{bytes};
    msgpack::packer<Sink> packer(sink);
    packer.pack_map(static_cast<std::uint32_t>(headers.size()));
    for (const auto& [name, value] : headers) {
        write(packer, name);
        write(packer, value);
    }
    return bytes;
}

std::optional<Headers> decode_headers(std::string_view bytes) {
    Reader reader(bytes);
    const std::optional<Item> map = reader.next();
    if (!map || map->kind != Kind::map) return std::nullopt;
    Headers headers;
    for (std::uint64_t left = map->value; left > 0; --left) {
        const auto name = read(reader);
        const auto value = read(reader);
        if (!name || !value) return std::nullopt;
        headers.insert_or_assign(std::string(*name), std::string(*value));
    }
    if (reader.remaining() > 0) return std::nullopt;
    return headers;
}

}  // namespace handoff::wire
