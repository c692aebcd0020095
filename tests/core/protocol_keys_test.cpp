#include "core/protocol_fixture.hpp"
#include "support/catch.hpp"

// Section 4.3 of the protocol: idempotence keys, in the corners.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

namespace {

QueueOptions remembering(Millis window, std::uint64_t keys_max = 100) {
    QueueOptions options;
    options.key_window = window;
    options.keys_max = keys_max;
    return options;
}

/// Two producers of one queue, which may have little room.
struct Pair {
    explicit Pair(const QueueOptions& options = {}) : jobs(ann.open("jobs", options)) {}

    /// Whoever puts, all of what came of it.
    std::string put(Client& client, const std::string& payload, const Columns& columns,
                    Patience patience = forever) {
        client.put(jobs, {payload}, patience, columns);
        return client.fate(jobs);
    }
    [[nodiscard]] QueueStats stats() { return ann.stats(jobs); }

    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    QueueHandle jobs;
};

}  // namespace

TEST_CASE("a put that is withdrawn while it waits leaves its key free") {
    Pair pair(with_capacity(1));
    pair.put(pair.ann, "in the way", {});
    pair.put(pair.ann, "1", keyed("k"));
    pair.ann.withdraw(pair.jobs, {2, 2});
    CHECK(pair.ann.drain(pair.jobs) == Texts{"in the way"});
    CHECK(pair.put(pair.bob, "2", keyed("k")) == "1 ok");
    CHECK(pair.stats().duplicates == 0);
    CHECK(pair.ann.drain(pair.jobs) == Texts{"2"});
}

TEST_CASE("a put that waits when its session dies leaves its key free") {
    Pair pair(with_capacity(1));
    pair.put(pair.bob, "in the way", {});
    pair.put(pair.ann, "1", keyed("k"));
    pair.put(pair.bob, "2", keyed("k"));
    pair.ann.freeze();
    pair.test.pass(10s);
    CHECK(pair.bob.drain(pair.jobs) == Texts{"in the way", "2"});
    CHECK(pair.bob.fate(pair.jobs) == "1-2 ok");
    CHECK(pair.bob.stats(pair.jobs).duplicates == 0);
}

TEST_CASE("a put that is recognised does not make its key any newer by the clock") {
    Pair pair(remembering(2s));
    pair.put(pair.ann, "1", keyed("k"));
    pair.test.pass(1500ms);
    pair.put(pair.bob, "2", keyed("k"));
    CHECK(pair.stats().duplicates == 1);
    pair.test.pass(500ms);
    pair.put(pair.bob, "3", keyed("k"));
    CHECK(pair.stats().duplicates == 1);
    CHECK(pair.ann.drain(pair.jobs) == Texts{"1", "3"});
}

TEST_CASE("a key is remembered from when its item came in, not from when its put came") {
    QueueOptions options = remembering(2s);
    options.capacity = 1;
    Pair pair(options);
    pair.put(pair.ann, "in the way", {});
    pair.put(pair.ann, "1", keyed("k"));
    pair.test.pass(1500ms);
    pair.ann.ack(pair.jobs, pair.ann.get(pair.jobs).tokens());
    pair.test.pass(1999ms);
    CHECK(pair.put(pair.bob, "2", keyed("k"), no_wait) == "1 ok");
    pair.test.pass(1ms);
    CHECK(pair.put(pair.bob, "3", keyed("k"), no_wait) == "1 ok 2 full");
}

