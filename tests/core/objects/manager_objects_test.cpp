#include "core/manager_driver.hpp"
#include "core/objects/packed.hpp"
#include "support/catch.hpp"

// Shared objects as clients of a manager have them. What each object does has tests of its own.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;
using objects::Method;
using objects::ObjectHandle;

namespace {

using Numbers = std::vector<std::int64_t>;

Call open_as(Client& client, ObjectKind kind, const std::string& name,
             const ObjectOptions& options = {}) {
    return client.ask(OpenObject{name, kind, options, true, 0});
}

ObjectHandle open(Client& client, ObjectKind kind, const std::string& name) {
    return open_as(client, kind, name).as<ObjectOpened>().object;
}

objects::Call calling(ObjectHandle object, Method method, Numbers numbers = {},
                      const Texts& values = {}) {
    objects::Call call{object, method, std::move(numbers), {}};
    for (const std::string& value : values) call.values.push_back(objects::pack_text(value));
    return call;
}

Call call(Client& client, ObjectHandle object, Method method, Numbers numbers = {},
          const Texts& values = {}, Patience patience = forever) {
    return client.ask(Calls{{calling(object, method, std::move(numbers), values)}, false},
                      patience);
}

const objects::Result& result(const Call& call, std::size_t index = 0) {
    return call.as<Results>().results.at(index);
}
const Numbers& numbers(const Call& call, std::size_t index = 0) {
    INFO(result(call, index).text);
    REQUIRE(result(call, index).code == errc::ok);
    return result(call, index).numbers;
}
std::int64_t token(const Call& call) {
    return numbers(call).at(0);
}
errc code(const Call& call, std::size_t index = 0) {
    return result(call, index).code;
}

}  // namespace

TEST_CASE("the same name is the same object for all clients") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const ObjectHandle value = open(ann, ObjectKind::value, "count");
    CHECK(open(bob, ObjectKind::value, "count") == value);
    call(ann, value, Method::add, {5});
    CHECK(numbers(call(bob, value, Method::add)) == Numbers{6, 2});
}

TEST_CASE("handles of objects and of queues are never the same, nor are their names confused") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const QueueHandle queue = ann.open("x");
    const ObjectHandle lock = open(ann, ObjectKind::lock, "x");
    CHECK(lock != queue);
    CHECK(code(call(ann, queue, Method::acquire)) == errc::stale_reference);
    CHECK(ann.get(lock, no_wait).code() == errc::stale_reference);
}

TEST_CASE("an object of another kind, or with another option, is a mismatch") {
    ManagerTest test;
    Client& ann = test.client("ann");
    ObjectOptions three;
    three.count = 3;
    const Call opened = open_as(ann, ObjectKind::semaphore, "s", three);
    CHECK(opened.as<ObjectOpened>().options.count == 3u);
    CHECK(open_as(ann, ObjectKind::semaphore, "s").code() == errc::ok);
    ObjectOptions four;
    four.count = 4;
    const Call other = open_as(ann, ObjectKind::semaphore, "s", four);
    CHECK(other.code() == errc::object_mismatch);
    CHECK(other.text() == "semaphore \"s\": count is 3");
    CHECK(open_as(ann, ObjectKind::lock, "s").code() == errc::object_mismatch);
}

TEST_CASE("objects that cannot be are refused") {
    ManagerTest test;
    Client& ann = test.client("ann");
    ObjectOptions none;
    none.count = 0;
    CHECK(open_as(ann, ObjectKind::barrier, "b", none).code() == errc::invalid_argument);
    CHECK(open_as(ann, ObjectKind::event, "e", none).code() == errc::invalid_argument);
    CHECK(open_as(ann, static_cast<ObjectKind>(99), "x").code() == errc::unsupported);
    CHECK(open_as(ann, ObjectKind::lock, "a\nb").code() == errc::invalid_argument);
    CHECK(ann.ask(OpenObject{"gone", ObjectKind::lock, {}, false, 0}).code() ==
          errc::stale_reference);
    CHECK(ann.ask(OpenObject{"", ObjectKind::lock, {}, true, 77}).code() == errc::stale_reference);
}

TEST_CASE("there are only so many objects") {
    ManagerSettings settings;
    settings.objects_max = 2;
    ManagerTest test(settings);
    Client& ann = test.client("ann");
    const ObjectHandle first = open(ann, ObjectKind::lock, "1");
    open(ann, ObjectKind::lock, "2");
    CHECK(open_as(ann, ObjectKind::lock, "3").code() == errc::limit_exceeded);
    CHECK(open_as(ann, ObjectKind::lock, "2").code() == errc::ok);
    ann.ask(Destroy{first});
    CHECK(open_as(ann, ObjectKind::lock, "3").code() == errc::ok);
}

