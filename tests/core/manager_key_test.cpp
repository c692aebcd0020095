#include "core/manager_driver.hpp"
#include "support/catch.hpp"

// Idempotence keys: what a queue remembers, and what a put that it recognises comes to.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

namespace {

Columns with_key(const std::string& key) {
    Columns columns;
    columns.key = key;
    return columns;
}

QueueOptions with_keys(Millis window, std::uint64_t keys_max = 100) {
    QueueOptions options;
    options.key_window = window;
    options.keys_max = keys_max;
    return options;
}

struct Keys {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");

    static void put(Client& client, QueueHandle queue, const std::string& payload,
                    const std::string& key, Patience patience = forever) {
        client.put(queue, {payload}, patience, with_key(key));
    }
};

}  // namespace

TEST_CASE("a put whose key is remembered is done, and adds no item") {
    Keys keys;
    const QueueHandle jobs = keys.ann.open("jobs");
    Keys::put(keys.ann, jobs, "first", "k");
    Keys::put(keys.ann, jobs, "second", "k");
    Keys::put(keys.ann, jobs, "other", "k2");
    CHECK(keys.ann.fate(jobs) == "1-3 ok");
    const QueueStats stats = keys.ann.stats(jobs);
    CHECK(stats.puts == 2);
    CHECK(stats.duplicates == 1);
    CHECK(keys.ann.drain(jobs) == Texts{"first", "other"});
}

TEST_CASE("keys are remembered across clients and sessions") {
    Keys keys;
    const QueueHandle jobs = keys.ann.open("jobs");
    Keys::put(keys.ann, jobs, "ann's", "k");
    Keys::put(keys.bob, jobs, "bob's", "k");
    CHECK(keys.bob.fate(jobs) == "1 ok");
    keys.ann.ask(Goodbye{});
    Keys::put(keys.test.client("eve"), jobs, "eve's", "k");
    CHECK(keys.test.client("eve").fate(jobs) == "1 ok");
    CHECK(keys.bob.drain(jobs) == Texts{"ann's"});
}

TEST_CASE("each queue remembers its own keys") {
    Keys keys;
    const QueueHandle jobs = keys.ann.open("jobs");
    const QueueHandle more = keys.ann.open("more");
    Keys::put(keys.ann, jobs, "a", "k");
    Keys::put(keys.ann, more, "b", "k");
    CHECK(keys.ann.drain(jobs) == Texts{"a"});
    CHECK(keys.ann.drain(more) == Texts{"b"});
}

TEST_CASE("a key is remembered whatever became of its item") {
    Keys keys;
    const QueueHandle jobs = keys.ann.open("jobs");
    const auto again = [&] {
        Keys::put(keys.ann, jobs, "again", "k");
        return keys.ann.stats(jobs).duplicates == 1 && keys.ann.drain(jobs).empty();
    };
    SECTION("acknowledged") {
        Keys::put(keys.ann, jobs, "x", "k");
        keys.ann.drain(jobs);
        CHECK(again());
    }
    SECTION("dead") {
        Keys::put(keys.ann, jobs, "x", "k");
        keys.ann.bury(jobs, keys.ann.get(jobs).tokens());
        CHECK(again());
    }
    SECTION("expired") {
        Columns columns = with_key("k");
        columns.time_to_live = 5ms;
        keys.ann.put(jobs, {"x"}, forever, columns);
        keys.test.pass(1s);
        CHECK(keys.ann.stats(jobs).expired == 1);
        CHECK(again());
    }
    SECTION("purged") {
        Keys::put(keys.ann, jobs, "x", "k");
        keys.ann.ask(Purge{jobs, true});
        CHECK(again());
    }
}

