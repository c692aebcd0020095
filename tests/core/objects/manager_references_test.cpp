#include "core/manager_driver.hpp"
#include "core/objects/packed.hpp"
#include "core/objects/reference.hpp"
#include "support/catch.hpp"

// Who keeps anonymous objects alive, and what may refer to what, as clients of a manager see it.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;
using objects::Method;
using objects::ObjectHandle;
using objects::pack_text;
using objects::Packed;

namespace {

using Numbers = std::vector<std::int64_t>;
using Values = std::vector<Packed>;

ManagerSettings with_id() {
    ManagerSettings settings;
    settings.id = {4, 2};
    return settings;
}

/// A manager, and what its clients say of objects.
struct Scene : ManagerTest {
    explicit Scene(ManagerSettings settings = with_id()) : ManagerTest(std::move(settings)) {}

    Client& ann = client("ann");
    Client& bob = client("bob");

    std::uint64_t objects() { return machine.report(now).manager.objects; }

    ObjectHandle make(ObjectKind kind, const std::string& name = {}) {
        return ann.ask(OpenObject{name, kind, {}, true, 0}).as<ObjectOpened>().object;
    }
    errc opens(Client& who, ObjectKind kind, ObjectHandle object) {
        return who.ask(OpenObject{{}, kind, {}, false, object}).code();
    }
    objects::Result call(Client& who, ObjectHandle object, Method method, Values values = {},
                         Numbers numbers = {}) {
        const core::test::Call asked =
            who.ask(Calls{{{object, method, std::move(numbers), std::move(values)}}, false});
        return asked.as<Results>().results.front();
    }
    errc put(ObjectHandle object, Values values) {
        return call(ann, object, Method::put, std::move(values)).code;
    }
    void let_go(Client& who, ObjectHandle object, std::uint64_t told = 1) {
        CHECK(who.ask(LetGo{{object, told}}).code() == errc::ok);
    }
    static Packed ref(ObjectKind kind, ObjectHandle object, const std::string& name = {}) {
        const std::string content =
            objects::pack_reference({kind, name.empty(), with_id().id, object, name});
        return objects::pack_payload(std::string{'\xc7', static_cast<char>(content.size()), 'H'} +
                                     content);
    }
    static Packed dict(ObjectHandle object) { return ref(ObjectKind::dict, object); }
};

}  // namespace

TEST_CASE("an anonymous object lives while its session holds it") {
    Scene scene;
    const ObjectHandle one = scene.make(ObjectKind::dict);
    const ObjectHandle two = scene.make(ObjectKind::dict);
    CHECK(one != two);
    CHECK(scene.objects() == 2);
    scene.let_go(scene.ann, one);
    CHECK(scene.objects() == 1);
    CHECK(scene.call(scene.ann, one, Method::size).code == errc::stale_reference);
    CHECK(scene.opens(scene.ann, ObjectKind::dict, one) == errc::stale_reference);
    CHECK(scene.opens(scene.ann, ObjectKind::dict, two) == errc::ok);
    scene.let_go(scene.ann, two);
    CHECK(scene.objects() == 1);  // it was told of twice
    scene.let_go(scene.ann, two);
    CHECK(scene.objects() == 0);
}

TEST_CASE("a named object need not be held") {
    Scene scene;
    const ObjectHandle named = scene.make(ObjectKind::dict, "prices");
    scene.let_go(scene.ann, named);
    scene.ann.ask(Goodbye{});
    CHECK(scene.objects() == 1);
}

TEST_CASE("what is in a container lives as long as the value does") {
    Scene scene;
    const ObjectHandle outer = scene.make(ObjectKind::dict, "outer");
    const Packed key = pack_text("k");
    const auto stored = [&] {
        const ObjectHandle inner = scene.make(ObjectKind::dict);
        REQUIRE(scene.put(outer, {key, Scene::dict(inner)}) == errc::ok);
        scene.let_go(scene.ann, inner);
        REQUIRE(scene.objects() == 2);
        return inner;
    };
    SECTION("until it is overwritten") {
        stored();
        scene.put(outer, {key, pack_text("other")});
    }
    SECTION("until it is erased") {
        stored();
        scene.call(scene.ann, outer, Method::erase, {key});
    }
    SECTION("until all is") {
        stored();
        scene.call(scene.ann, outer, Method::clear);
    }
    SECTION("until it is taken, and whoever has it lets it go") {
        const ObjectHandle inner = stored();
        CHECK(scene.call(scene.bob, outer, Method::take, {key}).values ==
              Values{Scene::dict(inner)});
        CHECK(scene.objects() == 2);
        CHECK(scene.opens(scene.bob, ObjectKind::dict, inner) == errc::ok);
        scene.let_go(scene.bob, inner, 2);
    }
    SECTION("until its time is over") {
        const ObjectHandle inner = scene.make(ObjectKind::dict);
        scene.call(scene.ann, outer, Method::put, {key, Scene::dict(inner)}, {500});
        scene.let_go(scene.ann, inner);
        CHECK(scene.objects() == 2);
        scene.pass(500ms);
    }
    SECTION("not longer than the container, and what is in it goes as well") {
        const ObjectHandle inner = stored();
        const ObjectHandle innermost = scene.make(ObjectKind::lock);
        scene.put(inner, {key, Scene::ref(ObjectKind::lock, innermost)});
        scene.let_go(scene.ann, innermost);
        CHECK(scene.objects() == 3);
        scene.ann.ask(Destroy{outer});
        scene.make(ObjectKind::dict, "outer");
    }
    CHECK(scene.objects() == 1);
}