TEST_CASE("what is wrong by itself is refused though its key is remembered") {
    Limits limits;
    limits.item_bytes_max = 100;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1"}, forever, keyed("k"));
    Columns late = keyed("k");
    late.delay = Millis::max();
    ann.put(jobs, {"2"}, forever, late);
    Columns headed = keyed("k");
    headed.headers = Slice::copy(std::string(65'537, 'h'));
    ann.put(jobs, {"3"}, forever, headed);
    ann.put(jobs, {std::string(101, 'x')}, forever, keyed("k"));
    ann.put(jobs, {"5", "6"}, forever, keyed("k"));
    CHECK(ann.fate(jobs) == "1 ok 2 invalid_argument 3-4 too_large 5-6 invalid_argument");
    CHECK(ann.stats(jobs).duplicates == 0);
}

TEST_CASE("of two puts of different content with one key the first counts") {
    Pair pair;
    Columns first = keyed("k");
    first.headers = Slice::copy("of the first");
    Columns second = keyed("k");
    second.headers = Slice::copy("of the second");
    second.priority = 9;
    second.delay = 1h;
    pair.put(pair.ann, "1", first);
    CHECK(pair.put(pair.bob, "2", second) == "1 ok");
    const Call get = pair.ann.get(pair.jobs, no_wait, 10);
    CHECK(get.items() == Texts{"1"});
    CHECK(get.as<Deliver>().parts.at(0).headers.view() == "of the first");
    CHECK(get.as<Deliver>().parts.at(0).priority == 0);
    CHECK(pair.stats().delayed == 0);
}

TEST_CASE("a key is remembered while its item is delayed, leased or kicked") {
    Pair pair;
    Columns delayed = keyed("delayed");
    delayed.delay = 1h;
    pair.put(pair.ann, "1", delayed);
    pair.put(pair.ann, "2", keyed("leased"));
    pair.ann.get(pair.jobs);
    pair.put(pair.ann, "3", keyed("kicked"));
    pair.ann.bury(pair.jobs, pair.ann.get(pair.jobs).tokens());
    CHECK(pair.ann.ask(Kick{pair.jobs}).count() == 1);
    for (const char* key : {"delayed", "leased", "kicked"}) pair.put(pair.bob, "x", keyed(key));
    CHECK(pair.bob.fate(pair.jobs) == "1-3 ok");
    const QueueStats stats = pair.stats();
    CHECK(stats.duplicates == 3);
    CHECK(stats.puts == 3);
    CHECK(stats.ready == 1);
}

TEST_CASE("a put that was recognised and is sent again is counted as a duplicate once") {
    Pair pair;
    pair.put(pair.ann, "1", keyed("k"));
    const Call put = pair.bob.put(pair.jobs, {"2"}, forever, keyed("k"));
    pair.bob.again(put);
    CHECK(put.answers() == 2);
    CHECK(pair.bob.fate(pair.jobs) == "1 ok");
    CHECK(pair.stats().duplicates == 1);
}

TEST_CASE("an empty key is none") {
    Pair pair;
    pair.put(pair.ann, "1", keyed(""));
    pair.put(pair.bob, "2", keyed(""));
    pair.ann.put(pair.jobs, {"3", "4"}, forever, keyed(""));
    CHECK(pair.stats().duplicates == 0);
    CHECK(pair.ann.drain(pair.jobs) == Texts{"1", "2", "3", "4"});
}

TEST_CASE("keys are told apart byte by byte") {
    Pair pair;
    const Texts keys{"key", "Key", "key ", std::string("k\0y", 3), std::string("k\0z", 3), "k"};
    for (const std::string& key : keys) pair.put(pair.ann, key, keyed(key));
    CHECK(pair.stats().duplicates == 0);
    CHECK(pair.ann.drain(pair.jobs) == keys);
}

TEST_CASE("a key counts against capacity_bytes as the payload does") {
    Pair pair(with_capacity_bytes(20));
    pair.put(pair.ann, "1234567", keyed("k"));  // 9 bytes and 1
    CHECK(pair.stats().bytes == 10);
    pair.put(pair.ann, "1", keyed("12345678"), no_wait);  // 3 and 8
    CHECK(pair.ann.fate(pair.jobs) == "1 ok 2 full");
    pair.put(pair.ann, "1", keyed("1234567"), no_wait);
    CHECK(pair.ann.fate(pair.jobs) == "1 ok 2 full 3 ok");
    CHECK(pair.stats().bytes == 20);
    pair.ann.drain(pair.jobs);
    CHECK(pair.stats().bytes == 0);
}

TEST_CASE("an item that fits only without its key can never fit") {
    Pair pair(with_capacity_bytes(20));
    pair.put(pair.ann, "1234567890", keyed("123456789"));
    pair.put(pair.ann, "1234567890", keyed("12345678"));
    CHECK(pair.ann.fate(pair.jobs) == "1 too_large 2 ok");
}

TEST_CASE("the key window goes by the wall clock, also when that is set forward") {
    Pair pair(remembering(1h));
    pair.put(pair.ann, "1", keyed("k"));
    set_wall_clock(pair.test, 59min);
    pair.put(pair.bob, "2", keyed("k"));
    CHECK(pair.stats().duplicates == 1);
    set_wall_clock(pair.test, 1min);
    pair.put(pair.bob, "3", keyed("k"));
    CHECK(pair.ann.drain(pair.jobs) == Texts{"1", "3"});
}

TEST_CASE("a wall clock that is set back makes no queue forget a key") {
    Pair pair(remembering(1h));
    pair.put(pair.ann, "1", keyed("k"));
    set_wall_clock(pair.test, -10h);
    pair.put(pair.bob, "2", keyed("k"));
    pair.test.pass(2h);
    pair.put(pair.bob, "3", keyed("k"));
    CHECK(pair.stats().duplicates == 2);
    CHECK(pair.ann.drain(pair.jobs) == Texts{"1"});
}

TEST_CASE("a queue that remembers one key knows the newest") {
    Pair pair(remembering(1h, 1));
    pair.put(pair.ann, "1", keyed("a"));
    pair.put(pair.ann, "2", keyed("b"));
    pair.put(pair.bob, "3", keyed("b"));
    pair.put(pair.bob, "4", keyed("a"));
    pair.put(pair.bob, "5", keyed("b"));
    CHECK(pair.ann.drain(pair.jobs) == Texts{"1", "2", "4", "5"});
    CHECK(pair.stats().duplicates == 1);
}

TEST_CASE("a put without a key pushes none out of the newest that are remembered") {
    Pair pair(remembering(1h, 1));
    pair.put(pair.ann, "1", keyed("a"));
    pair.ann.put(pair.jobs, numbers(2, 9));
    pair.put(pair.bob, "again", keyed("a"));
    CHECK(pair.stats().duplicates == 1);
}

TEST_CASE("key windows from a millisecond to a year, and from one key on, are allowed") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const Millis year = std::chrono::hours{365 * 24};
    CHECK(ann.try_open("year", remembering(year, 1)).as<Opened>().options.key_window == year);
    CHECK(ann.try_open("longer", remembering(year + 1ms, 1)).code() == errc::invalid_argument);
    CHECK(ann.try_open("longer", {}, false).code() == errc::stale_reference);
    CHECK(ann.try_open("short", remembering(1ms, 1)).as<Opened>().options.keys_max == 1u);
}

TEST_CASE("a queue that was closed at once goes on recognising what it dropped") {
    Pair pair;
    pair.put(pair.ann, "1", keyed("k"));
    CHECK(pair.ann.close(pair.jobs, true).count() == 1);
    CHECK(pair.put(pair.bob, "2", keyed("k"), no_wait) == "1 ok");
    CHECK(pair.put(pair.bob, "3", keyed("other"), no_wait) == "1 ok 2 closed");
}

TEST_CASE("puts with a key that wait when their queue is destroyed are stale, whatever it knew") {
    Pair pair(with_capacity(1));
    pair.put(pair.ann, "1", keyed("k"));
    pair.put(pair.ann, "2", keyed("k2"));
    CHECK(pair.ann.fate(pair.jobs) == "1 ok");
    pair.bob.ask(Destroy{pair.jobs});
    CHECK(pair.ann.fate(pair.jobs) == "1 ok 2 stale_reference");
}

TEST_CASE("a recognised put leaves a JOIN that has nothing to wait for answered") {
    Pair pair;
    pair.put(pair.ann, "1", keyed("k"));
    pair.ann.drain(pair.jobs);
    pair.put(pair.bob, "2", keyed("k"));
    CHECK(pair.bob.join(pair.jobs, no_wait).code() == errc::ok);
}

TEST_CASE("a put with a key that was refused as too much for its session leaves the key free") {
    Limits limits;
    limits.session_bytes_max = 2000;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_capacity(1));
    ann.put(jobs, {"in the way"});
    ann.put(jobs, {std::string(3000, 'x')}, forever, keyed("k"));
    CHECK(ann.fate(jobs) == "1 ok 2 limit_exceeded");
    ann.drain(jobs);
    ann.put(jobs, {"3"}, forever, keyed("k"));
    CHECK(ann.stats(jobs).duplicates == 0);
    CHECK(ann.drain(jobs) == Texts{"3"});
}

