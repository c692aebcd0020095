#include "core/protocol_fixture.hpp"
#include "support/catch.hpp"

// Section 5.2 of the protocol, GET over several queues before all, and 5.4 as far as it meets GET.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

namespace {

/// A consumer, a producer, and two queues.
struct Two {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    QueueHandle one = ann.open("one");
    QueueHandle two = ann.open("two");

    [[nodiscard]] std::uint64_t waiting() {
        return bob.stats(one).waiting_gets + bob.stats(two).waiting_gets;
    }
};

}  // namespace

TEST_CASE("a get waits at all of its 64 queues, and the last of them may serve it") {
    ManagerTest test;
    Client& ann = test.client("ann");
    std::vector<QueueHandle> queues;
    for (int i = 1; i <= 64; ++i) queues.push_back(ann.open("queue " + std::to_string(i)));
    const Call get = ann.get_any(queues);
    CHECK_FALSE(get.answered());
    for (const QueueHandle queue : queues) CHECK(ann.stats(queue).waiting_gets == 1);
    ann.put(queues.back(), {"at last"});
    CHECK(get.items() == Texts{"at last"});
    CHECK(get.as<Deliver>().queue == queues.back());
    for (const QueueHandle queue : queues) CHECK(ann.stats(queue).waiting_gets == 0);
}

TEST_CASE("the order in which a get names its queues decides, not their names or ages") {
    Two world;
    world.bob.put(world.one, {"1"});
    world.bob.put(world.two, {"2"});
    CHECK(world.ann.get_any({world.two, world.one}).items() == Texts{"2"});
    CHECK(world.ann.get_any({world.two, world.one}).items() == Texts{"1"});
}

TEST_CASE("a get over several queues takes from one of them only, however much it asked for") {
    Two world;
    world.bob.put(world.one, {"1", "2"});
    world.bob.put(world.two, {"3", "4"});
    const Call get = world.ann.ask(Get{{world.one, world.two}, 10, {}});
    CHECK(get.items() == Texts{"1", "2"});
    CHECK(world.bob.stats(world.two).ready == 2);
}

TEST_CASE("a get over several queues that must not wait is empty and stands in no line") {
    Two world;
    CHECK(world.ann.get_any({world.one, world.two}, no_wait).code() == errc::empty);
    CHECK(world.waiting() == 0);
}

TEST_CASE("a get over several queues whose time has passed has left all of their lines") {
    Two world;
    const Call get = world.ann.get_any({world.one, world.two}, 1s);
    world.test.pass(999ms);
    CHECK(world.waiting() == 2);
    world.test.pass(1ms);
    CHECK(get.code() == errc::empty);
    CHECK(world.waiting() == 0);
    world.bob.put(world.two, {"late"});
    CHECK(get.answers() == 1);
    CHECK(world.bob.stats(world.two).ready == 1);
}

TEST_CASE("a get over several queues that is cancelled has left all of their lines") {
    Two world;
    const Call get = world.ann.get_any({world.one, world.two});
    world.ann.cancel(get);
    CHECK(get.code() == errc::cancelled);
    CHECK(world.waiting() == 0);
    world.bob.put(world.one, {"1"});
    world.bob.put(world.two, {"2"});
    CHECK(get.answers() == 1);
    CHECK(world.bob.stats(world.one).ready + world.bob.stats(world.two).ready == 2);
}

TEST_CASE("a get that names a destroyed queue among living ones is stale and takes nothing") {
    Two world;
    world.bob.put(world.one, {"1"});
    world.bob.ask(Destroy{world.two});
    CHECK(world.ann.get_any({world.one, world.two}).code() == errc::stale_reference);
    CHECK(world.bob.stats(world.one).ready == 1);
}

TEST_CASE("a get with a queue too many is refused and takes nothing") {
    Two world;
    world.bob.put(world.one, {"1"});
    std::vector<QueueHandle> queues(64, world.two);
    queues.push_back(world.one);
    CHECK(world.ann.get_any(queues).code() == errc::limit_exceeded);
    CHECK(world.waiting() == 0);
    CHECK(world.bob.stats(world.one).ready == 1);
}