TEST_CASE("every kind of container refers to what is in it, and every value of several does") {
    const auto keeps = [](ObjectKind kind, Method method, std::size_t values, Numbers numbers,
                          ObjectOptions options = {}) {
        Scene scene;
        const ObjectHandle outer =
            scene.ann.ask(OpenObject{"outer", kind, options, true, 0}).as<ObjectOpened>().object;
        Values given;
        for (std::size_t i = 0; i < values; ++i) {
            const ObjectHandle inner = scene.make(ObjectKind::dict);
            given.push_back(Scene::dict(inner));
        }
        const objects::Result done =
            scene.call(scene.ann, outer, method, given, std::move(numbers));
        INFO(done.text);
        CHECK(done.code == errc::ok);
        scene.ann.ask(Goodbye{});
        CHECK(scene.objects() == 1 + values);
        scene.bob.ask(Destroy{outer});
        CHECK(scene.objects() == 0);
    };
    keeps(ObjectKind::value, Method::put, 1, {});
    keeps(ObjectKind::value, Method::exchange, 1, {});
    keeps(ObjectKind::value, Method::compare_exchange, 1, {0});
    keeps(ObjectKind::list, Method::append, 3, {});
    keeps(ObjectKind::list, Method::insert, 2, {0});
    keeps(ObjectKind::list, Method::replace, 2, {0});
    keeps(ObjectKind::set, Method::put, 3, {});
    keeps(ObjectKind::set, Method::combine, 2, {0});
    keeps(ObjectKind::dict, Method::put, 4, {});
    keeps(ObjectKind::dict, Method::get_or_put, 2, {});
    keeps(ObjectKind::name_space, Method::put, 2, {});
    keeps(ObjectKind::array, Method::put, 2, {0}, {.count = 2});
    keeps(ObjectKind::array, Method::fill, 1, {}, {.count = 2});
}

TEST_CASE("a snapshot keeps what was in it, as long as it is there") {
    Limits limits;
    limits.frame_bytes_max = 4096;
    ManagerSettings settings = with_limits(limits);
    settings.id = with_id().id;
    Scene scene(settings);
    const ObjectHandle outer = scene.make(ObjectKind::list, "outer");
    for (int i = 0; i < 200; ++i) {
        const ObjectHandle inner = scene.make(ObjectKind::dict);
        scene.call(scene.ann, outer, Method::append, {Scene::dict(inner)});
        scene.let_go(scene.ann, inner);
    }
    const objects::Result first = scene.call(scene.bob, outer, Method::page);
    REQUIRE(first.numbers.at(2) != 0);
    scene.call(scene.ann, outer, Method::clear);
    CHECK(scene.objects() == 201);
    scene.bob.ask(Goodbye{});
    CHECK(scene.objects() == 1);
}

TEST_CASE("whoever is told of an object in a value holds it, as often as told") {
    Scene scene;
    const ObjectHandle outer = scene.make(ObjectKind::value, "outer");
    const ObjectHandle inner = scene.make(ObjectKind::dict);
    scene.put(outer, {Scene::dict(inner)});
    scene.let_go(scene.ann, inner);
    scene.call(scene.bob, outer, Method::get);
    scene.call(scene.bob, outer, Method::get);
    scene.call(scene.ann, outer, Method::exchange, {pack_text("other")});
    scene.let_go(scene.ann, inner);
    // Another answer is on its way there, and keeps the object.
    scene.let_go(scene.bob, inner);
    CHECK(scene.objects() == 2);
    scene.let_go(scene.bob, inner);
    CHECK(scene.objects() == 1);
}

