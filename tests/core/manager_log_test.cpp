#include <algorithm>

#include "core/protocol_fixture.hpp"
#include "support/catch.hpp"

// What the manager's machine tells those who run it: sessions and strangers, in words that can be
// searched for, never so often that it does harm, and nothing of what is in an item.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

namespace {

/// Whether `entry` has this level and contains the text.
bool says(const LogEntry& entry, LogLevel level, const std::string& text) {
    return entry.level == level && entry.text.find(text) != std::string::npos;
}

std::size_t count_of(const std::vector<LogEntry>& log, const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        log.begin(), log.end(),
        [&](const LogEntry& entry) { return entry.text.find(text) != std::string::npos; }));
}

/// Somebody without a session who says this HELLO.
void greet_as(ManagerTest& test, Hello hello) {
    test.machine.apply(test.new_connection(), {0, 0, {}, {}, std::move(hello)}, test.now);
    test.end_turn();
}

Hello stranger(ManagerTest& test) {
    Hello hello;
    hello.fresh = test.new_session_id();
    hello.connection_number = 1;
    return hello;
}

/// One whom the manager refuses.
Hello refused_hello(ManagerTest& test) {
    Hello hello = stranger(test);
    hello.version_min = hello.version_max = 9;
    return hello;
}

}  // namespace

TEST_CASE("log: a session that begins is told with the client's own name and process") {
    ManagerTest test;
    Hello hello = stranger(test);
    hello.name = "picker";
    hello.pid = 4711;
    greet_as(test, hello);
    const std::vector<LogEntry> log = test.machine.take_log();
    REQUIRE(log.size() == 1);
    CHECK(log[0] == LogEntry{LogLevel::info, "session 1 of \"picker\" (process 4711) begins"});
}

TEST_CASE("log: a client that does not say who it is has a session all the same") {
    ManagerTest test;
    greet_as(test, stranger(test));
    greet_as(test, stranger(test));
    const std::vector<LogEntry> log = test.machine.take_log();
    REQUIRE(log.size() == 2);
    CHECK(log[0].text == "session 1 begins");
    CHECK(log[1].text == "session 2 begins");
}

TEST_CASE("log: a name cannot write lines of its own") {
    ManagerTest test;
    Hello hello = stranger(test);
    hello.name = "x\nsession 9 \"begins\"\x1b[31m";
    greet_as(test, hello);
    const std::vector<LogEntry> log = test.machine.take_log();
    REQUIRE(log.size() == 1);
    for (const char byte : log[0].text) CHECK(static_cast<unsigned char>(byte) >= 0x20);
}

TEST_CASE("log: a session that loses its connection and goes on says both, one time each") {
    ManagerTest test;
    Client& ann = test.client("ann");
    (void)test.machine.take_log();
    ann.hang_up();
    ann.hang_up();
    const std::vector<LogEntry> lost = test.machine.take_log();
    REQUIRE(lost.size() == 1);
    CHECK(says(lost[0], LogLevel::info, "session 1 has lost its connection"));
    ann.come_back();
    const std::vector<LogEntry> back = test.machine.take_log();
    REQUIRE(back.size() == 1);
    CHECK(says(back[0], LogLevel::info, "session 1 goes on, on another connection"));
}

TEST_CASE("log: the end of an earlier connection is no loss to anybody") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const ConnectionId old = ann.connection();
    ann.come_back();
    (void)test.machine.take_log();
    test.machine.disconnected(old, test.now);
    test.machine.disconnected(4711, test.now);
    CHECK(test.machine.take_log().empty());
}

TEST_CASE("log: a session that says GOODBYE ends, one that falls silent is lost") {
    ManagerTest test;
    Client& ann = test.client("ann");
    test.client("bob").freeze();
    (void)test.machine.take_log();
    ann.ask(Goodbye{});
    ann.freeze();
    const std::vector<LogEntry> ended = test.machine.take_log();
    REQUIRE(ended.size() == 1);
    CHECK(says(ended[0], LogLevel::info, "session 1 ends"));
    test.pass(9999ms);
    CHECK(test.machine.take_log().empty());
    test.pass(1ms);
    const std::vector<LogEntry> lost = test.machine.take_log();
    REQUIRE(lost.size() == 1);
    CHECK(says(lost[0], LogLevel::warning, "session 2 is lost"));
    CHECK(lost[0].text.find("10000 ms") != std::string::npos);
}

TEST_CASE("log: heartbeats, requests and refusals of requests are nothing to tell") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    (void)test.machine.take_log();
    test.pass(1min);
    ann.put(jobs, {"1"});
    ann.drain(jobs);
    ann.get(77);
    ann.ask(UnknownRequest{99});
    ann.close(jobs);
    ann.put(jobs, {"2"});
    CHECK(test.machine.take_log().empty());
}

TEST_CASE("log: queues that are made or destroyed are told to those who want to know all") {
    ManagerTest test;
    Client& ann = test.client("ann");
    (void)test.machine.take_log();
    const QueueHandle jobs = ann.open("jobs");
    ann.open("jobs");
    ann.try_open("none", {}, false);
    ann.ask(Destroy{jobs});
    const std::vector<LogEntry> log = test.machine.take_log();
    REQUIRE(log.size() == 2);
    CHECK(log[0] == LogEntry{LogLevel::debug, "queue \"jobs\" is made"});
    CHECK(log[1] == LogEntry{LogLevel::debug, "queue \"jobs\" is destroyed"});
}