TEST_CASE("a queue that a get names twice has it in its line once") {
    Two world;
    const Call get = world.ann.get_any({world.one, world.one});
    CHECK(world.bob.stats(world.one).waiting_gets == 1);
    world.bob.put(world.one, {"1", "2"});
    CHECK(get.answers() == 1);
    CHECK(get.items() == Texts{"1"});
    CHECK(world.bob.stats(world.one).ready == 1);
}

TEST_CASE("a get that waited for several items takes what there is when something comes") {
    Two world;
    const Call get = world.ann.ask(Get{{world.one}, 3, {}});
    world.bob.put(world.one, {"1", "2"});
    CHECK(get.items() == Texts{"1", "2"});
    world.bob.put(world.one, {"3"});
    CHECK(get.answers() == 1);
}

TEST_CASE("a queue with nothing but expired items is passed over for the next of a get") {
    Two world;
    world.bob.put(world.one, {"old"}, forever, with_time_to_live(1s));
    world.bob.put(world.two, {"2"});
    world.test.stop_for(1s);
    CHECK(world.ann.get_any({world.one, world.two}).items() == Texts{"2"});
    CHECK(world.bob.stats(world.one).expired == 1);
}

TEST_CASE("the lease of what a get got is that of the queue that served it") {
    ManagerTest test;
    Client& ann = test.client("ann");
    QueueOptions options;
    options.lease = 7s;
    const QueueHandle slow = ann.open("slow");
    const QueueHandle fast = ann.open("fast", options);
    const Call get = ann.get_any({slow, fast});
    ann.put(fast, {"a"});
    CHECK(get.as<Deliver>().lease == 7s);
    test.pass(6999ms);
    CHECK(ann.stats(fast).leased == 1);
    test.pass(1ms);
    CHECK(ann.stats(fast).leased == 0);
    CHECK(ann.stats(fast).lapses == 1);
}

TEST_CASE("a get that waited takes with the lease that it asked for, whichever queue serves it") {
    Two world;
    const Call get = world.ann.ask(Get{{world.one, world.two}, 1, 200ms});
    world.test.pass(1s);
    world.bob.put(world.two, {"2"});
    CHECK(get.as<Deliver>().lease == 200ms);
    world.test.pass(199ms);
    CHECK(world.bob.get(world.two, no_wait).code() == errc::empty);
    world.test.pass(1ms);
    CHECK(world.bob.get(world.two, no_wait).items() == Texts{"2"});
}

TEST_CASE("a get counts keys, headers and traces of what it takes against a frame") {
    Limits limits;
    limits.frame_bytes_max = 4000;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    for (int i = 0; i < 5; ++i) {
        Columns columns = noted(900, 90);
        columns.key = std::string(7, static_cast<char>('a' + i));
        ann.put(jobs, {"x"}, forever, columns);  // 3 bytes and 997 of notes
    }
    CHECK(ann.get(jobs, no_wait, 10).items().size() == 4);
    CHECK(ann.get(jobs, no_wait, 10).items().size() == 1);
}

TEST_CASE("one item is delivered though its headers alone are larger than a frame") {
    Limits limits;
    limits.frame_bytes_max = 1000;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    const QueueHandle jobs = ann.open("jobs");
    ann.put(jobs, {"1", "2"}, forever, noted(5000, 0));
    const Call get = ann.get(jobs, no_wait, 10);
    CHECK(get.items() == Texts{"1"});
    CHECK(get.as<Deliver>().parts.at(0).headers.size() == 5000);
}

// ------------------------------------------------------------------ sent again

TEST_CASE("a get over several queues that is sent again has kept its place in each") {
    Two world;
    const Call get = world.ann.get_any({world.one, world.two});
    const Call behind = world.bob.get(world.two);
    world.ann.hang_up();
    world.ann.come_back();
    world.ann.again(get);
    CHECK(world.waiting() == 3);
    world.bob.put(world.two, {"2"});
    CHECK(get.answers() == 1);
    CHECK(get.items() == Texts{"2"});
    CHECK_FALSE(behind.answered());
    CHECK(world.waiting() == 1);
}

