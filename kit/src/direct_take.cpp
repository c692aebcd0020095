#include "direct_take.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "direct_ends.hpp"
#include "handoff/error.hpp"
#include "raw_items.hpp"

namespace handoff::detail {
namespace {

/// One answer; a producer that dies before it gives it does not keep others from being asked.
const Wait at_once{true, std::chrono::seconds{1}, {}};

/// What may lie here for a call that waits.
constexpr std::uint64_t lent_bytes = 8u << 20;
constexpr std::uint32_t lent_items_max = 1u << 16;

bool no_answer(errc code) {
    return code == errc::unreachable || code == errc::manager_restarted ||
           code == errc::session_lost;
}

bool is_over(const DirectPart& part) {
    return part.over_on != 0 && part.over_on == part.queue.connection().driver().link().connection;
}

/// Asks those that are there, each in turn. errc::empty: none has anything.
RawDone ask_all(DirectQueue& queue, const DirectQueue::Parts& parts, const RawTake& what) {
    const std::size_t first = queue.turn.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        DirectPart& part = *parts[(first + i) % parts.size()];
        const ClientDriver::Link link = part.queue.connection().driver().link();
        if (!link.up) continue;
        RawDone done = RawQueue::take({&part.queue, 1}, what, at_once);
        if (done.code == errc::closed) part.over_on = link.connection;
        if (done.code == errc::closed || done.code == errc::empty || no_answer(done.code)) continue;
        if (done.code == errc::ok) queue.turn.store(first + i + 1, std::memory_order_relaxed);
        return done;
    }
    const bool over = std::ranges::all_of(parts, [](const auto& part) { return is_over(*part); });
    if (over) return {errc::closed, "the queue is closed and drained at all its producers", {}, 0};
    return {errc::empty, {}, {}, 0};
}

/// What came by credit, as leases; more of the same producer if it is there already.
class Harvest {
public:
    explicit Harvest(std::uint32_t items_max) : items_max_(items_max) {}

    void add(const DirectEnds::End& end, const core::Part& part, std::uint32_t index,
             const core::Slice& run, std::string_view payload, std::uint64_t generation) {
        RawItem item;
        item.owner = run.owner();
        item.payload = payload;
        item.info = {part.id + index, part.token + index,     part.deliveries,
                     part.priority,   wall_time(part.put_at), notes_of(part)};
        leases.emplace_back(end.part->queue, end.ref, generation, std::move(item));
        from_ = &end;
    }

    void take_what_else_is_there() {
        const DirectEnds::End& end = *from_;
        while (leases.size() < items_max_) {
            const core::Outcome outcome = end.driver().next_held(
                *end.machine, [&](const auto&... item) { add(end, item...); });
            if (outcome.code != errc::ok) return;
        }
    }

    /// They came at the lease time of the stream.
    void make_last(std::optional<core::Millis> ttl) {
        const DirectEnds::End& end = *from_;
        if (end.driver().stream_lease(end.ref) == ttl) return;
        for (RawLease& lease : leases) lease.extend(ttl);
    }

    std::vector<RawLease> leases;

private:
    const std::uint32_t items_max_;
    const DirectEnds::End* from_ = nullptr;
};

RawDone wait_at_all(DirectQueue& queue, const RawTake& what, const Wait& wait) {
    const std::uint32_t items_max = std::min(what.items_max, lent_items_max);
    Harvest harvest(items_max);
    DirectEnds ends(queue, {items_max, lent_bytes, {}}, DirectEnds::Credit::lent);
    core::Outcome outcome = ends.next([&](const auto&... item) { harvest.add(item...); }, wait);
    if (outcome.code != errc::ok) return {outcome.code, std::move(outcome.text), {}, 0};
    harvest.take_what_else_is_there();
    harvest.make_last(what.lease.ttl);
    return {errc::ok, {}, std::move(harvest.leases), 0};
}

}  // namespace

RawDone take_from_producers(DirectQueue& queue, const RawTake& what, const Wait& wait) {
    RawDone done = ask_all(queue, queue.parts(), what);
    if (done.code != errc::empty) return done;
    if (!wait.once && !(wait.limit && wait.limit->count() == 0)) {
        return wait_at_all(queue, what, wait);
    }
    // Those that have never answered yet get their moment.
    if (!queue.somebody_may_still_answer()) return done;
    queue.present_parts();
    return ask_all(queue, queue.parts(), what);
}

}  // namespace handoff::detail
