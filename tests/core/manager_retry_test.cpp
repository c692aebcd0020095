#include <functional>

#include "core/manager_driver.hpp"
#include "support/catch.hpp"

// For every request: the manager does it, the connection breaks before the answer arrives, the
// client comes back and sends it again. It is done once, and answered.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

namespace {

/// What the client asks for is done, but it does not hear of it and asks again.
Call retried(Client& client, const std::function<Call()>& ask) {
    client.cut();
    const Call call = ask();
    REQUIRE_FALSE(call.answered());
    client.come_back();
    client.again(call);
    return call;
}

struct Retry {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    QueueHandle jobs = ann.open("jobs");

    /// Three items, leased by ann as tokens 1 to 3.
    void lease_three() {
        ann.put(jobs, {"1", "2", "3"});
        ann.get(jobs, no_wait, 3);
    }
};

}  // namespace

TEST_CASE("retry: HELLO begins one session that is used, and one that dies at its limit") {
    Retry retry;
    Hello hello = retry.ann.next_hello();
    hello.resume.reset();
    retry.test.machine.apply(900, {0, 0, {}, {}, hello}, retry.test.now);
    retry.test.machine.disconnected(900, retry.test.now);
    hello.fresh = retry.test.new_session_id();
    hello.connection_number += 1;
    const ReplyBody& answer = retry.ann.say_hello(hello, 901);
    CHECK_FALSE(std::get<Welcome>(answer).resumed);
    CHECK(retry.test.machine.report(retry.test.now).manager.sessions == 4);
    retry.test.pass(10s);
    CHECK(retry.test.machine.report(retry.test.now).manager.sessions == 2);
}

TEST_CASE("retry: HELLO that goes on with a session can be said as often as need be") {
    Retry retry;
    retry.lease_three();
    retry.ann.cut();
    Hello hello = retry.ann.next_hello();
    retry.test.machine.apply(900, {0, 0, {}, {}, hello}, retry.test.now);
    hello.connection_number += 1;
    CHECK(std::get<Welcome>(retry.ann.say_hello(hello, 901)).resumed);
    CHECK(retry.ann.ack(retry.jobs, {1, 3}).refused().empty());
}

TEST_CASE("retry: HEARTBEAT with its cursors") {
    Retry retry;
    retry.ann.put(retry.jobs, {"1", "2"});
    retry.bob.credit(retry.jobs, 2);
    retry.bob.cut();
    const Call beat = retry.bob.cursor(retry.jobs, 1);
    retry.bob.come_back();
    retry.bob.again(beat);
    CHECK(retry.ann.stats(retry.jobs).deliveries == 1);
}

TEST_CASE("retry: GOODBYE") {
    Retry retry;
    retry.lease_three();
    retry.ann.cut();
    const Call bye = retry.ann.ask(Goodbye{});
    retry.ann.connect();
    CHECK_FALSE(retry.ann.resumed());
    retry.ann.again(bye);
    CHECK(bye.code() == errc::ok);
    CHECK(retry.bob.stats(retry.jobs).ready == 3);
    CHECK(retry.bob.stats(retry.jobs).releases == 3);
}

TEST_CASE("retry: CANCEL of a request that waited") {
    Retry retry;
    const Call get = retry.ann.get(retry.jobs);
    retry.ann.cut();
    const Call cancel = retry.ann.cancel(get);
    retry.ann.come_back();
    retry.ann.again(get);
    retry.ann.again(cancel);
    CHECK(get.code() == errc::cancelled);
    CHECK(get.answers() == 1);
    retry.bob.put(retry.jobs, {"a"});
    CHECK(retry.bob.drain(retry.jobs) == Texts{"a"});
}

TEST_CASE("retry: OPEN makes one queue") {
    Retry retry;
    const Call open = retried(retry.ann, [&] { return retry.ann.try_open("more"); });
    CHECK(open.as<Opened>().queue == retry.bob.open("more"));
    CHECK(retry.test.machine.report(retry.test.now).queues.size() == 2);
}

TEST_CASE("retry: OPEN that made a queue still names it, though it was destroyed meanwhile") {
    Retry retry;
    retry.ann.cut();
    const Call open = retry.ann.try_open("more");
    retry.bob.ask(Destroy{retry.bob.open("more")});
    const QueueHandle fresh = retry.bob.open("more");
    retry.ann.come_back();
    retry.ann.again(open);
    CHECK(open.as<Opened>().queue != fresh);
}

TEST_CASE("retry: PUT puts once") {
    Retry retry;
    retried(retry.ann, [&] { return retry.ann.put(retry.jobs, {"a", "b"}); });
    CHECK(retry.ann.fate(retry.jobs) == "1-2 ok");
    CHECK(retry.bob.drain(retry.jobs) == Texts{"a", "b"});
}

