#include "core/objects/object_world.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::objects;
using namespace std::chrono_literals;

namespace {

constexpr ObjectKind kinds[]{ObjectKind::lock,      ObjectKind::recursive_lock,
                             ObjectKind::semaphore, ObjectKind::bounded_semaphore,
                             ObjectKind::event,     ObjectKind::barrier,
                             ObjectKind::rw_lock,   ObjectKind::latch,
                             ObjectKind::election,  ObjectKind::value,
                             ObjectKind::array,     ObjectKind::list,
                             ObjectKind::dict,      ObjectKind::set,
                             ObjectKind::name_space};

}  // namespace

TEST_CASE("every kind of object can be made, and refuses a method that it does not have") {
    for (const ObjectKind kind : kinds) {
        INFO(to_string(kind));
        REQUIRE(can_make(kind));
        test::ObjectWorld world(kind);
        CHECK(world.call(test::ann, Method::invoke).code() == errc::unsupported);
        CHECK(mismatch(in_force(kind, {}), in_force(kind, {})).empty());
        CHECK(fault_of(kind, in_force(kind, {})).empty());
    }
    CHECK_FALSE(can_make(ObjectKind::queue));
    CHECK_FALSE(can_make(ObjectKind::registered));
    CHECK_FALSE(can_make(static_cast<ObjectKind>(12)));
    CHECK_FALSE(can_make(static_cast<ObjectKind>(200)));
}

TEST_CASE("options that a kind does not have, or beyond their bounds, are faults") {
    ObjectOptions options;
    options.ttl = 1s;
    CHECK(fault_of(ObjectKind::lock, options).empty());
    CHECK(fault_of(ObjectKind::dict, options) == "dict has no option ttl");
    options.ttl = 0ms;
    CHECK_FALSE(fault_of(ObjectKind::lock, options).empty());
    options.ttl = Millis::max();
    CHECK_FALSE(fault_of(ObjectKind::lock, options).empty());
    options = {};
    options.count = 0;
    CHECK_FALSE(fault_of(ObjectKind::barrier, options).empty());
    CHECK(fault_of(ObjectKind::semaphore, options).empty());
    CHECK_FALSE(fault_of(ObjectKind::event, options).empty());
    options.count = std::uint64_t{1} << 63;
    CHECK_FALSE(fault_of(ObjectKind::semaphore, options).empty());
    CHECK_FALSE(fault_of(ObjectKind::array, options).empty());
    CHECK_FALSE(fault_of(ObjectKind::barrier, options).empty());
}

TEST_CASE("an option that is set and differs is a mismatch, one that is not set is none") {
    ObjectOptions wanted;
    CHECK(mismatch(wanted, in_force(ObjectKind::semaphore, {})).empty());
    wanted.count = 3;
    CHECK(mismatch(wanted, in_force(ObjectKind::semaphore, {})) == "count is 1");
    CHECK(mismatch(wanted, in_force(ObjectKind::semaphore, wanted)).empty());
    wanted = {};
    wanted.ttl = 1s;
    CHECK(mismatch(wanted, in_force(ObjectKind::lock, {})) == "ttl is not set");
}
