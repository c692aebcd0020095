#include "core/protocol_fixture.hpp"
#include "support/catch.hpp"

// COMMIT as section 6 of the protocol has it.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

namespace {

/// A job is leased by a worker, and results have a place to go.
struct Bench {
    explicit Bench(const QueueOptions& results = {}) : out(boss.open("out", results)) {
        boss.put(in, {"job"});
        job = worker.get(in).tokens();
    }
    Call commit(const std::vector<Commit::Puts>& puts, Patience patience = forever) {
        return worker.ask(Commit{{{in, {job}}}, puts}, patience);
    }

    ManagerTest test;
    Client& boss = test.client("boss");
    Client& worker = test.client("worker");
    QueueHandle in = boss.open("in");
    QueueHandle out;
    Range job{};
};

}  // namespace

TEST_CASE("DONE of a commit counts the items that it put, over all of its puts") {
    Bench bench;
    CHECK(bench.commit({{bench.out, {}, run_of({"1", "2"})}, {bench.in, {}, run_of({"3"})}})
              .count() == 3);
    CHECK(bench.boss.drain(bench.out) == Texts{"1", "2"});
    CHECK(bench.boss.drain(bench.in) == Texts{"3"});
}

TEST_CASE("headers and traces of a commit's puts count against its targets' capacity_bytes") {
    Bench bench(with_capacity_bytes(50));
    bench.boss.put(bench.out, {"12345678"});  // 10 bytes
    const std::vector<Commit::Puts> puts{{bench.out, noted(10, 8), run_of({"1", "2"})}};  // 42
    CHECK(bench.commit(puts, no_wait).code() == errc::full);
    bench.boss.drain(bench.out);
    CHECK(bench.commit(puts, no_wait).code() == errc::ok);
    CHECK(bench.boss.stats(bench.out).bytes == 42);
}

TEST_CASE("a commit that fits only without its headers can never fit") {
    Bench bench(with_capacity_bytes(50));
    CHECK(bench.commit({{bench.out, noted(20, 3), run_of({"1", "2"})}}).code() == errc::too_large);
    CHECK(bench.worker.ack(bench.in, bench.job).refused().empty());
}

TEST_CASE("each put of a commit has columns of its own") {
    Bench bench;
    Columns later = with_delay(5s);
    later.headers = Slice::copy("later");
    CHECK(bench
              .commit({{bench.out, later, run_of({"1"})},
                       {bench.out, with_time_to_live(2s), run_of({"2"})},
                       {bench.out, with_priority(3), run_of({"3"})}})
              .count() == 3);
    bench.test.pass(2s);
    const Call now = bench.boss.get(bench.out, no_wait, 9);
    CHECK(now.items() == Texts{"3"});
    CHECK(now.as<Deliver>().parts.at(0).priority == 3);
    bench.test.pass(3s);
    const Call then = bench.boss.get(bench.out, no_wait, 9);
    CHECK(then.items() == Texts{"1"});
    CHECK(then.as<Deliver>().parts.at(0).headers.view() == "later");
}