TEST_CASE("a lock that is held is waited for, and its tokens are the manager's") {
    ManagerSettings settings;
    settings.first_token = 5000;
    ManagerTest test(settings);
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const ObjectHandle lock = open(ann, ObjectKind::lock, "gpu");
    const Call hold = call(ann, lock, Method::acquire);
    CHECK(token(hold) == 5000);
    const Call waits = call(bob, lock, Method::acquire);
    CHECK_FALSE(waits.answered());
    call(ann, lock, Method::release, {5000});
    CHECK(token(waits) == 5001);
    CHECK(waits.answers() == 1);
}

TEST_CASE("a failure names object and method") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const ObjectHandle lock = open(ann, ObjectKind::lock, "gpu");
    const Call refused = call(ann, lock, Method::release, {0});
    CHECK(code(refused) == errc::not_owner);
    CHECK(result(refused).text == "lock \"gpu\": release: it is not held under this token");
}

TEST_CASE("a call that waits ends with its time, and is not done later") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const ObjectHandle lock = open(ann, ObjectKind::lock, "gpu");
    const Call hold = call(ann, lock, Method::acquire);
    CHECK(code(call(bob, lock, Method::acquire, {}, {}, no_wait)) == errc::empty);
    const Call waits = call(bob, lock, Method::acquire, {}, {}, 1500ms);
    test.pass(1499ms);
    CHECK_FALSE(waits.answered());
    test.pass(1ms);
    CHECK(code(waits) == errc::empty);
    call(ann, lock, Method::release, {token(hold)});
    CHECK(numbers(call(ann, lock, Method::state)).at(0) == 0);
}

TEST_CASE("a call that waits is cancelled, and another has its place") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const ObjectHandle lock = open(ann, ObjectKind::lock, "gpu");
    const Call hold = call(ann, lock, Method::acquire);
    const Call first = call(bob, lock, Method::acquire);
    const Call second = call(bob, lock, Method::acquire);
    bob.cancel(first);
    CHECK(code(first) == errc::cancelled);
    call(ann, lock, Method::release, {token(hold)});
    CHECK(code(second) == errc::ok);
}

TEST_CASE("a session that dies frees its lock for the next, in order") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    Client& cat = test.client("cat");
    const ObjectHandle lock = open(ann, ObjectKind::lock, "gpu");
    call(ann, lock, Method::acquire);
    call(ann, lock, Method::acquire);
    const Call next = call(bob, lock, Method::acquire);
    const Call last = call(cat, lock, Method::acquire);
    ann.freeze();
    test.pass(9s);
    CHECK_FALSE(next.answered());
    test.pass(2s);
    CHECK(numbers(next).at(1) == 1);
    CHECK_FALSE(last.answered());
    bob.ask(Goodbye{});
    CHECK(code(last) == errc::ok);
}

TEST_CASE("nothing is handed to a session that ends, wherever its calls wait") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const ObjectHandle one = open(ann, ObjectKind::lock, "1");
    const ObjectHandle event = open(ann, ObjectKind::event, "e");
    const ObjectHandle count = open(ann, ObjectKind::value, "v");
    call(ann, one, Method::acquire);
    // What ann waits for comes about by her own end: then nobody adds anything for her.
    ann.ask(Calls{{calling(event, Method::wait), calling(count, Method::add)}, false});
    const Call other =
        bob.ask(Calls{{calling(one, Method::acquire), calling(event, Method::set)}, false});
    ann.ask(Goodbye{});
    CHECK(numbers(other, 1) == Numbers{0});
    CHECK(numbers(call(bob, count, Method::get)) == Numbers{0});
}

TEST_CASE("a call that is sent again is done once, and answered as the first time") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const ObjectHandle value = open(ann, ObjectKind::value, "count");
    ann.cut();
    const Call lost = call(ann, value, Method::add, {7});
    ann.come_back();
    ann.again(lost);
    CHECK(numbers(lost) == Numbers{7, 1});
    CHECK(numbers(call(ann, value, Method::add)) == Numbers{8, 2});
}

