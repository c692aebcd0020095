#pragma once

#include <optional>

#include "core/manager_state.hpp"

/// Durable objects: what is stored are the calls that change them.
namespace handoff::core::manager {

/// A new object, which is stored from now on if it is durable.
void store_object(State& state, Stand& stand);
/// With all that is stored of it.
void forget_object(State& state, const Stand& stand);

/// Object::call() of a durable one.
std::optional<objects::Result> call_stored(State& state, Stand& stand, objects::Context& context,
                                           const objects::Caller& caller,
                                           const objects::Call& call);
/// Object::advance() of any.
void advance_stored(State& state, Stand& stand, objects::Context& context);

/// Makes an object again. Throws errc::store_failed if its calls do not.
void make_again(State& state, Stand& stand, const Recovered::Object& known);

}  // namespace handoff::core::manager