TEST_CASE("a read that told of an object is not done again when it comes again") {
    Scene scene;
    const ObjectHandle outer = scene.make(ObjectKind::value, "outer");
    const ObjectHandle inner = scene.make(ObjectKind::dict);
    scene.put(outer, {Scene::dict(inner)});
    const core::test::Call read = scene.bob.ask(Calls{{{outer, Method::get, {}, {}}}, false});
    scene.bob.again(read);
    CHECK(read.answers() == 2);
    scene.put(outer, {pack_text("other")});
    scene.let_go(scene.ann, inner);
    scene.let_go(scene.bob, inner);
    CHECK(scene.objects() == 1);
}

TEST_CASE("the references of a session that ends, or dies, go with it") {
    Scene scene;
    const ObjectHandle inner = scene.make(ObjectKind::lock);
    SECTION("it says so") {
        scene.ann.ask(Goodbye{});
    }
    SECTION("it is silent for too long") {
        scene.ann.freeze();
        scene.pass(11s);
    }
    CHECK(scene.objects() == 0);
    CHECK(scene.call(scene.bob, inner, Method::state).code == errc::stale_reference);
}

TEST_CASE("who waits at an object that goes is told") {
    Scene scene;
    const ObjectHandle event = scene.make(ObjectKind::event);
    const core::test::Call waits = scene.bob.ask(Calls{{{event, Method::wait, {}, {}}}, false});
    CHECK_FALSE(waits.answered());
    scene.let_go(scene.ann, event);
    CHECK(waits.as<Results>().results.front().code == errc::stale_reference);
}

TEST_CASE("a reference to what is not there is stale, and nothing is stored") {
    Scene scene;
    const ObjectHandle list = scene.make(ObjectKind::list, "list");
    const ObjectHandle inner = scene.make(ObjectKind::dict);
    const ObjectHandle gone = scene.make(ObjectKind::dict);
    scene.let_go(scene.ann, gone);
    const auto fails = [&](const Packed& value, const std::string& why) {
        const objects::Result done =
            scene.call(scene.ann, list, Method::append, {Scene::dict(inner), value});
        CHECK(done.code == errc::stale_reference);
        INFO(done.text);
        for (const std::string& part : {std::string("list \"list\": append"), why}) {
            CHECK(done.text.find(part) != std::string::npos);
        }
        CHECK(scene.call(scene.ann, list, Method::size).numbers.at(0) == 0);
    };
    fails(Scene::dict(gone), "dict #" + std::to_string(gone));
    fails(Scene::ref(ObjectKind::set, inner), "its number is that of dict");
    fails(Scene::ref(ObjectKind::dict, list, "list"), "its number is that of list");
    fails(Scene::ref(ObjectKind::list, list, "other"), "its number is that of list");
    fails(Scene::ref(ObjectKind::queue, 999, "jobs"), "queue \"jobs\"");
    const std::string foreign = objects::pack_reference({ObjectKind::dict, true, {9}, inner, {}});
    fails(objects::pack_payload("\xc7\x19H" + foreign), "another manager");
    CHECK(scene
              .call(scene.ann, list, Method::append,
                    {Scene::ref(ObjectKind::queue, scene.ann.open("jobs"), "jobs")})
              .code == errc::ok);
    // What was counted of a call that failed was taken back.
    scene.let_go(scene.ann, inner);
    CHECK(scene.objects() == 1);
}

TEST_CASE("a stale reference can be looked for, and removed") {
    Scene scene;
    const ObjectHandle set = scene.make(ObjectKind::set, "set");
    const ObjectHandle lock = scene.make(ObjectKind::lock, "gpu");
    const Packed member = Scene::ref(ObjectKind::lock, lock, "gpu");
    CHECK(scene.put(set, {member}) == errc::ok);
    scene.ann.ask(Destroy{lock});
    CHECK(scene.call(scene.ann, set, Method::contains, {member}).numbers == Numbers{1});
    CHECK(scene.call(scene.ann, set, Method::erase, {member}).numbers.at(1) == 1);
    CHECK(scene.put(set, {member}) == errc::stale_reference);
}

TEST_CASE("no container is within itself, directly or not") {
    Scene scene;
    const ObjectHandle a = scene.make(ObjectKind::dict);
    const ObjectHandle b = scene.make(ObjectKind::list);
    const ObjectHandle c = scene.make(ObjectKind::value);
    const Packed key = pack_text("k");
    CHECK(scene.put(a, {key, Scene::dict(a)}) == errc::invalid_argument);
    CHECK(scene.put(a, {key, Scene::ref(ObjectKind::list, b)}) == errc::ok);
    CHECK(scene.call(scene.ann, b, Method::append, {Scene::ref(ObjectKind::value, c)}).code ==
          errc::ok);
    const objects::Result done = scene.call(scene.ann, c, Method::put, {Scene::dict(a)});
    CHECK(done.code == errc::invalid_argument);
    CHECK(done.text.find("within itself") != std::string::npos);
    // Without the link between, it is no cycle.
    scene.call(scene.ann, b, Method::clear);
    CHECK(scene.put(c, {Scene::dict(a)}) == errc::ok);
    scene.ann.ask(Goodbye{});
    CHECK(scene.objects() == 0);
}

