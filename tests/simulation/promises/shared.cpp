#include "simulation/promises/shared.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "simulation/promises/violation.hpp"

namespace handoff::core::sim {

void Shared::life_begins(std::uint64_t life, const std::optional<Disk::Loss>& loss, Time now) {
    life_ends_.resize(life - 1, now);
    if (loss) losses_.push_back({life, loss->left});
}

// ------------------------------------------------------------------ registers

Shared::Id Shared::begins(const std::string& name, Durability level, const Operation& operation,
                          std::uint64_t life) {
    calls_.push_back({name, level, operation, life, 0, false, 0});
    return calls_.size() - 1;
}

void Shared::ends(Id id, const Operation& operation, std::uint64_t life, Transaction told) {
    Call& call = calls_.at(id);
    call.told = told;
    call.operation = operation;
    call.first_life = call.last_life = life;
    if (operation.seen) {
        lately_[call.name] = *operation.seen;
    } else if (operation.what != Operation::What::take) {
        lately_[call.name] = operation.argument;
    }
}

void Shared::lost(Id id, std::uint64_t life) {
    Call& call = calls_.at(id);
    // Whoever only looked changed nothing.
    if (call.operation.what == Operation::What::get) call.not_done = true;
    call.last_life = life;
}

std::int64_t Shared::lately(const std::string& name) const {
    const auto known = lately_.find(name);
    return known == lately_.end() ? 0 : known->second;
}

std::size_t Shared::part_of(std::uint64_t life) const {
    return static_cast<std::size_t>(std::count_if(
        losses_.begin(), losses_.end(), [life](const Loss& loss) { return loss.life <= life; }));
}

/// Of what is durable the history goes on from life to life; a loss of power may undo the newest
/// of it, unless it was synced.
Operation Shared::over_lives(const Call& call) const {
    Operation operation = call.operation;
    const bool is_over = call.last_life <= life_ends_.size();
    if (operation.ended == never && is_over) operation.until = life_ends_[call.last_life - 1];
    if (call.level == Durability::fsync) return operation;
    operation.first_part = part_of(call.first_life);
    operation.last_part = part_of(call.last_life);
    const bool was_lost = operation.last_part < losses_.size();
    operation.kept =
        operation.ended != never && was_lost && call.told <= losses_[operation.last_part].left;
    return operation;
}

/// A version stands for one content, also over restarts; those that a loss of power undid come
/// again.
void Shared::check_versions() const {
    std::map<std::pair<std::size_t, std::uint64_t>, Content> known;
    for (const Call& call : calls_) {
        const Operation& told = call.operation;
        if (call.level == Durability::memory || told.ended == never || told.version == 0) continue;
        const bool sets = told.what == Operation::What::put ||
                          (told.what == Operation::What::compare_exchange && told.done);
        const Content content = sets ? told.argument : told.seen;
        const std::size_t part = over_lives(call).first_part;
        const auto one = known.emplace(std::pair(part, told.version), content).first;
        if (one->second == content) continue;
        broken(Promise::never_lost, "version " + std::to_string(told.version) + " of " + call.name +
                                        " was told of two contents");
    }
}

void Shared::check() const {
    check_versions();
    constexpr std::uint64_t all = 0;
    std::map<std::pair<std::string, std::uint64_t>, std::vector<Operation>> histories;
    for (const Call& call : calls_) {
        if (call.not_done || call.last_life == 0) continue;
        if (call.level != Durability::memory) {
            histories[{call.name, all}].push_back(over_lives(call));
            continue;
        }
        for (std::uint64_t life = call.first_life; life <= call.last_life; ++life) {
            histories[{call.name, life}].push_back(call.operation);
        }
    }
    for (const auto& [where, history] : histories) {
        if (linearizable(history) != Verdict::broken) continue;
        broken(Promise::never_lost,
               "there is no order in which the " + std::to_string(history.size()) + " calls of " +
                   where.first +
                   (where.second == all ? " in all lives"
                                        : " in life " + std::to_string(where.second)) +
                   " of the manager can have been answered as they were");
    }
}

// ------------------------------------------------------------------ holds

void Shared::granted(const std::string& name, Token token, Time begun, Time now) {
    std::vector<Grant>& grants = grants_[name];
    const auto later =
        std::lower_bound(grants.begin(), grants.end(), begun,
                         [](const Grant& grant, Time time) { return grant.had < time; });
    const Token before = later == grants.begin() ? 0 : std::prev(later)->highest;
    if (token <= before) {
        broken(Promise::freed, "a hold of " + name + " has token " + std::to_string(token) +
                                   ", and one before it had " + std::to_string(before));
    }
    grants.push_back({now, std::max(token, grants.empty() ? 0 : grants.back().highest)});
}

// ------------------------------------------------------------------ conditions

void Shared::notify_begins(const std::string& name, std::uint64_t up_to) {
    conditions_[name].may_wake += up_to;
}

void Shared::notify_ends(const std::string& name, std::uint64_t up_to, std::uint64_t woke) {
    conditions_[name].may_wake -= up_to - std::min(up_to, woke);
}

void Shared::woken(const std::string& name) {
    Condition& condition = conditions_[name];
    if (++condition.woken <= condition.may_wake) return;
    broken(Promise::never_twice, std::to_string(condition.woken) + " waits at " + name +
                                     " were notified, and only " +
                                     std::to_string(condition.may_wake) + " can have been");
}

// ------------------------------------------------------------------ barriers

Shared::Id Shared::arrives(const std::string& name, Time now) {
    std::vector<Wait>& waits = barriers_[name];
    waits.push_back({now, never});
    return waits.size() - 1;
}

void Shared::leaves(const std::string& name, Id id, Time now) {
    barriers_.at(name).at(id).ended = now;
}

void Shared::passes(const std::string& name, Id id, std::size_t parties, Time now) {
    leaves(name, id, now);
    const std::vector<Wait>& waits = barriers_.at(name);
    const Time begun = waits[id].begun;
    const auto together = static_cast<std::size_t>(std::count_if(
        waits.begin(), waits.end(), [begun](const Wait& wait) { return wait.ended >= begun; }));
    if (together >= parties) return;
    broken(Promise::in_order, "somebody passed " + name + ", and only " + std::to_string(together) +
                                  " can have been there");
}

}  // namespace handoff::core::sim
