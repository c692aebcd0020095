#include "core/objects/object_world.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::objects;
using namespace handoff::core::objects::test;

namespace {

enum : std::int64_t { unite, intersect, subtract, symmetric };
enum : std::int64_t { subset, superset, disjoint, equal };

struct SetWorld : ObjectWorld {
    explicit SetWorld(const Texts& members = {}, const ObjectOptions& options = {})
        : ObjectWorld(ObjectKind::set, options) {
        if (!members.empty()) call(ann, Method::put, {}, texts(members));
    }
    Texts all() { return call(ann, Method::page).texts(); }
    Texts combined(std::int64_t how, const Texts& members) {
        call(ann, Method::combine, {how}, texts(members));
        return all();
    }
    bool is(std::int64_t relation, const Texts& members) {
        return call(ann, Method::compare, {relation}, texts(members)).at(0) == 1;
    }
};

}  // namespace

TEST_CASE("a set has each member once") {
    SetWorld world;
    CHECK(world.call(ann, Method::put, {}, texts({"a", "b", "a"})).numbers() == Numbers{1, 2});
    CHECK(world.call(ann, Method::put, {}, texts({"a"})).numbers() == Numbers{1, 0});
    CHECK(world.call(ann, Method::contains, {}, texts({"a", "x"})).numbers() == Numbers{1, 0});
    CHECK(world.call(ann, Method::erase, {}, texts({"a", "a", "x"})).numbers() == Numbers{2, 1});
    CHECK(world.call(ann, Method::erase, {}, texts({"a"})).numbers() == Numbers{2, 0});
    CHECK(world.call(ann, Method::take_any).texts() == Texts{"b"});
    CHECK(world.call(ann, Method::take_any).numbers() == Numbers{0});
    CHECK(world.call(ann, Method::clear).numbers() == Numbers{3, 0});
}

TEST_CASE("sets are combined in one step") {
    CHECK(SetWorld({"a", "b"}).combined(unite, {"b", "c"}) == Texts{"a", "b", "c"});
    CHECK(SetWorld({"a", "b"}).combined(intersect, {"b", "c"}) == Texts{"b"});
    CHECK(SetWorld({"a", "b"}).combined(subtract, {"b", "c"}) == Texts{"a"});
    CHECK(SetWorld({"a", "b"}).combined(symmetric, {"b", "c"}) == Texts{"a", "c"});
    CHECK(SetWorld({"a", "b"}).combined(intersect, {}).empty());
    SetWorld world({"a"});
    CHECK(world.call(ann, Method::combine, {unite}, texts({"a"})).numbers() == Numbers{1, 1});
    CHECK(world.call(ann, Method::combine, {9}, texts({"a"})).code() == errc::unsupported);
}

TEST_CASE("a set is combined with another one, and with itself") {
    SetWorld world({"a", "b"});
    SetWorld other({"b", "c"});
    world.others[7] = other.object.get();
    world.others[8] = world.object.get();
    world.call(ann, Method::combine, {unite, 7});
    CHECK(world.all() == Texts{"a", "b", "c"});
    world.call(ann, Method::combine, {symmetric, 8});
    CHECK(world.all().empty());
    CHECK(world.call(ann, Method::combine, {unite, 99}).code() == errc::stale_reference);
    const ObjectWorld lock(ObjectKind::lock);
    world.others[9] = lock.object.get();
    CHECK(world.call(ann, Method::combine, {unite, 9}).code() == errc::object_mismatch);
}

TEST_CASE("sets are compared") {
    SetWorld world({"a", "b"});
    CHECK(world.is(subset, {"a", "b", "c"}));
    CHECK_FALSE(world.is(subset, {"a"}));
    CHECK(world.is(superset, {"a"}));
    CHECK(world.is(superset, {}));
    CHECK_FALSE(world.is(superset, {"x"}));
    CHECK(world.is(disjoint, {"x"}));
    CHECK_FALSE(world.is(disjoint, {"a"}));
    CHECK(world.is(equal, {"b", "a", "b"}));
    CHECK_FALSE(world.is(equal, {"a"}));
}

TEST_CASE("a set has an end, which what leaves at the same time counts for") {
    ObjectOptions options;
    options.entries_max = 2;
    SetWorld world({"a", "b"}, options);
    CHECK(world.call(ann, Method::put, {}, texts({"c"})).code() == errc::limit_exceeded);
    CHECK(world.call(ann, Method::combine, {unite}, texts({"c"})).code() == errc::limit_exceeded);
    CHECK(world.all() == Texts{"a", "b"});
    CHECK(world.combined(symmetric, {"a", "c"}) == Texts{"b", "c"});
}

TEST_CASE("who waits for a change of a set hears of it") {
    SetWorld world({"a"});
    const Called watch = world.call(bob, Method::changed, {1});
    world.call(ann, Method::put, {}, texts({"a"}));
    CHECK(watch.waits());
    world.call(ann, Method::put, {}, texts({"b"}));
    CHECK(watch.numbers() == Numbers{2});
}
