#pragma once

#include "core/manager_machine.hpp"
#include "handoff/config.hpp"
#include "net/router.hpp"
#include "wire/codec.hpp"

/// What a manager's machine, socket and decoder go by, as the configuration has it.
namespace handoff {

core::ManagerSettings manager_settings(const Config& config);
net::RouterLimits router_limits(const Config& config);
wire::DecodeLimits decode_limits(const net::RouterLimits& limits);

}  // namespace handoff
