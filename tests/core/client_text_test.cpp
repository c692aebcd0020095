#include "core/client_fixture.hpp"

namespace handoff::core::test {

using namespace std::chrono_literals;

namespace {

bool says(const std::string& text, const std::string& part) {
    INFO(text);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("An error says what was attempted, on which queue and where") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const QueueRef other = test.open("results");
    const auto text_of = [&](RequestBody body) {
        const CallId call = test.call(std::move(body));
        test.fail(test.next_request(), errc::stale_reference, "it is gone");
        return test.text(call);
    };
    const std::string on_jobs = " queue \"jobs\" at ipc:///run/x.sock: it is gone";
    CHECK(text_of(get_from({jobs})) == "get from" + on_jobs);
    CHECK(text_of(Close{jobs, false}) == "close" + on_jobs);
    CHECK(text_of(Join{jobs}) == "join" + on_jobs);
    CHECK(text_of(Peek{jobs, ItemState::ready, 1}) == "peek into" + on_jobs);
    CHECK(text_of(Purge{jobs, true}) == "purge" + on_jobs);
    CHECK(text_of(Kick{jobs, 1}) == "kick" + on_jobs);
    CHECK(text_of(Destroy{jobs}) == "destroy" + on_jobs);
    CHECK(text_of(settle_of(Verb::ack, jobs, {})) == "acknowledge on" + on_jobs);
    CHECK(text_of(settle_of(Verb::release, jobs, {})) == "release to" + on_jobs);
    CHECK(text_of(settle_of(Verb::bury, jobs, {})) == "bury in" + on_jobs);
    CHECK(text_of(settle_of(Verb::extend, jobs, {})) == "extend a lease of" + on_jobs);
    CHECK(says(text_of(Stats{}), "stats of all queues at ipc:///run/x.sock"));
    CHECK(says(text_of(get_from({jobs, other})), "queues \"jobs\", \"results\" at"));
    CHECK(says(text_of(Open{"new", {}, true}), "open queue \"new\" at"));
}

TEST_CASE("A refusal without words is put into words") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId full = test.put(jobs, {"a"}, at_once());
    test.answer(test.next<Put>(), PutDone{101, {outcome_of(1, 1, errc::full)}});
    CHECK(says(test.text(full), "put on queue \"jobs\" at ipc:///run/x.sock: it is full"));
    const CallId closed = test.put(jobs, {"b"});
    test.answer(test.next<Put>(), PutDone{101, {outcome_of(2, 2, errc::closed)}});
    CHECK(says(test.text(closed), "it is closed"));
}

TEST_CASE("An unknown outcome says that it was sent") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.put(jobs, {"a", "b"});
    test.answer(test.next<Put>(), PutDone{101, {outcome_of(1, 1)}});
    test.meet_again(false);
    CHECK(says(test.text(call), "may have been done"));
    CHECK(says(test.text(call), "1 of 2 items"));
}

TEST_CASE("Spans of time are told in words that people use") {
    ClientSettings settings = ClientTest::default_settings();
    settings.unreachable_after = 1500ms;
    ClientTest test(settings);
    const CallId call = test.get(test.queue("jobs"));
    test.pass(1500ms);
    CHECK(says(test.text(call), "1500 ms"));
}

}  // namespace handoff::core::test
