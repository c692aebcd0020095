#include "core/manager_driver.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

namespace {

/// A worker's world: jobs come in, results go out, and there is room for one result.
struct Workshop {
    Workshop() {
        boss.put(in, {"job"});
        job = worker.get(in);
    }
    void fill() { boss.put(out, {"full"}); }

    ManagerTest test;
    Client& boss = test.client("boss");
    Client& worker = test.client("worker");
    QueueHandle in = boss.open("in", with_capacity(2));
    QueueHandle out = boss.open("out", with_capacity(1));
    Call job;
};

Commit::Puts puts(QueueHandle queue, const Texts& payloads, const Columns& columns = {}) {
    return {queue, columns, run_of(payloads)};
}

}  // namespace

TEST_CASE("a commit acknowledges and puts in one step") {
    Workshop shop;
    const Call commit = shop.worker.ack_and_put(shop.in, shop.job.tokens(), shop.out, {"result"});
    CHECK(commit.count() == 1);
    CHECK(shop.boss.stats(shop.in).acks == 1);
    CHECK(shop.boss.drain(shop.out) == Texts{"result"});
    CHECK(shop.boss.drain(shop.in).empty());
}

TEST_CASE("a commit with a token that is not held does nothing and names it") {
    Workshop shop;
    shop.boss.put(shop.in, {"other"});
    const Call other = shop.worker.get(shop.in);
    shop.worker.ack(shop.in, shop.job.tokens());
    const Call commit = shop.worker.ack_and_put(shop.in, {1, 2}, shop.out, {"result"});
    CHECK(commit.code() == errc::lease_lapsed);
    CHECK(commit.text().find("token 1 ") != std::string::npos);
    CHECK(commit.text().find("\"in\"") != std::string::npos);
    CHECK(shop.boss.drain(shop.out).empty());
    CHECK(shop.worker.ack(shop.in, other.tokens()).refused().empty());
}

TEST_CASE("the first missing token is named, be it in the middle of a long range") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, numbers(1, 100));
    ann.get(jobs, no_wait, 100);
    ann.ack(jobs, {57, 60});
    Commit commit;
    commit.acks.push_back({jobs, {{1, 100}}});
    CHECK(ann.ask(commit).text().find("token 57 ") != std::string::npos);
    commit.acks = {{jobs, {{1, unlimited}}}};
    CHECK(ann.ask(commit).text().find("token 57 ") != std::string::npos);
}

TEST_CASE("a commit of another session's lease does nothing") {
    Workshop shop;
    const Call commit = shop.boss.ack_and_put(shop.in, shop.job.tokens(), shop.out, {"stolen"});
    CHECK(commit.code() == errc::lease_lapsed);
    CHECK(shop.boss.drain(shop.out).empty());
}

TEST_CASE("a commit waits as a whole while a target is full") {
    Workshop shop;
    shop.fill();
    const Call commit = shop.worker.ack_and_put(shop.in, shop.job.tokens(), shop.out, {"result"});
    CHECK_FALSE(commit.answered());
    CHECK(shop.boss.stats(shop.in).acks == 0);
    CHECK(shop.boss.stats(shop.out).waiting_puts == 1);
    CHECK(shop.boss.drain(shop.out) == Texts{"full", "result"});
    CHECK(commit.count() == 1);
}

TEST_CASE("a commit enters wholly or not at all: part of its room is not enough") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle out = ann.open("out", with_capacity(3));
    ann.put(out, {"1", "2"});
    Commit commit;
    commit.puts.push_back(puts(out, {"3", "4"}));
    const Call waiting = ann.ask(commit);
    CHECK_FALSE(waiting.answered());
    CHECK(ann.stats(out).ready == 2);
    ann.ack(out, ann.get(out).tokens());
    CHECK(waiting.count() == 2);
    CHECK(ann.drain(out) == Texts{"2", "3", "4"});
}

TEST_CASE("what a commit acknowledges in a queue makes room for what it puts there") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle ring = ann.open("ring", with_capacity(2));
    ann.put(ring, {"1", "2"});
    const Call got = ann.get(ring, no_wait, 2);
    CHECK(ann.ack_and_put(ring, got.tokens(), ring, {"3", "4"}, no_wait).count() == 2);
    CHECK(ann.drain(ring) == Texts{"3", "4"});
}

TEST_CASE("a commit that must not wait is full, and nothing of it is done") {
    Workshop shop;
    shop.fill();
    const Call commit =
        shop.worker.ack_and_put(shop.in, shop.job.tokens(), shop.out, {"result"}, no_wait);
    CHECK(commit.code() == errc::full);
    CHECK(shop.worker.ack(shop.in, shop.job.tokens()).refused().empty());
}

