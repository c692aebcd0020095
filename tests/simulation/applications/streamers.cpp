#include "simulation/applications/streamers.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "simulation/world/world.hpp"

namespace handoff::core::sim {

using namespace std::chrono_literals;
using Look = ConsumerMachine::Look;

namespace {

constexpr std::uint64_t plenty = 1u << 20;

}  // namespace

// ------------------------------------------------------------------ sending

Streamers::Sender& Streamers::sender(std::size_t queue) {
    const QueueRef ref = host_.application().ref_of(queue);
    for (Sender& end : senders_) {
        if (end.queue == queue && end.ref == ref) return end;
    }
    Sender& end = senders_.emplace_back();
    end.queue = queue;
    end.ref = ref;
    end.window = {world_.lots.between(1, 30), world_.lots.one_in(3) ? 200 : plenty};
    end.machine = &host_.streams().add_producer(ref, end.window);
    end.maker = world_.new_maker();
    return end;
}

void Streamers::send(std::size_t queue) {
    Sender& end = sender(queue);
    for (std::size_t i = world_.lots.between(1, 6); i > 0; --i) {
        if (!end.machine->has_room()) return;
        const Columns columns = host_.application().draw_columns(queue);
        const ItemNumber item =
            world_.ledger.make_item(queue, columns, end.maker, end.sent.size() + 1);
        world_.ledger.put_begins(item);
        end.sent.push_back(item);
        end.failed.push_back(false);
        world_.trace.tell(world_.schedule.now(), host_.name(), [&] {
            return "sends i" + std::to_string(item) + " to " + world_.plan.queues[queue].name;
        });
        const std::string payload = payload_of(item, world_.lots.below(20));
        columns == Columns{} ? end.machine->add(payload) : end.machine->add(columns, payload);
        if (end.machine->unconfirmed() > std::max<std::uint64_t>(end.window.items, 1)) {
            broken(Promise::bounded, "a producer has more unconfirmed than its window");
        }
        host_.streams().hand_over(*end.machine, host_.now());
    }
}

void Streamers::look(Sender& end) {
    const Time now = world_.schedule.now();
    for (const StreamFailure& failure : end.machine->failures.take()) {
        world_.check_code(failure.code, failure.text);
        for (std::uint64_t i = 0; i < failure.count; ++i) {
            const auto at = static_cast<std::size_t>(failure.number + i - 1);
            if (end.failed.at(at)) broken(Promise::ends, "an item of a producer failed twice");
            end.failed[at] = true;
            world_.ledger.put_ends(end.sent[at], end_of(failure.code), now);
        }
    }
    if (end.machine->unconfirmed() > 0) return;
    for (; end.known < end.sent.size(); ++end.known) {
        if (!end.failed[end.known]) world_.ledger.put_ends(end.sent[end.known], End::done, now);
    }
}

// ------------------------------------------------------------------ receiving

Streamers::Receiver& Streamers::receiver(std::size_t queue) {
    const QueueRef ref = host_.application().ref_of(queue);
    for (Receiver& end : receivers_) {
        if (end.queue == queue && end.ref == ref) return end;
    }
    Receiver& end = receivers_.emplace_back();
    end.queue = queue;
    end.ref = ref;
    end.machine = &host_.streams().consumer(ref);
    end.bytes = world_.lots.one_in(4) ? 100 : plenty;
    set_credit(end, static_cast<std::uint32_t>(world_.lots.between(1, 40)));
    return end;
}

void Streamers::set_credit(Receiver& end, std::uint32_t items) {
    end.credit = items;
    world_.trace.tell(world_.schedule.now(), host_.name(), [&] {
        return "wants credit " + std::to_string(items) + " of " +
               world_.plan.queues[end.queue].name;
    });
    end.machine->set_credit(items, end.bytes, std::nullopt);
    host_.streams().advance(*end.machine, host_.now());
}

void Streamers::receive(std::size_t queue) {
    Receiver& end = receiver(queue);
    for (std::size_t i = world_.lots.between(1, 6); i > 0; --i) {
        if (take_next(end) != Look::item) return;
    }
}

Look Streamers::take_next(Receiver& end) {
    const Look seen = end.machine->look(host_.now());
    if (seen == Look::item) take_one(end);
    if (seen == Look::failed) {
        const Outcome failure = end.machine->take_failure();
        world_.check_code(failure.code, failure.text);
    }
    return seen;
}

void Streamers::take_one(Receiver& end) {
    Taken taken;
    taken.generation = host_.client().session_generation();
    end.machine->next(
        [&](const Part& part, std::uint32_t index, const Slice&, std::string_view payload) {
            taken.item = number_in(payload);
            taken.token = part.token + index;
        });
    world_.trace.tell(world_.schedule.now(), host_.name(),
                      [&] { return "takes i" + std::to_string(taken.item) + " of a stream"; });
    world_.ledger.handed_out(taken.item, host_.name());
    end.in_hand.push_back(taken);
}

void Streamers::finish(std::size_t queue) {
    Receiver& end = receiver(queue);
    for (std::size_t i = world_.lots.below(6); i > 0 && !end.in_hand.empty(); --i) {
        std::swap(end.in_hand[world_.lots.below(end.in_hand.size())], end.in_hand.back());
        const Taken taken = end.in_hand.back();
        end.in_hand.pop_back();
        const std::size_t choice = world_.lots.below(12);
        if (choice == 0) continue;  // it is forgotten, and lapses
        if (choice == 1 && taken.generation == host_.client().session_generation()) {
            const bool delays = world_.plan.queues[queue].delays && world_.lots.one_in(3);
            host_.application().release(end.ref, taken.token,
                                        delays ? world_.lots.up_to(800ms) : 0ms);
        } else {
            ack(end, taken);
        }
    }
}

void Streamers::ack(Receiver& end, const Taken& taken) {
    if (taken.generation != host_.client().session_generation()) return;
    world_.trace.tell(world_.schedule.now(), host_.name(),
                      [&] { return "acknowledges i" + std::to_string(taken.item); });
    world_.ledger.ack_begins(taken.item);
    end.acks[taken.token] = taken.item;
    end.machine->ack(taken.token);
    if (end.machine->may_advance()) host_.streams().advance(*end.machine, host_.now());
}

void Streamers::turn_waiting(Receiver& end) {
    end.waits ? end.machine->wait_ends() : end.machine->wait_begins();
    end.waits = !end.waits;
    world_.trace.tell(world_.schedule.now(), host_.name(), [&] {
        return std::string(end.waits ? "waits" : "does not wait any more") + " as a consumer of " +
               world_.plan.queues[end.queue].name;
    });
}

void Streamers::vary(std::size_t queue) {
    Receiver& end = receiver(queue);
    turn_waiting(end);
    if (world_.lots.one_in(6)) {
        set_credit(end, static_cast<std::uint32_t>(world_.lots.below(4) * world_.lots.below(10)));
    }
}

void Streamers::look(Receiver& end) {
    // Who waits takes what comes, and is busy with it then.
    if (end.waits && take_next(end) != Look::empty) turn_waiting(end);
    for (const StreamFailure& failure : end.machine->failures.take()) {
        const bool refused = failure.code == errc::lease_lapsed;
        for (std::uint64_t at = 0; at < failure.count; ++at) {
            const auto ack = end.acks.extract(failure.number + at);
            if (ack.empty()) {
                broken(Promise::ends, "an acknowledgement failed that nobody asked for");
            }
            world_.ledger.ack_ends(ack.mapped(), refused ? End::not_done : End::unknown);
        }
    }
    if (!end.machine->all_answered()) return;
    for (const auto& [token, item] : std::exchange(end.acks, {})) {
        world_.ledger.ack_ends(item, End::done);
    }
}

// ------------------------------------------------------------------ both

void Streamers::look() {
    for (Sender& end : senders_) look(end);
    for (Receiver& end : receivers_) look(end);
}

void Streamers::died() {
    look();
    for (Sender& end : senders_) {
        for (; end.known < end.sent.size(); ++end.known) {
            if (end.failed[end.known]) continue;
            world_.ledger.put_ends(end.sent[end.known], End::unknown, world_.schedule.now());
        }
    }
    for (Receiver& end : receivers_) {
        for (const auto& [token, item] : end.acks) world_.ledger.ack_ends(item, End::unknown);
    }
}

void Streamers::settle_all() {
    for (Receiver& end : receivers_) {
        if (end.waits) turn_waiting(end);
        if (end.credit > 0) set_credit(end, 0);
        for (const Taken& taken : std::exchange(end.in_hand, {})) ack(end, taken);
    }
}

bool Streamers::idle() const {
    const auto confirmed = [](const Sender& end) { return end.known == end.sent.size(); };
    const auto answered = [](const Receiver& end) { return end.acks.empty(); };
    return std::all_of(senders_.begin(), senders_.end(), confirmed) &&
           std::all_of(receivers_.begin(), receivers_.end(), answered);
}

std::uint64_t Streamers::in_want(std::size_t queue) {
    for (Receiver& end : receivers_) {
        const bool wants = end.queue == queue && end.waits && end.bytes == plenty &&
                           end.machine->held() == 0 &&
                           end.machine->look(host_.now()) == Look::empty;
        if (wants) return end.credit;
    }
    return 0;
}

}  // namespace handoff::core::sim