TEST_CASE("a put that was refused leaves its key free") {
    Keys keys;
    QueueOptions options = with_capacity(1);
    options.capacity_bytes = 50;
    const QueueHandle jobs = keys.ann.open("jobs", options);
    Keys::put(keys.ann, jobs, std::string(60, 'x'), "k");
    keys.ann.put(jobs, {"in the way"});
    Keys::put(keys.ann, jobs, "x", "k", no_wait);
    CHECK(keys.ann.fate(jobs) == "1 too_large 2 ok 3 full");
    CHECK(keys.ann.drain(jobs) == Texts{"in the way"});
    Keys::put(keys.ann, jobs, "x", "k", no_wait);
    CHECK(keys.ann.drain(jobs) == Texts{"x"});
}

TEST_CASE("a key is forgotten when its window is over, and not before") {
    Keys keys;
    const QueueHandle jobs = keys.ann.open("jobs", with_keys(2s));
    Keys::put(keys.ann, jobs, "1", "k");
    keys.test.pass(1999ms);
    Keys::put(keys.ann, jobs, "2", "k");
    CHECK(keys.ann.drain(jobs) == Texts{"1"});
    keys.test.pass(1ms);
    Keys::put(keys.ann, jobs, "3", "k");
    CHECK(keys.ann.drain(jobs) == Texts{"3"});
    keys.test.pass(1999ms);
    Keys::put(keys.ann, jobs, "4", "k");
    CHECK(keys.ann.drain(jobs).empty());
}

TEST_CASE("a key is forgotten when keys_max newer ones have come") {
    Keys keys;
    const QueueHandle jobs = keys.ann.open("jobs", with_keys(1h, 3));
    for (const char* key : {"a", "b", "c"}) Keys::put(keys.ann, jobs, key, key);
    Keys::put(keys.ann, jobs, "again", "a");
    Keys::put(keys.ann, jobs, "d", "d");
    Keys::put(keys.ann, jobs, "again", "b");
    Keys::put(keys.ann, jobs, "again", "a");
    CHECK(keys.ann.drain(jobs) == Texts{"a", "b", "c", "d", "again"});
    CHECK(keys.ann.stats(jobs).duplicates == 2);
}

TEST_CASE("a recognised put needs no room, and does not wait behind those that do") {
    Keys keys;
    const QueueHandle jobs = keys.ann.open("jobs", with_capacity(1));
    Keys::put(keys.ann, jobs, "1", "k");
    Keys::put(keys.bob, jobs, "again", "k", no_wait);
    CHECK(keys.bob.fate(jobs) == "1 ok");
    keys.ann.put(jobs, {"2"});
    Keys::put(keys.bob, jobs, "again", "k");
    CHECK(keys.bob.fate(jobs) == "1-2 ok");
    CHECK(keys.ann.fate(jobs) == "1 ok");
    CHECK(keys.ann.drain(jobs) == Texts{"1", "2"});
}

TEST_CASE("of two puts with one key that wait for room the second is recognised") {
    Keys keys;
    const QueueHandle jobs = keys.ann.open("jobs", with_capacity(1));
    keys.ann.put(jobs, {"in the way"});
    Keys::put(keys.ann, jobs, "1", "k");
    Keys::put(keys.bob, jobs, "2", "k");
    CHECK(keys.bob.fate(jobs).empty());
    CHECK(keys.ann.drain(jobs) == Texts{"in the way", "1"});
    CHECK(keys.ann.fate(jobs) == "1-2 ok");
    CHECK(keys.bob.fate(jobs) == "1 ok");
    const QueueStats stats = keys.ann.stats(jobs);
    CHECK(stats.duplicates == 1);
    CHECK(stats.waiting_puts == 0);
}

TEST_CASE("the second of two puts with one key is let in when the first gives up") {
    Keys keys;
    const QueueHandle jobs = keys.ann.open("jobs", with_capacity(1));
    keys.ann.put(jobs, {"in the way"});
    Keys::put(keys.ann, jobs, "1", "k", 1s);
    Keys::put(keys.bob, jobs, "2", "k");
    keys.test.pass(1s);
    CHECK(keys.ann.fate(jobs) == "1 ok 2 full");
    CHECK(keys.ann.drain(jobs) == Texts{"in the way", "2"});
    CHECK(keys.bob.fate(jobs) == "1 ok");
}