TEST_CASE("a get over several queues that was served unheard is answered with the same item") {
    Two world;
    const Call get = world.ann.get_any({world.one, world.two});
    world.ann.cut();
    world.bob.put(world.two, {"2"});
    world.bob.put(world.one, {"1"});
    world.ann.come_back();
    world.ann.again(get);
    CHECK(get.answers() == 1);
    CHECK(get.items() == Texts{"2"});
    CHECK(get.deliveries() == 1);
    CHECK(world.bob.stats(world.one).ready == 1);
    CHECK(world.waiting() == 0);
}

TEST_CASE("a get over several queues whose item is somebody else's by now asks all of them anew") {
    Two world;
    const Call get = world.ann.ask(Get{{world.one, world.two}, 1, 100ms});
    world.ann.cut();
    world.bob.put(world.two, {"2"});
    world.test.pass(100ms);
    CHECK(world.bob.drain(world.two) == Texts{"2"});
    world.ann.come_back();
    world.ann.again(get);
    CHECK_FALSE(get.answered());
    CHECK(world.waiting() == 2);
    world.bob.put(world.one, {"1"});
    CHECK(get.items() == Texts{"1"});
}

TEST_CASE("a get that ended while its client was away says so when it is sent again") {
    Two world;
    const Call get = world.ann.get_any({world.one, world.two}, 1s);
    world.ann.hang_up();
    world.test.pass(2s);
    world.bob.put(world.one, {"1"});
    world.ann.come_back();
    world.ann.again(get);
    CHECK(get.code() == errc::empty);
    CHECK(world.bob.stats(world.one).ready == 1);
}

TEST_CASE("a get that waited is served from the first queue that it names when both got items") {
    Two world;
    const Call away = world.ann.get_any({world.two, world.one});
    world.ann.hang_up();
    world.bob.put(world.one, {"1"});
    world.bob.put(world.two, {"2"});
    world.ann.come_back();
    CHECK(away.items() == Texts{"2"});
    CHECK(away.answers() == 1);
    CHECK(world.bob.stats(world.one).ready == 1);
}

TEST_CASE("a commit that puts to several queues serves a get from the first that it names") {
    Two world;
    const Call get = world.ann.get_any({world.two, world.one});
    const Call behind = world.ann.get_any({world.one, world.two});
    world.bob.ask(Commit{{}, {{world.one, {}, run_of({"1"})}, {world.two, {}, run_of({"2"})}}});
    CHECK(get.items() == Texts{"2"});
    CHECK(behind.items() == Texts{"1"});
}

TEST_CASE("a get does not pass those who wait before it at a queue that it names first") {
    Two world;
    const Call before = world.bob.get(world.two);
    const Call get = world.ann.get_any({world.two, world.one});
    world.bob.ask(Commit{{}, {{world.one, {}, run_of({"1"})}, {world.two, {}, run_of({"2"})}}});
    CHECK(before.items() == Texts{"2"});
    CHECK(get.items() == Texts{"1"});
}

// ------------------------------------------------------------------ in a commit's shadow

TEST_CASE("what a waiting commit acknowledges is nobody else's, not even after the lease time") {
    Two world;
    const QueueHandle full = world.bob.open("full", with_capacity(1));
    world.bob.put(full, {"in the way"});
    world.bob.put(world.one, {"job"});
    const Call job = world.bob.get(world.one);
    const Call commit = world.bob.ack_and_put(world.one, job.tokens(), full, {"result"}, 60s);
    const Call get = world.ann.get_any({world.one, world.two});
    world.test.pass(59s);
    CHECK_FALSE(get.answered());
    world.test.pass(1s);
    CHECK(commit.code() == errc::full);
    CHECK_FALSE(get.answered());
    world.test.pass(30s);  // one lease time more
    CHECK(get.items() == Texts{"job"});
    CHECK(get.deliveries() == 2);
}

TEST_CASE("a get is served by what a waiting commit puts when that is let in at last") {
    Two world;
    const QueueHandle full = world.bob.open("full", with_capacity(1));
    world.bob.put(full, {"in the way"});
    const Call commit =
        world.bob.ask(Commit{{}, {{full, {}, run_of({"a"})}, {world.two, {}, run_of({"b"})}}});
    const Call get = world.ann.get_any({world.one, world.two});
    CHECK_FALSE(get.answered());
    world.bob.ack(full, world.bob.get(full).tokens());
    CHECK(commit.count() == 2);
    CHECK(get.items() == Texts{"b"});
}

// ------------------------------------------------------------------ ends