// ------------------------------------------------------------------ commits

TEST_CASE("a commit that is not done leaves its keys free") {
    Pair pair(with_capacity(1));
    pair.put(pair.ann, "in the way", {});
    const auto commit = [&](Patience patience) {
        return pair.ann.ask(Commit{{}, {{pair.jobs, keyed("k"), run_of({"1"})}}}, patience);
    };
    CHECK(commit(no_wait).code() == errc::full);
    const Call cancelled = commit(forever);
    pair.ann.cancel(cancelled);
    CHECK(cancelled.code() == errc::cancelled);
    const Call overdue = commit(1s);
    pair.test.pass(1s);
    CHECK(overdue.code() == errc::full);
    pair.ann.drain(pair.jobs);
    CHECK(pair.put(pair.bob, "2", keyed("k")) == "1 ok");
    CHECK(pair.ann.drain(pair.jobs) == Texts{"2"});
}

TEST_CASE("a commit with one key into two queues puts into both") {
    Pair pair;
    const QueueHandle other = pair.ann.open("other");
    const Call commit = pair.ann.ask(Commit{{},
                                            {{pair.jobs, keyed("k"), run_of({"1"})},
                                             {other, keyed("k"), run_of({"2"})},
                                             {other, keyed("k"), run_of({"3"})}}});
    CHECK(commit.count() == 2);
    CHECK(pair.ann.drain(pair.jobs) == Texts{"1"});
    CHECK(pair.ann.drain(other) == Texts{"2"});
    CHECK(pair.ann.stats(other).duplicates == 1);
}

