#include "core/protocol_fixture.hpp"
#include "support/catch.hpp"

// Sections 1.5, 4.1 and 4.2 of the protocol: columns, positions, and queues that are full.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

namespace {

struct Line {
    explicit Line(const QueueOptions& options = {}) : jobs(ann.open("jobs", options)) {}

    /// A PUT just as it is said here.
    Call put_at(Position first, const Texts& payloads, Position lowest_unconfirmed = 0) {
        return ann.ask(Put{jobs, first, lowest_unconfirmed, {}, run_of(payloads)});
    }
    void take_one() { bob.ack(jobs, bob.get(jobs, no_wait).tokens()); }

    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    QueueHandle jobs;
};

}  // namespace

TEST_CASE("a put that is sent again under a greater id is answered as the first time") {
    Line line;
    const Call first = line.put_at(1, {"a", "b"});
    const Call second = line.put_at(1, {"a", "b"});
    CHECK(second.id() > first.id());
    CHECK(second.as<PutDone>() == first.as<PutDone>());
    CHECK(line.bob.drain(line.jobs) == Texts{"a", "b"});
}

TEST_CASE("a put behind a gap leaves the next position as it was") {
    Line line;
    line.put_at(1, {"1"});
    CHECK(line.put_at(3, {"3"}).as<PutDone>().outcomes.at(0).code == errc::gap);
    CHECK(line.put_at(4, {"4", "5"}).as<PutDone>().outcomes.at(0).positions == Range{4, 5});
    CHECK(line.ann.fate(line.jobs) == "1 ok 3-5 gap");
    line.put_at(2, {"2", "3", "4", "5"});
    CHECK(line.ann.fate(line.jobs) == "1-5 ok");
    CHECK(line.bob.drain(line.jobs) == numbers(1, 5));
}

TEST_CASE("a gap ends where the client says that it has given up what is missing") {
    Line line;
    line.put_at(1, {"1"});
    line.put_at(9, {"9"});
    CHECK(line.ann.fate(line.jobs) == "1 ok 9 gap");
    line.put_at(9, {"9"}, 9);
    CHECK(line.ann.fate(line.jobs) == "1 ok 9 ok");
    line.put_at(5, {"5"}, 9);
    CHECK(line.bob.drain(line.jobs) == Texts{"1", "9"});
}

TEST_CASE("the first put of a session may not leave position 1 out") {
    Line line;
    line.put_at(2, {"2"});
    CHECK(line.ann.fate(line.jobs) == "2 gap");
    CHECK(line.bob.stats(line.jobs).ready == 0);
}

TEST_CASE("what waits of a put is not in its answer and comes in others under the same id") {
    Line line(with_capacity(1));
    const Call put = line.put_at(1, {"1", "2", "3"});
    REQUIRE(put.answers() == 1);
    CHECK(put.as<PutDone>().outcomes.at(0).positions == Range{1, 1});
    line.take_one();
    REQUIRE(put.answers() == 2);
    CHECK(put.as<PutDone>().outcomes.size() == 1);
    CHECK(put.as<PutDone>().outcomes.at(0).positions == Range{2, 2});
    line.take_one();
    CHECK(put.answers() == 3);
    CHECK(put.as<PutDone>().outcomes.at(0).positions == Range{3, 3});
    line.take_one();
    CHECK(put.answers() == 3);
}

TEST_CASE("a put that is refused by its queue uses its positions up") {
    Line line(with_capacity(1));
    line.put_at(1, {"1"});
    line.ann.ask(Put{line.jobs, 2, 0, {}, run_of({"2"})}, no_wait);
    CHECK(line.ann.fate(line.jobs) == "1 ok 2 full");
    line.take_one();
    line.put_at(2, {"2"});
    CHECK(line.ann.fate(line.jobs) == "1 ok 2 full");
    line.put_at(3, {"2 again"});
    CHECK(line.bob.drain(line.jobs) == Texts{"2 again"});
}

TEST_CASE("one WITHDRAW tells of what entered, what waited and what was refused of a batch") {
    Line line(with_capacity(2));
    line.put_at(1, {"1", "2", "3", "4"});
    line.ann.ask(Put{line.jobs, 5, 0, {}, run_of({"5"})}, no_wait);
    const PutDone told = line.ann.withdraw(line.jobs, {1, 9}).as<PutDone>();
    REQUIRE(told.outcomes.size() == 3);
    CHECK(told.outcomes[0] == PutDone::Outcome{{1, 2}, errc::ok, Durability::memory});
    CHECK(told.outcomes[1] == PutDone::Outcome{{3, 4}, errc::cancelled, Durability::memory});
    CHECK(told.outcomes[2] == PutDone::Outcome{{5, 5}, errc::full, Durability::memory});
    CHECK(line.bob.drain(line.jobs) == Texts{"1", "2"});
}

