#include "core/manager_opening.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/manager_answers.hpp"
#include "core/manager_items.hpp"
#include "core/manager_stored.hpp"
#include "core/name.hpp"
#include "core/option_list.hpp"

namespace handoff::core::manager {
namespace {

/// The most that a queue can be asked to remember, as config_keys.cpp has it: nobody can make a
/// manager keep keys without end.
constexpr std::uint64_t keys_max_limit = 10'000'000;

std::optional<Failed> cannot_accept(const State& state, std::string_view name,
                                    const QueueOptions& options) {
    const auto no = [&](errc code, const std::string& why) {
        return Failed{code, "queue " + core::quoted(name) + ": " + why};
    };
    if (options.capacity == 0u) return no(errc::invalid_argument, "capacity is 0");
    if (options.capacity_bytes == 0u) return no(errc::invalid_argument, "capacity_bytes is 0");
    if (options.deliveries_max == 0u) return no(errc::invalid_argument, "deliveries_max is 0");
    if (!sane(options.lease)) return no(errc::invalid_argument, "lease out of range");
    if (!sane(options.key_window)) return no(errc::invalid_argument, "key_window out of range");
    if (options.keys_max && (options.keys_max == 0u || options.keys_max > keys_max_limit)) {
        return no(errc::invalid_argument,
                  "keys_max is not between 1 and " + std::to_string(keys_max_limit));
    }
    if (options.order > Order::priority) return no(errc::unsupported, "unknown order");
    if (options.durability > Durability::fsync) return no(errc::unsupported, "unknown durability");
    if (options.dead_letter && !options.dead_letter->empty()) {
        if (*options.dead_letter == name) {
            return no(errc::invalid_argument, "dead_letter names the queue itself");
        }
        const std::string_view fault = name_fault(*options.dead_letter);
        if (!fault.empty()) {
            return no(errc::invalid_argument, "dead_letter " + std::string(fault));
        }
    }
    const bool durable = options.durability && options.durability != Durability::memory;
    if (const auto why = durable ? cannot_store(state) : std::nullopt) {
        return no(why->code, why->text);
    }
    return std::nullopt;
}

// ------------------------------------------------------------------ queues

Desk* find_desk_named(State& state, std::string_view name) {
    const auto it = state.names.find(name);
    return it == state.names.end() ? nullptr : find_desk(state, it->second);
}

/// What the manager's file says of a queue.
QueueOptions options_on_file(const State& state, const std::string& name) {
    const auto it = state.settings.queues.find(name);
    return it == state.settings.queues.end() ? QueueOptions{} : it->second;
}

bool room_for_a_queue(const State& state) {
    return state.desks.size() < state.settings.queues_max;
}

Desk& make_desk(State& state, const std::string& name, const QueueOptions& options) {
    const QueueHandle handle = state.next_queue++;
    state.names.emplace(name, handle);
    state.log.write(LogLevel::debug, "queue " + core::quoted(name) + " is made");
    Desk& desk =
        state.desks.try_emplace(handle, handle, name, QueueSettings::from(options)).first->second;
    if (is_durable(desk)) {
        write_down(state, desk);
        state.journal.add(desk.queue.settings().durability,
                          QueueMade{handle, name, desk.queue.settings().options()});
    }
    return desk;
}

Answer opened(const Desk& desk) {
    return {Opened{desk.handle, desk.queue.settings().options()}, desk.changed_in};
}

}  // namespace

std::optional<Answer> handle(State& state, Session& session, const Request&, const Open& open) {
    const std::string_view fault = name_fault(open.name);
    if (!fault.empty()) {
        return failed(errc::invalid_argument,
                      core::quoted(open.name) + ": the name of a queue " + std::string(fault));
    }
    if (auto why = cannot_accept(state, open.name, open.options)) {
        return Answer{std::move(*why), 0};
    }
    Desk* desk = find_desk_named(state, open.name);
    QueueOptions in_force;
    if (desk != nullptr) {
        in_force = desk->queue.settings().options();
    } else if (!open.create) {
        return failed(errc::stale_reference, "there is no queue " + core::quoted(open.name));
    } else if (!room_for_a_queue(state)) {
        return failed(errc::limit_exceeded,
                      "queues_max is " + std::to_string(state.settings.queues_max));
    } else {
        in_force =
            QueueSettings::from(merged(options_on_file(state, open.name), open.options)).options();
    }
    if (const std::string why = mismatch(open.options, in_force); !why.empty()) {
        return failed(errc::queue_mismatch, "queue " + core::quoted(open.name) + ": " + why);
    }
    if (desk == nullptr) {
        if (auto why = cannot_accept(state, open.name, in_force)) {
            return Answer{std::move(*why), 0};
        }
        desk = &make_desk(state, open.name, in_force);
        changed(state, *desk);
    }
    Answer answer = opened(*desk);
    answer.rests_on = std::max(answer.rests_on, know_session(state, session, *desk));
    return answer;
}

Desk* dead_letter_desk(State& state, const Desk& desk) {
    const std::string& name = desk.queue.settings().dead_letter;
    if (name.empty()) return nullptr;
    if (Desk* found = find_desk_named(state, name)) return found;
    QueueOptions options = options_on_file(state, name);
    // What is safe here is not to be less safe there.
    if (!options.durability) options.durability = desk.queue.settings().durability;
    if (!room_for_a_queue(state) || cannot_accept(state, name, options)) return nullptr;
    return &make_desk(state, name, options);
}

}  // namespace handoff::core::manager
