#include <functional>
#include <string>

#include "core/pair_world.hpp"

// Clients and a manager together: gets over several queues, keys, what travels beside items, and
// the faults of docs/guarantees.md that one client causes and another one sees.

namespace handoff::core::test {

using namespace std::chrono_literals;

namespace {

/// Two clients, and two queues with room for two items each.
struct Two {
    Two() : world(PairWorld::quick_limits()), ann(world.add_client()), bob(world.add_client()) {
        QueueOptions small;
        small.capacity = 2;
        for (Peer* peer : {&ann, &bob}) {
            for (const char* name : {"jobs", "results"}) peer->client.queue(name, small);
            peer->call(Open{"jobs", small, true});
            peer->call(Open{"results", small, true});
            world.settle();
        }
    }

    static constexpr QueueRef jobs = 1;
    static constexpr QueueRef results = 2;

    CallId get_both(Peer& peer, const Wait& wait = {}) {
        const CallId call = peer.call(get_from({jobs, results}), wait);
        world.settle();
        return call;
    }
    errc put(Peer& peer, QueueRef queue, const Texts& items, const Columns& columns = {}) {
        const CallId call = peer.put(queue, items, at_once(), columns);
        world.settle();
        return peer.code(call);
    }
    errc ask(Peer& peer, RequestBody body) {
        const CallId call = peer.call(std::move(body));
        world.settle();
        return peer.code(call);
    }
    /// What a peer can take without waiting, acknowledged.
    Texts drain(Peer& peer, QueueRef queue) {
        Texts all;
        for (;;) {
            const CallId got = peer.get(queue, at_once());
            world.settle();
            if (peer.code(got) != errc::ok) return all;
            const Texts items = peer.items(got);
            all.insert(all.end(), items.begin(), items.end());
            CHECK(ask(peer, settle_of(Verb::ack, queue, {peer.tokens(got)})) == errc::ok);
        }
    }
    Wait within(Millis limit) const {
        Wait wait;
        wait.until = world.clock + limit;
        return wait;
    }

