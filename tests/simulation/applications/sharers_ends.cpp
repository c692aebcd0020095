// How calls of shared objects end, and what that means.
#include <algorithm>
#include <utility>

#include "core/objects/packed.hpp"
#include "simulation/applications/sharers.hpp"
#include "simulation/world/world.hpp"

namespace handoff::core::sim {

namespace {

/// The operation as it was answered.
Operation answered(Operation operation, const objects::Result& result, bool is_value, Time now) {
    using What = Operation::What;
    operation.ended = now;
    if (is_value) operation.version = static_cast<std::uint64_t>(result.numbers.back());
    const auto seen = [&]() -> Content {
        if (result.values.empty()) return {};
        return objects::integer_of(objects::payload_of(result.values.front()));
    };
    switch (operation.what) {
        case What::put: break;
        case What::add: operation.seen = result.numbers.at(0); break;
        case What::compare_exchange:
        case What::get_or_put:
            operation.done = result.numbers.at(0) == 1;
            if (!operation.done) operation.seen = seen();
            break;
        case What::get:
        case What::take: operation.seen = seen();
    }
    return operation;
}

}  // namespace

bool Sharers::ended(const Completion& completion) {
    const auto node = uses_.extract(completion.call);
    if (node.empty()) return false;
    const Use& use = node.mapped();
    const auto* results = std::get_if<Results>(&completion.outcome.reply);
    const objects::Result* result = nullptr;
    errc code = completion.outcome.code;
    if (code == errc::ok && results != nullptr) {
        code = results->results.at(0).code;
        world_.check_code(code, results->results[0].text);
        if (code == errc::ok) result = &results->results[0];
    }
    if (code == errc::stale_reference) {
        broken(Promise::never_lost, "nobody destroyed " + use.name + ", and " + host_.name() +
                                        " was told that somebody did");
    }
    check_told_of_restart(use.name, code);
    switch (use.kind) {
        case Kind::reg: register_ended(use, code, result); break;
        case Kind::acquire: acquire_ended(use, completion, result); break;
        case Kind::release: release_ended(use, code); break;
        case Kind::sleep: sleep_ended(use, completion, result); break;
        case Kind::notify:
            if (result != nullptr) {
                world_.shared.notify_ends(use.name, use.up_to,
                                          static_cast<std::uint64_t>(result->numbers.at(0)));
            } else if (code != errc::outcome_unknown) {
                world_.shared.notify_ends(use.name, use.up_to, 0);
            }
            break;
        case Kind::wait: wait_ended(use, code); break;
        case Kind::reset:
        case Kind::fill: break;
    }
    return true;
}

/// An object that is as new says so before it answers as if nothing had happened.
void Sharers::check_told_of_restart(const std::string& name, errc code) {
    const bool is_dict = name.ends_with("dict");
    const Durability level = is_dict           ? world_.plan.dict
                             : name == "value" ? world_.plan.value
                                               : Durability::memory;
    if (level != Durability::memory) return;
    std::uint64_t& life = lives_[is_dict ? "dict" : name];
    if (code == errc::manager_restarted) life = 0;
    if (code != errc::ok) return;
    if (life != 0 && life < host_.life()) {
        broken(Promise::never_lost, name + " is as new since its manager restarted, and " +
                                        host_.name() + " was not told");
    }
    life = std::max(life, host_.life());
}

void Sharers::register_ended(const Use& use, errc code, const objects::Result* result) {
    if (result != nullptr) {
        world_.shared.ends(
            use.id, answered(use.operation, *result, use.name == "value", world_.schedule.now()),
            host_.life(), world_.disk.told());
    } else if (code == errc::outcome_unknown) {
        world_.shared.lost(use.id, world_.manager.life());
    } else {
        world_.shared.not_done(use.id);
    }
}

void Sharers::acquire_ended(const Use& use, const Completion& completion,
                            const objects::Result* result) {
    if (result == nullptr) return;
    Hold hold;
    hold.lock = use.lock;
    hold.token = static_cast<Token>(result->numbers.at(0));
    hold.generation = completion.session_generation;
    hold.shared = use.shared;
    // One that tries may leave its client before those that wait for their turn to be sent.
    if (world_.plan.locks[use.lock].has_tokens() && !use.tries) {
        check_turn({use.lock, completion.call, hold.token, hold.generation});
    }
    has(hold, use);
}

/// First come, first served: so are the calls of one session, whose order the manager knows.
void Sharers::check_turn(const Grant& grant) {
    const bool passed = std::any_of(grants_.begin(), grants_.end(), [&](const Grant& other) {
        return other.lock == grant.lock && other.generation == grant.generation &&
               (other.call < grant.call) != (other.token < grant.token);
    });
    grants_.push_back(grant);
    if (!passed) return;
    broken(Promise::in_order, "calls of " + host_.name() + " for " +
                                  world_.plan.locks[grant.lock].name +
                                  " were not served in their order");
}

/// It has it now, unless its session is gone already.
void Sharers::has(const Hold& hold, const Use& use) {
    if (hold.generation != host_.client().session_generation()) return;
    const LockPlan& plan = world_.plan.locks[hold.lock];
    holds_.push_back(hold);
    holds_.back().life = host_.life();
    // A sleep that did not begin has the hold that it had.
    if (plan.has_tokens() && hold.token != use.token) {
        world_.shared.granted(plan.name, hold.token, use.begun, world_.schedule.now());
    }
    world_.check_holders(hold.lock);
}

void Sharers::release_ended(const Use& use, errc code) {
    Hold* const hold = find(use);
    if (hold == nullptr) return;
    const bool lost = code == errc::lock_lost || code == errc::not_owner;
    const bool surely = hold->generation == host_.client().session_generation() &&
                        hold->life == world_.manager.life();
    if (lost && surely) {
        broken(Promise::never_lost, host_.name() + " held " + use.name +
                                        ", and was told that it does not when it released it");
    }
    const bool over =
        lost || code == errc::ok || code == errc::session_lost || code == errc::manager_restarted;
    // Permits have no names: to give one back again might give back another one.
    if (!over && !world_.plan.locks[use.lock].has_tokens()) return;
    holds_.erase(holds_.begin() + (hold - holds_.data()));
    if (!over) give_up(use, objects::Method::release, static_cast<std::int64_t>(use.token));
}

void Sharers::sleep_ended(const Use& use, const Completion& completion,
                          const objects::Result* result) {
    if (result != nullptr && result->numbers.at(2) == 1) world_.shared.woken(use.name);
    Hold* const before = find(use);
    if (before == nullptr) return;
    const errc code = completion.outcome.code;
    const bool done = code == errc::ok || code == errc::outcome_unknown ||
                      code == errc::session_lost || code == errc::manager_restarted;
    if (!done) {
        before->state = State::held;  // it was not even begun
        return;
    }
    Hold hold = *before;
    holds_.erase(holds_.begin() + (before - holds_.data()));
    if (code == errc::outcome_unknown) {
        give_up(use, objects::Method::break_hold, static_cast<std::int64_t>(use.token));
    }
    if (result == nullptr) return;
    hold.token = static_cast<Token>(result->numbers.at(0));
    hold.generation = completion.session_generation;
    hold.state = State::held;
    has(hold, use);
}

void Sharers::wait_ended(const Use& use, errc code) {
    const Time now = world_.schedule.now();
    if (code == errc::ok) {
        world_.shared.passes(use.name, use.id, world_.plan.parties, now);
    } else if (code != errc::outcome_unknown) {
        world_.shared.leaves(use.name, use.id, now);
    }
}

Sharers::Hold* Sharers::find(const Use& use) {
    const auto hold = std::find_if(holds_.begin(), holds_.end(), [&](const Hold& each) {
        return each.lock == use.lock && each.token == use.token && each.state != State::held;
    });
    return hold == holds_.end() ? nullptr : &*hold;
}

void Sharers::died() {
    for (const auto& [id, use] : uses_) {
        if (use.kind == Kind::reg) world_.shared.lost(use.id, world_.manager.life());
    }
}

}  // namespace handoff::core::sim
