#include "handoff/codec.hpp"

#include "core/objects/packed.hpp"

namespace handoff::detail {

std::optional<std::string_view> text_in(std::string_view payload) noexcept {
    return core::objects::string_of(payload);
}

std::optional<std::int64_t> integer_in(std::string_view payload) noexcept {
    return core::objects::integer_of(payload);
}

}  // namespace handoff::detail