TEST_CASE("retry: PUT with a key puts once, and its second sending is no duplicate") {
    Retry retry;
    Columns columns;
    columns.key = "k";
    retried(retry.ann, [&] { return retry.ann.put(retry.jobs, {"a"}, forever, columns); });
    CHECK(retry.ann.fate(retry.jobs) == "1 ok");
    CHECK(retry.ann.stats(retry.jobs).duplicates == 0);
    CHECK(retry.bob.drain(retry.jobs) == Texts{"a"});
}

TEST_CASE(
    "retry: PUT that was recognised by its key is answered as before, when that is forgotten") {
    Retry retry;
    const QueueHandle queue = retry.ann.open("brief", {.key_window = 1s});
    Columns columns;
    columns.key = "k";
    retry.bob.put(queue, {"first"}, forever, columns);
    retry.ann.cut();
    const Call put = retry.ann.put(queue, {"again"}, forever, columns);
    retry.test.pass(2s);
    retry.ann.come_back();
    retry.ann.again(put);
    CHECK(retry.ann.fate(queue) == "1 ok");
    CHECK(retry.bob.drain(queue) == Texts{"first"});
}

TEST_CASE("retry: PUT with a key whose session was lost is recognised in the next one") {
    Retry retry;
    Columns columns;
    columns.key = "k";
    retry.ann.cut();
    retry.ann.mute();
    retry.test.pass(11s);
    retry.ann.connect();
    retry.ann.put(retry.jobs, {"a"}, forever, columns);
    retry.bob.put(retry.jobs, {"b"}, forever, columns);
    CHECK(retry.ann.fate(retry.jobs) == "1 ok");
    CHECK(retry.bob.drain(retry.jobs) == Texts{"a"});
}

TEST_CASE("retry: COMMIT with a key puts once, and its second sending is no duplicate") {
    Retry retry;
    retry.lease_three();
    const QueueHandle out = retry.ann.open("out");
    Columns columns;
    columns.key = "k";
    const Call commit = retried(retry.ann, [&] {
        return retry.ann.ask(Commit{{{retry.jobs, {{1, 1}}}}, {{out, columns, run_of({"a"})}}});
    });
    CHECK(commit.count() == 1);
    CHECK(retry.bob.stats(out).duplicates == 0);
    CHECK(retry.bob.drain(out) == Texts{"a"});
}

TEST_CASE("retry: PUT that entered by half and waits by half") {
    Retry retry;
    const QueueHandle small = retry.ann.open("small", with_capacity(2));
    const Call put = retried(retry.ann, [&] { return retry.ann.put(small, {"1", "2", "3"}); });
    CHECK(retry.ann.fate(small) == "1-2 ok");
    CHECK(retry.bob.drain(small) == Texts{"1", "2", "3"});
    CHECK(retry.ann.fate(small) == "1-3 ok");
    CHECK(put.answers() == 2);
}

TEST_CASE("retry: PUT of which all entered while the client was away") {
    Retry retry;
    const QueueHandle small = retry.ann.open("small", with_capacity(1));
    retry.ann.cut();
    const Call put = retry.ann.put(small, {"1", "2"});
    CHECK(retry.bob.drain(small) == Texts{"1", "2"});
    retry.ann.come_back();
    retry.ann.again(put);
    CHECK(retry.ann.fate(small) == "1-2 ok");
    CHECK(retry.bob.drain(small).empty());
}

TEST_CASE("retry: PUT that was refused") {
    Retry retry;
    const QueueHandle small = retry.ann.open("small", with_capacity(1));
    retry.ann.cut();
    const Call put = retry.ann.put(small, {"1", "2"}, no_wait);
    retry.bob.drain(small);
    retry.ann.come_back();
    retry.ann.again(put);
    CHECK(retry.ann.fate(small) == "1 ok 2 full");
    CHECK(retry.bob.drain(small).empty());
}

TEST_CASE("retry: WITHDRAW") {
    Retry retry;
    const QueueHandle small = retry.ann.open("small", with_capacity(1));
    retry.ann.put(small, {"1", "2"});
    retried(retry.ann, [&] { return retry.ann.withdraw(small, {1, 2}); });
    CHECK(retry.ann.fate(small) == "1 ok 2 cancelled");
}

TEST_CASE("retry: GET is answered from its lease") {
    Retry retry;
    retry.bob.put(retry.jobs, {"a", "b", "c"});
    const Call get = retried(retry.ann, [&] { return retry.ann.get(retry.jobs, forever, 2); });
    CHECK(get.items() == Texts{"a", "b"});
    CHECK(get.tokens() == Range{1, 2});
    CHECK(get.deliveries() == 1);
    CHECK(retry.bob.drain(retry.jobs) == Texts{"c"});
    CHECK(retry.ann.ack(retry.jobs, {1, 2}).refused().empty());
}

