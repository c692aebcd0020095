#include <cstdint>

#include "core/objects/packed.hpp"
#include "wire/by_hand.hpp"

// docs/protocol-objects.md: OPEN_OBJECT, CALL and their answers.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::wire::tests;
using objects::Method;
using objects::pack_text;

namespace {

/// Encodes and decodes in one frame and in two.
void travels(const Request& request) {
    const wire::Encoded encoded = wire::encode(request);
    std::string runs;
    for (const Slice& run : encoded.runs) runs += run.view();
    CHECK(good_request({encoded.head + runs}) == request);
    CHECK(good_request({encoded.head, runs}) == request);
}

void travels(const Reply& reply) {
    const wire::Encoded encoded = wire::encode(reply);
    std::string runs;
    for (const Slice& run : encoded.runs) runs += run.view();
    CHECK(good_reply({encoded.head + runs}) == reply);
    CHECK(good_reply({encoded.head, runs}) == reply);
}

const std::string a_and_b = "c4 02 a1 61 c4 02 a1 62";

}  // namespace

TEST_CASE("CALL has a run of values for each call, which may be empty") {
    const Elements fields{"92 95 05 15 91 ff 02 08 95 06 06 90 00 00", "c3"};
    const auto calls = request_by_hand<Calls>("18", fields, a_and_b);
    CHECK(calls.stop);
    REQUIRE(calls.calls.size() == 2);
    CHECK(calls.calls[0] == objects::Call{5, Method::put, {-1}, {pack_text("a"), pack_text("b")}});
    CHECK(calls.calls[1] == objects::Call{6, Method::state, {}, {}});
    travels(Request{7, 5, std::nullopt, {}, calls});
}

TEST_CASE("RESULTS has code, numbers, values and a text for each call") {
    const Elements fields{"92 94 00 92 01 cd 01 00 02 08 95 18 90 00 00 a1 78"};
    const auto results = reply_by_hand<Results>("4d", fields, a_and_b);
    REQUIRE(results.results.size() == 2);
    CHECK(results.results[0] ==
          objects::Result{errc::ok, {1, 256}, {pack_text("a"), pack_text("b")}, {}});
    CHECK(results.results[1] == objects::failure(errc::not_owner, "x"));
}

TEST_CASE("OPEN_OBJECT names kind and options, and has defaults for the rest") {
    const auto open = request_by_hand<OpenObject>("17", {"a1 78", "03"});
    CHECK(open == OpenObject{"x", ObjectKind::semaphore, {}, true, 0});
    const auto full = request_by_hand<OpenObject>("17", {"a0", "06", "82 01 03 03 c3", "c2", "09"});
    ObjectOptions options;
    options.count = 3;
    options.action = true;
    CHECK(full == OpenObject{"", ObjectKind::barrier, options, false, 9});
    CHECK(reply_by_hand<ObjectOpened>("4c", {"09", "01"}) == ObjectOpened{9, ObjectKind::lock, {}});
    CHECK(bad_request_by_hand("17", {"a1 78", "03", "81 09 01"}).code == errc::unsupported);
    CHECK(bad_request_by_hand("17", {"a1 78"}).code == errc::protocol);
}

TEST_CASE("LET_GO has pairs of an object and how often it was told") {
    CHECK(request_by_hand<LetGo>("19", {"94 05 01 06 02"}) == LetGo{{5, 1, 6, 2}});
    CHECK(request_by_hand<LetGo>("19", {"90"}) == LetGo{});
    CHECK(bad_request_by_hand("19", {}).code == errc::protocol);
    CHECK(bad_request_by_hand("19", {"92 05 a1 78"}).code == errc::protocol);
    travels(Request{1, 1, std::nullopt, {}, LetGo{{unlimited, 1, 3, unlimited}}});
}