TEST_CASE(
    "a put that stands behind others ends as done if its key came in before its time passed") {
    Keys keys;
    QueueOptions options;
    options.capacity_bytes = 20;
    const QueueHandle jobs = keys.ann.open("jobs", options);
    keys.ann.put(jobs, {"1234567890"});
    Keys::put(keys.ann, jobs, "123456789", "k");  // waits for some room
    keys.bob.put(jobs, {"123456789012345678"});   // and this for all of it
    Keys::put(keys.bob, jobs, "again", "k", 1s);  // behind both
    keys.ann.ack(jobs, keys.ann.get(jobs).tokens());
    CHECK(keys.ann.fate(jobs) == "1-2 ok");
    CHECK(keys.bob.fate(jobs).empty());
    SECTION("its time passes") {
        keys.test.pass(1s);
    }
    SECTION("the queue is closed") {
        keys.ann.close(jobs);
    }
    CHECK(keys.bob.fate(jobs).find("2 ok") != std::string::npos);
    CHECK(keys.ann.stats(jobs).duplicates == 1);
    CHECK(keys.ann.drain(jobs).front() == "123456789");
}

TEST_CASE("a closed queue goes on recognising what it took, and takes nothing new") {
    Keys keys;
    const QueueHandle jobs = keys.ann.open("jobs");
    Keys::put(keys.ann, jobs, "1", "k");
    keys.ann.close(jobs);
    Keys::put(keys.bob, jobs, "again", "k");
    Keys::put(keys.bob, jobs, "new", "k2");
    CHECK(keys.bob.fate(jobs) == "1 ok 2 closed");
    CHECK(keys.ann.drain(jobs) == Texts{"1"});
}

TEST_CASE("a queue that is destroyed takes its keys along") {
    Keys keys;
    QueueHandle jobs = keys.ann.open("jobs");
    Keys::put(keys.ann, jobs, "1", "k");
    keys.ann.ask(Destroy{jobs});
    jobs = keys.ann.open("jobs");
    Keys::put(keys.ann, jobs, "2", "k");
    CHECK(keys.ann.drain(jobs) == Texts{"2"});
}

TEST_CASE("the dead keep their keys, and their new queue recognises nobody by them") {
    Keys keys;
    const QueueHandle jobs = keys.ann.open("jobs", with_dead_letter("dead"));
    const QueueHandle dead = keys.ann.open("dead");
    Keys::put(keys.ann, dead, "was here", "k");
    Keys::put(keys.ann, jobs, "1", "k");
    keys.ann.bury(jobs, keys.ann.get(jobs).tokens());
    CHECK(keys.ann.stats(dead).ready == 2);
    CHECK(keys.ann.stats(dead).duplicates == 0);
    keys.ann.ack(dead, keys.ann.get(dead).tokens());
    CHECK(keys.ann.get(dead).as<Deliver>().parts.at(0).key == "k");
    Keys::put(keys.ann, jobs, "2", "k2");
    keys.ann.bury(jobs, keys.ann.get(jobs).tokens());
    Keys::put(keys.ann, dead, "3", "k2");
    CHECK(keys.ann.drain(dead) == Texts{"2", "3"});
}

TEST_CASE("keys that are too long or shared by several items are refused") {
    Keys keys;
    const QueueHandle jobs = keys.ann.open("jobs");
    Keys::put(keys.ann, jobs, "1", std::string(1024, 'k'));
    Keys::put(keys.ann, jobs, "2", std::string(1025, 'k'));
    keys.ann.put(jobs, {"3", "4"}, forever, with_key("k"));
    CHECK(keys.ann.fate(jobs) == "1 ok 2 too_large 3-4 invalid_argument");
    CHECK(keys.ann.drain(jobs) == Texts{"1"});
}

