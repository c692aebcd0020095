#include "simulation/applications/sharers.hpp"

#include <algorithm>
#include <utility>

#include "core/objects/packed.hpp"
#include "simulation/world/world.hpp"

namespace handoff::core::sim {

using namespace std::chrono_literals;
using objects::Method;

namespace {

constexpr std::size_t keys = 3;
constexpr std::size_t waits_max = 2;
constexpr const char* condition = "changed";
constexpr const char* barrier = "barrier";

std::int64_t to_number(Token token) {
    return static_cast<std::int64_t>(token);
}

}  // namespace

QueueRef Sharers::ref_of_lock(std::size_t lock) {
    const LockPlan& plan = world_.plan.locks[lock];
    ObjectOptions options;
    if (!plan.has_tokens()) options.count = plan.permits;
    return host_.client().object(plan.name, plan.kind, options);
}

QueueRef Sharers::ref_of_barrier() {
    ObjectOptions options;
    options.count = world_.plan.parties;
    return host_.client().object(barrier, ObjectKind::barrier, options);
}

QueueRef Sharers::ref_of_dict() {
    ObjectOptions options;
    options.durability = world_.plan.dict;
    return host_.client().object("dict", ObjectKind::dict, options);
}

QueueRef Sharers::ref_of_value() {
    ObjectOptions options;
    options.durability = world_.plan.value;
    return host_.client().object("value", ObjectKind::value, options);
}

Sharers::Use& Sharers::call(QueueRef object, Method method, Numbers numbers, Values values,
                            const ClientMachine::Wait& wait, Use use) {
    Calls calls{{{object, method, std::move(numbers), std::move(values)}}, false};
    use.begun = world_.schedule.now();
    return uses_[host_.application().share(std::move(calls), wait)] = std::move(use);
}

void Sharers::act() {
    forget_old_holds();
    switch (world_.lots.below(9)) {
        case 0: return acquire();
        case 1:
        case 2:
            if (Hold* hold = draw_hold(false)) release(*hold);
            return;
        case 3: return wait_at_condition();
        case 4: return notify();
        case 5: return meet();
        default: return use_register();
    }
}

/// Those of lost sessions are the manager's business.
void Sharers::forget_old_holds() {
    std::erase_if(holds_, [&](const Hold& hold) {
        return hold.generation != host_.client().session_generation();
    });
    std::erase_if(grants_, [&](const Grant& grant) {
        return grant.generation != host_.client().session_generation();
    });
}

// ------------------------------------------------------------------ how calls begin

void Sharers::use_register() {
    const std::size_t key = world_.lots.below(keys + 1);
    const bool is_value = key == keys;
    const bool fills = !is_value && world_.plan.dict != Durability::memory;
    if (fills && world_.lots.one_in(8)) return fill_up();
    Operation operation;
    operation.what = static_cast<Operation::What>(world_.lots.below(is_value ? 4 : 6));
    // No two calls put the same, so that what is read tells who put it; and sums are as different.
    operation.argument = ++written_ * 1000 + static_cast<std::int64_t>(host_.index());
    use_register(key, operation);
}

void Sharers::read_all() {
    for (std::size_t key = 0; key <= keys; ++key) use_register(key, {});
}

/// The value, or one entry of the dict.
void Sharers::use_register(std::size_t key, Operation operation) {
    using What = Operation::What;
    const bool is_value = key == keys;
    const QueueRef object = is_value ? ref_of_value() : ref_of_dict();
    operation.begun = world_.schedule.now();
    const std::string name = is_value ? "value" : "key " + std::to_string(key) + " of dict";
    operation.expected = world_.shared.lately(name);
    Method method = Method::get;
    Numbers numbers;
    Values values;
    if (!is_value) values.push_back(objects::pack_integer(static_cast<std::int64_t>(key)));
    const auto give = [&](std::int64_t number) { values.push_back(objects::pack_integer(number)); };
    switch (operation.what) {
        case What::get: break;
        case What::put:
            method = Method::put;
            give(operation.argument);
            break;
        case What::add:
            method = Method::add;
            numbers = {operation.argument};
            break;
        case What::compare_exchange:
            method = Method::compare_exchange;
            give(operation.expected);
            give(operation.argument);
            break;
        case What::get_or_put:
            method = Method::get_or_put;
            give(operation.argument);
            break;
        case What::take: method = Method::take; break;
    }
    Use use;
    use.name = name;
    use.operation = operation;
    const Durability level = is_value ? world_.plan.value : world_.plan.dict;
    use.id = world_.shared.begins(name, level, operation, world_.manager.life());
    call(object, method, std::move(numbers), std::move(values), host_.application().draw_wait(),
         std::move(use));
}

/// So much that what the store has of the dict is soon written anew.
void Sharers::fill_up() {
    constexpr std::uint64_t least = 1000;
    const std::uint64_t bytes = world_.plan.limits.frame_bytes_max;
    if (bytes < least) return;
    const std::string filling(bytes - 100, 'x');
    for (std::size_t many = world_.lots.between(1, 8); many > 0; --many) {
        Use use;
        use.kind = Kind::fill;
        use.name = "filling of dict";
        call(ref_of_dict(), Method::put, {},
             {objects::pack_text("filling"), objects::pack_text(filling)}, {}, std::move(use));
    }
}

void Sharers::acquire() {
    const std::size_t lock = world_.lots.below(world_.plan.locks.size());
    if (waiting_for(lock).size() >= waits_max) return;
    Use use;
    use.kind = Kind::acquire;
    const LockPlan& plan = world_.plan.locks[lock];
    use.name = plan.name;
    use.lock = lock;
    use.shared = plan.kind == ObjectKind::rw_lock && world_.lots.one_in(2);
    const ClientMachine::Wait wait = host_.application().draw_wait();
    use.tries = wait.try_once;
    Values proposal;
    if (plan.kind == ObjectKind::election) proposal.push_back(objects::pack_text(host_.name()));
    call(ref_of_lock(lock), use.shared ? Method::acquire_shared : Method::acquire, {},
         std::move(proposal), wait, std::move(use));
}

Sharers::Hold* Sharers::draw_hold(bool of_lock) {
    std::vector<Hold*> found;
    for (Hold& hold : holds_) {
        if (hold.state != State::held) continue;
        if (of_lock && world_.plan.locks[hold.lock].kind != ObjectKind::lock) continue;
        found.push_back(&hold);
    }
    return found.empty() ? nullptr : found[world_.lots.below(found.size())];
}

void Sharers::release(Hold& hold) {
    hold.state = State::leaving;
    Use use;
    use.kind = Kind::release;
    use.name = world_.plan.locks[hold.lock].name;
    use.lock = hold.lock;
    use.token = hold.token;
    const bool by_token = world_.plan.locks[hold.lock].has_tokens();
    const std::int64_t what = by_token ? to_number(hold.token) : 1;
    call(ref_of_lock(hold.lock), Method::release, {what}, {}, {}, std::move(use));
}

void Sharers::wait_at_condition() {
    Hold* const hold = draw_hold(true);
    if (hold == nullptr) return;
    hold->state = State::sleeping;
    Use use;
    use.kind = Kind::sleep;
    use.name = world_.plan.locks[hold->lock].name;
    use.lock = hold->lock;
    use.token = hold->token;
    const Millis patience = world_.lots.one_in(3) ? Millis{-1} : world_.lots.up_to(600ms);
    call(ref_of_lock(hold->lock), Method::sleep,
         {to_number(hold->token), 0, patience.count(), Millis{1000ms}.count()},
         {objects::pack_text(condition)}, {}, std::move(use));
}

void Sharers::notify() {
    constexpr std::uint64_t everybody = 100;
    const Hold* const hold = draw_hold(true);
    if (hold == nullptr) return;
    Use use;
    use.kind = Kind::notify;
    use.name = world_.plan.locks[hold->lock].name;
    use.lock = hold->lock;
    use.up_to = world_.lots.one_in(3) ? everybody : world_.lots.between(1, 2);
    world_.shared.notify_begins(use.name, use.up_to);
    const std::int64_t many = use.up_to == everybody ? -1 : static_cast<std::int64_t>(use.up_to);
    call(ref_of_lock(hold->lock), Method::notify, {to_number(hold->token), 0, many},
         {objects::pack_text(condition)}, {}, std::move(use));
}

/// Nobody knows whether it is held still; nobody waits for the answer.
void Sharers::give_up(const Use& use, Method method, std::int64_t number) {
    ClientMachine::Wait wait;
    wait.detached = true;
    host_.client().call(Calls{{{ref_of_lock(use.lock), method, {number}, {}}}, false}, wait,
                        host_.now());
}

void Sharers::meet() {
    Use use;
    use.name = barrier;
    if (world_.lots.one_in(6)) {
        use.kind = Kind::reset;
        call(ref_of_barrier(), Method::reset, {}, {}, {}, std::move(use));
        return;
    }
    if (at_barrier().size() >= waits_max) return;
    use.kind = Kind::wait;
    use.id = world_.shared.arrives(barrier, world_.schedule.now());
    call(ref_of_barrier(), Method::wait, {}, {}, host_.application().draw_wait(), std::move(use));
}

void Sharers::let_go() {
    forget_old_holds();
    for (Hold& hold : holds_) {
        if (hold.state == State::held) release(hold);
    }
}

// ------------------------------------------------------------------ what is known

Sharers::Holds Sharers::surely_holds(std::size_t lock) const {
    Holds surely;
    for (const Hold& hold : holds_) {
        const bool is = hold.lock == lock && hold.state == State::held &&
                        hold.life == world_.manager.life() &&
                        hold.generation == host_.client().session_generation() &&
                        host_.client().surely_alive(host_.now());
        if (!is) continue;
        ++surely.all;
        if (!hold.shared) ++surely.exclusive;
    }
    return surely;
}

Sharers::Holds Sharers::may_hold(std::size_t lock) const {
    Holds maybe;
    for (const Hold& hold : holds_) {
        const bool is = hold.lock == lock && hold.state != State::sleeping &&
                        hold.generation == host_.client().session_generation();
        if (!is) continue;
        ++maybe.all;
        if (!hold.shared) ++maybe.exclusive;
    }
    return maybe;
}

std::size_t Sharers::writers_at(std::size_t lock) const {
    return static_cast<std::size_t>(
        std::count_if(uses_.begin(), uses_.end(), [&](const auto& each) {
            const Use& use = each.second;
            return use.kind == Kind::acquire && use.lock == lock && !use.shared;
        }));
}

std::vector<CallId> Sharers::waiting_for(std::size_t lock) const {
    std::vector<CallId> found;
    for (const auto& [id, use] : uses_) {
        if (use.kind == Kind::acquire && use.lock == lock) found.push_back(id);
    }
    return found;
}

std::vector<CallId> Sharers::at_barrier() const {
    std::vector<CallId> found;
    for (const auto& [id, use] : uses_) {
        if (use.kind == Kind::wait) found.push_back(id);
    }
    return found;
}

}  // namespace handoff::core::sim
