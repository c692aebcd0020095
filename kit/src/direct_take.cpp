#include "direct_take.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "direct_ends.hpp"
#include "handoff/error.hpp"
#include "os/host.hpp"
#include "raw_items.hpp"

namespace handoff::detail {
namespace {

/// One answer; a producer that dies before it gives it does not keep others from being asked.
constexpr std::chrono::seconds answer_limit{1};
const Wait at_once{true, answer_limit, {}};

constexpr const char* closed_text = "the queue is closed and drained at all its producers";

bool no_answer(errc code) {
    return code == errc::unreachable || code == errc::manager_restarted ||
           code == errc::session_lost;
}

/// Asks those that are there and were not asked before, each in turn. errc::empty: none has
/// anything.
RawDone ask_all(DirectQueue& queue, const DirectQueue::Parts& parts, const RawTake& what,
                std::set<const DirectPart*>& asked) {
    const std::size_t first = queue.turn.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        DirectPart& part = *parts[(first + i) % parts.size()];
        const ClientDriver::Link link = part.queue.connection().driver().link();
        if (!link.up || part.is_silent(link) || !asked.insert(&part).second) continue;
        RawDone done = RawQueue::take({&part.queue, 1}, what, at_once);
        if (done.code == errc::closed) part.over_on = link.connection;
        if (done.code == errc::unreachable) part.silent_since = link.heard;
        if (done.code == errc::closed || done.code == errc::empty || no_answer(done.code)) continue;
        if (done.code == errc::ok) queue.turn.store(first + i + 1, std::memory_order_relaxed);
        return done;
    }
    if (queue.are_over(parts)) return {errc::closed, closed_text, {}, 0};
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
            const auto found = end.driver().next_held(
                *end.machine, [&](const auto&... item) { add(end, item...); });
            if (found.outcome.code != errc::ok) return;
        }
    }

    /// They came at the lease time of the stream.
    void make_last(const LeaseOptions& options) {
        const DirectEnds::End& end = *from_;
        const LeaseOptions given = end.driver().stream_lease(end.ref);
        if (given.ttl != options.ttl) {
            for (RawLease& lease : leases) lease.extend(options.ttl);
        }
        if (options.renew && !given.renew) RawLease::renew(leases, options.ttl);
    }

    std::vector<RawLease> leases;

private:
    const std::uint32_t items_max_;
    const DirectEnds::End* from_ = nullptr;
};

/// What lies here already, fetched for another thread that waits or a consumer: it is older than
/// what a producer would hand out now.
std::optional<RawDone> take_held(DirectQueue& queue, const DirectQueue::Parts& parts,
                                 const RawTake& what) {
    const std::size_t first = queue.turn.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::shared_ptr<DirectPart>& part = parts[(first + i) % parts.size()];
        ClientDriver& driver = part->queue.connection().driver();
        const core::QueueRef ref = part->queue.ref();
        const DirectEnds::End end{part, ref, &driver, &driver.listen_for_end(ref)};
        if (driver.held(*end.machine) == 0) continue;
        Harvest harvest(what.items_max);
        const core::Outcome outcome =
            driver.next_held(*end.machine, [&](const auto&... item) { harvest.add(end, item...); })
                .outcome;
        if (outcome.code != errc::ok) continue;
        harvest.take_what_else_is_there();
        harvest.make_last(what.lease);
        return RawDone{errc::ok, {}, std::move(harvest.leases), 0};
    }
    return std::nullopt;
}

RawDone wait_at_all(DirectQueue& queue, const RawTake& what, const Wait& wait) {
    Harvest harvest(what.items_max);
    DirectEnds ends(queue);
    core::Outcome outcome = ends.next([&](const auto&... item) { harvest.add(item...); }, wait);
    if (outcome.code != errc::ok) return {outcome.code, std::move(outcome.text), {}, 0};
    harvest.take_what_else_is_there();
    harvest.make_last(what.lease);
    return {errc::ok, {}, std::move(harvest.leases), 0};
}

}  // namespace

RawDone take_from_producers(DirectQueue& queue, const RawTake& what, const Wait& wait) {
    (void)machine_wait(wait, now());  // throws for a negative limit
    const DirectQueue::Parts parts = queue.parts();
    if (std::optional<RawDone> held = take_held(queue, parts, what)) return std::move(*held);
    queue.settle_credit(answer_limit);
    std::set<const DirectPart*> asked;
    RawDone done = ask_all(queue, parts, what, asked);
    if (done.code != errc::empty) return done;
    if (!wait.once && !(wait.limit && wait.limit->count() == 0)) {
        return wait_at_all(queue, what, wait);
    }
    // Those that have never answered yet get their moment.
    if (!queue.somebody_may_still_answer()) return done;
    queue.present_parts();
    return ask_all(queue, queue.parts(), what, asked);
}

}  // namespace handoff::detail