TEST_CASE("retry: GET that was served while the client was away") {
    Retry retry;
    const Call get = retry.ann.get(retry.jobs);
    retry.ann.cut();
    retry.bob.put(retry.jobs, {"a", "b"});
    retry.ann.come_back();
    CHECK_FALSE(get.answered());
    retry.ann.again(get);
    CHECK(get.items() == Texts{"a"});
    CHECK(retry.bob.drain(retry.jobs) == Texts{"b"});
}

TEST_CASE("retry: GET is answered with as much of it as is still leased") {
    Retry retry;
    retry.bob.put(retry.jobs, numbers(1, 5));
    retry.ann.cut();
    const Call get = retry.ann.get(retry.jobs, forever, 5);
    retry.ann.come_back();
    retry.ann.ack(retry.jobs, {2, 2});
    retry.ann.release(retry.jobs, {4, 5});
    retry.ann.again(get);
    CHECK(get.items() == Texts{"1", "3"});
}

TEST_CASE("retry: GET whose lease lapsed meanwhile asks anew, and once") {
    Retry retry;
    retry.bob.put(retry.jobs, {"a"});
    retry.ann.cut();
    const Call get = retry.ann.get(retry.jobs);
    retry.test.pass(31s);
    retry.ann.come_back();
    retry.ann.again(get);
    CHECK(get.items() == Texts{"a"});
    CHECK(get.deliveries() == 2);
    retry.ann.again(get);
    CHECK(get.deliveries() == 2);
    CHECK(retry.bob.stats(retry.jobs).leased == 1);
}

TEST_CASE("retry: GET that found nothing says so again, though there is something now") {
    Retry retry;
    retry.ann.cut();
    const Call get = retry.ann.get(retry.jobs, no_wait);
    retry.bob.put(retry.jobs, {"a"});
    retry.ann.come_back();
    retry.ann.again(get);
    CHECK(get.code() == errc::empty);
    CHECK(retry.bob.drain(retry.jobs) == Texts{"a"});
}

TEST_CASE("retry: CREDIT is carried out again") {
    Retry retry;
    retry.bob.put(retry.jobs, {"a"});
    const Call credit = retried(retry.ann, [&] { return retry.ann.credit(retry.jobs, 5); });
    CHECK(credit.code() == errc::ok);
    CHECK(retry.ann.streamed() == Texts{"a"});
    CHECK(retry.bob.stats(retry.jobs).deliveries == 0);
}

TEST_CASE("retry: ACK acknowledges once and is not refused the second time") {
    Retry retry;
    retry.lease_three();
    const Call ack = retried(retry.ann, [&] { return retry.ann.ack(retry.jobs, {1, 5}); });
    CHECK(ack.refused() == "4-5");
    CHECK(retry.bob.stats(retry.jobs).acks == 3);
}

TEST_CASE("retry: RELEASE does not give back what was leased again since") {
    Retry retry;
    retry.lease_three();
    retry.ann.cut();
    const Call release = retry.ann.release(retry.jobs, {1, 3});
    const Call got = retry.bob.get(retry.jobs, no_wait, 3);
    retry.ann.come_back();
    retry.ann.again(release);
    CHECK(release.refused().empty());
    CHECK(retry.bob.stats(retry.jobs).releases == 3);
    CHECK(retry.bob.ack(retry.jobs, got.tokens()).refused().empty());
}

TEST_CASE("retry: BURY") {
    Retry retry;
    retry.lease_three();
    const Call bury = retried(retry.ann, [&] { return retry.ann.bury(retry.jobs, {2, 2}); });
    CHECK(bury.refused().empty());
    CHECK(retry.bob.stats(retry.jobs).buried == 1);
}

TEST_CASE("retry: EXTEND") {
    Retry retry;
    retry.lease_three();
    const Call extend = retried(retry.ann, [&] {
        return retry.ann.settle(Verb::extend, retry.jobs, {{1, 4}});
    });
    CHECK(extend.refused() == "4");
    CHECK(retry.bob.stats(retry.jobs).leased == 3);
}

TEST_CASE("retry: GIVEBACK") {
    Retry retry;
    retry.bob.put(retry.jobs, {"1", "2"});
    retry.ann.credit(retry.jobs, 2);
    retry.ann.credit(retry.jobs, 0);
    const Call back = retried(retry.ann, [&] { return retry.ann.give_back(retry.jobs, {2, 2}); });
    CHECK(back.refused().empty());
    CHECK(retry.bob.drain(retry.jobs) == Texts{"2"});
}

