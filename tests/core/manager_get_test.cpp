#include "core/manager_driver.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

TEST_CASE("a get takes what is ready, oldest first, and tells what there is to know of it") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a", "b"});
    const Call get = ann.get(jobs);
    CHECK(get.items() == Texts{"a"});
    const Deliver deliver = get.as<Deliver>();
    CHECK(deliver.queue == jobs);
    CHECK(deliver.lease == 30s);
    CHECK(deliver.parts.at(0).token == 1);
    CHECK(deliver.parts.at(0).id == 1);
    CHECK(deliver.parts.at(0).deliveries == 1);
    CHECK(deliver.parts.at(0).put_at == std::chrono::duration_cast<Millis>(test.now.wall));
    CHECK(ann.get(jobs).items() == Texts{"b"});
}

TEST_CASE("tokens grow across queues and begin where an earlier life may have ended") {
    ManagerSettings settings;
    settings.first_token = 5000;
    ManagerTest test(settings);
    Client& ann = test.client("ann");
    const QueueHandle one = ann.open("one");
    const QueueHandle two = ann.open("two");
    ann.put(one, {"a", "b"});
    ann.put(two, {"c"});
    CHECK(ann.get(one, no_wait, 2).tokens() == Range{5000, 5001});
    CHECK(ann.get(two).tokens() == Range{5002, 5002});
}

TEST_CASE("a get on an empty queue is served by the next put") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    const Call get = bob.get(jobs);
    CHECK_FALSE(get.answered());
    CHECK(ann.stats(jobs).waiting_gets == 1);
    ann.put(jobs, {"a"});
    CHECK(get.items() == Texts{"a"});
    CHECK(ann.stats(jobs).waiting_gets == 0);
}

TEST_CASE("gets that wait are served in the order of their arrival") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    const Call first = bob.get(jobs);
    const Call second = ann.get(jobs);
    const Call third = bob.get(jobs);
    ann.put(jobs, {"1", "2"});
    CHECK(first.items() == Texts{"1"});
    CHECK(second.items() == Texts{"2"});
    CHECK_FALSE(third.answered());
}

TEST_CASE("a get that must not wait finds nothing") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    CHECK(ann.get(jobs, no_wait).code() == errc::empty);
    CHECK(ann.stats(jobs).waiting_gets == 0);
}

TEST_CASE("a get ends empty when its time has passed, and not before") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    const Call get = ann.get(jobs, 1500ms);
    test.pass(1499ms);
    CHECK_FALSE(get.answered());
    test.pass(1ms);
    CHECK(get.code() == errc::empty);
    ann.put(jobs, {"a"});
    CHECK(ann.drain(jobs) == Texts{"a"});
}

TEST_CASE("a get takes at most so many items, and not more bytes than a frame has") {
    Limits limits;
    limits.frame_bytes_max = 4096;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    const std::string kilobyte(1021, 'x');
    ann.put(jobs, Texts(10, kilobyte));
    CHECK(ann.get(jobs, no_wait, 3).items().size() == 3);
    CHECK(ann.get(jobs, no_wait, 100).items().size() == 4);
    ann.put(jobs, {std::string(9000, 'y')});
    CHECK(ann.get(jobs, no_wait, 100).items().size() == 3);
    CHECK(ann.get(jobs, no_wait, 100).items().at(0).size() == 9000);
}

TEST_CASE("a get over several queues takes from the first of them that has something") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle one = ann.open("one");
    const QueueHandle two = ann.open("two");
    ann.put(two, {"2"});
    CHECK(ann.get_any({one, two}).items() == Texts{"2"});
    ann.put(two, {"2"});
    ann.put(one, {"1"});
    const Call get = ann.get_any({one, two});
    CHECK(get.items() == Texts{"1"});
    CHECK(get.as<Deliver>().queue == one);
}

TEST_CASE("a get that waits at several queues is served by one and leaves the others") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle one = ann.open("one");
    const QueueHandle two = ann.open("two");
    const Call get = ann.get_any({one, two, one});
    ann.put(two, {"2"});
    ann.put(one, {"1"});
    CHECK(get.answers() == 1);
    CHECK(get.items() == Texts{"2"});
    CHECK(ann.stats(one).waiting_gets == 0);
    CHECK(ann.drain(one) == Texts{"1"});
}

