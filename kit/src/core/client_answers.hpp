#pragma once

#include "core/client_state.hpp"

/// What the manager's messages mean for the calls that wait for them.
namespace handoff::core::client {

void take_reply(State& state, Reply reply);

}  // namespace handoff::core::client
