#include "core/rights.hpp"

#include "support/catch.hpp"

// The decision alone: who, what, on which name.

using namespace handoff;
using namespace handoff::core;

namespace {

const Roles farm{
    {"producers",
     {.keys = {"ann", "feeder.*"}, .put = {"jobs", "events.*"}, .create = {"events.*"}}},
    {"workers", {.keys = {"bob", "ann"}, .get = {"jobs"}}},
    {"operators", {.keys = {"0123456789012345678901234567890123456789"}, .admin = {"*"}}},
};

Rights of(const std::string& name, const std::string& key = "some key") {
    return {farm, {key, {name}}};
}

}  // namespace

TEST_CASE("a star in a pattern stands for any characters, or none") {
    CHECK(matches("jobs", "jobs"));
    CHECK(matches("*", "jobs"));
    CHECK(matches("*", ""));
    CHECK(matches("jobs*", "jobs"));
    CHECK(matches("events.*", "events.eu.north"));
    CHECK(matches("*.dead", "jobs.dead"));
    CHECK(matches("a*b*c", "a-b-b-c"));
    CHECK(matches("a**c", "abc"));
    CHECK_FALSE(matches("jobs", "jobs.dead"));
    CHECK_FALSE(matches("jobs", "job"));
    CHECK_FALSE(matches("events.*", "events"));
    CHECK_FALSE(matches("a*b*c", "a-c-b"));
    CHECK_FALSE(matches("", "jobs"));
}

TEST_CASE("a pattern of many stars is decided at once") {
    std::string pattern;
    for (int star = 0; star < 100; ++star) pattern += "*a";
    CHECK_FALSE(matches(pattern + "b", std::string(255, 'a')));
}

TEST_CASE("what no role allows is refused") {
    CHECK(of("ann").may(Right::put, "jobs"));
    CHECK(of("ann").may(Right::put, "events.eu"));
    CHECK_FALSE(of("ann").may(Right::put, "results"));
    CHECK_FALSE(of("ann").may(Right::destroy, "jobs"));
    CHECK_FALSE(of("bob").may(Right::put, "jobs"));
    CHECK_FALSE(of("eve").may(Right::get, "jobs"));
    CHECK_FALSE(of("eve").may_any("jobs"));
    CHECK(of("eve").limited());
}

TEST_CASE("a client has what any of its roles allows") {
    CHECK(of("ann").may(Right::get, "jobs"));
    CHECK(of("ann").may(Right::create, "events.eu"));
    CHECK(of("ann").may_any("events.eu"));
    CHECK(of("ann").may_somewhere(Right::create));
    CHECK_FALSE(of("bob").may_somewhere(Right::create));
}

TEST_CASE("roles know clients by the names of their key files, by patterns of them, and by keys") {
    CHECK(of("feeder.1").may(Right::put, "jobs"));
    CHECK_FALSE(of("feeder").may(Right::put, "jobs"));
    CHECK(of("x", "0123456789012345678901234567890123456789").may(Right::admin, "anything"));
    const Rights both(farm, {"some key", {"x", "bob"}});
    CHECK(both.may(Right::get, "jobs"));
}

TEST_CASE("without a role, and without a key, all is allowed") {
    const Roles none;
    CHECK(Rights(none, {"some key", {"ann"}}).may(Right::admin, "jobs"));
    CHECK(Rights(farm, {"", {}}).may(Right::admin, "jobs"));
    CHECK_FALSE(Rights(farm, {"", {}}).limited());
    CHECK(Rights().may(Right::destroy, "jobs"));
}

TEST_CASE("a refusal says which line of the configuration would allow it") {
    using Catch::Contains;
    CHECK_THAT(of("bob").advice(Right::put, "jobs"),
               Contains("\"jobs\"") && Contains("put of [roles.workers]"));
    CHECK_THAT(of("eve").advice(Right::put, "jobs"), Contains("no role"));
}