TEST_CASE("a get keeps its place at each of its queues") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle one = ann.open("one");
    const QueueHandle two = ann.open("two");
    const Call both = ann.get_any({one, two});
    const Call behind = bob.get(two);
    ann.put(two, {"2"});
    CHECK(both.items() == Texts{"2"});
    ann.put(two, {"3"});
    CHECK(behind.items() == Texts{"3"});
}

TEST_CASE("a get that asks for a lease of its own gets it") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a"});
    const Call get = ann.ask(Get{{jobs}, 1, 100ms});
    CHECK(get.as<Deliver>().lease == 100ms);
    const Call waiting = bob.get(jobs);
    test.pass(99ms);
    CHECK_FALSE(waiting.answered());
    test.pass(1ms);
    CHECK(waiting.items() == Texts{"a"});
    CHECK(ann.ack(jobs, get.tokens()).refused() == "1");
}

TEST_CASE("what has expired is not handed out, also in the moment before its deadline fires") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs", with_capacity(1));
    ann.put(jobs, {"old"}, forever, with_time_to_live(1s));
    ann.put(jobs, {"new"});
    const Call join = ann.join(jobs);
    test.stop_for(1s);
    const Call get = ann.get(jobs);
    ann.credit(jobs, 5);
    test.machine.tick(test.now);
    test.end_turn();
    CHECK(get.items() == Texts{"new"});
    CHECK(ann.streamed().empty());
    ann.ack(jobs, get.tokens());
    CHECK(join.code() == errc::ok);
}

TEST_CASE("gets without sense are refused") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    CHECK(ann.ask(Get{{}, 1, {}}).code() == errc::invalid_argument);
    CHECK(ann.ask(Get{{jobs}, 0, {}}).code() == errc::invalid_argument);
    CHECK(ann.ask(Get{{jobs}, 1, 0ms}).code() == errc::invalid_argument);
    CHECK(ann.ask(Get{{jobs}, 1, Millis::max()}).code() == errc::invalid_argument);
    CHECK(ann.ask(Get{{jobs}, 1, {}}, -1ms).code() == errc::invalid_argument);
    CHECK(ann.ask(Get{{jobs, 77}, 1, {}}).code() == errc::stale_reference);
    const std::vector<QueueHandle> many(65, jobs);
    CHECK(ann.ask(Get{many, 1, {}}).code() == errc::limit_exceeded);
}

TEST_CASE("a released item goes to the get that waits") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a"});
    const Call got = ann.get(jobs);
    const Call waiting = bob.get(jobs);
    ann.release(jobs, got.tokens());
    CHECK(waiting.items() == Texts{"a"});
    CHECK(waiting.deliveries() == 2);
}

TEST_CASE("a lapsed lease serves the get that waits, to the millisecond") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a"});
    ann.get(jobs);
    const Call waiting = bob.get(jobs);
    test.pass(29'999ms);
    CHECK_FALSE(waiting.answered());
    test.pass(1ms);
    CHECK(waiting.items() == Texts{"a"});
}

TEST_CASE("a delayed item serves the get that waits when its delay ends") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"later"}, forever, with_delay(5s));
    const Call waiting = ann.get(jobs);
    test.pass(4999ms);
    CHECK_FALSE(waiting.answered());
    test.pass(1ms);
    CHECK(waiting.items() == Texts{"later"});
}

TEST_CASE("at the same moment an item comes back and a get would end: it gets the item") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a"});
    ann.get(jobs);
    const Call waiting = bob.get(jobs, 30s);
    test.pass(30s);
    CHECK(waiting.items() == Texts{"a"});
}

TEST_CASE("a get on a queue that is closed and drained is told so") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a"});
    ann.close(jobs);
    CHECK(ann.drain(jobs) == Texts{"a"});
    CHECK(ann.get(jobs).code() == errc::closed);
    CHECK(ann.get(jobs, no_wait).code() == errc::closed);
}

TEST_CASE("gets that wait are told when their queue is closed empty") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    const Call one = ann.get(jobs);
    const Call two = bob.get(jobs);
    ann.close(jobs);
    CHECK(one.code() == errc::closed);
    CHECK(two.code() == errc::closed);
}

