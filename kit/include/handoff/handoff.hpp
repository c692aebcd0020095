#pragma once

/// All of the kit. Programs that mind compile time include what they use instead; only codec.hpp
/// (through queue.hpp) is heavy.
#include "handoff/any_of.hpp"
#include "handoff/async.hpp"
#include "handoff/client.hpp"
#include "handoff/codec.hpp"
#include "handoff/commit.hpp"
#include "handoff/config.hpp"
#include "handoff/config_origins.hpp"
#include "handoff/dynamic.hpp"
#include "handoff/endpoint.hpp"
#include "handoff/error.hpp"
#include "handoff/lease.hpp"
#include "handoff/log.hpp"
#include "handoff/manager.hpp"
#include "handoff/process.hpp"
#include "handoff/queue.hpp"
#include "handoff/stats.hpp"
#include "handoff/stream.hpp"
#include "handoff/task.hpp"
#include "handoff/version.hpp"