    PairWorld world;
    Peer& ann;
    Peer& bob;
};

Columns keyed(const std::string& key) {
    Columns columns;
    columns.key = key;
    return columns;
}

/// The story with the connection of ann cut at each of its messages, and without a cut.
void cut_ann_everywhere(const std::function<void(Two&)>& story) {
    std::size_t messages = 0;
    for (std::size_t at = 0; at <= messages; ++at) {
        INFO("cut at message " << at);
        Two two;
        two.world.victim = &two.ann;
        if (at > 0) two.world.cut_at = at;
        story(two);
        if (at == 0) messages = two.world.events;
        REQUIRE(messages > 0);
        CHECK(two.ann.ended_twice == 0);
        CHECK(two.ann.client.pending() == 0);
        CHECK(two.ann.client.session_generation() == 0);
    }
}

}  // namespace

// ------------------------------------------------------------------ gets over several queues

TEST_CASE("A get over two queues takes from the first that has something, and only from that") {
    Two two;
    CHECK(two.put(two.bob, Two::results, {"r"}) == errc::ok);
    const CallId first = two.get_both(two.ann);
    CHECK(two.ann.items(first) == Texts{"r"});
    CHECK(std::get<Deliver>(two.ann.outcome(first).reply).queue == Two::results);
    CHECK(two.put(two.bob, Two::results, {"s"}) == errc::ok);
    CHECK(two.put(two.bob, Two::jobs, {"j"}) == errc::ok);
    const CallId second = two.get_both(two.ann);
    CHECK(two.ann.items(second) == Texts{"j"});
    CHECK(std::get<Deliver>(two.ann.outcome(second).reply).queue == Two::jobs);
    CHECK(two.world.stats("results").ready == 1);
}

TEST_CASE(
    "However a connection breaks, a get that waits at two queues has one item of one of them") {
    for (const QueueRef queue : {Two::jobs, Two::results}) {
        cut_ann_everywhere([queue](Two& two) {
            const CallId call = two.get_both(two.ann);
            CHECK_FALSE(two.ann.has_ended(call));
            CHECK(two.put(two.bob, queue, {"x"}) == errc::ok);
            CHECK(two.ann.items(call) == Texts{"x"});
            CHECK(two.put(two.bob, Two::jobs, {"j"}) == errc::ok);
            CHECK(two.put(two.bob, Two::results, {"r"}) == errc::ok);
            CHECK(two.drain(two.bob, Two::jobs) == Texts{"j"});
            CHECK(two.drain(two.bob, Two::results) == Texts{"r"});
        });
    }
}

TEST_CASE(
    "However a connection breaks, a get over two queues that is cancelled takes from neither") {
    cut_ann_everywhere([](Two& two) {
        const CallId call = two.get_both(two.ann);
        two.ann.cancel(call);
        two.world.settle();
        CHECK(two.ann.code(call) == errc::cancelled);
        CHECK(two.world.stats("jobs").waiting_gets == 0);
        CHECK(two.world.stats("results").waiting_gets == 0);
        CHECK(two.put(two.bob, Two::results, {"r"}) == errc::ok);
        CHECK(two.drain(two.bob, Two::results) == Texts{"r"});
    });
}

TEST_CASE("A get over two queues ends as closed when both are closed and drained") {
    Two two;
    CHECK(two.put(two.bob, Two::results, {"r"}) == errc::ok);
    CHECK(two.ask(two.bob, Close{Two::jobs, false}) == errc::ok);
    CHECK(two.ask(two.bob, Close{Two::results, false}) == errc::ok);
    const CallId got = two.get_both(two.ann);
    CHECK(two.ann.items(got) == Texts{"r"});
    const CallId waits = two.get_both(two.bob);
    CHECK_FALSE(two.bob.has_ended(waits));  // as ann might give the item back
    CHECK(two.ask(two.ann, settle_of(Verb::ack, Two::results, {two.ann.tokens(got)})) == errc::ok);
    CHECK(two.bob.code(waits) == errc::closed);
    CHECK(two.ann.code(two.get_both(two.ann)) == errc::closed);
}

TEST_CASE("A get over two queues that is empty in time takes nothing that comes later") {
    Two two;
    const CallId call = two.get_both(two.ann, two.within(300ms));
    two.world.pass(299ms);
    CHECK_FALSE(two.ann.has_ended(call));
    two.world.pass(1ms);
    CHECK(two.ann.code(call) == errc::empty);
    CHECK(two.put(two.bob, Two::jobs, {"late"}) == errc::ok);
    CHECK(two.world.stats("jobs").ready == 1);
    CHECK(two.world.stats("jobs").deliveries == 0);
}

TEST_CASE("A get over two queues ends when one of them is destroyed, and the other one stays") {
    Two two;
    const CallId call = two.get_both(two.ann);
    CHECK(two.ask(two.bob, Destroy{Two::jobs}) == errc::ok);
    CHECK(two.ann.code(call) == errc::stale_reference);
    CHECK(two.put(two.bob, Two::results, {"r"}) == errc::ok);
    CHECK(two.drain(two.ann, Two::results) == Texts{"r"});
}

// ------------------------------------------------------------------ keys

TEST_CASE(
    "However a connection breaks, what is sent again is known by its position, not by its key") {
    cut_ann_everywhere([](Two& two) {
        CHECK(two.put(two.ann, Two::jobs, {"a"}, keyed("order-17")) == errc::ok);
        CHECK(two.world.stats("jobs").puts == 1);
        CHECK(two.world.stats("jobs").duplicates == 0);
        CHECK(two.drain(two.bob, Two::jobs) == Texts{"a"});
    });
}

TEST_CASE("A put that is unknown after a lost session can be put again under its key") {
    for (const bool arrives : {true, false}) {
        Two two;
        const CallId put = two.ann.put(Two::jobs, {"a"}, {}, keyed("order-17"));
        two.world.send_all(two.ann);
        if (arrives) two.world.arrive_at_manager(two.ann);
        two.world.cut(two.ann, false);
        two.world.pass(1500ms);
        two.world.connect(two.ann);
        two.world.settle();
        CHECK(two.ann.client.session_generation() == 1);
        CHECK(two.ann.code(put) == errc::outcome_unknown);
        CHECK(two.put(two.ann, Two::jobs, {"a"}, keyed("order-17")) == errc::ok);
        CHECK(two.world.stats("jobs").duplicates == (arrives ? 1 : 0));
        CHECK(two.drain(two.bob, Two::jobs) == Texts{"a"});
    }
}

TEST_CASE("A key that one client put is known when another one puts it, whatever its item became") {
    Two two;
    CHECK(two.put(two.ann, Two::jobs, {"first"}, keyed("k")) == errc::ok);
    CHECK(two.drain(two.ann, Two::jobs) == Texts{"first"});
    CHECK(two.put(two.bob, Two::jobs, {"second"}, keyed("k")) == errc::ok);
    CHECK(two.drain(two.ann, Two::jobs).empty());
    CHECK(two.put(two.bob, Two::results, {"other"}, keyed("k")) == errc::ok);
    CHECK(two.drain(two.ann, Two::results) == Texts{"other"});
}

TEST_CASE("In another life of the manager a key is new again") {
    Two two;
    CHECK(two.put(two.ann, Two::jobs, {"a"}, keyed("k")) == errc::ok);
    two.world.restart_manager();
    two.world.connect(two.ann);
    two.world.settle();
    CHECK(two.put(two.ann, Two::jobs, {"a"}, keyed("k")) == errc::manager_restarted);
    CHECK(two.put(two.ann, Two::jobs, {"a"}, keyed("k")) == errc::ok);
    CHECK(two.world.stats("jobs").ready == 1);
    CHECK(two.world.stats("jobs").duplicates == 0);
}

TEST_CASE(
    "However a connection breaks, key, headers, trace and priority come out as they went in") {
    cut_ann_everywhere([](Two& two) {
        Columns columns = keyed("k");
        columns.priority = 7;
        columns.headers = Slice::copy(std::string("\x81\xa1n\xa1v"));
        columns.trace = Slice::copy(std::string("\0trace", 6));
        CHECK(two.put(two.ann, Two::jobs, {"a"}, columns) == errc::ok);
        const CallId got = two.ann.get(Two::jobs);
        two.world.settle();
        REQUIRE(two.ann.items(got) == Texts{"a"});
        const Part& part = std::get<Deliver>(two.ann.outcome(got).reply).parts.front();
        CHECK(part.key == "k");
        CHECK(part.priority == 7);
        CHECK(part.headers == columns.headers);
        CHECK(part.trace == columns.trace);
        CHECK(part.deliveries == 1);
        CHECK(part.put_at > 0ms);
    });
}

// ------------------------------------------------------------------ what happens when …

TEST_CASE("A put that found no room in time is full, and does not enter when there is room") {
    Two two;
    CHECK(two.put(two.bob, Two::jobs, {"1", "2"}) == errc::ok);
    const CallId call = two.ann.put(Two::jobs, {"late"}, two.within(400ms));
    two.world.pass(399ms);
    CHECK_FALSE(two.ann.has_ended(call));
    two.world.pass(1ms);
    CHECK(two.ann.code(call) == errc::full);
    CHECK(two.drain(two.bob, Two::jobs) == Texts{"1", "2"});
    CHECK(two.world.stats("jobs").puts == 2);
    CHECK(two.put(two.ann, Two::jobs, {"next"}) == errc::ok);
}

TEST_CASE("What a producer that is gone had waiting does not enter") {
    Two two;
    CHECK(two.put(two.bob, Two::jobs, {"1", "2"}) == errc::ok);
    two.ann.put(Two::jobs, {"late"});
    two.world.settle();
    CHECK(two.world.stats("jobs").waiting_puts == 1);
    two.world.cut(two.ann, false);
    two.world.pass(999ms);
    CHECK(two.world.stats("jobs").waiting_puts == 1);
    two.world.pass(101ms);
    CHECK(two.world.stats("jobs").waiting_puts == 0);
    CHECK(two.drain(two.bob, Two::jobs) == Texts{"1", "2"});
}

TEST_CASE("What a consumer that is gone had leased comes again, and its delivery counts") {
    Two two;
    CHECK(two.put(two.bob, Two::jobs, {"a"}) == errc::ok);
    const CallId lost = two.ann.get(Two::jobs);
    two.world.send_all(two.ann);
    two.world.arrive_at_manager(two.ann);
    two.world.cut(two.ann, false);  // the item is on its way
    CHECK(two.world.stats("jobs").leased == 1);
    const CallId next = two.bob.get(Two::jobs);
    two.world.pass(1100ms);
    CHECK_FALSE(two.ann.has_ended(lost));
    REQUIRE(two.bob.items(next) == Texts{"a"});
    CHECK(std::get<Deliver>(two.bob.outcome(next).reply).parts.front().deliveries == 2);
    CHECK(two.world.stats("jobs").redeliveries == 1);
}

TEST_CASE(
    "A detached acknowledgement of a lease that lapsed is counted, and the item is another's") {
    Two two;
    CHECK(two.put(two.bob, Two::jobs, {"a"}) == errc::ok);
    Get brief = get_from({Two::jobs});
    brief.lease = 200ms;
    const CallId got = two.ann.call(brief);
    two.world.settle();
    REQUIRE(two.ann.items(got) == Texts{"a"});
    const CallId next = two.bob.get(Two::jobs);
    two.world.pass(250ms);
    CHECK(two.bob.items(next) == Texts{"a"});
    two.ann.call(settle_of(Verb::ack, Two::jobs, {two.ann.tokens(got)}), detached());
    two.world.settle();
    CHECK(two.ann.client.refused_detached() == 1);
    CHECK(two.ann.client.pending() == 0);
    CHECK(two.world.stats("jobs").leased == 1);
    CHECK(two.ask(two.bob, settle_of(Verb::ack, Two::jobs, {two.bob.tokens(next)})) == errc::ok);
    CHECK(two.world.stats("jobs").acks == 1);
}

TEST_CASE("A commit whose lease lapsed does nothing, and says so") {
    Two two;
    CHECK(two.put(two.bob, Two::jobs, {"a"}) == errc::ok);
    Get brief = get_from({Two::jobs});
    brief.lease = 200ms;
    const CallId got = two.ann.call(brief);
    two.world.settle();
    Commit commit;
    commit.acks = {{Two::jobs, {two.ann.tokens(got)}}};
    commit.puts = {{Two::results, {}, run_of({"r"})}};
    two.world.pass(250ms);
    CHECK(two.ask(two.ann, commit) == errc::lease_lapsed);
    CHECK(two.world.stats("results").puts == 0);
    CHECK(two.drain(two.bob, Two::jobs) == Texts{"a"});
}

TEST_CASE(
    "Whatever waits at a queue that is destroyed hears of it, and the name can be used again") {
    Two two;
    CHECK(two.put(two.bob, Two::jobs, {"1", "2"}) == errc::ok);
    const CallId put = two.ann.put(Two::jobs, {"3"});
    const CallId get = two.ann.get(Two::results);
    two.world.settle();
    const CallId join = two.bob.call(Join{Two::jobs});
    two.world.settle();
    CHECK(two.ask(two.bob, Destroy{Two::results}) == errc::ok);
    CHECK(two.ann.code(get) == errc::stale_reference);
    CHECK_FALSE(two.ann.has_ended(put));
    const CallId destroyed = two.bob.call(Destroy{Two::jobs});
    two.world.settle();
    CHECK(std::get<Done>(two.bob.outcome(destroyed).reply).count == 2);
    CHECK(two.ann.code(put) == errc::stale_reference);
    CHECK(two.bob.code(join) == errc::stale_reference);
    const QueueRef again = two.ann.queue("jobs");
    CHECK(again != Two::jobs);
    CHECK(two.put(two.ann, again, {"new"}) == errc::ok);
    CHECK(two.drain(two.ann, again) == Texts{"new"});
    CHECK(two.put(two.ann, Two::jobs, {"old"}) == errc::stale_reference);
}

TEST_CASE("A client that only waits keeps its session and its place") {
    Two two;
    const CallId call = two.ann.get(Two::jobs);
    two.world.pass(10min);
    CHECK_FALSE(two.ann.has_ended(call));
    CHECK(two.ann.client.session_generation() == 0);
    CHECK(two.ann.client.surely_alive(two.world.now()));
    CHECK(two.put(two.bob, Two::jobs, {"a"}) == errc::ok);
    CHECK(two.ann.items(call) == Texts{"a"});
}

TEST_CASE("A manager that is stopped for a while loses no session and no lease for it") {
    Two two;
    CHECK(two.put(two.bob, Two::jobs, {"a", "b"}) == errc::ok);
    const CallId got = two.ann.get(Two::jobs);
    const CallId waits = two.ann.get(Two::results);
    two.world.settle();
    REQUIRE(two.ann.items(got) == Texts{"a"});
    for (int i = 0; i < 50; ++i) {  // the manager hears nothing and does nothing
        two.world.clock += 100ms;
        two.world.tick_client(two.ann);
        two.world.send_all(two.ann);
        two.world.tick_client(two.bob);
        two.world.send_all(two.bob);
    }
    CHECK_FALSE(two.ann.client.surely_alive(two.world.now()));
    two.world.tick_manager();
    two.world.settle();
    two.world.pass(100ms);
    CHECK(two.ann.client.session_generation() == 0);
    CHECK(two.ann.client.surely_alive(two.world.now()));
    CHECK_FALSE(two.ann.has_ended(waits));
    CHECK(two.ask(two.ann, settle_of(Verb::ack, Two::jobs, {two.ann.tokens(got)})) == errc::ok);
    CHECK(two.world.stats("jobs").acks == 1);
}

}  // namespace handoff::core::test
