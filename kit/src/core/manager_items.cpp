#include "core/manager_items.hpp"

#include <string>
#include <utility>

namespace handoff::core::manager {

std::optional<std::size_t> largest_payload(const Run& run) {
    if (run.largest_payload && run.count > 0) return run.largest_payload;
    const std::optional<RunShape> shape = measure(run.bytes.view());
    if (!shape || shape->count != run.count || run.count == 0) return std::nullopt;
    return shape->largest_payload;
}

std::optional<Failed> cannot_enter(State& state, const Desk& desk, const Columns& columns,
                                   const Run& items, std::size_t largest) {
    const auto no = [&](errc code, const std::string& why) {
        return Failed{code, describe(desk) + ": " + why};
    };
    if (!sane(columns.delay, Millis{0})) return no(errc::invalid_argument, "delay out of range");
    if (!sane(columns.time_to_live)) return no(errc::invalid_argument, "time to live out of range");
    const auto too_long = [&](const char* what, std::size_t bytes, std::size_t bytes_max) {
        return no(errc::too_large, std::string(what) + " of " + std::to_string(bytes) + " bytes; " +
                                       std::to_string(bytes_max) + " are allowed");
    };
    if (columns.key.size() > key_bytes_max) {
        return too_long("a key", columns.key.size(), key_bytes_max);
    }
    if (columns.headers.size() > headers_bytes_max) {
        return too_long("headers", columns.headers.size(), headers_bytes_max);
    }
    if (columns.trace.size() > trace_bytes_max) {
        return too_long("a trace", columns.trace.size(), trace_bytes_max);
    }
    if (!columns.key.empty() && items.count != 1) {
        return no(errc::invalid_argument, "a key is for one item");
    }
    if (largest > state.limits().item_bytes_max) {
        return no(errc::too_large, "an item of " + std::to_string(largest) +
                                       " bytes; item_bytes_max is " +
                                       std::to_string(state.limits().item_bytes_max));
    }
    if (!desk.queue.can_ever_fit(item_bytes(largest) + columns.notes_bytes())) {
        return no(errc::too_large, "an item of " + std::to_string(largest) +
                                       " bytes; capacity_bytes is " +
                                       std::to_string(desk.queue.settings().capacity_bytes));
    }
    if (state.items_bytes + items.bytes.size() > state.settings.items_bytes_max) {
        return no(errc::limit_exceeded, "all queues together have " +
                                            std::to_string(state.items_bytes) +
                                            " bytes; items_bytes_max is " +
                                            std::to_string(state.settings.items_bytes_max));
    }
    const std::uint64_t waiting = state.journal.bytes();
    if (is_durable(desk) && waiting + items.bytes.size() > state.store_room) {
        state.journal.ask_for(Durability::os);  // whoever stores then says how much room there is
        return no(errc::store_full, "no room is left where it is stored, but for the reserve");
    }
    const bool done = desk.queue.remembers(columns.key, state.now());
    if (desk.queue.closed() && !done) return no(errc::closed, "closed");
    return std::nullopt;
}

std::uint32_t fits(const Queue& queue, const Extent& dead) {
    Columns columns;
    if (dead.notes) {
        columns.key = dead.notes->key;
        columns.headers = dead.notes->headers;
        columns.trace = dead.notes->trace;
    }
    return queue.fits({dead.count, dead.bytes, {}, dead.each}, columns, {});
}

Run cut_front(Run& run, std::uint32_t count) {
    if (count == run.count) return std::exchange(run, {});
    const std::size_t bytes = prefix_bytes(run.bytes.view(), count, run.each);
    Run front{count, run.bytes.part(0, bytes), run.largest_payload, run.each};
    run = {run.count - count, run.bytes.part(bytes), run.largest_payload, run.each};
    return front;
}

void compact(Run& items, Columns& columns) {
    items.bytes = items.bytes.compact();
    columns.headers = columns.headers.compact();
    columns.trace = columns.trace.compact();
}

bool sane(Millis duration, Millis least) noexcept {
    return duration >= least && duration <= duration_max;
}

bool sane(std::optional<Millis> duration) noexcept {
    return !duration || sane(*duration);
}

}  // namespace handoff::core::manager
