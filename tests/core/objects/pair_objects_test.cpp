#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/objects/packed.hpp"
#include "core/pair_world.hpp"

// Shared objects of clients and a manager together, with the connection of one client cut at every
// message that travels. The end must be the same as without a cut.

namespace handoff::core::test {

using namespace std::chrono_literals;
using objects::Method;
using objects::Result;

namespace {

/// A client whose connection is cut, and another one; both have a lock and a value.
struct Scene {
    Scene() : world(PairWorld::quick_limits()), ann(world.add_client()), bob(world.add_client()) {
        for (Peer* peer : {&ann, &bob}) {
            peer->client.object("gpu", ObjectKind::lock, {});
            peer->client.object("count", ObjectKind::value, {});
            peer->client.object("step", ObjectKind::barrier, {.count = 2});
        }
        world.victim = &ann;
    }

    static constexpr QueueRef lock = 1;
    static constexpr QueueRef value = 2;
    static constexpr QueueRef barrier = 3;

    CallId begin(Peer& peer, QueueRef object, Method method, std::vector<std::int64_t> numbers = {},
                 const Wait& wait = {}) {
        return peer.call(Calls{{{object, method, std::move(numbers), {}}}, false}, wait);
    }
    Result end(Peer& peer, CallId call) {
        world.settle();
        INFO(peer.outcome(call).text);
        REQUIRE(peer.code(call) == errc::ok);
        return std::get<Results>(peer.outcome(call).reply).results.front();
    }
    Result ask(Peer& peer, QueueRef object, Method method, std::vector<std::int64_t> numbers = {}) {
        return end(peer, begin(peer, object, method, std::move(numbers)));
    }
    std::int64_t acquire(Peer& peer) { return ask(peer, lock, Method::acquire).numbers.at(0); }
    errc release(Peer& peer, std::int64_t token) {
        return ask(peer, lock, Method::release, {token, 0}).code;
    }
    /// Token of the hold, and how many calls wait.
    std::pair<std::int64_t, std::int64_t> state() {
        const Result told = ask(bob, lock, Method::state);
        return {told.numbers.at(0), told.numbers.at(4)};
    }

    /// Nobody is left with anything.
    void check() {
        CHECK(state() == std::pair<std::int64_t, std::int64_t>(0, 0));
        CHECK(ann.ended_twice == 0);
        CHECK(ann.client.pending() == 0);
    }