TEST_CASE("a commit that is refused for one of its puts has put none of the others") {
    Bench bench;
    const QueueHandle closed = bench.boss.open("closed");
    bench.boss.close(closed);
    CHECK(bench.commit({{bench.out, {}, run_of({"1"})}, {closed, {}, run_of({"2"})}}).code() ==
          errc::closed);
    CHECK(bench.commit({{bench.out, {}, run_of({"1"})}, {77, {}, run_of({"2"})}}).code() ==
          errc::stale_reference);
    CHECK(
        bench.commit({{bench.out, {}, run_of({"1"})}, {bench.in, noted(65'537, 0), run_of({"2"})}})
            .code() == errc::too_large);
    CHECK(bench.boss.stats(bench.out).puts == 0);
    CHECK(bench.worker.ack(bench.in, bench.job).refused().empty());
}

TEST_CASE("a commit whose lease lapsed on its way is told so and does nothing") {
    Bench bench;
    bench.test.pass(30s);
    CHECK(bench.commit({{bench.out, {}, run_of({"1"})}}).code() == errc::lease_lapsed);
    CHECK(bench.boss.stats(bench.out).puts == 0);
    CHECK(bench.boss.drain(bench.in) == Texts{"job"});
}

TEST_CASE("a commit that only acknowledges needs no room and waits for nothing") {
    Bench bench;
    bench.boss.put(bench.in, {"more"});
    bench.boss.close(bench.in);
    CHECK(bench.commit({}, no_wait).count() == 0);
    CHECK(bench.boss.stats(bench.in).acks == 1);
}

TEST_CASE("a commit gives its leases one lease time more when its target is closed or destroyed") {
    Bench bench(with_capacity(1));
    bench.boss.put(bench.out, {"in the way"});
    const Call commit = bench.commit({{bench.out, {}, run_of({"1"})}});
    bench.test.pass(10min);
    CHECK(bench.boss.stats(bench.in).leased == 1);
    bench.boss.close(bench.out);
    CHECK(commit.code() == errc::closed);
    bench.test.pass(29'999ms);
    CHECK(bench.boss.stats(bench.in).leased == 1);
    bench.test.pass(1ms);
    CHECK(bench.boss.stats(bench.in).lapses == 1);
}

TEST_CASE("two commits of the same lease that wait: the first takes it, the second has lapsed") {
    Bench bench(with_capacity(1));
    bench.boss.put(bench.out, {"in the way"});
    const Call first = bench.commit({{bench.out, {}, run_of({"1"})}});
    const Call second = bench.commit({{bench.out, {}, run_of({"2"})}});
    CHECK(bench.boss.drain(bench.out) == Texts{"in the way", "1"});
    CHECK(first.count() == 1);
    CHECK(second.code() == errc::lease_lapsed);
    CHECK(bench.boss.stats(bench.in).acks == 1);
}

TEST_CASE("when one of two waiting commits gives up, the other's lease still does not lapse") {
    Bench bench(with_capacity(1));
    bench.boss.put(bench.out, {"in the way"});
    const Call first = bench.commit({{bench.out, {}, run_of({"1"})}}, 1s);
    const Call second = bench.commit({{bench.out, {}, run_of({"2"})}});
    bench.test.pass(1s);
    CHECK(first.code() == errc::full);
    bench.test.pass(10min);
    CHECK(bench.boss.stats(bench.in).leased == 1);
    CHECK(bench.boss.drain(bench.out) == Texts{"in the way", "2"});
    CHECK(second.count() == 1);
}

TEST_CASE("what a commit acknowledges makes room for the dead and the puts that wait there") {
    Bench bench;
    const QueueHandle small = bench.boss.open("small", with_capacity(1));
    bench.boss.put(small, {"1", "2"});
    const Call got = bench.worker.get(small);
    const Call commit =
        bench.worker.ask(Commit{{{bench.in, {bench.job}}, {small, {got.tokens()}}}, {}});
    CHECK(commit.code() == errc::ok);
    CHECK(bench.boss.fate(small) == "1-2 ok");
    CHECK(bench.worker.get(small).items() == Texts{"2"});
}

TEST_CASE("a commit of held items takes them, and makes room in the credit of their stream") {
    Bench bench;
    const QueueHandle jobs = bench.boss.open("jobs");
    bench.boss.put(jobs, {"1", "2", "3"});
    bench.worker.credit(jobs, 2);
    const Range held = bench.worker.last_streamed();
    CHECK(bench.worker.ask(Commit{{{jobs, {held}}}, {{bench.out, {}, run_of({"x"})}}}).count() ==
          1);
    CHECK(bench.worker.streamed() == Texts{"1", "2", "3"});
    CHECK(bench.boss.stats(jobs).acks == 2);
    CHECK(bench.boss.stats(jobs).deliveries == 2);
}