TEST_CASE("reads are carried out again when they are sent again") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const ObjectHandle value = open(ann, ObjectKind::value, "count");
    const Call read = call(ann, value, Method::get);
    CHECK(numbers(read) == Numbers{0});
    call(bob, value, Method::add);
    ann.again(read);
    CHECK(numbers(read) == Numbers{1});
}

TEST_CASE("a waiting lock survives a new connection, in its place and until its old end") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const ObjectHandle lock = open(ann, ObjectKind::lock, "gpu");
    const Call hold = call(ann, lock, Method::acquire);
    const Call first = call(bob, lock, Method::acquire, {}, {}, 5s);
    const Call second = call(ann, lock, Method::acquire);
    bob.hang_up();
    test.pass(2s);
    bob.come_back();
    bob.again(first);
    call(ann, lock, Method::release, {token(hold)});
    CHECK(code(first) == errc::ok);
    CHECK(first.answers() == 1);
    CHECK_FALSE(second.answered());
    const Call third = call(bob, lock, Method::acquire, {}, {}, 5s);
    bob.hang_up();
    test.pass(4s);
    bob.come_back();
    bob.again(third);
    test.pass(1s);
    CHECK(code(third) == errc::empty);
}

TEST_CASE("several calls are done in their order, each with its result") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const ObjectHandle dict = open(ann, ObjectKind::dict, "d");
    const ObjectHandle value = open(ann, ObjectKind::value, "v");
    const Call all =
        ann.ask(Calls{{calling(dict, Method::put, {}, {"a", "1"}),
                       calling(dict, Method::add, {1}, {"a"}), calling(value, Method::add, {3}),
                       calling(dict, Method::get, {}, {"a"}), calling(99, Method::get)},
                      false});
    CHECK(numbers(all, 0) == Numbers{1, 1});
    CHECK(code(all, 1) == errc::wrong_type);
    CHECK(numbers(all, 2) == Numbers{3, 1});
    CHECK(objects::same(result(all, 3).values.at(0), objects::pack_text("1")));
    CHECK(code(all, 4) == errc::stale_reference);
}

TEST_CASE("calls that stop at a failure leave those behind it undone") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const ObjectHandle value = open(ann, ObjectKind::value, "v");
    const Call all = ann.ask(
        Calls{{calling(value, Method::add), calling(99, Method::get), calling(value, Method::add)},
              true});
    CHECK(code(all, 0) == errc::ok);
    CHECK(code(all, 1) == errc::stale_reference);
    CHECK(code(all, 2) == errc::cancelled);
    CHECK(numbers(call(ann, value, Method::get)) == Numbers{1});
}

TEST_CASE("one of several calls that waits keeps those behind it waiting") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const ObjectHandle lock = open(ann, ObjectKind::lock, "l");
    const ObjectHandle event = open(ann, ObjectKind::event, "e");
    const ObjectHandle value = open(ann, ObjectKind::value, "v");
    const Call hold = call(ann, lock, Method::acquire);
    const Call all = bob.ask(Calls{{calling(lock, Method::acquire), calling(value, Method::add),
                                    calling(event, Method::wait), calling(value, Method::add)},
                                   false});
    CHECK(numbers(call(ann, value, Method::get)) == Numbers{0});
    call(ann, lock, Method::release, {token(hold)});
    CHECK(numbers(call(ann, value, Method::get)) == Numbers{1});
    CHECK_FALSE(all.answered());
    call(ann, event, Method::set);
    CHECK(all.as<Results>().results.size() == 4);
    CHECK(numbers(all, 3) == Numbers{2, 2});
}

TEST_CASE("when the time of several calls has passed, the rest is tried without waiting") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const ObjectHandle lock = open(ann, ObjectKind::lock, "l");
    const ObjectHandle value = open(ann, ObjectKind::value, "v");
    call(ann, lock, Method::acquire);
    const Calls calls{{calling(lock, Method::acquire), calling(value, Method::add),
                       calling(lock, Method::acquire)},
                      false};
    const Call late = bob.ask(calls, 100ms);
    test.pass(100ms);
    CHECK(code(late, 0) == errc::empty);
    CHECK(code(late, 1) == errc::ok);
    CHECK(code(late, 2) == errc::empty);
    const Call cancelled = bob.ask(calls);
    bob.cancel(cancelled);
    for (std::size_t i = 0; i < 3; ++i) CHECK(code(cancelled, i) == errc::cancelled);
    CHECK(numbers(call(ann, value, Method::get)) == Numbers{1});
}

