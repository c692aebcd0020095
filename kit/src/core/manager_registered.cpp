#include "core/manager_registered.hpp"

#include <memory>
#include <string_view>
#include <utility>

#include "core/manager_objects.hpp"
#include "core/name.hpp"
#include "core/objects/make.hpp"
#include "core/objects/reference.hpp"

namespace handoff::core::manager {
namespace {

using objects::ObjectHandle;
using objects::Registered;

/// Null if there is none.
Registered* find_type(State& state, ObjectHandle handle) {
    Stand* stand = find_stand(state, handle);
    if (stand == nullptr || stand->kind != ObjectKind::registered) return nullptr;
    return static_cast<Registered*>(stand->object.get());
}

Stand& make_registered(State& state, const std::string& name) {
    const ObjectHandle handle = state.next_queue++;
    Stand& stand = state.stands[handle];
    stand.handle = handle;
    stand.name = name;
    stand.kind = ObjectKind::registered;
    stand.object = std::make_unique<Registered>(handle, state.errands);
    if (!name.empty()) state.stand_names.emplace(name, handle);
    return stand;
}

}  // namespace

ObjectHandle expose(State& state, const std::string& name) {
    const std::string what = in_words(ObjectKind::registered, name, 0);
    const std::string_view fault = name_fault(name);
    if (!fault.empty()) {
        throw Error(errc::invalid_argument, what + ": the name of an object " + std::string(fault));
    }
    if (const auto known = state.stand_names.find(name); known != state.stand_names.end()) {
        const Stand& there = *find_stand(state, known->second);
        throw Error(errc::object_mismatch, what + ": there is a " + describe(there) + " already");
    }
    if (state.stands.size() >= state.settings.objects_max) {
        throw Error(errc::limit_exceeded,
                    what + ": objects_max is " + std::to_string(state.settings.objects_max));
    }
    state.log.write(LogLevel::debug, what + " is exposed");
    return make_registered(state, name).handle;
}

void begin_type(State& state, ObjectHandle type, const objects::TypeSettings& settings) {
    if (Registered* there = find_type(state, type)) there->begin(settings);
}

bool is_type(State& state, ObjectHandle handle) {
    return find_type(state, handle) != nullptr;
}

ObjectHandle object_returned(State& state, ObjectHandle type, std::uint64_t number,
                             const objects::TypeSettings& settings) {
    Registered* there = find_type(state, type);
    if (there == nullptr) return 0;
    objects::Context context = context_of(state);
    if (state.stands.size() >= state.settings.objects_max) {
        there->done(
            context, number,
            objects::failure(errc::limit_exceeded, "its result could not be kept: objects_max is " +
                                                       std::to_string(state.settings.objects_max)));
        return 0;
    }
    Stand& stand = make_registered(state, {});
    static_cast<Registered&>(*stand.object).begin(settings);
    state.log.write(LogLevel::debug, describe(stand) + " is made");
    state.to_sweep.insert(stand.handle);  // its caller may be gone
    const objects::Reference reference{stand.kind, true, state.settings.id, stand.handle, {}};
    there->done(context, number, {errc::ok, {}, {objects::pack_value(reference)}, {}});
    return stand.handle;
}

void end_type(Stand& stand) {
    static_cast<Registered&>(*stand.object).end();
}

void method_done(State& state, ObjectHandle type, std::uint64_t number, objects::Result result) {
    Registered* there = find_type(state, type);
    if (there == nullptr) return;
    std::uint64_t bytes = 0;
    for (const Slice& value : result.values) bytes += value.size();
    if (bytes > state.limits().item_bytes_max) {
        result =
            objects::failure(errc::too_large, "its result has " + std::to_string(bytes) +
                                                  " bytes; item_bytes_max is " +
                                                  std::to_string(state.limits().item_bytes_max));
    }
    objects::Context context = context_of(state);
    there->done(context, number, std::move(result));
}

}  // namespace handoff::core::manager
