#include "core/manager_driver.hpp"
#include "core/objects/packed.hpp"
#include "support/catch.hpp"

// Roles that change while clients have sessions, and wait.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;
using Catch::Contains;
using objects::Method;
using objects::ObjectHandle;

namespace {

/// Ann may put and get "our" things.
Roles may_both() {
    return {{"both", {.keys = {"ann"}, .put = {"our*"}, .get = {"our*"}}}};
}

/// She may do nothing with them.
Roles may_elsewhere() {
    return {{"elsewhere", {.keys = {"ann"}, .put = {"theirs"}}}};
}

struct Ranch {
    Ranch() : test(with(may_both())), root(test.client("root")) {
        queue = root.open("our jobs", with_capacity(2));
        lock = object(ObjectKind::lock, "our lock");
        test.have_keys = true;
        ann = &test.client("ann");
    }
    static ManagerSettings with(Roles roles) {
        ManagerSettings settings;
        settings.roles = std::move(roles);
        return settings;
    }
    ObjectHandle object(ObjectKind kind, const std::string& name) {
        return root.ask(OpenObject{name, kind, {}, true, 0}).as<ObjectOpened>().object;
    }
    void change(Roles roles) {
        test.machine.set_roles(std::move(roles), test.now);
        test.end_turn();
        test.deliver_outgoing();
    }
    ManagerTest test;
    Client& root;
    Client* ann = nullptr;
    QueueHandle queue = 0;
    ObjectHandle lock = 0;
};

RequestBody call_of(ObjectHandle object, Method method, std::vector<std::int64_t> numbers = {}) {
    return Calls{{{object, method, std::move(numbers), {}}}};
}

errc result_code(const Call& asked, std::size_t index = 0) {
    return asked.as<Results>().results.at(index).code;
}

}  // namespace

TEST_CASE("a right that is taken away is gone with the next request and comes back likewise") {
    Ranch farm;
    CHECK(farm.ann->put(farm.queue, {"a"}).as<PutDone>().outcomes.at(0).code == errc::ok);
    farm.change(may_elsewhere());
    CHECK(farm.ann->put(farm.queue, {"b"}).code() == errc::not_authorised);
    CHECK(farm.ann->get(farm.queue).code() == errc::not_authorised);
    farm.change({});  // as the machine has it, none are all
    CHECK(farm.ann->get(farm.queue).items() == Texts{"a"});
    farm.change({{"other", {.keys = {"bob"}, .get = {"*"}}}});
    CHECK_THAT(farm.ann->get(farm.queue, no_wait).text(), Contains("no role has this client"));
    farm.change(may_both());
    CHECK(farm.ann->get(farm.queue, no_wait).code() == errc::empty);
    CHECK(farm.root.get(farm.queue, no_wait).code() == errc::empty);
}

TEST_CASE("what waits and is not allowed any more ends, and nothing goes to it") {
    Ranch farm;
    const Call get = farm.ann->get(farm.queue);
    const Call acquire_first = farm.root.ask(call_of(farm.lock, Method::acquire));
    const Call acquire = farm.ann->ask(call_of(farm.lock, Method::acquire));
    REQUIRE(!get.answered());
    REQUIRE(!acquire.answered());
    farm.change(may_elsewhere());
    CHECK(get.code() == errc::not_authorised);
    CHECK_THAT(get.text(), Contains("getting from queue") && Contains("\"ann\""));
    CHECK(result_code(acquire) == errc::not_authorised);
    const auto token = acquire_first.as<Results>().results.at(0).numbers.at(0);
    CHECK(result_code(farm.root.ask(call_of(farm.lock, Method::release, {token}))) == errc::ok);
    CHECK(result_code(farm.root.ask(call_of(farm.lock, Method::acquire), no_wait)) == errc::ok);
    farm.root.put(farm.queue, {"x"});
    CHECK(get.answers() == 1);
    CHECK(farm.root.drain(farm.queue) == Texts{"x"});
}

TEST_CASE(
    "puts and commits that wait for room end as well, and those behind them have their turn") {
    Ranch farm;
    farm.root.put(farm.queue, {"1", "2"});
    farm.ann->put(farm.queue, {"3"});
    const Call commit = farm.ann->ask(Commit{{}, {{farm.queue, {}, run_of({"4"})}}});
    const Call join = farm.ann->join(farm.queue);
    farm.root.put(farm.queue, {"5"});
    farm.change(may_elsewhere());
    CHECK(farm.ann->fate(farm.queue) == "1 not_authorised");
    CHECK(commit.code() == errc::not_authorised);
    CHECK(join.code() == errc::not_authorised);
    CHECK(farm.root.drain(farm.queue) == Texts{"1", "2", "5"});
}

