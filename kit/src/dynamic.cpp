#include "handoff/dynamic.hpp"

namespace handoff {
namespace {

/// Skips over one value; the base class refuses what is nested too deeply or not whole.
class Skim : public msgpack::null_visitor {
public:
    bool start_array(std::uint32_t) { return enter(); }
    bool end_array() { return leave(); }
    bool start_map(std::uint32_t) { return enter(); }
    bool end_map() { return leave(); }

private:
    bool enter() { return ++depth_ <= detail::nesting_max; }
    bool leave() {
        --depth_;
        return true;
    }

    std::size_t depth_ = 0;
};

}  // namespace

Dynamic Dynamic::from_msgpack(std::string packed) {
    std::size_t used = 0;
    Skim skim;
    const bool whole = msgpack::parse(packed.data(), packed.size(), used, skim);
    if (!whole || used != packed.size()) {
        throw Error(errc::wrong_type, "the payload is not one msgpack value");
    }
    Dynamic dynamic;
    dynamic.packed_ = std::move(packed);
    return dynamic;
}

/// The first byte tells (msgpack specification, "Formats").
Dynamic::Kind Dynamic::kind() const noexcept {
    const auto first = static_cast<unsigned char>(packed_.front());
    if (first <= 0x7f || first >= 0xe0) return Kind::integer;
    if (first <= 0x8f) return Kind::map;
    if (first <= 0x9f) return Kind::array;
    if (first <= 0xbf) return Kind::text;
    switch (first) {
        case 0xc0: return Kind::nil;
        case 0xc2:
        case 0xc3: return Kind::boolean;
        case 0xc4:
        case 0xc5:
        case 0xc6: return Kind::binary;
        case 0xca:
        case 0xcb: return Kind::real;
        case 0xd9:
        case 0xda:
        case 0xdb: return Kind::text;
        case 0xdc:
        case 0xdd: return Kind::array;
        case 0xde:
        case 0xdf: return Kind::map;
        default: return first >= 0xcc && first <= 0xd3 ? Kind::integer : Kind::extension;
    }
}

}  // namespace handoff