TEST_CASE("WITHDRAW of positions that the client has confirmed tells nothing") {
    Line line;
    line.put_at(1, {"1", "2"});
    line.put_at(3, {"3"}, 3);
    CHECK(line.ann.withdraw(line.jobs, {1, 2}).as<PutDone>().outcomes.empty());
    CHECK(line.ann.withdraw(line.jobs, {1, 3}).as<PutDone>().outcomes.size() == 1);
}

TEST_CASE("WITHDRAW takes back nothing of another session") {
    Line line(with_capacity(1));
    line.put_at(1, {"1", "2"});
    CHECK(line.bob.withdraw(line.jobs, {1, 9}).as<PutDone>().outcomes.empty());
    CHECK(line.bob.drain(line.jobs) == Texts{"1", "2"});
    CHECK(line.ann.fate(line.jobs) == "1-2 ok");
}

TEST_CASE("CANCEL of a put's id takes nothing of it back, for positions tell of puts") {
    Line line(with_capacity(1));
    line.put_at(1, {"1"});
    const Call put = line.put_at(2, {"2"});
    line.ann.cancel(put);
    CHECK(put.code() == errc::cancelled);
    CHECK(line.bob.drain(line.jobs) == Texts{"1", "2"});
    CHECK(line.ann.fate(line.jobs) == "1-2 ok");
}

TEST_CASE("positions begin anew with each incarnation of a queue") {
    Line line;
    line.put_at(1, {"1", "2"});
    line.ann.ask(Destroy{line.jobs});
    line.put_at(3, {"3"});
    CHECK(line.ann.fate(line.jobs) == "1-2 ok 3 stale_reference");
    line.jobs = line.ann.open("jobs");
    line.put_at(1, {"again"});
    CHECK(line.ann.fate(line.jobs) == "1 ok");
    CHECK(line.bob.drain(line.jobs) == Texts{"again"});
}

// ------------------------------------------------------------------ room

TEST_CASE("headers and traces count for each item of a batch") {
    Line line(with_capacity_bytes(60));
    line.ann.put(line.jobs, {"1", "2", "3", "4"}, no_wait, noted(10, 4));  // 3 and 14 bytes each
    CHECK(line.ann.fate(line.jobs) == "1-3 ok 4 full");
    CHECK(line.ann.stats(line.jobs).bytes == 51);
    line.take_one();
    CHECK(line.ann.stats(line.jobs).bytes == 34);
}

TEST_CASE("an item that fills its queue to the last byte enters, a larger one never") {
    Line line(with_capacity_bytes(20));
    line.put_at(1, {std::string(18, 'x')});
    CHECK(line.ann.fate(line.jobs) == "1 ok");
    line.put_at(2, {std::string(19, 'x')});
    CHECK(line.ann.fate(line.jobs) == "1 ok 2 too_large");
}

TEST_CASE("an item that expires makes room for a put that waits") {
    Line line(with_capacity(1));
    line.ann.put(line.jobs, {"short"}, forever, with_time_to_live(2s));
    line.ann.put(line.jobs, {"next"});
    line.test.pass(1999ms);
    CHECK(line.ann.fate(line.jobs) == "1 ok");
    line.test.pass(1ms);
    CHECK(line.ann.fate(line.jobs) == "1-2 ok");
    CHECK(line.ann.stats(line.jobs).expired == 1);
    CHECK(line.bob.drain(line.jobs) == Texts{"next"});
}

TEST_CASE("neither a delivery nor a burial makes room, an acknowledgement and a purge do") {
    Line line(with_capacity(2));
    line.put_at(1, {"1", "2", "3", "4"});
    const Call got = line.bob.get(line.jobs);
    line.bob.bury(line.jobs, line.bob.get(line.jobs).tokens());
    CHECK(line.ann.fate(line.jobs) == "1-2 ok");
    line.bob.ack(line.jobs, got.tokens());
    CHECK(line.ann.fate(line.jobs) == "1-3 ok");
    line.bob.ask(Purge{line.jobs, true});
    CHECK(line.ann.fate(line.jobs) == "1-4 ok");
}

TEST_CASE("a put that enters at once is no matter of what a session may have waiting") {
    Limits limits;
    limits.session_bytes_max = 1000;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_capacity(1));
    ann.put(jobs, {std::string(5000, 'x')});
    CHECK(ann.fate(jobs) == "1 ok");
    ann.put(jobs, {std::string(5000, 'x')});
    CHECK(ann.fate(jobs) == "1 ok 2 limit_exceeded");
}

