#pragma once

#include <string>

#include "handoff/config.hpp"

/// The options of a queue, one by one.
namespace handoff::core {

/// `stronger`, and where it has no opinion `weaker`.
QueueOptions merged(QueueOptions stronger, const QueueOptions& weaker);

/// Which option of `wanted` differs from what is in force, for people; empty if none does. What one
/// of them has no opinion of does not differ.
std::string mismatch(const QueueOptions& wanted, const QueueOptions& in_force);

}  // namespace handoff::core
