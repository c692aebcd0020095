#include <limits>

#include "core/objects/object_world.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::objects;
using namespace handoff::core::objects::test;

TEST_CASE("a value has none until it is set, and each change raises its version") {
    ObjectWorld world(ObjectKind::value);
    CHECK(world.call(ann, Method::get).numbers() == Numbers{0});
    CHECK(world.call(ann, Method::get).texts().empty());
    CHECK(world.call(ann, Method::put, {}, {text("a")}).numbers() == Numbers{1});
    CHECK(world.call(bob, Method::get).texts() == Texts{"a"});
    const Called exchanged = world.call(bob, Method::exchange, {}, {text("b")});
    CHECK(exchanged.numbers() == Numbers{2});
    CHECK(exchanged.texts() == Texts{"a"});
    CHECK(world.call(ann, Method::get).numbers() == Numbers{2});
}

TEST_CASE("add counts from what is there, or from 0") {
    ObjectWorld world(ObjectKind::value);
    CHECK(world.call(ann, Method::add).numbers() == Numbers{1, 1});
    CHECK(world.call(bob, Method::add, {41}).numbers() == Numbers{42, 2});
    CHECK(world.call(bob, Method::add, {-100}).numbers() == Numbers{-58, 3});
    CHECK(world.call(ann, Method::get).texts() == Texts{"-58"});
}

TEST_CASE("a sum beyond 64 bits, or of what is no integer, changes nothing") {
    ObjectWorld world(ObjectKind::value);
    const std::int64_t most = std::numeric_limits<std::int64_t>::max();
    world.call(ann, Method::put, {}, {number(most)});
    CHECK(world.call(ann, Method::add).code() == errc::out_of_range);
    CHECK(world.call(ann, Method::get).texts() == Texts{std::to_string(most)});
    world.call(ann, Method::put, {}, {text("a")});
    CHECK(world.call(ann, Method::add).code() == errc::wrong_type);
    CHECK(world.call(ann, Method::get).numbers() == Numbers{2});
}

TEST_CASE("a value is exchanged if it is what was expected, by bytes") {
    ObjectWorld world(ObjectKind::value);
    CHECK(world.call(ann, Method::compare_exchange, {}, texts({"a", "b"})).at(0) == 0);
    world.call(ann, Method::put, {}, {text("a")});
    CHECK(world.call(ann, Method::compare_exchange, {}, texts({"a", "b"})).numbers() ==
          Numbers{1, 2});
    const Called refused = world.call(ann, Method::compare_exchange, {}, texts({"a", "c"}));
    CHECK(refused.numbers() == Numbers{0, 2});
    CHECK(refused.texts() == Texts{"b"});
}

TEST_CASE("a value is exchanged if it has the version that was seen") {
    ObjectWorld world(ObjectKind::value);
    CHECK(world.call(ann, Method::compare_exchange, {0}, {text("a")}).numbers() == Numbers{1, 1});
    CHECK(world.call(bob, Method::compare_exchange, {0}, {text("b")}).numbers() == Numbers{0, 1});
    CHECK(world.call(bob, Method::compare_exchange, {1}, {text("b")}).numbers() == Numbers{1, 2});
    CHECK(world.call(ann, Method::get).texts() == Texts{"b"});
}

TEST_CASE("who waits for a change hears of the next one, or at once of one that was") {
    ObjectWorld world(ObjectKind::value);
    const Called first = world.call(ann, Method::changed, {0});
    const Called dead = world.call(bob, Method::changed, {0});
    const Called bored = world.call(cat, Method::changed, {0});
    CHECK(dead.waits());
    world.end_session(bob);
    world.cancel(bored);
    CHECK(first.waits());
    world.call(dan, Method::add);
    CHECK(first.numbers() == Numbers{1});
    CHECK(world.call(ann, Method::changed, {0}).numbers() == Numbers{1});
    CHECK(world.attempt(ann, Method::changed, {1}).code() == errc::empty);
}

TEST_CASE("a value that is too long is refused, in every way to set it") {
    ObjectOptions options;
    options.bytes_max = 10;
    ObjectWorld world(ObjectKind::value, options);
    const Packed longer = text(std::string(20, 'x'));
    world.call(ann, Method::put, {}, {text("a")});
    CHECK(world.call(ann, Method::put, {}, {longer}).code() == errc::limit_exceeded);
    CHECK(world.call(ann, Method::exchange, {}, {longer}).code() == errc::limit_exceeded);
    CHECK(world.call(ann, Method::compare_exchange, {1}, {longer}).code() == errc::limit_exceeded);
    CHECK(world.call(ann, Method::get).texts() == Texts{"a"});
    CHECK(world.call(ann, Method::put).code() == errc::invalid_argument);
    CHECK(world.call(ann, Method::put, {}, texts({"a", "b"})).code() == errc::invalid_argument);
    CHECK(world.call(ann, Method::acquire).code() == errc::unsupported);
}