TEST_CASE("a get on a closed queue waits as long as another session's lease might come back") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a"});
    const Call got = ann.get(jobs);
    ann.close(jobs);
    const Call theirs = bob.get(jobs);
    CHECK_FALSE(theirs.answered());
    CHECK(ann.get(jobs).code() == errc::closed);  // only its own lease is left
    ann.ack(jobs, got.tokens());
    CHECK(theirs.code() == errc::closed);
}

TEST_CASE("of several borrowers of a closed queue the last one is told when the others are done") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    Client& eve = test.client("eve");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1", "2", "3"});
    const Call first = ann.get(jobs);
    ann.get(jobs);
    const Call third = eve.get(jobs);
    const Call mine = ann.get(jobs);
    const Call other = bob.get(jobs);
    ann.close(jobs);
    ann.ack(jobs, first.tokens());
    CHECK_FALSE(mine.answered());
    eve.ack(jobs, third.tokens());
    CHECK(mine.code() == errc::closed);
    CHECK_FALSE(other.answered());
}

TEST_CASE("a lease that lapses may be what a get on a closed queue waited for") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a"});
    ann.get(jobs);
    ann.close(jobs);
    const Call waiting = bob.get(jobs);
    test.pass(30s);
    CHECK(waiting.items() == Texts{"a"});
}

TEST_CASE("a get over several queues waits while one of them is open") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle one = ann.open("one");
    const QueueHandle two = ann.open("two");
    const Call get = ann.get_any({one, two});
    ann.close(one);
    CHECK_FALSE(get.answered());
    ann.put(two, {"2"});
    CHECK(get.items() == Texts{"2"});
    const Call last = ann.get_any({one, two});
    ann.ack(two, get.tokens());
    ann.close(two);
    CHECK(last.code() == errc::closed);
}

TEST_CASE("a close-now ends gets though leases are out, as those are dropped when they come back") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a"});
    ann.get(jobs);
    const Call waiting = bob.get(jobs);
    ann.close(jobs, true);
    CHECK(waiting.code() == errc::closed);
}

// ------------------------------------------------------------------ CANCEL

TEST_CASE("a get that is cancelled is told so and takes nothing") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    const Call get = ann.get(jobs);
    const Call cancel = ann.cancel(get);
    CHECK(get.code() == errc::cancelled);
    CHECK_FALSE(cancel.answered());
    ann.put(jobs, {"a"});
    CHECK(get.answers() == 1);
    CHECK(ann.drain(jobs) == Texts{"a"});
}

TEST_CASE("a cancel that comes too late changes nothing") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a"});
    const Call get = ann.get(jobs);
    ann.cancel(get);
    CHECK(get.answers() == 1);
    CHECK(get.items() == Texts{"a"});
    CHECK(ann.ack(jobs, get.tokens()).refused().empty());
}

TEST_CASE("what is handed out again, as it did not arrive, is leased from then on") {
    ManagerTest test;
    Client& ann = test.client("ann");
    QueueOptions options;
    options.lease = Millis{10'000};
    const QueueHandle jobs = ann.open("jobs", options);
    ann.put(jobs, {"a"});
    ann.cut();
    const Call get = ann.get(jobs);
    CHECK_FALSE(get.answered());
    test.pass(Millis{6000});
    ann.come_back();
    ann.again(get);
    test.pass(Millis{6000});
    CHECK(ann.ack(jobs, get.tokens()).refused().empty());
}

TEST_CASE("a cancelled request that had been lost on its way is not carried out any more") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"a"});
    Call lost{&ann, {100, 0, forever, {}, Get{{jobs}, 1, {}}}};
    ann.ask(Cancel{100});
    CHECK(lost.code() == errc::cancelled);
    ann.again(lost);
    CHECK(lost.code() == errc::cancelled);
    CHECK(ann.drain(jobs) == Texts{"a"});
}

TEST_CASE("a join and a commit can be cancelled, the commit's leases stay with their holder") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle in = ann.open("in");
    const QueueHandle out = ann.open("out", with_capacity(1));
    ann.put(in, {"job"});
    ann.put(out, {"full"});
    const Call job = ann.get(in);
    const Call join = ann.join(in);
    const Call commit = ann.ack_and_put(in, job.tokens(), out, {"result"});
    ann.cancel(join);
    ann.cancel(commit);
    CHECK(join.code() == errc::cancelled);
    CHECK(commit.code() == errc::cancelled);
    CHECK(ann.ack(in, job.tokens()).refused().empty());
    CHECK(ann.drain(out) == Texts{"full"});
}