TEST_CASE("containers are nested 64 deep, from whichever end they are put together") {
    const bool from_within = GENERATE(true, false);
    Scene scene;
    std::vector<ObjectHandle> all;
    for (int i = 0; i < 66; ++i) all.push_back(scene.make(ObjectKind::value));
    const auto nest = [&](int outer) {
        return scene.put(all[static_cast<std::size_t>(outer)],
                         {Scene::ref(ObjectKind::value, all[static_cast<std::size_t>(outer) + 1])});
    };
    if (from_within) {
        for (int outer = 62; outer >= 0; --outer) CHECK(nest(outer) == errc::ok);
    } else {
        for (int outer = 0; outer < 63; ++outer) CHECK(nest(outer) == errc::ok);
    }
    CHECK(nest(64) == errc::ok);
    CHECK(nest(63) == errc::limit_exceeded);
    // What is no container may be in the innermost.
    CHECK(scene.put(all[63], {Scene::ref(ObjectKind::lock, scene.make(ObjectKind::lock))}) ==
          errc::ok);
    scene.ann.ask(Goodbye{});
    CHECK(scene.objects() == 0);
}

TEST_CASE("a value that is nested a million levels deep is refused if it refers to something") {
    Scene scene;
    const ObjectHandle value = scene.make(ObjectKind::value, "deep");
    const Packed lock = Scene::ref(ObjectKind::lock, scene.make(ObjectKind::lock));
    const Packed deep = objects::pack_payload(std::string(1'000'000, '\x91') +
                                              std::string(objects::payload_of(lock)));
    CHECK(scene.put(value, {deep}) == errc::limit_exceeded);
    CHECK(scene.call(scene.ann, value, Method::get).numbers == Numbers{0});
}

TEST_CASE("a set with references gives them to no other by itself") {
    Scene scene;
    const ObjectHandle one = scene.make(ObjectKind::set, "one");
    const ObjectHandle two = scene.make(ObjectKind::set, "two");
    const auto number = static_cast<std::int64_t>(two);
    scene.put(two, {pack_text("x")});
    CHECK(scene.call(scene.ann, one, Method::combine, {}, {0, number}).code == errc::ok);
    scene.put(two, {Scene::ref(ObjectKind::lock, scene.make(ObjectKind::lock))});
    const auto combine = [&](std::int64_t how) {
        return scene.call(scene.ann, one, Method::combine, {}, {how, number}).code;
    };
    CHECK(combine(0) == errc::unsupported);
    CHECK(combine(3) == errc::unsupported);
    CHECK(combine(1) == errc::ok);
    CHECK(combine(2) == errc::ok);
}

TEST_CASE("LET_GO of what is not held does nothing, and half a pair is refused") {
    Scene scene;
    const ObjectHandle inner = scene.make(ObjectKind::dict);
    scene.let_go(scene.bob, inner);
    scene.let_go(scene.bob, 999, 5);
    CHECK(scene.objects() == 1);
    CHECK(scene.ann.ask(LetGo{{inner}}).code() == errc::invalid_argument);
    CHECK(scene.objects() == 1);
}

TEST_CASE("ten thousand anonymous objects come and go") {
    Scene scene;
    const ObjectHandle outer = scene.make(ObjectKind::list, "outer");
    for (int i = 0; i < 10'000; ++i) {
        const ObjectHandle inner = scene.make(i % 2 == 0 ? ObjectKind::lock : ObjectKind::dict);
        const ObjectKind kind = i % 2 == 0 ? ObjectKind::lock : ObjectKind::dict;
        if (i % 3 == 0) {
            scene.call(scene.ann, outer, Method::append, {Scene::ref(kind, inner)});
            scene.let_go(scene.ann, inner);
            scene.call(scene.bob, outer, Method::take);
            scene.let_go(scene.bob, inner);
        } else {
            scene.let_go(scene.ann, inner);
        }
        for (Client* each : {&scene.ann, &scene.bob}) {
            each->done_below = each->ask(Stats{{}, {}, 0}).id();
            each->forget_inbox();
        }
    }
    CHECK(scene.objects() == 1);
}
