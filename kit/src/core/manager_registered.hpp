#pragma once

#include <cstdint>
#include <string>

#include "core/manager_state.hpp"
#include "core/objects/registered.hpp"

/// Registered types: what the manager's owner says of them, and what it has done for them.
namespace handoff::core::manager {

/// Throws errc::invalid_argument, errc::object_mismatch, errc::limit_exceeded.
objects::ObjectHandle expose(State& state, const std::string& name);

void begin_type(State& state, objects::ObjectHandle type, const objects::TypeSettings& settings);

/// Whether it is a registered type.
[[nodiscard]] bool is_type(State& state, objects::ObjectHandle handle);

/// A method has been run, and its result becomes an object, which is returned. 0: nobody can have
/// it, or there is no room.
objects::ObjectHandle object_returned(State& state, objects::ObjectHandle type,
                                      std::uint64_t number, const objects::TypeSettings& settings);

/// The object is about to go.
void end_type(Stand& stand);

/// A method has been run.
void method_done(State& state, objects::ObjectHandle type, std::uint64_t number,
                 objects::Result result);

}  // namespace handoff::core::manager