    PairWorld world;
    Peer& ann;
    Peer& bob;
};

}  // namespace

TEST_CASE("A sum is added to once, wherever the connection is cut") {
    cut_everywhere<Scene>([](Scene& scene) {
        for (std::int64_t sum = 1; sum <= 3; ++sum) {
            CHECK(scene.ask(scene.ann, scene.value, Method::add, {1}).numbers.at(0) == sum);
        }
    });
}

TEST_CASE("A batch is done once and in its order, wherever the connection is cut") {
    cut_everywhere<Scene>([](Scene& scene) {
        for (std::int64_t round = 0; round < 3; ++round) {
            const CallId batch =
                scene.ann.call(Calls{{{scene.value, Method::add, {1}, {}},
                                      {scene.lock, Method::state, {}, {}},
                                      {scene.value, Method::append, {}, {}},  // it has no such
                                      {scene.value, Method::add, {1}, {}}},
                                     false});
            scene.world.settle();
            REQUIRE(scene.ann.code(batch) == errc::ok);
            const auto& results = std::get<Results>(scene.ann.outcome(batch).reply).results;
            REQUIRE(results.size() == 4);
            CHECK(results[0].numbers.at(0) == 2 * round + 1);
            CHECK(results[1].numbers.at(0) == 0);
            CHECK(results[2].code == errc::unsupported);
            CHECK(results[3].numbers.at(0) == 2 * round + 2);
        }
    });
}

TEST_CASE("A lock is taken once and freed once, wherever the connection is cut") {
    cut_everywhere<Scene>([](Scene& scene) {
        const std::int64_t first = scene.acquire(scene.ann);
        CHECK(scene.state().first == first);
        CHECK(scene.release(scene.ann, first) == errc::ok);
        CHECK(scene.acquire(scene.ann) > first);
        CHECK(scene.release(scene.ann, scene.state().first) == errc::ok);
    });
}

TEST_CASE("Who waits for a lock keeps its place, wherever its connection is cut") {
    cut_everywhere<Scene>([](Scene& scene) {
        const std::int64_t held = scene.acquire(scene.bob);
        const CallId waiting = scene.begin(scene.ann, scene.lock, Method::acquire);
        scene.world.settle();
        const CallId behind = scene.begin(scene.bob, scene.lock, Method::acquire);
        scene.world.settle();
        CHECK(scene.release(scene.bob, held) == errc::ok);
        const std::int64_t next = scene.end(scene.ann, waiting).numbers.at(0);
        CHECK(scene.state() == std::pair<std::int64_t, std::int64_t>(next, 1));
        CHECK(scene.release(scene.ann, next) == errc::ok);
        CHECK(scene.release(scene.bob, scene.end(scene.bob, behind).numbers.at(0)) == errc::ok);
    });
}

TEST_CASE("Who gives up waiting for a lock leaves nothing behind, wherever the connection is cut") {
    cut_everywhere<Scene>([](Scene& scene) {
        const std::int64_t held = scene.acquire(scene.bob);
        const CallId waiting = scene.begin(scene.ann, scene.lock, Method::acquire);
        scene.world.settle();
        scene.ann.cancel(waiting);
        CHECK(scene.release(scene.bob, held) == errc::ok);
        // It was in time, or too late; then the lock is its own.
        scene.world.settle();
        const Outcome& outcome = scene.ann.outcome(waiting);
        if (outcome.code == errc::cancelled) return;
        const Result result = std::get<Results>(outcome.reply).results.front();
        if (result.code == errc::cancelled) return;
        CHECK(scene.release(scene.ann, result.numbers.at(0)) == errc::ok);
    });
}

TEST_CASE("A barrier is passed by both of its parties, wherever the connection of one is cut") {
    cut_everywhere<Scene>([](Scene& scene) {
        for (int round = 0; round < 2; ++round) {
            const CallId first = scene.begin(scene.ann, scene.barrier, Method::wait);
            scene.world.settle();
            CHECK(scene.ask(scene.bob, scene.barrier, Method::wait).numbers.at(0) == 1);
            CHECK(scene.end(scene.ann, first).numbers.at(0) == 0);
        }
    });
}

TEST_CASE("A client that was silent for too long has lost its lock, and harms nobody") {
    Scene scene;
    const std::int64_t held = scene.acquire(scene.ann);
    const CallId waiting = scene.begin(scene.bob, scene.lock, Method::acquire);
    scene.world.settle();
    scene.world.cut(scene.ann, false);
    scene.world.pass(scene.world.limits.session_limit + 1s);
    const Result granted = scene.end(scene.bob, waiting);
    CHECK(granted.numbers.at(0) > held);
    CHECK(granted.numbers.at(1) == 1);  // abandoned
    scene.world.connect(scene.ann);
    const CallId late = scene.begin(scene.ann, scene.lock, Method::release, {held, 0});
    scene.world.settle();
    CHECK(scene.ann.code(late) == errc::session_lost);
    CHECK(scene.state().first == granted.numbers.at(0));
}

TEST_CASE("A lock that comes too late for who gave up goes to the next") {
    Scene scene;
    const std::int64_t held = scene.acquire(scene.bob);
    Wait wait;
    wait.until = scene.world.clock + 50ms;
    const CallId waiting = scene.begin(scene.ann, scene.lock, Method::acquire, {}, wait);
    scene.world.send_all(scene.ann);
    while (scene.world.arrive_at_manager(scene.ann)) {
    }
    // The manager grants it while nothing gets through to its client.
    const CallId released = scene.begin(scene.bob, scene.lock, Method::release, {held, 0});
    scene.world.send_all(scene.bob);
    while (scene.world.arrive_at_manager(scene.bob)) {
    }
    scene.world.clock += 1s;
    scene.world.tick_client(scene.ann);  // asks what became of it …
    scene.world.clock += 1s;
    scene.world.tick_client(scene.ann);  // … and gives up
    CHECK(scene.ann.code(waiting) == errc::empty);
    CHECK(scene.end(scene.bob, released).code == errc::ok);
    scene.check();
}

TEST_CASE("Who waits at an object through thousands of other calls is answered") {
    Limits limits = PairWorld::quick_limits();
    limits.requests_max = 64;
    PairWorld world(limits);
    Peer& peer = world.add_client();
    const QueueRef event = peer.client.object("go", ObjectKind::event, {});
    const QueueRef value = peer.client.object("count", ObjectKind::value, {});
    const auto begin = [&](QueueRef object, Method method) {
        return peer.call(Calls{{{object, method, {}, {}}}, false});
    };
    const CallId waiting = begin(event, Method::wait);
    for (int i = 0; i < 2000; ++i) {
        const CallId added = begin(value, Method::add);
        world.settle();
        REQUIRE(peer.code(added) == errc::ok);
    }
    CHECK_FALSE(peer.has_ended(waiting));
    begin(event, Method::set);
    world.settle();
    CHECK(peer.code(waiting) == errc::ok);
}

namespace {

/// A client whose connection is cut, and a registered type whose methods the test runs.
struct TypeScene {
    TypeScene() : world(PairWorld::quick_limits()), ann(world.add_client()) {
        maths = world.manager->expose("Maths");
        world.manager->begin_type(maths, {});
        object = ann.client.object("Maths", ObjectKind::registered, {});
        world.victim = &ann;
    }

    /// Methods have no arguments; each returns how many ran before it.
    void run_methods() {
        for (const objects::Errand& each : world.manager->take_errands()) {
            const auto* run = std::get_if<objects::RunMethod>(&each);
            if (run == nullptr) continue;
            world.manager->method_done(maths, run->number,
                                       {errc::ok, {}, {objects::pack_integer(runs++)}, {}},
                                       world.now());
        }
        world.tick_manager();
    }
    void check() {
        CHECK(ann.ended_twice == 0);
        CHECK(ann.client.pending() == 0);
    }

    PairWorld world;
    Peer& ann;
    objects::ObjectHandle maths = 0;
    QueueRef object = 0;
    std::int64_t runs = 0;
};

}  // namespace

TEST_CASE("A method runs once, wherever the connection is cut") {
    cut_everywhere<TypeScene>([](TypeScene& scene) {
        for (std::int64_t turn = 0; turn < 3; ++turn) {
            const CallId call = scene.ann.call(
                Calls{{{scene.object, Method::invoke, {}, {objects::pack_text("next")}}}, false});
            scene.world.settle();
            scene.run_methods();
            scene.world.settle();
            REQUIRE(scene.ann.code(call) == errc::ok);
            const auto& results = std::get<Results>(scene.ann.outcome(call).reply).results;
            const auto value = objects::payload_of(results.front().values.at(0));
            CHECK(objects::integer_of(value) == turn);
        }
        CHECK(scene.runs == 3);
    });
}

}  // namespace handoff::core::test
