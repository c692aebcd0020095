#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/objects/packed.hpp"
#include "core/objects/reference.hpp"
#include "core/pair_world.hpp"

// Anonymous objects of clients and a manager together. What is there must be what somebody has,
// wherever connections are cut.

namespace handoff::core::test {

using namespace std::chrono_literals;
using objects::Method;
using objects::ObjectHandle;
using objects::Packed;
using objects::Reference;
using objects::Result;

namespace {

Packed pack(const Reference& reference) {
    return objects::pack_payload("\xc7\x19H" + objects::pack_reference(reference));
}

/// Two clients, and a dictionary in which they put references.
struct Scene {
    Scene() : world(PairWorld::quick_limits()), ann(world.add_client()), bob(world.add_client()) {
        for (Peer* peer : {&ann, &bob}) peer->client.object("row", ObjectKind::dict, {});
        ask(bob, Method::size, {});
        world.victim = &ann;
    }

    static constexpr QueueRef row = 1;

    Outcome end(Peer& peer, CallId call) {
        world.settle();
        INFO(peer.outcome(call).text);
        REQUIRE(peer.code(call) == errc::ok);
        return peer.outcome(call);
    }
    Result ask(Peer& peer, Method method, std::vector<Packed> values) {
        const Outcome done =
            end(peer, peer.call(Calls{{{row, method, {}, std::move(values)}}, false}));
        Result result = std::get<Results>(done.reply).results.front();
        REQUIRE(result.code == errc::ok);
        return result;
    }
    Reference make(Peer& peer) {
        const Outcome made = end(peer, peer.call(OpenObject{{}, ObjectKind::dict, {}, true, 0}));
        const QueueRef ref = std::get<ObjectOpened>(made.reply).object;
        const Reference reference = *peer.client.reference_of(ref);
        peer.client.hold(reference, peer.client.session_generation(), 1);
        return reference;
    }
    void put(Peer& peer, int key, const Reference& reference) {
        ask(peer, Method::put, {objects::pack_integer(key), pack(reference)});
    }
    void erase(Peer& peer, int key) { ask(peer, Method::erase, {objects::pack_integer(key)}); }
    /// What was found; each is a handle more.
    std::vector<Reference> read(Peer& peer, Method method, int key) {
        const Result told = ask(peer, method, {objects::pack_integer(key)});
        if (told.values.empty()) return {};
        std::vector<Reference> found =
            objects::references_in(objects::payload_of(told.values.front()));
        for (const Reference& each : found) {
            peer.client.hold(each, peer.client.session_generation(), 1);
        }
        return found;
    }
    void drop(Peer& peer, const Reference& reference) {
        peer.client.let_go(reference, 1, world.now());
        world.settle();
    }
    std::uint64_t objects() { return world.manager->report(world.now()).manager.objects; }

    void check() {
        world.settle();
        CHECK(objects() == 1);
        CHECK(ann.client.pending() == 0);
    }

    PairWorld world;
    Peer& ann;
    Peer& bob;
};

}  // namespace

TEST_CASE("What is made, given and let go is gone, wherever the connection is cut") {
    cut_everywhere<Scene>([](Scene& scene) {
        const Reference one = scene.make(scene.ann);
        scene.put(scene.ann, 1, one);
        scene.drop(scene.ann, one);
        CHECK(scene.objects() == 2);
        scene.read(scene.ann, Method::get, 1);
        scene.read(scene.bob, Method::take, 1);
        scene.drop(scene.bob, one);
        CHECK(scene.objects() == 2);
        scene.drop(scene.ann, one);
    });
}

TEST_CASE("What is there is what somebody has, whatever is done and cut") {
    const auto seed = GENERATE(range(1u, 31u));
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const auto below = [&](std::size_t end) { return static_cast<std::size_t>(random()) % end; };
    Scene scene;
    std::vector<Peer*> peers{&scene.ann, &scene.bob};
    std::map<Peer*, std::vector<Reference>> handles;
    std::map<int, ObjectHandle> row;
    for (int step = 0; step < 200; ++step) {
        scene.world.victim = peers[below(2)];
        scene.world.cut_at = scene.world.events + 1 + below(6);
        scene.world.manager_hears = below(2) == 0;
        Peer& who = *peers[below(2)];
        std::vector<Reference>& mine = handles[&who];
        const int key = static_cast<int>(below(4));
        const std::size_t what = below(6);
        if (what == 0) mine.push_back(scene.make(who));
        if (what == 1 && !mine.empty()) {
            const Reference& given = mine[below(mine.size())];
            scene.put(who, key, given);
            row[key] = given.object;
        }
        if (what == 2 || what == 3) {
            const Method method = what == 2 ? Method::get : Method::take;
            for (const Reference& each : scene.read(who, method, key)) mine.push_back(each);
            if (what == 3) row.erase(key);
        }
        if (what == 4 && below(3) == 0) {
            scene.erase(who, key);
            row.erase(key);
        }
        if (what >= 4 && !mine.empty()) {
            std::swap(mine[below(mine.size())], mine.back());
            scene.drop(who, mine.back());
            mine.pop_back();
        }
        std::set<ObjectHandle> there;
        for (const auto& [at, object] : row) there.insert(object);
        for (const auto& [peer, all] : handles) {
            for (const Reference& each : all) there.insert(each.object);
        }
        INFO("step " << step);
        REQUIRE(scene.objects() == 1 + there.size());
    }
    for (const auto& [peer, all] : handles) {
        for (const Reference& each : all) scene.drop(*peer, each);
    }
    for (const auto& [key, object] : row) scene.erase(scene.bob, key);
    scene.check();
}

}  // namespace handoff::core::test