TEST_CASE("a commit is full when its time has passed, its leases live on for one lease time") {
    Workshop shop;
    shop.fill();
    const Call commit =
        shop.worker.ack_and_put(shop.in, shop.job.tokens(), shop.out, {"result"}, 1min);
    test::Call waiting = shop.boss.get(shop.in);
    shop.test.pass(1min);
    CHECK(commit.code() == errc::full);
    CHECK_FALSE(waiting.answered());
    shop.test.pass(29s);
    CHECK_FALSE(waiting.answered());
    shop.test.pass(1s);
    CHECK(waiting.items() == Texts{"job"});
}

TEST_CASE("the leases of a waiting commit do not lapse") {
    Workshop shop;
    shop.fill();
    const Call commit = shop.worker.ack_and_put(shop.in, shop.job.tokens(), shop.out, {"result"});
    shop.test.pass(1h);
    CHECK(shop.boss.drain(shop.out) == Texts{"full", "result"});
    CHECK(commit.code() == errc::ok);
    CHECK(shop.boss.stats(shop.in).lapses == 0);
}

TEST_CASE("a commit whose leases were settled while it waited ends undone") {
    Workshop shop;
    shop.fill();
    const Call commit = shop.worker.ack_and_put(shop.in, shop.job.tokens(), shop.out, {"result"});
    shop.worker.release(shop.in, shop.job.tokens());
    CHECK(shop.boss.drain(shop.out) == Texts{"full"});
    CHECK(commit.code() == errc::lease_lapsed);
    CHECK(shop.boss.drain(shop.in) == Texts{"job"});
}

TEST_CASE("a commit to a closed queue, or one that is closed while it waits, is not done") {
    Workshop shop;
    shop.fill();
    const Call waiting = shop.worker.ack_and_put(shop.in, shop.job.tokens(), shop.out, {"result"});
    shop.boss.close(shop.out);
    CHECK(waiting.code() == errc::closed);
    const Call late = shop.worker.ack_and_put(shop.in, shop.job.tokens(), shop.out, {"result"});
    CHECK(late.code() == errc::closed);
    CHECK(shop.worker.ack(shop.in, shop.job.tokens()).refused().empty());
}

TEST_CASE("acks of a commit on a closed queue are done") {
    Workshop shop;
    shop.boss.close(shop.in);
    CHECK(shop.worker.ack_and_put(shop.in, shop.job.tokens(), shop.out, {"r"}).count() == 1);
}

TEST_CASE("a commit that can never fit is refused at once") {
    ManagerTest test;
    Client& ann = test.client("ann");
    QueueOptions options = with_capacity(3);
    options.capacity_bytes = 20;
    const QueueHandle out = ann.open("out", options);
    Commit commit;
    commit.puts = {puts(out, {"1", "2"}), puts(out, {"3", "4"})};
    CHECK(ann.ask(commit).code() == errc::too_large);
    commit.puts = {puts(out, {"123456789"}), puts(out, {"123456789"})};
    CHECK(ann.ask(commit).code() == errc::too_large);
    commit.puts = {puts(out, {"1234567890123456789"})};
    CHECK(ann.ask(commit).code() == errc::too_large);
    CHECK(ann.drain(out).empty());
}

TEST_CASE("several puts of a commit into one queue must find room together") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle out = ann.open("out", with_capacity(3));
    ann.put(out, {"1"});
    Commit commit;
    commit.puts = {puts(out, {"2"}), puts(out, {"3", "4"}, with_priority(5))};
    const Call waiting = ann.ask(commit);
    CHECK_FALSE(waiting.answered());
    CHECK(ann.drain(out) == Texts{"1", "2", "3", "4"});
    CHECK(waiting.count() == 3);
}

TEST_CASE("a commit over several queues waits for all of them") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle one = ann.open("one", with_capacity(1));
    const QueueHandle two = ann.open("two", with_capacity(1));
    ann.put(one, {"1"});
    ann.put(two, {"2"});
    Commit commit;
    commit.puts = {puts(one, {"x"}), puts(two, {"y"})};
    const Call waiting = ann.ask(commit);
    const Call first = ann.get(one);
    ann.ack(one, first.tokens());
    CHECK_FALSE(waiting.answered());
    CHECK(ann.stats(one).ready == 0);
    ann.ack(two, ann.get(two).tokens());
    CHECK(waiting.count() == 2);
    CHECK(ann.drain(one) == Texts{"x"});
    CHECK(ann.drain(two) == Texts{"y"});
}

TEST_CASE("nothing passes a commit that waits, and it passes nothing") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle one = ann.open("one", with_capacity(1));
    const QueueHandle two = ann.open("two", with_capacity(1));
    ann.put(two, {"2"});
    bob.put(two, {"before"});
    Commit commit;
    commit.puts = {puts(one, {"x"}), puts(two, {"y"})};
    const Call waiting = ann.ask(commit);
    bob.put(one, {"behind"});
    CHECK(bob.fate(one).empty());
    bob.put(one, {"try"}, no_wait);
    CHECK(bob.fate(one) == "2 full");
    CHECK(ann.drain(two) == Texts{"2", "before", "y"});
    CHECK(ann.drain(one) == Texts{"x", "behind"});
    CHECK(waiting.code() == errc::ok);
}

