#include "core/objects/reference.hpp"

#include <cstddef>
#include <utility>

#include "core/objects/packed.hpp"

namespace handoff::core::objects {
namespace {

constexpr std::size_t id_bytes = 16;
constexpr std::size_t content_bytes_min = 1 + id_bytes + 8;
constexpr unsigned char anonymous_bit = 0x80;

constexpr unsigned char ext8 = 0xc7;
constexpr unsigned char ext16 = 0xc8;

unsigned char byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

/// Whether an ext with this first byte, and a length of so many, is a reference somewhere.
bool has_ext(std::string_view payload, unsigned char first, std::size_t length_bytes) noexcept {
    const auto wanted = static_cast<char>(first);
    for (std::size_t at = payload.find(wanted); at != std::string_view::npos;
         at = payload.find(wanted, at + 1)) {
        const std::size_t type = at + 1 + length_bytes;
        if (type >= payload.size()) return false;
        if (payload[type] == static_cast<char>(reference_ext)) return true;
    }
    return false;
}

/// Goes over a msgpack value without looking at more than lengths. A value's levels are counted,
/// not called, so that no value is too deep for the stack.
class Walk {
public:
    explicit Walk(std::string_view payload) : left_(payload) {}

    /// False: it is no msgpack, or something follows it.
    bool run() {
        open_.push_back(1);
        while (!open_.empty()) {
            if (open_.back() == 0) {
                open_.pop_back();
                continue;
            }
            --open_.back();
            if (!step()) return false;
        }
        return left_.empty();
    }

    std::vector<Reference> found;

private:
    /// One value, or the head of a container.
    bool step() {
        if (left_.empty()) return false;
        const unsigned char first = byte_at(left_, 0);
        left_.remove_prefix(1);
        if (first <= 0x7f || first >= 0xe0) return true;
        if (first <= 0x8f) return enter(2u * (first & 0x0f));
        if (first <= 0x9f) return enter(first & 0x0f);
        if (first <= 0xbf) return skip(first & 0x1f);
        return step_long(first);
    }

    bool step_long(unsigned char first) {
        switch (first) {
            case 0xc0:
            case 0xc2:
            case 0xc3: return true;
            case 0xc4:
            case 0xd9: return skip_counted(1);
            case 0xc5:
            case 0xda: return skip_counted(2);
            case 0xc6:
            case 0xdb: return skip_counted(4);
            case ext8: return ext(1);
            case ext16: return ext(2);
            case 0xc9: return ext(4);
            case 0xcc:
            case 0xd0: return skip(1);
            case 0xcd:
            case 0xd1: return skip(2);
            case 0xca:
            case 0xce:
            case 0xd2: return skip(4);
            case 0xcb:
            case 0xcf:
            case 0xd3: return skip(8);
            case 0xd4:
            case 0xd5:
            case 0xd6:
            case 0xd7:
            case 0xd8: return skip(1 + (std::size_t{1} << (first - 0xd4)));
            case 0xdc: return enter_counted(2, 1);
            case 0xdd: return enter_counted(4, 1);
            case 0xde: return enter_counted(2, 2);
            case 0xdf: return enter_counted(4, 2);
            default: return false;
        }
    }

    std::optional<std::size_t> number(std::size_t width) {
        if (left_.size() < width) return std::nullopt;
        std::size_t value = 0;
        for (std::size_t i = 0; i < width; ++i) value = value << 8 | byte_at(left_, i);
        left_.remove_prefix(width);
        return value;
    }

    bool skip(std::size_t count) {
        if (left_.size() < count) return false;
        left_.remove_prefix(count);
        return true;
    }
    bool skip_counted(std::size_t width) {
        const std::optional<std::size_t> count = number(width);
        return count && skip(*count);
    }

