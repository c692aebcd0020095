#include "core/client_fixture.hpp"

// What a client tells of its sessions: generations, the news of a restart, and the log.

namespace handoff::core::test {

using namespace std::chrono_literals;

namespace {

bool says(const LogEntry& entry, const std::string& part) {
    INFO(entry.text);
    return entry.text.find(part) != std::string::npos;
}

/// The manager begins anew and welcomes the client.
void restart(ClientTest& test, bool session_goes_on = false) {
    test.manager = ManagerId{static_cast<std::uint8_t>(test.manager[0] + 1)};
    test.meet_again(session_goes_on);
}

/// The completions of a client whose fixture has not taken them.
std::vector<Completion> answer_in_place(ClientTest& test, const Request& request, ReplyBody body) {
    test.answer(request, std::move(body));
    return test.client.take_completions();
}

}  // namespace

// ------------------------------------------------------------------ generations

TEST_CASE("A generation ends with its session, not with its connection") {
    ClientTest test;
    CHECK(test.client.session_generation() == 0);
    test.meet();
    CHECK(test.client.session_generation() == 0);
    test.link_down();
    CHECK(test.client.session_generation() == 0);
    test.meet_again(true);
    CHECK(test.client.session_generation() == 0);
    test.meet_again(false);
    CHECK(test.client.session_generation() == 1);
    test.meet_again(true);
    CHECK(test.client.session_generation() == 1);
    restart(test);
    CHECK(test.client.session_generation() == 2);
}

TEST_CASE("A completion carries the generation in which its answer came") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    for (std::uint64_t generation = 0; generation < 3; ++generation) {
        const CallId call = test.call(Peek{jobs, ItemState::ready, 1});
        if (generation > 0) test.open_next();
        const std::vector<Completion> ended = answer_in_place(test, test.next<Peek>(), Peeked{});
        REQUIRE(ended.size() == 1);
        CHECK(ended[0].call == call);
        CHECK(ended[0].session_generation == generation);
        test.meet_again(true);
        test.meet_again(false);
    }
}

TEST_CASE("A get that goes on in the next session is answered in its generation") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.link_down();
    const CallId call = test.get(jobs);
    test.meet_again(false);
    const QueueHandle handle = test.open_next();
    const Request get = test.next<Get>();
    test.deliver(get, handle, 900, {"a"});
    const std::vector<Completion> ended = test.client.take_completions();
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].call == call);
    CHECK(ended[0].outcome.code == errc::ok);
    CHECK(ended[0].session_generation == 1);
}

// ------------------------------------------------------------------ after a restart

TEST_CASE("The first call on a queue after a restart hears of it, and the next one goes on") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    restart(test);
    CHECK(test.silent());
    const CallId first = test.put(jobs, {"a"});
    CHECK(test.code(first) == errc::manager_restarted);
    CHECK(test.text(first).find("put on queue \"jobs\"") != std::string::npos);
    CHECK(test.silent());
    const CallId next = test.put(jobs, {"a"});
    test.open_next();
    test.take(test.next<Put>());
    CHECK(test.code(next) == errc::ok);
}

TEST_CASE("Each queue tells of a restart once") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const QueueRef results = test.open("results");
    restart(test);
    CHECK(test.code(test.get(jobs)) == errc::manager_restarted);
    CHECK(test.code(test.get(results)) == errc::manager_restarted);
    const CallId both = test.call(get_from({jobs, results}));
    CHECK_FALSE(test.has_ended(both));
    SECTION("and once more when the manager is started anew again") {
        test.open_next();
        test.open_next();
        test.next<Get>();
        restart(test);
        CHECK(test.code(both) == errc::manager_restarted);
        CHECK_FALSE(test.has_ended(test.get(jobs)));
        CHECK_FALSE(test.has_ended(test.get(results)));
    }
    SECTION("but not if nobody had opened it since") {
        restart(test);
        CHECK_FALSE(test.has_ended(both));
        CHECK_FALSE(test.has_ended(test.get(jobs)));
    }
}

TEST_CASE("A restart is no news for a queue that was not open, and none for one that was kept") {
    ClientTest test;
    test.meet();
    const QueueRef fresh = test.queue("fresh");
    const QueueRef kept = test.queue("kept");
    const CallId opening = test.call(Open{"kept", {}, true});
    QueueOptions durable;
    durable.durability = Durability::os;
    test.answer(test.next<Open>(), Opened{300, durable});
    REQUIRE(test.code(opening) == errc::ok);
    restart(test);
    for (const QueueRef queue : {fresh, kept}) {
        const CallId call = test.put(queue, {"a"});
        test.open_next();
        test.take(test.next<Put>());
        CHECK(test.code(call) == errc::ok);
    }
}

TEST_CASE("A queue that was open in an earlier session with that manager tells of a restart, too") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.meet_again(false);
    restart(test);
    CHECK(test.code(test.get(jobs)) == errc::manager_restarted);
    CHECK_FALSE(test.has_ended(test.get(jobs)));
}

