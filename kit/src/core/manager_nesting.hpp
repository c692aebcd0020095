#pragma once

#include "core/manager_state.hpp"

/// The graph of containers, which has no cycles and no chain of more than 64.
///
/// Each container has a level, and all that is in it a higher one. So most of what is stored needs
/// no look at the graph: what is higher already cannot lead back. What is not is raised, with what
/// is in it; nothing can be raised more often than there are levels.
namespace handoff::core::manager {

/// `child` is about to come into `container`. Throws errc::invalid_argument if it would be within
/// itself, errc::limit_exceeded if the chain becomes too long; then no level is changed for it.
void check_nesting(State& state, Stand& container, Stand& child);

/// One reference from `container`, which may be gone, to `child` is no more.
void remove_edge(Stand* container, Stand* child, objects::ObjectHandle from,
                 objects::ObjectHandle to);

}  // namespace handoff::core::manager