TEST_CASE("puts that wait at one queue do not hinder those to another") {
    Line line(with_capacity(1));
    const QueueHandle other = line.ann.open("other");
    line.put_at(1, {"1", "2"});
    line.ann.put(other, {"a"}, no_wait);
    CHECK(line.ann.fate(other) == "1 ok");
    CHECK(line.ann.fate(line.jobs) == "1 ok");
}

// ------------------------------------------------------------------ times

TEST_CASE("an item whose time to live is shorter than its delay expires and is never delivered") {
    Line line;
    Columns columns = with_delay(5s);
    columns.time_to_live = 3s;
    line.ann.put(line.jobs, {"never"}, forever, columns);
    const Call get = line.bob.get(line.jobs);
    line.test.pass(3s);
    CHECK(line.ann.stats(line.jobs).expired == 1);
    CHECK(line.ann.stats(line.jobs).delayed == 0);
    line.test.pass(5s);
    CHECK_FALSE(get.answered());
}

TEST_CASE("a wall clock that is set forward ends delays and times to live") {
    Line line;
    line.ann.put(line.jobs, {"delayed"}, forever, with_delay(1h));
    line.ann.put(line.jobs, {"short"}, forever, with_time_to_live(1h));
    set_wall_clock(line.test, 1h);
    CHECK(line.bob.drain(line.jobs) == Texts{"delayed"});
    CHECK(line.ann.stats(line.jobs).expired == 1);
}

TEST_CASE("a wall clock that is set back prolongs delays and times to live") {
    Line line;
    line.ann.put(line.jobs, {"delayed"}, forever, with_delay(1h));
    line.ann.put(line.jobs, {"short"}, forever, with_time_to_live(1h));
    set_wall_clock(line.test, -1h);
    line.test.pass(1h);
    CHECK(line.ann.stats(line.jobs).delayed == 1);
    CHECK(line.ann.stats(line.jobs).ready == 1);
    line.test.pass(1h);
    CHECK(line.bob.drain(line.jobs) == Texts{"delayed"});
}

TEST_CASE("neither the waiting time of a put nor a lease minds the wall clock") {
    Line line(with_capacity(1));
    line.put_at(1, {"1"});
    line.bob.get(line.jobs);
    line.ann.next_position[line.jobs] = 2;
    line.ann.put(line.jobs, {"2"}, 20s);
    set_wall_clock(line.test, 10h);
    set_wall_clock(line.test, -20h);
    CHECK(line.ann.fate(line.jobs) == "1 ok");
    CHECK(line.bob.stats(line.jobs).leased == 1);
    line.test.pass(20s);
    CHECK(line.ann.fate(line.jobs) == "1 ok 2 full");
    line.test.pass(10s);
    CHECK(line.bob.stats(line.jobs).lapses == 1);
}

TEST_CASE("an item says when the manager took it in, not since when its put had waited") {
    Line line(with_capacity(1));
    line.put_at(1, {"1", "2"});
    line.test.pass(3s);
    line.take_one();
    const Millis taken_in = std::chrono::duration_cast<Millis>(line.test.now.wall);
    line.test.pass(3s);
    CHECK(line.bob.get(line.jobs).as<Deliver>().parts.at(0).put_at == taken_in);
}

// ------------------------------------------------------------------ order

TEST_CASE("of equal priorities the one that was put first comes first, greater ones before them") {
    QueueOptions options;
    options.order = Order::priority;
    Line line(options);
    line.ann.put(line.jobs, {"low 1", "low 2"}, forever, with_priority(-5));
    line.ann.put(line.jobs, {"none"});
    line.ann.put(line.jobs, {"high"}, forever, with_priority(2'000'000'000));
    line.ann.put(line.jobs, {"low 3"}, forever, with_priority(-5));
    CHECK(line.bob.drain(line.jobs) == Texts{"high", "none", "low 1", "low 2", "low 3"});
}

TEST_CASE("priorities mean nothing in a queue of another order, and travel all the same") {
    Line line;
    line.ann.put(line.jobs, {"low"}, forever, with_priority(-5));
    line.ann.put(line.jobs, {"high"}, forever, with_priority(7));
    const Call get = line.bob.get(line.jobs, no_wait, 2);
    CHECK(get.items() == Texts{"low", "high"});
    CHECK(get.as<Deliver>().parts.at(0).priority == -5);
    CHECK(get.as<Deliver>().parts.at(1).priority == 7);
}

TEST_CASE("what is released in a queue that gives the newest first takes its old place") {
    QueueOptions options;
    options.order = Order::lifo;
    Line line(options);
    line.put_at(1, {"1", "2"});
    const Call newest = line.bob.get(line.jobs);
    CHECK(newest.items() == Texts{"2"});
    line.put_at(3, {"3"});
    line.bob.release(line.jobs, newest.tokens());
    CHECK(line.bob.drain(line.jobs) == Texts{"3", "2", "1"});
}