    bool enter(std::size_t count) {
        if (count > left_.size()) return false;
        if (open_.size() > levels_max) {
            throw Error(errc::limit_exceeded, "a value with a reference is nested more than " +
                                                  std::to_string(levels_max) + " levels deep");
        }
        open_.push_back(count);
        return true;
    }
    bool enter_counted(std::size_t width, std::size_t per_entry) {
        const std::optional<std::size_t> count = number(width);
        return count && enter(*count * per_entry);
    }

    bool ext(std::size_t width) {
        const std::optional<std::size_t> count = number(width);
        if (!count || left_.size() < *count + 1) return false;
        const bool refers = static_cast<std::int8_t>(left_[0]) == reference_ext;
        std::optional<Reference> reference;
        if (refers) reference = read_reference(left_.substr(1, *count));
        if (reference) found.push_back(std::move(*reference));
        return skip(*count + 1);
    }

    std::string_view left_;
    std::vector<std::size_t> open_;  ///< values to come, of each container that has begun
};

}  // namespace

std::string pack_reference(const Reference& reference) {
    std::string content;
    const auto kind = static_cast<unsigned char>(reference.kind);
    content.push_back(static_cast<char>(reference.anonymous ? kind | anonymous_bit : kind));
    content.append(reference.manager.begin(), reference.manager.end());
    for (std::size_t shift = 64; shift > 0; shift -= 8) {
        content.push_back(static_cast<char>(reference.object >> (shift - 8) & 0xff));
    }
    return content + reference.name;
}

Packed pack_value(const Reference& reference) {
    const std::string content = pack_reference(reference);
    std::string payload;
    if (content.size() <= 0xff) {
        payload.push_back(static_cast<char>(ext8));
    } else {
        payload.push_back(static_cast<char>(ext16));
        payload.push_back(static_cast<char>(content.size() >> 8));
    }
    payload.push_back(static_cast<char>(content.size() & 0xff));
    payload.push_back(static_cast<char>(reference_ext));
    return pack_payload(payload + content);
}

std::optional<Reference> read_reference(std::string_view content) {
    if (content.size() < content_bytes_min) return std::nullopt;
    const unsigned char first = byte_at(content, 0);
    Reference reference;
    reference.anonymous = (first & anonymous_bit) != 0;
    reference.kind = static_cast<ObjectKind>(first & ~anonymous_bit);
    for (std::size_t i = 0; i < id_bytes; ++i) reference.manager[i] = byte_at(content, 1 + i);
    for (std::size_t i = 1 + id_bytes; i < content_bytes_min; ++i) {
        reference.object = reference.object << 8 | byte_at(content, i);
    }
    reference.name = content.substr(content_bytes_min);
    if (reference.anonymous != reference.name.empty()) return std::nullopt;
    return reference;
}

bool may_refer(std::string_view payload) noexcept {
    if (payload.size() <= content_bytes_min) return false;
    return has_ext(payload, ext8, 1) || has_ext(payload, ext16, 2);
}

std::vector<Reference> references_in(std::string_view payload) {
    if (!may_refer(payload)) return {};
    Walk walk(payload);
    if (!walk.run()) return {};
    return std::move(walk.found);
}

std::vector<Reference> references_told(std::string_view payload) {
    try {
        return references_in(payload);
    } catch (const Error&) {
        return {};
    }
}

bool is_container(ObjectKind kind) noexcept {
    return kind == ObjectKind::election ||
           (kind >= ObjectKind::value && kind <= ObjectKind::name_space);
}

bool keeps(ObjectKind kind, const Call& call, std::size_t place) noexcept {
    if (!is_container(kind)) return false;
    const bool has_keys = kind == ObjectKind::dict || kind == ObjectKind::name_space;
    switch (call.method) {
        case Method::put:
        case Method::exchange:
        case Method::get_or_put:
        case Method::append:
        case Method::insert:
        case Method::replace:
        case Method::fill:
        case Method::combine:
        case Method::acquire:
        case Method::proclaim: return true;
        case Method::add: return has_keys;
        case Method::compare_exchange:
            return place + 1 == call.values.size() || (has_keys && place == 0);
        default: return false;
    }
}

}  // namespace handoff::core::objects