TEST_CASE("commits that name the same queues in different orders do not block each other") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle one = ann.open("one", with_capacity(1));
    const QueueHandle two = ann.open("two", with_capacity(1));
    ann.put(one, {"1"});
    ann.put(two, {"2"});
    Commit there;
    there.puts = {puts(one, {"a"}), puts(two, {"a"})};
    Commit back;
    back.puts = {puts(two, {"b"}), puts(one, {"b"})};
    const Call first = ann.ask(there);
    const Call second = bob.ask(back);
    CHECK(ann.drain(two) == Texts{"2"});
    CHECK(ann.drain(one) == Texts{"1", "a"});
    CHECK(first.code() == errc::ok);
    CHECK(ann.drain(two) == Texts{"a", "b"});
    CHECK(ann.drain(one) == Texts{"b"});
    CHECK(second.code() == errc::ok);
}

TEST_CASE("a commit that gives up lets those behind it in") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle one = ann.open("one", with_capacity(2));
    const QueueHandle two = ann.open("two", with_capacity(1));
    ann.put(two, {"2"});
    Commit commit;
    commit.puts = {puts(one, {"x"}), puts(two, {"y"})};
    const Call waiting = ann.ask(commit, 1s);
    bob.put(one, {"behind"});
    CHECK(bob.fate(one).empty());
    test.pass(1s);
    CHECK(waiting.code() == errc::full);
    CHECK(bob.fate(one) == "1 ok");
}

TEST_CASE("a commit serves those who wait for what it puts") {
    Workshop shop;
    const Call waiting = shop.boss.get(shop.out);
    shop.worker.ack_and_put(shop.in, shop.job.tokens(), shop.out, {"result"});
    CHECK(waiting.items() == Texts{"result"});
}

TEST_CASE("a waiting commit dies with a target, or with a queue of its leases") {
    {
        Workshop shop;
        shop.fill();
        const Call commit = shop.worker.ack_and_put(shop.in, shop.job.tokens(), shop.out, {"r"});
        shop.boss.ask(Destroy{shop.out});
        CHECK(commit.code() == errc::stale_reference);
        CHECK(shop.worker.ack(shop.in, shop.job.tokens()).refused().empty());
    }
    Workshop shop;
    shop.fill();
    const Call commit = shop.worker.ack_and_put(shop.in, shop.job.tokens(), shop.out, {"r"});
    shop.boss.ask(Destroy{shop.in});
    CHECK(shop.boss.drain(shop.out) == Texts{"full"});
    CHECK(commit.code() == errc::stale_reference);
}

TEST_CASE("a commit of nothing is done at once") {
    ManagerTest test;
    CHECK(test.client("ann").ask(Commit{}).count() == 0);
}

TEST_CASE("commits without sense are refused, and nothing of them is done") {
    Workshop shop;
    Commit commit;
    commit.acks = {{shop.in, {{1, 1}}}, {shop.in, {{1, 1}}}};
    CHECK(shop.worker.ask(commit).code() == errc::invalid_argument);
    commit.acks = {{shop.in, {{5, 4}}}};
    CHECK(shop.worker.ask(commit).code() == errc::invalid_argument);
    commit.acks = {{shop.in, {{1, 1}, {1, 1}}}};
    CHECK(shop.worker.ask(commit).code() == errc::invalid_argument);
    commit.acks = {{77, {{1, 1}}}};
    CHECK(shop.worker.ask(commit).code() == errc::stale_reference);
    commit.acks = {};
    commit.puts = {puts(77, {"x"})};
    CHECK(shop.worker.ask(commit).code() == errc::stale_reference);
    commit.puts = {puts(shop.out, {"x"}, with_delay(-1s))};
    CHECK(shop.worker.ask(commit).code() == errc::invalid_argument);
    commit.puts = {{shop.out, {}, {3, Slice::copy("no run")}}};
    CHECK(shop.worker.ask(commit).code() == errc::protocol);
    commit.puts = {puts(shop.out, {"x"})};
    CHECK(shop.worker.ask(commit, -1s).code() == errc::invalid_argument);
    CHECK(shop.boss.drain(shop.out).empty());
    CHECK(shop.worker.ack(shop.in, shop.job.tokens()).refused().empty());
}

TEST_CASE("a commit may put to 64 queues and not to more") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Commit commit;
    for (int i = 0; i < 64; ++i) {
        commit.puts.push_back(puts(ann.open("q" + std::to_string(i)), {"x"}));
    }
    CHECK(ann.ask(commit).count() == 64);
    commit.puts.push_back(puts(ann.open("one more"), {"x"}));
    CHECK(ann.ask(commit).code() == errc::limit_exceeded);
}
