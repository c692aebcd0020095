#include "core/spin.hpp"

#include "support/catch.hpp"

using handoff::core::Spin;

namespace {

/// How many waits are slept through before the next one that is worth while.
int sleeps_before_next(Spin& spin) {
    int sleeps = 0;
    while (!spin.is_worth_while()) ++sleeps;
    return sleeps;
}

}  // namespace

TEST_CASE("staying awake goes on while it pays") {
    Spin spin(true);
    for (int i = 0; i < 1000; ++i) {
        REQUIRE(spin.is_worth_while());
        spin.paid();
    }
}

TEST_CASE("each vigil in vain is followed by twice as many sleeps, up to a limit") {
    Spin spin(true);
    for (int expected = 1; expected < Spin::sleeps_max; expected *= 2) {
        spin.was_in_vain();
        CHECK(sleeps_before_next(spin) == expected);
    }
    spin.was_in_vain();
    CHECK(sleeps_before_next(spin) == Spin::sleeps_max);
    spin.was_in_vain();
    CHECK(sleeps_before_next(spin) == Spin::sleeps_max);
}

TEST_CASE("one vigil that pays makes the next one in vain cheap again") {
    Spin spin(true);
    for (int i = 0; i < 20; ++i) spin.was_in_vain();
    sleeps_before_next(spin);
    spin.paid();
    spin.was_in_vain();
    CHECK(sleeps_before_next(spin) == 1);
}

TEST_CASE("who is in the way of others sleeps long, and longer each time") {
    Spin spin(true);
    for (int expected = Spin::sleeps_max; expected < Spin::sleeps_when_busy_max; expected *= 2) {
        spin.was_in_the_way();
        CHECK(sleeps_before_next(spin) == expected);
    }
    spin.was_in_the_way();
    CHECK(sleeps_before_next(spin) == Spin::sleeps_when_busy_max);
    spin.paid();
    spin.was_in_the_way();
    CHECK(sleeps_before_next(spin) == Spin::sleeps_when_busy_max - 1);
}

TEST_CASE("that others were busy is forgotten after as many vigils that paid") {
    Spin spin(true);
    spin.was_in_the_way();
    sleeps_before_next(spin);
    for (int i = 0; i < Spin::sleeps_max; ++i) spin.paid();
    spin.was_in_the_way();
    CHECK(sleeps_before_next(spin) == Spin::sleeps_max);
}

TEST_CASE("where it is not allowed nobody stays awake") {
    Spin spin(false);
    for (int i = 0; i < 1000; ++i) REQUIRE_FALSE(spin.is_worth_while());
    spin.paid();
    CHECK_FALSE(spin.is_worth_while());
}