TEST_CASE("a stream that is not allowed any more ends and keeps what it holds") {
    Ranch farm;
    farm.ann->credit(farm.queue, 10);
    farm.root.put(farm.queue, {"a"});
    REQUIRE(farm.ann->streamed() == Texts{"a"});
    farm.change(may_elsewhere());
    REQUIRE(farm.ann->last_reply() != nullptr);
    const auto* failed = std::get_if<Failed>(&farm.ann->last_reply()->body);
    REQUIRE(failed != nullptr);
    CHECK(failed->code == errc::not_authorised);
    farm.root.put(farm.queue, {"b"});
    CHECK(farm.ann->streamed() == Texts{"a"});
    CHECK(farm.ann->ack(farm.queue, farm.ann->last_streamed()).code() == errc::ok);
    CHECK(farm.root.drain(farm.queue) == Texts{"b"});
}

TEST_CASE("what others wait for, and what is still allowed, waits on") {
    Ranch farm;
    const Call get = farm.ann->get(farm.queue);
    const Call of_root = farm.root.get(farm.queue);
    farm.change({{"getters", {.keys = {"ann"}, .get = {"our jobs"}}}});
    CHECK(!get.answered());
    CHECK(!of_root.answered());
    farm.root.put(farm.queue, {"x", "y"});
    CHECK(get.items() == Texts{"x"});
    CHECK(of_root.items() == Texts{"y"});
}

TEST_CASE("of several calls the one that waits ends, and those behind it are judged in turn") {
    Ranch farm;
    const ObjectHandle event = farm.object(ObjectKind::event, "our event");
    const ObjectHandle other = farm.object(ObjectKind::event, "other event");
    Calls all{{{event, Method::wait, {}, {}},
               {other, Method::set, {}, {}},
               {event, Method::set, {}, {}}}};
    all.stop = false;
    const Call asked = farm.ann->ask(all);
    REQUIRE(!asked.answered());
    farm.change({{"elsewhere", {.keys = {"ann"}, .put = {"other event"}}}});
    CHECK(result_code(asked, 0) == errc::not_authorised);
    CHECK(result_code(asked, 1) == errc::ok);
    CHECK(result_code(asked, 2) == errc::not_authorised);
}

TEST_CASE("what a client holds it may renew and give up whatever roles say now") {
    Ranch farm;
    const ObjectHandle permits = farm.object(ObjectKind::semaphore, "our permits");
    CHECK(result_code(farm.root.ask(call_of(permits, Method::release, {2}))) == errc::ok);
    const Call held = farm.ann->ask(call_of(farm.lock, Method::acquire), no_wait);
    const std::int64_t token = held.as<Results>().results.at(0).numbers.at(0);
    CHECK(result_code(farm.ann->ask(call_of(permits, Method::acquire, {2}), no_wait)) == errc::ok);
    farm.change(may_elsewhere());
    const auto outcome = [&](ObjectHandle object, Method method, std::int64_t number) {
        return result_code(farm.ann->ask(call_of(object, method, {number}), no_wait));
    };
    CHECK(outcome(farm.lock, Method::renew, token) == errc::ok);
    CHECK(outcome(farm.lock, Method::release, token + 1) == errc::not_authorised);
    CHECK(outcome(farm.lock, Method::release, token) == errc::ok);
    CHECK(outcome(farm.lock, Method::release, token) == errc::not_authorised);
    CHECK(outcome(permits, Method::release, 3) == errc::not_authorised);
    CHECK(outcome(permits, Method::release, 2) == errc::ok);
    CHECK(outcome(permits, Method::release, 1) == errc::not_authorised);
}

TEST_CASE("who sleeps at a condition has its lock back whatever roles say now") {
    Ranch farm;
    const auto acquire = [&](Client& client) {
        const Call held = client.ask(call_of(farm.lock, Method::acquire));
        return held.as<Results>().results.at(0).numbers.at(0);
    };
    const std::int64_t token = acquire(*farm.ann);
    objects::Call one{farm.lock, Method::sleep, {token, 0, -1, 10'000}, {}};
    one.values.push_back(objects::pack_text("ready"));
    const Call sleep = farm.ann->ask(Calls{{one}});
    REQUIRE(!sleep.answered());
    farm.change(may_elsewhere());
    REQUIRE(!sleep.answered());
    const std::int64_t of_root = acquire(farm.root);
    objects::Call notify{farm.lock, Method::notify, {of_root, 0, 1}, {}};
    notify.values.push_back(objects::pack_text("ready"));
    CHECK(result_code(farm.root.ask(Calls{{notify}})) == errc::ok);
    CHECK(result_code(farm.root.ask(call_of(farm.lock, Method::release, {of_root}))) == errc::ok);
    CHECK(result_code(sleep) == errc::ok);
}

TEST_CASE("the log tells of roles that changed, and how much they ended") {
    Ranch farm;
    farm.ann->get(farm.queue);
    (void)farm.test.machine.take_log();
    farm.change(may_elsewhere());
    const std::vector<LogEntry> log = farm.test.machine.take_log();
    REQUIRE(log.size() == 2);  // the refusal as well
    CHECK_THAT(log.back().text, Contains("roles have changed") && Contains("ended: 1"));
}
