#pragma once

#include <optional>

#include "handoff/config.hpp"
#include "net/curve.hpp"

/// The keys that [security] names, if one of the effective addresses crosses hosts (tcp and ws).
/// Empty: none is needed. Throw errc::config_invalid if one is missing, or is none.
namespace handoff {

std::optional<net::CurveClient> client_keys(const Config& config);

/// Its domain is still to be set.
std::optional<net::CurveServer> manager_keys(const Config& config);

}  // namespace handoff