TEST_CASE("A queue of an earlier session tells of a restart, although the present one goes on") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.meet_again(false);
    const CallId waits = test.get(jobs);
    test.next<Open>();  // it is not known to be open when the manager ends
    restart(test, true);
    CHECK(test.code(waits) == errc::manager_restarted);
    test.open_next();
    const CallId next = test.put(jobs, {"a"});
    test.take(test.next<Put>());
    CHECK(test.code(next) == errc::ok);
}

TEST_CASE("A put whose outcome is unknown, or whose caller has gone, tells of no restart") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId put = test.put(jobs, {"a"});
    test.next<Put>();
    test.get(jobs, test.within(10ms));
    test.next<Get>();
    test.pass(1s);  // the get has ended without an answer
    restart(test);
    CHECK(test.code(put) == errc::outcome_unknown);
    CHECK(test.code(test.get(jobs)) == errc::manager_restarted);
}

TEST_CASE("A session that is lost without a restart is no news for later calls") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.meet_again(false);
    const CallId call = test.put(jobs, {"a"});
    test.open_next();
    test.take(test.next<Put>());
    CHECK(test.code(call) == errc::ok);
}

TEST_CASE("Calls that nobody waits for leave the news of a restart to those who do") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    test.link_down();
    test.ack(jobs, 5, detached());
    restart(test);
    CHECK(test.client.refused_detached() == 1);
    CHECK(test.code(test.get(jobs)) == errc::manager_restarted);
}

// ------------------------------------------------------------------ the log

TEST_CASE("The log tells where a session begins, and nothing of it is told twice") {
    ClientTest test;
    test.link_up();
    const Request hello = test.next<Hello>();
    CHECK(test.client.take_log().empty());
    test.welcome(hello, false);
    const std::vector<LogEntry> log = test.client.take_log();
    REQUIRE(log.size() == 1);
    CHECK(log[0].level == LogLevel::info);
    CHECK(says(log[0], "begins"));
    CHECK(says(log[0], "ipc:///run/x.sock"));
    CHECK(test.client.take_log().empty());
    test.welcome(hello, false);
    CHECK(test.client.take_log().empty());
}

TEST_CASE("The log tells that a session goes on when its connection is back") {
    ClientTest test;
    test.meet();
    test.client.take_log();
    test.link_down();
    test.link_up();
    const Request hello = test.next<Hello>();
    CHECK(test.client.take_log().empty());
    test.welcome(hello, true);
    const std::vector<LogEntry> log = test.client.take_log();
    REQUIRE(log.size() == 1);
    CHECK(log[0].level == LogLevel::info);
    CHECK(says(log[0], "goes on"));
    CHECK(says(log[0], "ipc:///run/x.sock"));
}

TEST_CASE("The log warns of a session that is lost, and says why") {
    ClientTest test;
    test.meet();
    test.client.take_log();
    std::string why = "ended its session";
    SECTION("because the manager gave it up") {}
    SECTION("because the manager began anew") {
        test.manager = ManagerId{2};
        why = "begun anew";
    }
    test.meet_again(false);
    const std::vector<LogEntry> log = test.client.take_log();
    REQUIRE(log.size() == 2);
    CHECK(log[0].level == LogLevel::info);
    CHECK(says(log[0], "begins"));
    CHECK(log[1].level == LogLevel::warning);
    CHECK(says(log[1], why));
}

TEST_CASE("The log has the words of a manager that refuses the client, as an error") {
    ClientTest test;
    test.link_up();
    test.fail(test.next<Hello>(), errc::limit_exceeded, "sessions_max is 1");
    const std::vector<LogEntry> log = test.client.take_log();
    REQUIRE(log.size() == 1);
    CHECK(log[0].level == LogLevel::error);
    CHECK(says(log[0], "sessions_max is 1"));
    test.pass(1min);
    CHECK(test.client.take_log().empty());
}

TEST_CASE("A log that nobody reads keeps a thousand entries and counts the others") {
    ClientTest test;
    test.meet();
    for (int i = 0; i < 1500; ++i) test.meet_again(true);
    const std::vector<LogEntry> log = test.client.take_log();
    REQUIRE(log.size() == 1001);
    CHECK(says(log[0], "begins"));
    CHECK(says(log[999], "goes on"));
    CHECK(log[1000].level == LogLevel::warning);
    CHECK(says(log[1000], "501 records were left out"));
    test.meet_again(true);
    CHECK(test.client.take_log().size() == 1);
}

TEST_CASE("What happens too often is told once a minute, with how often it was") {
    Sparsely sparsely;
    CHECK(sparsely.due(Time{1h}));
    CHECK(sparsely.since() == 1);
    for (int i = 0; i < 5; ++i) CHECK_FALSE(sparsely.due(Time{1h} + 59'999ms));
    CHECK(sparsely.due(Time{1h} + 60s));
    CHECK(sparsely.since() == 6);
    CHECK_FALSE(sparsely.due(Time{1h} + 119'999ms));
    CHECK(sparsely.due(Time{1h} + 120s));
    CHECK(sparsely.since() == 2);
}

}  // namespace handoff::core::test