TEST_CASE("messages of objects come out as they went in") {
    ObjectOptions all;
    all.count = 7;
    all.ttl = Millis{30'000};
    all.action = false;
    all.entries_max = 10;
    all.bytes_max = unlimited;
    travels(Request{1, 1, Millis{0}, {}, OpenObject{"x", ObjectKind::name_space, all, false, 0}});
    travels(Reply{1, ObjectOpened{1, ObjectKind::registered, all}});
    const Slice large = objects::pack_payload(std::string(100'000, 'x'));
    const objects::Call call{
        unlimited, static_cast<Method>(65'535), {INT64_MIN, INT64_MAX, 0}, {large, pack_text("")}};
    travels(Request{1, 1, std::nullopt, {}, Calls{{call, call, {}}, true}});
    travels(Reply{1, Results{{{errc::ok, {1}, {large, large}, {}},
                              objects::failure(errc::lock_lost, "gone")}}});
    travels(Reply{1, Results{}});
    ObjectStats stats{
        .name = "x", .object = unlimited, .kind = ObjectKind::rw_lock, .options = all};
    stats.version = stats.count = stats.bytes = stats.held = stats.waiting = unlimited;
    stats.holders = {{1, "one", unlimited, 2, true, Millis{1}, std::nullopt}};
    stats.waiters = {{2, "two", Method::sleep, Millis{3}}, {3, "", Method::acquire, Millis{0}}};
    travels(Request{1, 1, std::nullopt, {}, Objects{"x", unlimited, 5, 6}});
    travels(Reply{1, ObjectsReply{{stats, stats}, true}});
}

TEST_CASE("OBJECTS and its answer have defaults for what is missing") {
    CHECK(request_by_hand<Objects>("1a", {"a1 78"}) == Objects{"x", 0, 1000, 16});
    CHECK(bad_request_by_hand("1a", {}).code == errc::protocol);
    CHECK(bad_request_by_hand("1a", {"a0", "ff"}).code == errc::invalid_argument);
    const std::string first = "9b a1 78 05 01 80 00 00 00 01 01 ";
    const auto reply = reply_by_hand<ObjectsReply>("4e", {"91 " + first + "91 91 03 91 91 04"});
    CHECK_FALSE(reply.more);
    ObjectStats expected{.name = "x", .object = 5, .kind = ObjectKind::lock};
    expected.held = expected.waiting = 1;
    expected.holders = {{3, "", 0, 1, false, std::nullopt, std::nullopt}};
    expected.waiters = {{4, "", {}, Millis{0}}};
    CHECK(reply.objects == std::vector{expected});
    CHECK(bad_reply_by_hand("4e", {"91 9a a1 78 05 01 80 00 00 00 01 01 90"}).code ==
          errc::protocol);
    CHECK(bad_reply_by_hand("4e", {"91 " + first + "91 90 90"}).code == errc::protocol);
}

TEST_CASE("values of a CALL that are not what its head says are refused") {
    const auto refused = [](const std::string& call, const std::string& runs) {
        return bad_request_by_hand("18", {"91 " + call}, runs).code;
    };
    CHECK(refused("95 05 15 90 03 08", a_and_b) == errc::protocol);
    CHECK(refused("95 05 15 90 02 07", a_and_b) == errc::protocol);
    CHECK(refused("95 05 15 90 02 09", a_and_b) == errc::protocol);
    CHECK(refused("95 05 15 90 00 00", a_and_b) == errc::protocol);
    CHECK(refused("95 05 15 90 01 00", "") == errc::protocol);
    CHECK(refused("95 05 15 90 ce ff ff ff ff 00", "") == errc::protocol);
    CHECK(refused("95 05 15 91 cf ff ff ff ff ff ff ff ff 00 00", "") == errc::invalid_argument);
    CHECK(refused("95 05 ce 00 01 00 00 90 00 00", "") == errc::unsupported);
    CHECK(refused("93 05 15 90", "") == errc::protocol);
    CHECK(bad_request_by_hand("18", {"90"}).code == errc::invalid_argument);
}