TEST_CASE("an idle queue gives its keys' memory back, and wakes the manager once for it") {
    Keys keys;
    const QueueHandle jobs = keys.ann.open("jobs", with_keys(1min));
    for (int i = 0; i < 5; ++i) {
        Keys::put(keys.ann, jobs, "x", std::to_string(i));
        keys.ann.drain(jobs);
        keys.test.pass(1s);
    }
    CHECK(keys.test.machine.next_deadline().wall - keys.test.now.wall == 59s);
    keys.test.pass(59s);
    CHECK(keys.test.machine.next_deadline().wall == never);
}

// ------------------------------------------------------------------ options

TEST_CASE("a key window that differs from what is in force is a mismatch that names it") {
    Keys keys;
    keys.ann.open("jobs", with_keys(1min, 5));
    const Call window = keys.ann.try_open("jobs", with_keys(2min, 5));
    CHECK(window.code() == errc::queue_mismatch);
    CHECK(window.text().find("key_window is 60000 ms, not 120000 ms") != std::string::npos);
    const Call most = keys.ann.try_open("jobs", with_keys(1min, 6));
    CHECK(most.text().find("keys_max is 5, not 6") != std::string::npos);
}

TEST_CASE("key windows that cannot be are refused") {
    Keys keys;
    const auto opening = [&](const QueueOptions& options) {
        return keys.ann.try_open("jobs", options).code();
    };
    CHECK(opening(with_keys(0ms)) == errc::invalid_argument);
    CHECK(opening(with_keys(-1ms)) == errc::invalid_argument);
    CHECK(opening(with_keys(Millis::max())) == errc::invalid_argument);
    CHECK(opening(with_keys(1s, 0)) == errc::invalid_argument);
    CHECK(opening(with_keys(1s, 10'000'001)) == errc::invalid_argument);
    CHECK(opening(with_keys(1s, unlimited)) == errc::invalid_argument);
    CHECK(opening(with_keys(1ms, 10'000'000)) == errc::ok);
}

