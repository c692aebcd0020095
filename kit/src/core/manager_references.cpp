#include "core/manager_references.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "core/manager_answers.hpp"
#include "core/manager_nesting.hpp"
#include "core/manager_objects.hpp"
#include "core/manager_rights.hpp"
#include "core/name.hpp"
#include "core/objects/make.hpp"
#include "core/objects/packed.hpp"
#include "core/objects/reference.hpp"

namespace handoff::core::manager {

using objects::ObjectHandle;
using objects::Reference;

/// A value that refers to objects, as the owner of the slice that is stored: it ends with the last
/// copy of that.
struct Referring {
    Referring(std::shared_ptr<LooseReferences> book, ObjectHandle container, Slice stored)
        : loose(std::move(book)), from(container), value(std::move(stored)) {
        loose->known.emplace(this, this);
    }
    ~Referring() {
        loose->known.erase(this);
        loose->gone.push_back({from, std::move(to)});
    }
    Referring(const Referring&) = delete;
    Referring& operator=(const Referring&) = delete;

    std::shared_ptr<LooseReferences> loose;
    ObjectHandle from;
    std::vector<ObjectHandle> to{};  ///< objects; queues are referred to, but not counted
    Slice value;
};

namespace {

constexpr std::size_t let_go_max = 4096;

std::string describe(const Reference& reference) {
    const std::string kind(objects::to_string(reference.kind));
    if (reference.anonymous) return kind + " #" + std::to_string(reference.object);
    return kind + " " + core::quoted(reference.name);
}

[[noreturn]] void stale(const Reference& reference, const std::string& why) {
    throw Error(errc::stale_reference, "a reference to " + describe(reference) + ": " + why);
}

/// The object that is meant; null: it is a queue. Throws errc::stale_reference.
Stand* find_referred(State& state, const Reference& reference) {
    if (reference.manager != state.settings.id) {
        stale(reference, "it is of another manager, or of an earlier life of this one");
    }
    if (reference.kind == ObjectKind::queue) {
        const Desk* desk = find_desk(state, reference.object);
        if (desk == nullptr || desk->name != reference.name) stale(reference, "it was destroyed");
        return nullptr;
    }
    Stand* stand = find_stand(state, reference.object);
    if (stand == nullptr) stale(reference, "it was destroyed");
    if (stand->kind != reference.kind || stand->name != reference.name) {
        stale(reference, "its number is that of " + describe(*stand));
    }
    return stand;
}

/// The value as it is to be stored.
Slice referring_value(State& state, const Session& session, Stand& stand, const Slice& value,
                      const std::vector<Reference>& references) {
    const auto owner =
        std::make_shared<Referring>(state.references, stand.handle, objects::to_keep(value));
    owner->to.reserve(references.size());
    for (const Reference& reference : references) {
        Stand* child = find_referred(state, reference);
        if (child == nullptr) continue;
        if (!may_refer(state, session, *child)) {
            throw Error(errc::not_authorised, "a reference to " + describe(reference) +
                                                  ", which this client may not use itself");
        }
        if (!stand.refers_to.contains(child->handle)) check_nesting(state, stand, *child);
        owner->to.push_back(child->handle);
        ++child->referred;
        ++child->referred_by[stand.handle];
        ++stand.refers_to[child->handle];
    }
    return {owner, owner->value.owner_bytes(), owner->value.view()};
}

/// Values that come from another set would be counted as being there only. None come in when sets
/// are intersected (1) or subtracted (2).
void check_operand(State& state, const objects::Call& call) {
    if (call.method != objects::Method::combine || call.numbers.size() < 2) return;
    if (call.numbers[0] == 1 || call.numbers[0] == 2) return;
    const Stand* other = find_stand(state, static_cast<ObjectHandle>(call.numbers[1]));
    if (other == nullptr || other->refers_to.empty()) return;
    throw Error(errc::unsupported, "the other set has references; give its values");
}

/// What a method returned as an object belongs to the client that is told of it first.
void make_own(State& state, const Session& session, ObjectHandle handle) {
    Stand* stand = find_stand(state, handle);
    if (stand == nullptr || stand->kind != ObjectKind::registered) return;
    if (stand->made_by.empty()) stand->made_by = session.user.key;
}

void let_go(State& state, Session& session, ObjectHandle handle, std::uint64_t told) {
    const auto known = session.told.find(handle);
    if (known == session.told.end()) return;
    known->second -= std::min(known->second, told);
    if (known->second > 0) return;  // a reference is on its way there
    session.told.erase(known);
    if (Stand* stand = find_stand(state, handle)) --stand->held_by;
    state.to_sweep.insert(handle);
}

void forget_value(State& state, const LooseReferences::Gone& gone) {
    Stand* container = find_stand(state, gone.from);
    for (const ObjectHandle handle : gone.to) {
        Stand* child = find_stand(state, handle);
        remove_edge(container, child, gone.from, handle);
        if (child == nullptr) continue;
        --child->referred;
        state.to_sweep.insert(handle);
    }
}

/// Of values that are gone.
void forget_gone(State& state) {
    for (const auto& gone : std::exchange(state.references->gone, {})) forget_value(state, gone);
}

}  // namespace

std::optional<objects::Call> with_references(State& state, const Session& session, Stand& stand,
                                             const objects::Call& call) {
    forget_gone(state);  // what an earlier call of the same message has removed
    check_operand(state, call);
    std::optional<objects::Call> counted;
    for (std::size_t place = 0; place < call.values.size(); ++place) {
        if (!objects::keeps(stand.kind, call, place)) continue;
        const Slice& value = call.values[place];
        const std::vector<Reference> references =
            objects::references_in(objects::payload_of(value));
        if (references.empty()) continue;
        if (stand.stored != nullptr) {
            throw Error(errc::unsupported,
                        "references do not outlive the manager, so nothing durable has any");
        }
        if (!counted) counted = call;
        counted->values[place] = referring_value(state, session, stand, value, references);
    }
    return counted;
}

void tell_of(State& state, Session& session, Stand& stand) {
    if (!stand.name.empty()) return;
    if (session.told[stand.handle]++ == 0) ++stand.held_by;
    ++state.times_told;
}

void tell_references(State& state, Session& session, const objects::Call& call,
                     objects::Result& result) {
    const auto tell = [&](ObjectHandle handle) {
        if (Stand* stand = find_stand(state, handle)) tell_of(state, session, *stand);
    };
    // What a method of a registered type returns comes from nobody's container.
    const bool is_new = call.method == objects::Method::invoke;
    if (state.references->known.empty() && !is_new) return;
    for (Slice& value : result.values) {
        const auto known = state.references->known.find(value.owner().get());
        if (known != state.references->known.end()) {
            const Referring& referring = *known->second;
            for (const ObjectHandle handle : referring.to) tell(handle);
            value = Slice(referring.value);  // which may be all that is left of it
        } else if (is_new) {
            for (const Reference& each : objects::references_told(objects::payload_of(value))) {
                if (!each.anonymous || each.manager != state.settings.id) continue;
                make_own(state, session, each.object);
                tell(each.object);
            }
        }
    }
}

void leave_references(State& state, Session& session) {
    for (const auto& [handle, told] : session.told) {
        if (Stand* stand = find_stand(state, handle)) --stand->held_by;
        state.to_sweep.insert(handle);
    }
    session.told.clear();
}

void settle_references(State& state) {
    while (!state.references->gone.empty() || !state.to_sweep.empty()) {
        forget_gone(state);
        for (const ObjectHandle handle : std::exchange(state.to_sweep, {})) {
            const Stand* stand = find_stand(state, handle);
            if (stand == nullptr || !stand->name.empty()) continue;
            if (stand->held_by == 0 && stand->referred == 0) destroy_object(state, handle);
        }
    }
}

std::optional<Answer> handle(State& state, Session& session, const Request&, const LetGo& all) {
    if (all.objects.size() % 2 != 0 || all.objects.size() / 2 > let_go_max) {
        return failed(errc::invalid_argument, "LET_GO: not 1 to 4096 pairs of numbers");
    }
    for (std::size_t at = 0; at < all.objects.size(); at += 2) {
        let_go(state, session, all.objects[at], all.objects[at + 1]);
    }
    return Answer{Done{all.objects.size() / 2}, 0};
}

}  // namespace handoff::core::manager