TEST_CASE("a destroyed object answers those who wait, and its name is free") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const ObjectHandle lock = open(ann, ObjectKind::lock, "l");
    call(ann, lock, Method::acquire);
    const Call waits = call(bob, lock, Method::acquire);
    CHECK(ann.ask(Destroy{lock}).code() == errc::ok);
    CHECK(code(waits) == errc::stale_reference);
    CHECK(result(waits).text == "lock \"l\" was destroyed");
    CHECK(ann.ask(Destroy{lock}).code() == errc::stale_reference);
    CHECK(code(call(ann, lock, Method::acquire)) == errc::stale_reference);
    CHECK(open(bob, ObjectKind::event, "l") != lock);
    ann.ask(Goodbye{});
}

TEST_CASE("deadlines of objects fire, and times to live follow the wall clock") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const ObjectHandle lock = open(ann, ObjectKind::lock, "l");
    const ObjectHandle dict = open(ann, ObjectKind::dict, "d");
    call(ann, lock, Method::acquire, {0, 500});
    call(ann, dict, Method::put, {500}, {"a", "1"});
    const Call waits = call(bob, lock, Method::acquire);
    const Call watch = call(bob, dict, Method::changed, {1});
    test.pass(499ms);
    CHECK_FALSE(waits.answered());
    CHECK_FALSE(watch.answered());
    test.pass(1ms);
    CHECK(numbers(waits).at(1) == 1);
    CHECK(numbers(watch) == Numbers{2});
}

TEST_CASE("a manager that stood still takes no lock from its holder for that") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const ObjectHandle lock = open(ann, ObjectKind::lock, "l");
    const Call hold = call(ann, lock, Method::acquire, {0, 5000});
    test.stop_for(60s);
    test.pass(1s);
    CHECK(code(call(ann, lock, Method::release, {token(hold)})) == errc::ok);
}

TEST_CASE("a request that its client is done with leaves the line, and others move up") {
    ManagerTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const ObjectHandle semaphore = open(ann, ObjectKind::semaphore, "s");
    const Call many = call(bob, semaphore, Method::acquire, {5});
    const Call one = call(ann, semaphore, Method::acquire);
    CHECK_FALSE(one.answered());
    bob.done_below = many.id() + 1;
    bob.ask(Heartbeat{});
    CHECK(code(one) == errc::ok);
    CHECK_FALSE(many.answered());
}

TEST_CASE("only so many calls wait at one object, and only so much of one session") {
    ManagerSettings settings;
    settings.waiters_max = 2;
    ManagerTest test(settings);
    Client& ann = test.client("ann");
    const ObjectHandle event = open(ann, ObjectKind::event, "e");
    call(ann, event, Method::wait);
    call(ann, event, Method::wait);
    CHECK(code(call(ann, event, Method::wait)) == errc::limit_exceeded);
    CHECK(code(call(ann, event, Method::wait, {}, {}, no_wait)) == errc::empty);
    CHECK(numbers(call(ann, event, Method::set)) == Numbers{2});
}

TEST_CASE("an answer has an end to its bytes, and what would come behind it is not done") {
    Limits limits;
    limits.session_bytes_max = 2000;
    ManagerTest test(with_limits(limits));
    Client& ann = test.client("ann");
    const ObjectHandle value = open(ann, ObjectKind::value, "v");
    const ObjectHandle count = open(ann, ObjectKind::value, "count");
    call(ann, value, Method::put, {}, {std::string(1500, 'x')});
    const Call all = ann.ask(Calls{
        {calling(value, Method::get), calling(value, Method::get), calling(count, Method::add)},
        false});
    CHECK(code(all, 1) == errc::ok);
    CHECK(code(all, 2) == errc::limit_exceeded);
    ann.done_below = all.id() + 1;  // the manager may forget that answer
    CHECK(numbers(call(ann, count, Method::get)) == Numbers{0});
}

TEST_CASE("calls without sense are refused as a whole") {
    ManagerTest test;
    Client& ann = test.client("ann");
    const ObjectHandle event = open(ann, ObjectKind::event, "e");
    CHECK(ann.ask(Calls{}).code() == errc::invalid_argument);
    CHECK(ann.ask(Calls{{calling(event, Method::state)}, false}, -1ms).code() ==
          errc::invalid_argument);
    const std::vector<objects::Call> many(4097, calling(event, Method::state));
    CHECK(ann.ask(Calls{many, false}).code() == errc::limit_exceeded);
}
