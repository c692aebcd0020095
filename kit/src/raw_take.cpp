// Items on their way to the application: from what it asks for to leases.
#include <string>
#include <utility>
#include <vector>

#include "answer.hpp"
#include "direct_take.hpp"
#include "raw_items.hpp"
#include "raw_queue_state.hpp"

namespace handoff::detail {
namespace {

constexpr std::size_t queues_max = 64;  // of one GET

void check(const RawTake& what, const std::string& description) {
    if (what.items_max == 0) {
        throw Error(errc::invalid_argument, description + ": of 0 items");
    }
    if (what.lease.ttl && what.lease.ttl->count() <= 0) {
        throw Error(errc::invalid_argument,
                    description + ": the ttl of a lease must be longer than nothing");
    }
}

}  // namespace

/// The GET for some of these queues, and what becomes of its answer.
struct RawQueue::Taking {
    Taking(std::span<const RawQueue> asked, RawTake wanted, ClientDriver& through)
        : queues(asked), what(std::move(wanted)), driver(through) {}

    [[nodiscard]] core::Get get() const {
        check(what, queues.front().state().describe("get from"));
        core::Get get;
        const std::size_t first = what.turn ? what.turn->load(std::memory_order_relaxed) : 0;
        for (std::size_t i = 0; i < queues.size(); ++i) {
            get.queues.push_back(queues[(first + i) % queues.size()].state().ref(driver));
        }
        get.items_max = what.items_max;
        get.lease = what.lease.ttl;
        return get;
    }

    [[nodiscard]] std::size_t index_of(core::QueueRef ref) const {
        std::size_t index = 0;
        while (index + 1 < queues.size() && queues[index].state().ref(driver) != ref) ++index;
        return index;
    }

    [[nodiscard]] RawDone done(Answer answer) const {
        if (answer.outcome.code != errc::ok) {
            return {answer.outcome.code, std::move(answer.outcome.text), {}, 0};
        }
        const std::uint64_t session = answer.session_generation;
        const bool gone_back = answer.gone_back;
        const auto delivery = reply_of<core::Deliver>(std::move(answer));
        RawDone done;
        done.index = index_of(delivery.queue);
        if (what.turn) what.turn->store(done.index + 1, std::memory_order_relaxed);
        const RawQueue& from = queues[done.index];
        for_each_item(delivery.parts, delivery.runs, [&](RawItem item) {
            done.leases.emplace_back(from, delivery.queue, session, std::move(item));
        });
        if (what.lease.renew && !gone_back) RawLease::renew(done.leases, what.lease.ttl);
        if (!gone_back) return done;
        return {errc::session_lost,
                from.state().describe("get from") +
                    ": this process was silent for longer than its session lives, so what it was "
                    "given has gone back",
                {},
                0};
    }

    std::span<const RawQueue> queues;
    RawTake what;
    ClientDriver& driver;
};

void RawQueue::check_together(std::span<const RawQueue> queues) {
    if (queues.empty() || queues.size() > queues_max) {
        throw Error(errc::invalid_argument, "get from any of " + std::to_string(queues.size()) +
                                                " queues: 1 to " + std::to_string(queues_max) +
                                                " can be asked together");
    }
    for (const RawQueue& queue : queues) {
        if (queue.state().connection == queues.front().state().connection) continue;
        throw Error(errc::invalid_argument,
                    queue.state().describe("get from any of") +
                        ": it was opened by another client than the first of them, or is another "
                        "manager's; queues are asked together at one manager");
    }
}

RawDone RawQueue::take(std::span<const RawQueue> queues, const RawTake& what, const Wait& wait) {
    if (DirectQueue* direct = queues.front().direct()) {
        check(what, queues.front().state().describe("get from"));
        if (queues.size() == 1) return take_from_producers(*direct, what, wait);
    }
    ClientDriver& driver = queues.front().state().connection->driver();
    const Taking taking(queues, what, driver);
    return taking.done(driver.take(taking.get(), wait));
}

RawOperation RawQueue::take_later(std::vector<RawQueue> queues, const RawTake& what,
                                  const Wait& wait) {
    check(what, queues.front().state().describe("get from"));
    return [queues = std::move(queues), what, wait](const RawHandler& handler) {
        ClientDriver& driver = queues.front().state().connection->driver();
        driver.call_async(Taking(queues, what, driver).get(), wait,
                          [queues, what, &driver, handler](Answer answer) {
                              handler(Taking(queues, what, driver).done(std::move(answer)));
                          });
    };
}

}  // namespace handoff::detail