TEST_CASE("a queue remembers keys for ten minutes and a hundred thousand of them by default") {
    Keys keys;
    const QueueOptions options = keys.ann.try_open("jobs").as<Opened>().options;
    CHECK(options.key_window == 10min);
    CHECK(options.keys_max == 100'000u);
}

// ------------------------------------------------------------------ commits

namespace {

/// One job is leased; the results' queue has room for one.
struct Workshop {
    ManagerTest test;
    Client& boss = test.client("boss");
    Client& worker = test.client("worker");
    QueueHandle in = boss.open("in");
    QueueHandle out = boss.open("out", with_capacity(1));
    Range job{};

    Workshop() {
        boss.put(in, {"job"});
        job = worker.get(in).tokens();
    }
    Call commit(const std::vector<std::string>& keys, Patience patience = forever) {
        Commit commit{{{in, {job}}}, {}};
        for (const std::string& key : keys) {
            commit.puts.push_back({out, with_key(key), run_of({"by " + key})});
        }
        return worker.ask(std::move(commit), patience);
    }
};

}  // namespace

TEST_CASE("a commit with a key that is remembered acknowledges, and puts nothing") {
    Workshop shop;
    shop.boss.put(shop.out, {"first"}, forever, with_key("k"));
    const Call commit = shop.commit({"k"}, no_wait);  // though there is no room
    CHECK(commit.code() == errc::ok);
    CHECK(commit.count() == 0);
    CHECK(shop.boss.stats(shop.in).acks == 1);
    CHECK(shop.boss.stats(shop.out).duplicates == 1);
    CHECK(shop.boss.drain(shop.out) == Texts{"first"});
}

TEST_CASE("a commit brings its keys in for those that come later") {
    Workshop shop;
    CHECK(shop.commit({"k"}).count() == 1);
    shop.boss.put(shop.out, {"late"}, no_wait, with_key("k"));
    CHECK(shop.boss.fate(shop.out) == "1 ok");
    CHECK(shop.boss.drain(shop.out) == Texts{"by k"});
}

TEST_CASE("of two puts with one key in a commit the first counts") {
    Workshop shop;
    const Call commit = shop.commit({"k", "k"}, no_wait);
    CHECK(commit.count() == 1);
    CHECK(shop.boss.drain(shop.out) == Texts{"by k"});
}

TEST_CASE(
    "a commit that brings more than fits for ever is refused, what is recognised not counted") {
    Workshop shop;
    CHECK(shop.commit({"a", "b"}).code() == errc::too_large);
    shop.boss.put(shop.out, {"x"}, forever, with_key("a"));
    shop.boss.drain(shop.out);
    CHECK(shop.commit({"a", "b"}).count() == 1);
    CHECK(shop.boss.drain(shop.out) == Texts{"by b"});
}

TEST_CASE("a commit that waits puts nothing if its key has come in meanwhile") {
    Workshop shop;
    shop.boss.put(shop.out, {"in the way"});
    shop.boss.put(shop.out, {"first"}, forever, with_key("k"));
    const Call commit = shop.commit({"k"});
    CHECK_FALSE(commit.answered());
    shop.boss.ack(shop.out, shop.boss.get(shop.out).tokens());
    CHECK(commit.count() == 0);
    CHECK(shop.boss.stats(shop.in).acks == 1);
    CHECK(shop.boss.drain(shop.out) == Texts{"first"});
}

TEST_CASE("a commit that waits brings what was recognised, if that is forgotten meanwhile") {
    Workshop shop;
    const QueueHandle other = shop.boss.open("other", with_keys(1s));
    shop.boss.put(other, {"first"}, forever, with_key("k"));
    shop.boss.put(shop.out, {"in the way"});
    const Call commit = shop.worker.ask(
        Commit{{{shop.in, {shop.job}}},
               {{other, with_key("k"), run_of({"again"})}, {shop.out, {}, run_of({"result"})}}});
    shop.test.pass(2s);
    CHECK(shop.boss.drain(shop.out) == Texts{"in the way", "result"});
    CHECK(commit.count() == 2);
    CHECK(shop.boss.drain(other) == Texts{"first", "again"});
}

TEST_CASE("a commit that waits never puts into a closed queue what is forgotten meanwhile") {
    Workshop shop;
    const QueueHandle other = shop.boss.open("other", with_keys(1s));
    shop.boss.put(other, {"first"}, forever, with_key("k"));
    shop.boss.close(other);
    shop.boss.put(shop.out, {"in the way"});
    const Call commit = shop.worker.ask(
        Commit{{{shop.in, {shop.job}}},
               {{other, with_key("k"), run_of({"again"})}, {shop.out, {}, run_of({"result"})}}});
    CHECK_FALSE(commit.answered());
    shop.test.pass(2s);
    CHECK(shop.boss.drain(shop.out) == Texts{"in the way"});
    CHECK(commit.code() == errc::closed);
    CHECK(shop.boss.drain(other) == Texts{"first"});
    CHECK(shop.worker.ack(shop.in, shop.job).refused().empty());
}

TEST_CASE("a commit that waits is refused when what is forgotten meanwhile makes it too large") {
    Workshop shop;
    const QueueHandle out = shop.boss.open("small", {.capacity = 1, .key_window = 1s});
    shop.boss.put(out, {"x"}, forever, with_key("k"));
    const Call commit = shop.worker.ask(
        Commit{{{shop.in, {shop.job}}},
               {{out, with_key("k"), run_of({"1"})}, {out, with_key("k2"), run_of({"2"})}}});
    CHECK_FALSE(commit.answered());
    shop.test.pass(2s);
    shop.boss.drain(out);
    CHECK(commit.code() == errc::too_large);
    CHECK(shop.worker.ack(shop.in, shop.job).refused().empty());
}

TEST_CASE("a key that a commit itself pushes out of the window is judged as when it began") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle out = ann.open("out", {.capacity = 2, .keys_max = 1});
    ann.put(out, {"1"}, forever, with_key("a"));
    const Call commit = ann.ask(
        Commit{{}, {{out, with_key("b"), run_of({"2"})}, {out, with_key("a"), run_of({"3"})}}});
    CHECK(commit.count() == 1);
    CHECK(ann.drain(out) == Texts{"1", "2"});
}
