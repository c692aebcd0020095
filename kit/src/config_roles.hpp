#pragma once

#include <span>

#include "config_keys.hpp"
#include "config_sources.hpp"

/// The settings of roles, apart from the others as they are for managers alone.
namespace handoff::settings {

/// What each role has; a part of keys().
std::span<const Key> role_keys();

/// Throws errc::config_invalid for a role that nobody has, and where clients that have no key could
/// get past all of them.
void check_roles(const Config& config, const Origins& origins);

}  // namespace handoff::settings