TEST_CASE("log: clients that are refused are told once a minute, with their number") {
    ManagerTest test;
    for (int i = 0; i < 100; ++i) greet_as(test, refused_hello(test));
    const std::vector<LogEntry> first = test.machine.take_log();
    REQUIRE(first.size() == 1);
    CHECK(first[0].text.find("a client is refused: this manager speaks version 1") == 0);
    CHECK(first[0].text.find("record: 1") != std::string::npos);
    test.pass(59'999ms);
    greet_as(test, refused_hello(test));
    CHECK(test.machine.take_log().empty());
    test.pass(1ms);
    greet_as(test, refused_hello(test));
    const std::vector<LogEntry> second = test.machine.take_log();
    REQUIRE(second.size() == 1);
    CHECK(second[0].text.find("record: 101") != std::string::npos);
}

TEST_CASE("log: malformed messages are told once a minute, with their number") {
    ManagerTest test;
    Client& ann = test.client("ann");
    (void)test.machine.take_log();
    for (int i = 0; i < 7; ++i) {
        test.machine.malformed(ann.connection(), 0, errc::protocol, "cut short");
    }
    const std::vector<LogEntry> first = test.machine.take_log();
    REQUIRE(first.size() == 1);
    CHECK(says(first[0], LogLevel::warning, "malformed: cut short"));
    CHECK(first[0].text.find("record: 1") != std::string::npos);
    test.pass(1min);
    test.machine.malformed(ann.connection(), 0, errc::protocol, "too deep");
    const std::vector<LogEntry> second = test.machine.take_log();
    REQUIRE(second.size() == 1);
    CHECK(says(second[0], LogLevel::warning, "malformed: too deep"));
    CHECK(second[0].text.find("record: 7") != std::string::npos);
    CHECK(manager_stats(test).frames_dropped == 8);
}

TEST_CASE("log: refusals do not hide malformed messages, nor the other way round") {
    ManagerTest test;
    greet_as(test, refused_hello(test));
    test.machine.malformed(0, 0, errc::protocol, "cut short");
    const std::vector<LogEntry> log = test.machine.take_log();
    CHECK(count_of(log, "refused") == 1);
    CHECK(count_of(log, "malformed: ") == 1);
}

TEST_CASE("log: clients beyond sessions_max are among those that are refused") {
    ManagerSettings settings;
    settings.sessions_max = 1;
    ManagerTest test(settings);
    test.client("ann");
    (void)test.machine.take_log();
    greet_as(test, stranger(test));
    greet_as(test, stranger(test));
    const std::vector<LogEntry> log = test.machine.take_log();
    REQUIRE(log.size() == 1);
    CHECK(says(log[0], LogLevel::warning, "sessions_max is 1"));
}

TEST_CASE("log: a manager that nobody reads keeps a thousand entries and counts the others") {
    ManagerTest test;
    Client& ann = test.client("ann");
    (void)test.machine.take_log();
    for (int i = 0; i < 1250; ++i) ann.come_back();
    const std::vector<LogEntry> log = test.machine.take_log();
    REQUIRE(log.size() == LogBook::entries_max + 1);
    CHECK(says(log.front(), LogLevel::info, "goes on"));
    CHECK(says(log.back(), LogLevel::warning, "250 records were left out"));
    ann.come_back();
    CHECK(test.machine.take_log().size() == 1);
    CHECK(test.machine.take_log().empty());
}

TEST_CASE("log: no payload, header, key, trace or reason is ever in an entry") {
    Limits limits;
    limits.item_bytes_max = 100;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_dead_letter("dead"));
    Columns columns = keyed("SECRET key");
    columns.headers = Slice::copy("SECRET headers");
    columns.trace = Slice::copy("SECRET trace");
    ann.put(jobs, {"SECRET payload"}, forever, columns);
    ann.put(jobs, {"SECRET payload"}, forever, columns);
    ann.put(jobs, {"SECRET" + std::string(100, 'x')}, forever, keyed("SECRET other key"));
    ann.ask(Put{jobs, 9, 0, {}, {2, Slice::copy("SECRET run")}});
    Settle bury{Verb::bury, jobs, {ann.get(jobs).tokens()}};
    bury.reason = "SECRET reason";
    ann.ask(bury);
    ann.ask(Commit{{}, {{jobs, keyed("SECRET key"), run_of({"SECRET"})}}});
    ann.put(jobs, {"SECRET payload"});
    ann.get(jobs);
    ann.freeze();
    test.pass(10s);
    const std::vector<LogEntry> log = test.machine.take_log();
    CHECK(log.size() >= 4);  // begins, both queues, and the end
    CHECK(count_of(log, "SECRET") == 0);
}

TEST_CASE("log: the id of a session, by which it could be taken over, is in no entry") {
    ManagerTest test;
    Hello hello = stranger(test);
    hello.fresh.fill('S');
    greet_as(test, hello);
    hello.connection_number = 2;
    hello.resume = hello.fresh;
    greet_as(test, hello);
    greet_as(test, [&] {
        Hello thief = stranger(test);
        thief.fresh = hello.fresh;
        return thief;
    }());
    const std::vector<LogEntry> log = test.machine.take_log();
    REQUIRE(log.size() == 3);
    CHECK(count_of(log, "SSS") + count_of(log, "5353") == 0);
}