TEST_CASE("a get over closed queues waits for a delayed item in one of them") {
    Two world;
    world.bob.put(world.two, {"later"}, forever, with_delay(5s));
    world.bob.close(world.one);
    world.bob.close(world.two);
    const Call get = world.ann.get_any({world.one, world.two});
    CHECK_FALSE(get.answered());
    world.test.pass(5s);
    CHECK(get.items() == Texts{"later"});
    CHECK(world.ann.get_any({world.one, world.two}).code() == errc::closed);
}

TEST_CASE("a get over closed queues is closed when the last lease of another is acknowledged") {
    Two world;
    world.bob.put(world.one, {"1"});
    world.bob.put(world.two, {"2"});
    const Call first = world.bob.get(world.one);
    const Call second = world.bob.get(world.two);
    world.bob.close(world.one);
    world.bob.close(world.two);
    const Call get = world.ann.get_any({world.one, world.two});
    world.bob.ack(world.one, first.tokens());
    CHECK_FALSE(get.answered());
    world.bob.ack(world.two, second.tokens());
    CHECK(get.code() == errc::closed);
    CHECK(get.answers() == 1);
    CHECK(world.waiting() == 0);
}

TEST_CASE("a get on a closed queue gets what another session releases with a delay") {
    Two world;
    world.bob.put(world.one, {"1"});
    const Call got = world.bob.get(world.one);
    world.bob.close(world.one);
    const Call get = world.ann.get(world.one);
    Settle release{Verb::release, world.one, {got.tokens()}};
    release.delay = 3s;
    world.bob.ask(release);
    CHECK_FALSE(get.answered());
    world.test.pass(3s);
    CHECK(get.items() == Texts{"1"});
}

TEST_CASE("a get on a closed queue that must not wait is empty while another's lease is out") {
    Two world;
    world.bob.put(world.one, {"1"});
    const Call got = world.bob.get(world.one);
    world.bob.close(world.one);
    CHECK(world.ann.get(world.one, no_wait).code() == errc::empty);
    world.bob.ack(world.one, got.tokens());
    CHECK(world.ann.get(world.one, no_wait).code() == errc::closed);
}

TEST_CASE("a get on a closed queue is closed when its last delayed item expires or is purged") {
    Two world;
    Columns columns = with_delay(1h);
    columns.time_to_live = 2s;
    world.bob.put(world.one, {"never"}, forever, columns);
    world.bob.put(world.two, {"never"}, forever, with_delay(1h));
    world.bob.close(world.one);
    world.bob.close(world.two);
    const Call expires = world.ann.get(world.one);
    const Call purged = world.ann.get(world.two);
    world.test.pass(1999ms);
    CHECK_FALSE(expires.answered());
    world.test.pass(1ms);
    CHECK(expires.code() == errc::closed);
    CHECK_FALSE(purged.answered());
    world.bob.ask(Purge{world.two, true});
    CHECK(purged.code() == errc::closed);
}

TEST_CASE("a get on a closed queue is closed when the last lease ends in death") {
    Two world;
    world.bob.put(world.one, {"1"});
    const Call got = world.bob.get(world.one);
    world.bob.close(world.one);
    const Call get = world.ann.get(world.one);
    world.bob.bury(world.one, got.tokens());
    CHECK(get.code() == errc::closed);
    CHECK(world.bob.stats(world.one).dead == 1);
}

TEST_CASE("what is kicked in a closed queue can be taken") {
    Two world;
    world.bob.put(world.one, {"1"});
    world.bob.bury(world.one, world.bob.get(world.one).tokens());
    world.bob.close(world.one);
    CHECK(world.ann.get(world.one).code() == errc::closed);
    CHECK(world.bob.ask(Kick{world.one}).count() == 1);
    CHECK(world.ann.get(world.one).items() == Texts{"1"});
}

TEST_CASE("a session that dies gives a get on a closed queue what it had leased there") {
    Two world;
    world.bob.put(world.one, {"1"});
    world.bob.get(world.one);
    world.bob.close(world.one);
    const Call get = world.ann.get_any({world.two, world.one});
    world.bob.freeze();
    world.test.pass(10s);
    CHECK(get.items() == Texts{"1"});
    CHECK(get.deliveries() == 2);
}