TEST_CASE("a commit into a closed queue that knows its key does everything else of it") {
    Pair pair;
    const QueueHandle other = pair.ann.open("other");
    pair.put(pair.ann, "1", keyed("k"));
    pair.ann.close(pair.jobs);
    const Call commit = pair.bob.ask(
        Commit{{}, {{pair.jobs, keyed("k"), run_of({"2"})}, {other, {}, run_of({"3", "4"})}}});
    CHECK(commit.count() == 2);
    CHECK(pair.ann.drain(pair.jobs) == Texts{"1"});
    CHECK(pair.ann.drain(other) == Texts{"3", "4"});
}

TEST_CASE("a commit with a key for several items is refused whole") {
    Pair pair;
    const QueueHandle other = pair.ann.open("other");
    const Call commit = pair.bob.ask(
        Commit{{}, {{other, {}, run_of({"1"})}, {pair.jobs, keyed("k"), run_of({"2", "3"})}}});
    CHECK(commit.code() == errc::invalid_argument);
    CHECK(pair.ann.stats(other).puts == 0);
}

TEST_CASE("a put that waits is recognised when a commit brings its key in before it") {
    Pair pair(with_capacity(1));
    pair.put(pair.ann, "in the way", {});
    const Call commit = pair.bob.ask(Commit{{}, {{pair.jobs, keyed("k"), run_of({"first"})}}});
    pair.put(pair.ann, "second", keyed("k"));
    CHECK(pair.ann.fate(pair.jobs) == "1 ok");
    pair.ann.ack(pair.jobs, pair.ann.get(pair.jobs).tokens());
    CHECK(commit.count() == 1);
    CHECK(pair.ann.fate(pair.jobs) == "1-2 ok");
    CHECK(pair.ann.drain(pair.jobs) == Texts{"first"});
    CHECK(pair.stats().duplicates == 1);
}

TEST_CASE("a commit that is sent again after its key was forgotten is still done once") {
    Pair pair(remembering(1s));
    const Call commit = pair.ann.ask(Commit{{}, {{pair.jobs, keyed("k"), run_of({"1"})}}});
    pair.test.pass(2s);
    pair.ann.hang_up();
    pair.ann.come_back();
    pair.ann.again(commit);
    CHECK(commit.answers() == 2);
    CHECK(commit.count() == 1);
    CHECK(pair.ann.drain(pair.jobs) == Texts{"1"});
}
