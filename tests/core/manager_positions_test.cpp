#include "core/manager_positions.hpp"

#include <string>

#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using handoff::core::manager::Positions;

namespace {

/// "1-2 ok 3 full"
std::string told(const Positions& positions, Range range) {
    std::string text;
    for (const PutDone::Outcome& outcome : positions.outcomes(range, Durability::memory)) {
        if (!text.empty()) text += ' ';
        text += std::to_string(outcome.positions.first);
        if (outcome.positions.count() > 1) text += "-" + std::to_string(outcome.positions.last);
        text += " " + std::string(to_string(outcome.code));
    }
    return text;
}

}  // namespace

TEST_CASE("positions begin at 1, and what came is ok unless it was refused") {
    Positions positions;
    CHECK(positions.next() == 1);
    positions.came({1, 10});
    positions.refuse({4, 6}, errc::full);
    CHECK(positions.next() == 11);
    CHECK(told(positions, {1, 10}) == "1-3 ok 4-6 full 7-10 ok");
    CHECK(told(positions, {5, 5}) == "5 full");
    CHECK(told(positions, {6, 7}) == "6 full 7 ok");
}

TEST_CASE("positions that wait have no outcome yet") {
    Positions positions;
    positions.came({1, 9});
    positions.waits({3, 4}, 17);
    positions.waits({7, 9}, 18);
    positions.refuse({5, 5}, errc::closed);
    CHECK(told(positions, {1, 9}) == "1-2 ok 5 closed 6 ok");
    CHECK(told(positions, {4, 5}) == "5 closed");
    CHECK(positions.waiting_within({1, 3}).ticket == 17);
    CHECK(positions.waiting_within({4, 9}).ticket == 17);
    CHECK(positions.waiting_within({5, 8}).positions == Range{7, 9});
    CHECK(positions.waiting_within({5, 6}).ticket == 0);
    positions.waits_no_more(7);
    CHECK(told(positions, {7, 9}) == "7-9 ok");
}

TEST_CASE("neighbouring refusals of one kind are remembered as one") {
    Positions positions;
    positions.came({1, 100});
    positions.refuse({10, 19}, errc::full);
    positions.refuse({30, 39}, errc::full);
    positions.refuse({20, 29}, errc::full);
    CHECK(positions.refusals() == 1);
    positions.refuse({40, 49}, errc::closed);
    positions.refuse({1, 9}, errc::closed);
    CHECK(positions.refusals() == 3);
    CHECK(told(positions, {1, 50}) == "1-9 closed 10-39 full 40-49 closed 50 ok");
}

TEST_CASE("refusals below the lowest unconfirmed position are forgotten, also half of one") {
    Positions positions;
    positions.came({1, 20});
    positions.refuse({2, 3}, errc::full);
    positions.refuse({5, 9}, errc::full);
    positions.confirm_below(7);
    CHECK(positions.refusals() == 1);
    CHECK(told(positions, {7, 10}) == "7-9 full 10 ok");
    positions.confirm_below(10);
    CHECK(positions.refusals() == 0);
    CHECK(positions.next() == 21);
}

TEST_CASE("what never came below the lowest unconfirmed position is skipped") {
    Positions positions;
    positions.came({1, 3});
    positions.confirm_below(8);
    CHECK(positions.next() == 8);
    CHECK(positions.lowest() == 8);
    positions.confirm_below(5);
    CHECK(positions.lowest() == 8);
}
