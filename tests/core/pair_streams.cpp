#include "core/pair_streams.hpp"

#include "handoff/error.hpp"

namespace handoff::core::test {

std::string text_of(const std::vector<StreamFailure>& failures) {
    std::string text;
    for (const StreamFailure& failure : failures) {
        for (std::uint64_t at = 0; at < failure.count; ++at) {
            if (!text.empty()) text += ", ";
            text += std::to_string(failure.number + at) + " ";
            text += to_string(failure.code);
        }
    }
    return text;
}

std::vector<StreamFailure> each_of(const std::vector<StreamFailure>& failures) {
    std::vector<StreamFailure> each;
    for (const StreamFailure& failure : failures) {
        for (std::uint64_t at = 0; at < failure.count; ++at) {
            each.push_back({failure.number + at, failure.code, failure.text});
        }
    }
    return each;
}

// ------------------------------------------------------------------ producers

bool Sender::send(const std::string& item, const Columns& columns) {
    if (!machine.has_room()) return false;
    if (columns == Columns{}) {
        machine.add(item);
    } else {
        machine.add(columns, item);
    }
    peer_.streams.hand_over(machine, world_.now());
    return true;
}

std::string Sender::failures() {
    return text_of(machine.failures.take());
}

// ------------------------------------------------------------------ consumers

Receiver::Receiver(PairWorld& world, Peer& peer, QueueRef queue, std::uint32_t items,
                   std::uint64_t bytes, std::optional<Millis> lease)
    : machine(peer.streams.consumer(queue)), world_(world), peer_(peer) {
    set_credit(items, bytes, lease);
}

void Receiver::set_credit(std::uint32_t items, std::uint64_t bytes, std::optional<Millis> lease) {
    machine.set_credit(items, bytes, lease);
    peer_.streams.advance(machine, world_.now());
}

std::optional<Taken> Receiver::try_next() {
    if (look() != Look::item) return {};
    Taken taken;
    taken.generation = peer_.client.session_generation();
    machine.next(
        [&](const Part& part, std::uint32_t index, const Slice&, std::string_view payload) {
            taken.item = payload;
            taken.token = part.token + index;
            taken.id = part.id + index;
            taken.deliveries = part.deliveries;
        });
    return taken;
}

Taken Receiver::next() {
    std::optional<Taken> taken = try_next();
    if (!taken) {
        machine.wait_begins();
        world_.settle();
        taken = try_next();
        machine.wait_ends();
    }
    REQUIRE(taken);
    return *taken;
}

Texts Receiver::take_all() {
    Texts all;
    while (const std::optional<Taken> taken = try_next()) all.push_back(taken->item);
    return all;
}

void Receiver::ack(const Taken& taken) {
    if (taken.generation != peer_.client.session_generation()) {
        machine.failures.add(taken.token, errc::session_lost, "");
        return;
    }
    machine.ack(taken.token);
    if (machine.may_advance()) peer_.streams.advance(machine, world_.now());
}

CallId Receiver::settle(Verb verb, const Taken& taken) {
    return peer_.call(settle_of(verb, machine.queue(), {{taken.token, taken.token}}));
}

std::string Receiver::failures() {
    return text_of(machine.failures.take());
}

}  // namespace handoff::core::test
