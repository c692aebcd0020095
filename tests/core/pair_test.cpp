#include "core/pair_world.hpp"

// Each kind of call, with the connection of its client cut at every message that travels: before
// the manager has applied it, or before the client has its answer. The end must be the same as
// without a cut.

namespace handoff::core::test {

using namespace std::chrono_literals;

namespace {

/// A client who calls, another who helps, and a queue with room for three.
struct Scene {
    Scene()
        : world(PairWorld::quick_limits()), caller(world.add_client()), helper(world.add_client()) {
        QueueOptions small;
        small.capacity = 3;
        jobs = caller.client.queue("jobs", small);
        caller.call(Open{"jobs", small, true});
        world.settle();
        jobs_of_helper = helper.queue("jobs");
        helper.call(Open{"jobs", {}, true});
        world.settle();
        world.victim = &caller;
    }

    void fill(const Texts& items) {
        const CallId put = helper.put(jobs_of_helper, items);
        world.settle();
        REQUIRE(helper.code(put) == errc::ok);
    }
    /// The helper takes the next item for good.
    Texts drain_one() {
        const CallId got = helper.get(jobs_of_helper, at_once());
        world.settle();
        if (helper.code(got) != errc::ok) return {};
        helper.call(settle_of(Verb::ack, jobs_of_helper, {helper.tokens(got)}));
        world.settle();
        return helper.items(got);
    }
    Texts drain() {
        Texts all;
        for (Texts next = drain_one(); !next.empty(); next = drain_one()) {
            all.insert(all.end(), next.begin(), next.end());
        }
        return all;
    }
    /// The caller holds the next item.
    Token lease() {
        const CallId got = caller.get(jobs);
        world.settle();
        return caller.tokens(got).first;
    }
    CallId settle_item(Verb verb, Token token) {
        return caller.call(settle_of(verb, jobs, {{token, token}}));
    }
    void ends_well(CallId call) {
        INFO(caller.outcome(call).text);
        CHECK(caller.code(call) == errc::ok);
    }
    void check() const {
        CHECK(caller.client.session_generation() == 0);
        CHECK(caller.client.refused_detached() == 0);
        CHECK(caller.ended_twice == 0);
        CHECK(caller.client.pending() == 0);
    }