TEST_CASE("retry: COMMIT acknowledges and puts once") {
    Retry retry;
    retry.lease_three();
    const QueueHandle out = retry.ann.open("out");
    const Call commit = retried(retry.ann, [&] {
        return retry.ann.ack_and_put(retry.jobs, {1, 1}, out, {"result"});
    });
    CHECK(commit.count() == 1);
    CHECK(retry.bob.drain(out) == Texts{"result"});
    CHECK(retry.bob.stats(retry.jobs).acks == 1);
}

TEST_CASE("retry: COMMIT that waits goes on waiting, and is then done once") {
    Retry retry;
    retry.lease_three();
    const QueueHandle out = retry.ann.open("out", with_capacity(1));
    retry.bob.put(out, {"full"});
    const Call commit = retried(retry.ann, [&] {
        return retry.ann.ack_and_put(retry.jobs, {1, 1}, out, {"result"});
    });
    CHECK_FALSE(commit.answered());
    CHECK(retry.bob.drain(out) == Texts{"full", "result"});
    CHECK(commit.answers() == 1);
    CHECK(commit.count() == 1);
}

TEST_CASE("retry: CLOSE says again how many items it dropped") {
    Retry retry;
    retry.ann.put(retry.jobs, {"1", "2"});
    const Call close = retried(retry.ann, [&] { return retry.ann.close(retry.jobs, true); });
    CHECK(close.count() == 2);
}

TEST_CASE("retry: JOIN that ended while the client was away") {
    Retry retry;
    retry.bob.put(retry.jobs, {"1"});
    retry.ann.cut();
    const Call join = retry.ann.join(retry.jobs);
    retry.bob.drain(retry.jobs);
    retry.bob.put(retry.jobs, {"2"});
    retry.ann.come_back();
    retry.ann.again(join);
    CHECK(join.code() == errc::ok);
}

TEST_CASE("retry: PEEK and STATS look again") {
    Retry retry;
    retry.ann.cut();
    const Call peek = retry.ann.ask(Peek{retry.jobs, ItemState::ready, 9});
    const Call stats = retry.ann.ask(Stats{{retry.jobs}, "", 1});
    retry.bob.put(retry.jobs, {"a"});
    retry.ann.come_back();
    retry.ann.again(peek);
    retry.ann.again(stats);
    CHECK(peek.items() == Texts{"a"});
    CHECK(stats.as<StatsReply>().queues.at(0).ready == 1);
}

TEST_CASE("retry: PURGE does not drop what came since") {
    Retry retry;
    retry.ann.put(retry.jobs, {"1", "2"});
    retry.ann.cut();
    const Call purge = retry.ann.ask(Purge{retry.jobs, true});
    retry.bob.put(retry.jobs, {"3"});
    retry.ann.come_back();
    retry.ann.again(purge);
    CHECK(purge.count() == 2);
    CHECK(retry.bob.drain(retry.jobs) == Texts{"3"});
}

TEST_CASE("retry: KICK kicks as many as were asked for, once") {
    Retry retry;
    retry.lease_three();
    retry.ann.bury(retry.jobs, {1, 3});
    const Call kick = retried(retry.ann, [&] { return retry.ann.ask(Kick{retry.jobs, 1}); });
    CHECK(kick.count() == 1);
    CHECK(retry.bob.stats(retry.jobs).dead == 2);
}

TEST_CASE("retry: DESTROY does not destroy the queue that took the name since") {
    Retry retry;
    retry.ann.put(retry.jobs, {"1"});
    retry.ann.cut();
    const Call destroy = retry.ann.ask(Destroy{retry.jobs});
    const QueueHandle fresh = retry.bob.open("jobs");
    retry.ann.come_back();
    retry.ann.again(destroy);
    CHECK(destroy.count() == 1);
    CHECK(retry.bob.stats(fresh).name == "jobs");
}

TEST_CASE("retry: a request that nobody knows") {
    Retry retry;
    const Call call = retried(retry.ann, [&] { return retry.ann.ask(UnknownRequest{99}); });
    CHECK(call.code() == errc::unsupported);
}

TEST_CASE("retry: a request that never arrived is carried out when it comes") {
    Retry retry;
    retry.bob.put(retry.jobs, {"a"});
    const Call lost{&retry.ann, {50, 0, forever, {}, Get{{retry.jobs}, 1, {}}}};
    retry.ann.come_back();
    retry.ann.again(lost);
    CHECK(lost.items() == Texts{"a"});
}

TEST_CASE("retry: nothing of an older session is carried out again under a new one") {
    Retry retry;
    retry.ann.cut();
    const Call ack = retry.ann.put(retry.jobs, {"a"});
    retry.ann.freeze();
    retry.test.pass(10s);
    retry.ann.connect();
    CHECK_FALSE(retry.ann.resumed());
    CHECK_FALSE(ack.answered());
    CHECK(retry.bob.drain(retry.jobs) == Texts{"a"});
}
