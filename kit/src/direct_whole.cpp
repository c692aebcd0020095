#include "direct_whole.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include "client_driver.hpp"
#include "core/queue.hpp"
#include "handoff/error.hpp"
#include "os/host.hpp"

namespace handoff::detail {
namespace {

/// Calls `use` with each part whose producer answers. One that ends meanwhile has no part any more.
template <typename Use>
void for_each_present(DirectQueue& queue, Use use) {
    for (const std::shared_ptr<DirectPart>& part : queue.present_parts()) {
        try {
            use(part->queue);
        } catch (const Error& error) {
            if (error.code() != errc::manager_restarted && error.code() != errc::session_lost) {
                throw;
            }
        }
    }
}

void add(QueueStats& sum, const QueueStats& part) {
    for (const auto field :
         {&QueueStats::ready, &QueueStats::leased, &QueueStats::delayed, &QueueStats::dead,
          &QueueStats::bytes, &QueueStats::waiting_gets, &QueueStats::waiting_puts,
          &QueueStats::puts, &QueueStats::deliveries, &QueueStats::redeliveries, &QueueStats::acks,
          &QueueStats::releases, &QueueStats::lapses, &QueueStats::buried, &QueueStats::expired,
          &QueueStats::purged, &QueueStats::dead_lettered, &QueueStats::duplicates}) {
        sum.*field += part.*field;
    }
}

}  // namespace

bool join_all(DirectQueue& queue, const Wait& wait) {
    (void)machine_wait(wait, now());  // throws for a negative limit
    const auto begin = std::chrono::steady_clock::now();
    bool done = true;
    for_each_present(
        queue, [&](const RawQueue& part) { done = done && part.join(wait.left_since(begin)); });
    return done;
}

QueueStats stats_of_all(DirectQueue& queue) {
    std::optional<QueueStats> sum;
    for_each_present(queue, [&](const RawQueue& part) {
        QueueStats stats = part.stats();
        if (!sum) {
            sum = std::move(stats);
            return;
        }
        sum->closed = sum->closed && stats.closed;
        add(*sum, stats);
    });
    if (!sum) {
        sum.emplace();
        sum->name = queue.name();
        sum->options = core::QueueSettings::from(queue.options()).options();
        sum->closed = queue.is_closed();
    }
    sum->waiting_gets += queue.waiting_calls();
    return std::move(*sum);
}

std::vector<RawItem> peek_all(DirectQueue& queue, ItemState state, std::uint32_t items_max) {
    std::vector<RawItem> items;
    for_each_present(queue, [&](const RawQueue& part) {
        const auto left = static_cast<std::uint32_t>(items_max - items.size());
        if (left == 0) return;
        for (RawItem& item : part.peek(state, left)) items.push_back(std::move(item));
    });
    return items;
}

std::uint64_t purge_all(DirectQueue& queue) {
    std::uint64_t count = 0;
    for_each_present(queue, [&](const RawQueue& part) { count += part.purge(); });
    return count;
}

std::uint64_t kick_all(DirectQueue& queue, std::uint64_t items_max) {
    std::uint64_t count = 0;
    for_each_present(queue, [&](const RawQueue& part) { count += part.kick(items_max - count); });
    return count;
}

}  // namespace handoff::detail