    PairWorld world;
    Peer& caller;
    Peer& helper;
    QueueRef jobs = 0;
    QueueRef jobs_of_helper = 0;
};

void cut_everywhere(const std::function<void(Scene&)>& story) {
    test::cut_everywhere<Scene>(story);
}

}  // namespace

TEST_CASE("However a connection breaks, a put is done once") {
    cut_everywhere([](Scene& scene) {
        const CallId call = scene.caller.put(scene.jobs, {"a", "b"});
        scene.world.settle();
        scene.ends_well(call);
        CHECK(scene.world.stats("jobs").puts == 2);
        CHECK(scene.drain() == Texts{"a", "b"});
    });
}

TEST_CASE("However a connection breaks, puts keep their order") {
    cut_everywhere([](Scene& scene) {
        const CallId a = scene.caller.put(scene.jobs, {"a"});
        const CallId b = scene.caller.put(scene.jobs, {"b"}, at_once());
        scene.world.arrive_at_manager(scene.caller);
        const CallId c = scene.caller.put(scene.jobs, {"c"});
        scene.world.settle();
        for (const CallId call : {a, b, c}) scene.ends_well(call);
        CHECK(scene.drain() == Texts{"a", "b", "c"});
    });
}

TEST_CASE("However a connection breaks, a put to a full queue enters once, when there is room") {
    cut_everywhere([](Scene& scene) {
        scene.fill({"1", "2"});
        const CallId call = scene.caller.put(scene.jobs, {"a", "b", "c"});
        scene.world.settle();
        CHECK_FALSE(scene.caller.has_ended(call));
        CHECK(scene.drain() == Texts{"1", "2", "a", "b", "c"});
        scene.ends_well(call);
        CHECK(scene.world.stats("jobs").puts == 5);
    });
}

TEST_CASE("However a connection breaks, a try to put to a full queue is refused") {
    cut_everywhere([](Scene& scene) {
        scene.fill({"1", "2"});
        const CallId call = scene.caller.put(scene.jobs, {"a", "b"}, at_once());
        scene.world.settle();
        CHECK(scene.caller.code(call) == errc::full);
        CHECK(scene.drain() == Texts{"1", "2", "a"});
        const CallId next = scene.caller.put(scene.jobs, {"c"});
        scene.world.settle();
        scene.ends_well(next);
    });
}

TEST_CASE("However a connection breaks, a put that is cancelled is taken back and leaves no gap") {
    cut_everywhere([](Scene& scene) {
        scene.fill({"1", "2", "3"});
        const CallId a = scene.caller.put(scene.jobs, {"a"});
        const CallId b = scene.caller.put(scene.jobs, {"b"});
        const CallId c = scene.caller.put(scene.jobs, {"c"});
        scene.world.settle();
        scene.caller.cancel(b);
        scene.world.settle();
        CHECK(scene.caller.code(b) == errc::cancelled);
        CHECK(scene.drain() == Texts{"1", "2", "3", "a", "c"});
        scene.ends_well(a);
        scene.ends_well(c);
    });
}

TEST_CASE("However a connection breaks, a get has its item, once") {
    cut_everywhere([](Scene& scene) {
        scene.fill({"1", "2"});
        const CallId call = scene.caller.get(scene.jobs);
        scene.world.settle();
        CHECK(scene.caller.items(call) == Texts{"1"});
        CHECK(scene.world.stats("jobs").leased == 1);
        CHECK(scene.world.stats("jobs").deliveries == 1);
        CHECK(scene.drain() == Texts{"2"});
    });
}

TEST_CASE("However a connection breaks, a get that waits has the item that comes") {
    cut_everywhere([](Scene& scene) {
        const CallId call = scene.caller.get(scene.jobs);
        scene.world.settle();
        CHECK_FALSE(scene.caller.has_ended(call));
        scene.fill({"1"});
        scene.world.settle();
        CHECK(scene.caller.items(call) == Texts{"1"});
        CHECK(scene.world.stats("jobs").deliveries == 1);
        CHECK(scene.drain().empty());
    });
}

TEST_CASE("However a connection breaks, a get that is cancelled takes nothing") {
    cut_everywhere([](Scene& scene) {
        const CallId call = scene.caller.get(scene.jobs);
        scene.world.settle();
        scene.caller.cancel(call);
        scene.world.settle();
        CHECK(scene.caller.code(call) == errc::cancelled);
        scene.fill({"1"});
        CHECK(scene.drain() == Texts{"1"});
        CHECK(scene.world.stats("jobs").redeliveries == 0);
    });
}

TEST_CASE("However a connection breaks, an acknowledgement is done once") {
    cut_everywhere([](Scene& scene) {
        scene.fill({"1", "2"});
        const Token token = scene.lease();
        const CallId call = scene.settle_item(Verb::ack, token);
        const CallId after = scene.caller.get(scene.jobs);
        scene.world.settle();
        scene.ends_well(call);
        CHECK(std::get<Settled>(scene.caller.outcome(call).reply).refused.empty());
        CHECK(scene.world.stats("jobs").acks == 1);
        CHECK(scene.caller.items(after) == Texts{"2"});
    });
}

TEST_CASE("However a connection breaks, a detached acknowledgement arrives") {
    cut_everywhere([](Scene& scene) {
        scene.fill({"1"});
        const Token token = scene.lease();
        scene.caller.call(settle_of(Verb::ack, scene.jobs, {{token, token}}), detached());
        scene.world.settle();
        CHECK(scene.world.stats("jobs").acks == 1);
        CHECK(scene.world.stats("jobs").leased == 0);
        scene.world.pass(20ms);  // its answer does not hurry
    });
}

TEST_CASE("However a connection breaks, a released item is back once") {
    cut_everywhere([](Scene& scene) {
        scene.fill({"1", "2"});
        const CallId call = scene.settle_item(Verb::release, scene.lease());
        scene.world.settle();
        scene.ends_well(call);
        CHECK(scene.world.stats("jobs").releases == 1);
        CHECK(scene.drain() == Texts{"1", "2"});
    });
}

TEST_CASE("However a connection breaks, a buried item is dead once, and kicked once") {
    cut_everywhere([](Scene& scene) {
        scene.fill({"1"});
        const CallId buried = scene.settle_item(Verb::bury, scene.lease());
        scene.world.settle();
        scene.ends_well(buried);
        CHECK(scene.world.stats("jobs").dead == 1);
        const CallId peeked = scene.caller.call(Peek{scene.jobs, ItemState::dead, 5});
        scene.world.settle();
        const CallId kicked = scene.caller.call(Kick{scene.jobs, 5});
        scene.world.settle();
        CHECK(std::get<Peeked>(scene.caller.outcome(peeked).reply).parts.size() == 1);
        CHECK(std::get<Done>(scene.caller.outcome(kicked).reply).count == 1);
        CHECK(scene.drain() == Texts{"1"});
    });
}

TEST_CASE("However a connection breaks, a lease is extended") {
    cut_everywhere([](Scene& scene) {
        scene.fill({"1"});
        const Token token = scene.lease();
        Settle extend = settle_of(Verb::extend, scene.jobs, {{token, token}});
        extend.lease = 60s;
        const CallId call = scene.caller.call(extend);
        scene.world.settle();
        scene.ends_well(call);
        scene.world.pass(40s);
        CHECK(scene.world.stats("jobs").leased == 1);
    });
}

TEST_CASE("However a connection breaks, a commit is done once and wholly") {
    cut_everywhere([](Scene& scene) {
        scene.fill({"1", "2", "3"});
        const Token token = scene.lease();
        Commit commit;
        commit.acks = {{scene.jobs, {{token, token}}}};
        commit.puts = {{scene.jobs, {}, run_of({"r"})}};
        const CallId call = scene.caller.call(commit);
        scene.world.settle();
        scene.ends_well(call);
        CHECK(scene.world.stats("jobs").acks == 1);
        CHECK(scene.drain() == Texts{"2", "3", "r"});
    });
}

TEST_CASE("However a connection breaks, a commit that waits for room is done once") {
    cut_everywhere([](Scene& scene) {
        scene.fill({"1", "2", "3"});
        Commit commit;
        commit.puts = {{scene.jobs, {}, run_of({"r"})}};
        const CallId call = scene.caller.call(commit);
        scene.world.settle();
        CHECK_FALSE(scene.caller.has_ended(call));
        CHECK(scene.drain() == Texts{"1", "2", "3", "r"});
        scene.ends_well(call);
    });
}

TEST_CASE("However a connection breaks, a join ends when everything is acknowledged") {
    cut_everywhere([](Scene& scene) {
        scene.fill({"1"});
        const CallId call = scene.caller.call(Join{scene.jobs});
        scene.world.settle();
        CHECK_FALSE(scene.caller.has_ended(call));
        CHECK(scene.drain() == Texts{"1"});
        scene.ends_well(call);
    });
}

TEST_CASE("However a connection breaks, a queue is closed, and its getters are told") {
    cut_everywhere([](Scene& scene) {
        const CallId waiting = scene.caller.get(scene.jobs);
        const CallId call = scene.caller.call(Close{scene.jobs, false});
        scene.world.settle();
        scene.ends_well(call);
        CHECK(scene.caller.code(waiting) == errc::closed);
        const CallId late = scene.caller.put(scene.jobs, {"a"});
        scene.world.settle();
        CHECK(scene.caller.code(late) == errc::closed);
    });
}

TEST_CASE("However a connection breaks, a purge counts what it dropped") {
    cut_everywhere([](Scene& scene) {
        scene.fill({"1", "2"});
        const CallId call = scene.caller.call(Purge{scene.jobs, true});
        scene.world.settle();
        CHECK(std::get<Done>(scene.caller.outcome(call).reply).count == 2);
        CHECK(scene.world.stats("jobs").purged == 2);
    });
}

TEST_CASE("However a connection breaks, a destroyed queue can be made again") {
    cut_everywhere([](Scene& scene) {
        scene.fill({"1"});
        const CallId call = scene.caller.call(Destroy{scene.jobs});
        scene.world.settle();
        CHECK(std::get<Done>(scene.caller.outcome(call).reply).count == 1);
        const CallId late = scene.caller.put(scene.jobs, {"a"});
        scene.world.settle();
        // If it was sent again it might have been in the queue.
        CHECK((scene.caller.code(late) == errc::stale_reference ||
               scene.caller.code(late) == errc::outcome_unknown));
        const QueueRef again = scene.caller.queue("jobs");
        CHECK(again != scene.jobs);
        const CallId opened = scene.caller.call(Open{"jobs", {}, true});
        const CallId put = scene.caller.put(again, {"b"});
        scene.world.settle();
        scene.ends_well(opened);
        scene.ends_well(put);
    });
}

TEST_CASE("However a connection breaks, a new queue is opened and used") {
    cut_everywhere([](Scene& scene) {
        const QueueRef results = scene.caller.queue("results");
        const CallId put = scene.caller.put(results, {"a"});
        const CallId asked = scene.caller.call(Stats{{results}, {}, 1});
        const CallId alive = scene.caller.call(Heartbeat{});
        scene.world.settle();
        for (const CallId call : {put, asked, alive}) scene.ends_well(call);
        CHECK(std::get<StatsReply>(scene.caller.outcome(asked).reply).queues.front().ready == 1);
        CHECK(scene.world.stats("results").puts == 1);
    });
}

TEST_CASE("However a connection breaks, calls on several queues pass each other") {
    cut_everywhere([](Scene& scene) {
        const QueueRef results = scene.caller.queue("results");
        scene.fill({"1", "2", "3"});
        const CallId waits = scene.caller.put(scene.jobs, {"a"});
        const CallId passes = scene.caller.put(results, {"b"});
        const CallId gets = scene.caller.call(get_from({results, scene.jobs}));
        scene.world.settle();
        scene.ends_well(passes);
        CHECK(scene.caller.items(gets) == Texts{"b"});
        CHECK_FALSE(scene.caller.has_ended(waits));
        CHECK(scene.drain() == Texts{"1", "2", "3", "a"});
        scene.ends_well(waits);
    });
}

// ------------------------------------------------------------------ the end of sessions

TEST_CASE("A client that was silent for too long begins anew, and others get what it held") {
    Scene scene;
    scene.fill({"1", "2"});
    const Token token = scene.lease();
    const CallId waiting = scene.caller.call(Join{scene.jobs});
    scene.world.settle();
    scene.world.cut(scene.caller);
    const CallId unsent = scene.caller.put(scene.jobs, {"a"});
    scene.world.pass(1500ms);
    CHECK_FALSE(scene.caller.client.surely_alive(scene.world.now()));
    CHECK(scene.world.stats("jobs").leased == 0);

    scene.world.connect(scene.caller);
    scene.world.settle();
    CHECK(scene.caller.client.session_generation() == 1);
    CHECK(scene.caller.code(waiting) == errc::session_lost);
    scene.ends_well(unsent);
    const CallId late = scene.settle_item(Verb::ack, token);
    scene.world.settle();
    CHECK(std::get<Settled>(scene.caller.outcome(late).reply).refused.size() == 1);
    CHECK(scene.drain() == Texts{"1", "2", "a"});
}

TEST_CASE("A client that was only stopped notices that its session is gone, and goes on") {
    Scene scene;
    const CallId waiting = scene.caller.get(scene.jobs);
    scene.world.settle();
    for (int i = 0; i < 6; ++i) {  // the manager goes on and hears nothing
        scene.world.clock += 200ms;
        scene.world.tick_manager();
    }
    scene.world.pass(200ms);
    CHECK(scene.caller.code(waiting) == errc::session_lost);
    CHECK(scene.caller.client.session_generation() == 1);
    scene.fill({"1"});
    const CallId next = scene.caller.get(scene.jobs);
    scene.world.settle();
    CHECK(scene.caller.items(next) == Texts{"1"});
}

TEST_CASE("A manager that begins anew knows nothing, and its clients say so") {
    Scene scene;
    scene.fill({"1", "2", "3"});
    const CallId sent = scene.caller.put(scene.jobs, {"a"});
    const CallId waiting = scene.caller.call(Join{scene.jobs});
    scene.world.settle();
    scene.world.restart_manager();
    const CallId unsent = scene.caller.put(scene.jobs, {"b"});
    scene.world.connect(scene.caller);
    scene.world.connect(scene.helper);
    scene.world.settle();
    CHECK(scene.caller.code(sent) == errc::outcome_unknown);
    CHECK(scene.caller.code(waiting) == errc::manager_restarted);
    CHECK(scene.caller.code(unsent) == errc::manager_restarted);
    const CallId next = scene.caller.put(scene.jobs, {"b"});
    scene.world.settle();
    scene.ends_well(next);
    CHECK(scene.drain().empty());  // the helper is told as well
    CHECK(scene.drain() == Texts{"b"});
}

TEST_CASE("A get that waits through thousands of other calls still has its item") {
    Limits limits = PairWorld::quick_limits();
    limits.requests_max = 64;
    PairWorld world(limits);
    Peer& caller = world.add_client();
    const QueueRef jobs = caller.queue("jobs");
    const QueueRef other = caller.queue("other");
    const CallId waiting = caller.get(jobs);
    for (int i = 0; i < 2000; ++i) {
        const CallId asked = caller.call(Peek{other, ItemState::ready, 1});
        world.settle();
        REQUIRE(caller.code(asked) == errc::ok);
    }
    CHECK_FALSE(caller.has_ended(waiting));
    caller.put(jobs, {"a"});
    world.settle();
    CHECK(caller.items(waiting) == Texts{"a"});
}

}  // namespace handoff::core::test
