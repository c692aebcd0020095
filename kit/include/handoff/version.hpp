#pragma once

#include <string_view>

namespace handoff {

/// The version of the library that is linked, as "major.minor.patch".
std::string_view version() noexcept;

}  // namespace handoff
