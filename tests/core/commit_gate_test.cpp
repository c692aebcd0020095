#include "core/commit_gate.hpp"
#include "support/catch.hpp"

using namespace handoff::core;

namespace {

/// A message that can be told from others.
Outgoing message(RequestId id, ConnectionId to = 1) {
    return {to, {id, Alive{}}};
}

std::vector<RequestId> leaving(CommitGate& gate) {
    std::vector<RequestId> ids;
    for (const Outgoing& out : gate.take_ready()) ids.push_back(out.reply.id);
    return ids;
}

using Ids = std::vector<RequestId>;

}  // namespace

TEST_CASE("a message that rests on nothing leaves at once") {
    CommitGate gate;
    gate.send(message(1));
    CHECK(leaving(gate) == Ids{1});
    CHECK(leaving(gate).empty());
}

TEST_CASE("a message that rests on a turn waits until that turn is stored") {
    CommitGate gate;
    gate.send(message(1), gate.turn());
    CHECK(leaving(gate).empty());
    CHECK(gate.waiting() == 1);
    gate.committed(gate.end_turn());
    CHECK(leaving(gate) == Ids{1});
    CHECK(gate.waiting() == 0);
}

TEST_CASE("turns are numbered from 1 and one by one") {
    CommitGate gate;
    CHECK(gate.turn() == 1);
    CHECK(gate.end_turn() == 1);
    CHECK(gate.end_turn() == 2);
    CHECK(gate.turn() == 3);
}

TEST_CASE("what rests on memory passes what waits for the store") {
    CommitGate gate;
    gate.send(message(1), gate.turn());
    gate.send(message(2));
    CHECK(leaving(gate) == Ids{2});
}

TEST_CASE("storing a turn stores all turns before it") {
    CommitGate gate;
    gate.send(message(1), gate.turn());
    gate.end_turn();
    gate.send(message(2), gate.turn());
    gate.committed(gate.end_turn());
    CHECK(leaving(gate) == Ids{1, 2});
}

TEST_CASE("later turns wait on when an earlier one is stored") {
    CommitGate gate;
    gate.send(message(1), gate.turn());
    const Turn first = gate.end_turn();
    gate.send(message(2), gate.turn());
    gate.end_turn();
    gate.committed(first);
    CHECK(leaving(gate) == Ids{1});
    CHECK(gate.waiting() == 1);
}

TEST_CASE("messages of a turn leave in the order in which they were sent") {
    CommitGate gate;
    for (RequestId id = 1; id <= 5; ++id) gate.send(message(id), gate.turn());
    gate.committed(gate.end_turn());
    CHECK(leaving(gate) == Ids{1, 2, 3, 4, 5});
}

TEST_CASE("what rests on a turn that is stored already leaves at once") {
    CommitGate gate;
    const Turn first = gate.end_turn();
    gate.committed(first);
    gate.send(message(1), first);
    CHECK(leaving(gate) == Ids{1});
}

TEST_CASE("hearing of an older turn again changes nothing") {
    CommitGate gate;
    const Turn first = gate.end_turn();
    const Turn second = gate.end_turn();
    gate.committed(second);
    gate.committed(first);
    gate.send(message(1), second);
    CHECK(leaving(gate) == Ids{1});
}

TEST_CASE("after a failed commit nothing that waited for it ever leaves") {
    CommitGate gate;
    gate.send(message(1), gate.turn());
    const Turn failed = gate.end_turn();
    gate.drop_waiting();
    gate.committed(failed);
    CHECK(leaving(gate).empty());
    CHECK(gate.waiting() == 0);
}
