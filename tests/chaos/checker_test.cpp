// That the checker of the chaos finds what it is there to find, and allows what is allowed.
#include <string>
#include <utility>

#include "chaos/record/checker.hpp"
#include "handoff/error.hpp"
#include "support/catch.hpp"

using namespace chaos;

namespace {

Entry put(std::uint64_t count, std::uint64_t confirmed) {
    Entry entry;
    entry.kind = Kind::put;
    entry.producer = 1;
    entry.count = entry.begun = count;
    entry.finished = confirmed;
    return entry;
}

/// Of items that producer 1 has put: handed out at `at` seconds, and acknowledged at once.
Entry given(std::uint64_t first, std::uint64_t count, std::uint64_t token, int at = 100) {
    Entry entry;
    entry.kind = Kind::given;
    entry.producer = 1;
    entry.first = first;
    entry.token = token;
    entry.first_time = true;
    entry.count = entry.begun = entry.finished = count;
    entry.began = entry.ended = at * second;
    return entry;
}

Entry without_end(Entry entry) {
    entry.finished = 0;
    return entry;
}

Entry note(Kind kind, std::uint64_t number, std::uint64_t token, handoff::errc code) {
    Entry entry;
    entry.kind = kind;
    entry.producer = 1;
    entry.first = number;
    entry.token = token;
    entry.count = 1;
    entry.code = static_cast<std::int32_t>(code);
    entry.began = 100 * second;
    return entry;
}

/// A producer, and two consumers of its queue.
struct Days {
    Days() {
        evidence.tales.resize(3);
        for (std::uint32_t i = 0; i < 3; ++i) {
            evidence.tales[i].number = i + 1;
            evidence.tales[i].house = "h";
            evidence.tales[i].queue = "q";
        }
    }
    Tale& producer() { return evidence.tales[0]; }
    Tale& first() { return evidence.tales[1]; }
    Tale& second_one() { return evidence.tales[2]; }
    [[nodiscard]] Verdict verdict() const { return judge(evidence); }

    Case evidence;
};

}  // namespace

TEST_CASE("the checker of chaos finds nothing wrong with a good day") {
    Days days;
    days.producer().entries = {put(10, 10)};
    days.first().entries = {given(0, 4, 100)};
    days.second_one().entries = {given(4, 6, 200)};
    const Verdict verdict = days.verdict();
    CHECK(verdict.good());
    CHECK(verdict.confirmed == 10);
    CHECK(verdict.ok == 10);
}

TEST_CASE("the checker of chaos finds an item that was confirmed and never came") {
    Days days;
    days.producer().entries = {put(10, 10)};
    days.first().entries = {given(0, 4, 100), given(5, 5, 105)};
    CHECK(days.verdict().lost == 1);
    CHECK(days.verdict().ok == 9);
    CHECK_FALSE(days.verdict().good());
}

TEST_CASE("the checker of chaos finds an item that came, was never acknowledged, and was gone") {
    Days days;
    days.producer().entries = {put(1, 1)};
    Entry alone = given(0, 1, 100);
    alone.begun = alone.finished = 0;
    days.first().entries = {alone};
    days.first().killed = true;
    CHECK(days.verdict().lost == 1);
    days.first().entries[0].begun = 1;  // then it may have arrived
    CHECK(days.verdict().good());
}

TEST_CASE("the checker of chaos finds an item that nobody put, or that was surely not put") {
    Days days;
    days.producer().entries = {put(2, 2)};
    days.first().entries = {given(0, 3, 100)};
    CHECK(days.verdict().unexpected == 1);
    days.producer().entries.push_back(note(Kind::refused, 1, 0, handoff::errc::store_full));
    CHECK(days.verdict().unexpected == 2);
}

TEST_CASE("the checker of chaos lets an item whose put has no known end come or not") {
    Days days;
    days.producer().entries = {put(5, 3),
                               note(Kind::unknown, 1, 0, handoff::errc::outcome_unknown)};
    days.first().entries = {given(0, 2, 100), given(2, 2, 102)};
    const Verdict verdict = days.verdict();
    CHECK(verdict.good());
    CHECK(verdict.confirmed == 2);
    CHECK(verdict.recovered == 2);
    CHECK(verdict.vanished == 1);
}

TEST_CASE("the checker of chaos finds an item that came twice without a reason") {
    Days days;
    days.producer().entries = {put(1, 1)};
    days.first().entries = {without_end(given(0, 1, 100))};
    days.second_one().entries = {given(0, 1, 200)};
    CHECK(days.verdict().unexplained == 1);

    SECTION("its consumer was killed") {
        days.first().killed = true;
    }
    SECTION("its consumer was stopped") {
        days.first().faults = {{FaultKind::stopped, 99 * second, 105 * second}};
    }
    SECTION("its consumer gave it back") {
        days.first().entries.push_back(note(Kind::released, 0, 100, handoff::errc::ok));
    }
    SECTION("its manager was killed") {
        days.evidence.managers["h"] = {{FaultKind::killed, 99 * second, 100 * second}};
    }
    const Verdict verdict = days.verdict();
    CHECK(verdict.good());
    CHECK(verdict.duplicated.size() == 1);
}

TEST_CASE(
    "a fault that was over long before, or came after, is no reason to the checker of chaos") {
    Days days;
    days.producer().entries = {put(1, 1)};
    days.first().entries = {without_end(given(0, 1, 100))};
    days.second_one().entries = {given(0, 1, 200)};
    days.first().faults = {{FaultKind::stopped, 50 * second, 60 * second},
                           {FaultKind::stopped, 150 * second, 160 * second}};
    CHECK(days.verdict().unexplained == 1);
}

TEST_CASE("the checker of chaos finds what came again after its end was confirmed, killed or not") {
    Days days;
    days.producer().entries = {put(1, 1)};
    days.first().entries = {given(0, 1, 100)};
    days.second_one().entries = {without_end(given(0, 1, 200))};
    days.first().killed = days.second_one().killed = true;
    CHECK(days.verdict().unexplained == 1);
    // The other way round it is a duplicate as others are.
    days.second_one().entries[0].token = 50;
    CHECK(days.verdict().good());
}

TEST_CASE("the checker of chaos finds an order that is broken where nothing is fetched ahead") {
    Days days;
    days.producer().entries = {put(3, 3)};
    days.first().entries = {given(1, 1, 100), given(2, 1, 102)};
    days.second_one().entries = {given(0, 1, 101)};
    CHECK(days.verdict().good());
    days.evidence.ordered = {"h/q"};
    CHECK(days.verdict().out_of_order == 1);
    days.second_one().entries[0].first_time = false;  // it came before, to somebody else
    CHECK(days.verdict().good());
}

TEST_CASE("the checker of chaos forgives a killed get one item and no more") {
    Days days;
    days.producer().entries = {put(2, 2)};
    days.first().killed = days.first().get_ran = true;
    CHECK(days.verdict().lost == 1);
    CHECK(days.verdict().taken == 1);
    days.second_one().killed = days.second_one().get_ran = true;
    CHECK(days.verdict().good());
}
