#include <string>
#include <utility>
#include <vector>

#include "core/client_fixture.hpp"
#include "core/objects/packed.hpp"

// Shared objects in the client's machine: how they are opened, how their calls end, and what goes
// back when nobody is left to use it.

namespace handoff::core::test {

using namespace std::chrono_literals;
using objects::Method;
using objects::Result;

namespace {

class ObjectTest : public ClientTest {
public:
    QueueRef object(ObjectKind kind, const ObjectOptions& options = {}) {
        return client.object("gpu", kind, options);
    }
    CallId ask(QueueRef object, Method method, std::vector<std::int64_t> numbers = {},
               const Wait& wait = {}) {
        return call(Calls{{{object, method, std::move(numbers), {}}}, false}, wait);
    }
    /// Takes the OPEN_OBJECT that comes next.
    Request open_object(objects::ObjectHandle handle) {
        const Request open = next<OpenObject>();
        const auto& asked = std::get<OpenObject>(open.body);
        answer(open, ObjectOpened{handle, asked.kind, asked.options});
        return open;
    }
    void result(const Request& request, Result result) {
        answer(request, Results{{std::move(result)}});
    }
    const Result& result_of(CallId call) {
        return std::get<Results>(outcome(call).reply).results.front();
    }
    /// The one method that the next message calls.
    objects::Call next_call() { return body_of<Calls>(next<Calls>()).calls.front(); }
};

/// A call that was sent, was not answered, and is given up; what is left is to be given back.
Request abandoned(ObjectTest& test, ObjectKind kind, Method method,
                  std::vector<std::int64_t> numbers) {
    test.meet();
    const QueueRef object = test.object(kind);
    const CallId call = test.ask(object, method, std::move(numbers), test.within(100ms));
    test.open_object(7);
    const Request sent = test.next<Calls>();
    test.pass(100ms);
    CHECK(body_of<Cancel>(test.next<Cancel>()).target == sent.id);
    test.pass(500ms);
    CHECK(test.has_ended(call));
    return sent;
}

}  // namespace

TEST_CASE("An object is opened once, before the first of its calls, under its own name") {
    ObjectTest test;
    test.meet();
    const QueueRef lock = test.object(ObjectKind::lock, {.ttl = 5s});
    CHECK(test.object(ObjectKind::lock) == lock);
    CHECK(test.queue("gpu") != lock);
    const CallId first = test.ask(lock, Method::acquire);
    const CallId second = test.ask(lock, Method::state);
    const Request open = test.open_object(7);
    CHECK(body_of<OpenObject>(open).name == "gpu");
    CHECK(body_of<OpenObject>(open).options.ttl == 5s);
    for (const CallId call : {first, second}) {
        const Request request = test.next<Calls>();
        CHECK(body_of<Calls>(request).calls.front().object == 7);
        test.result(request, {errc::ok, {3, 0}, {}, {}});
        CHECK(test.result_of(call).numbers.front() == 3);
    }
    CHECK(test.silent());
}

TEST_CASE("An object that the manager refuses ends the calls that wait for it") {
    ObjectTest test;
    test.meet();
    const QueueRef lock = test.object(ObjectKind::lock);
    const CallId call = test.ask(lock, Method::acquire);
    test.fail(test.next<OpenObject>(), errc::object_mismatch, "it is a dict");
    CHECK(test.code(call) == errc::object_mismatch);
    for (const char* part : {"acquire of lock \"gpu\"", "it is a dict"}) {
        CHECK(test.text(call).find(part) != std::string::npos);
    }
}

TEST_CASE("Options that contradict those given before are refused here") {
    ObjectTest test;
    test.object(ObjectKind::lock, {.ttl = 5s});
    errc code = errc::ok;
    try {
        test.object(ObjectKind::lock, {.ttl = 6s});
    } catch (const Error& error) {
        code = error.code();
    }
    CHECK(code == errc::object_mismatch);
}

TEST_CASE("A release that was not sent ends with the session whose hold it was to give back") {
    ObjectTest test;
    test.meet();
    const QueueRef semaphore = test.object(ObjectKind::semaphore);
    const CallId take = test.ask(semaphore, Method::acquire);
    test.open_object(7);
    test.result(test.next<Calls>(), {errc::ok, {3}, {}, {}});
    CHECK(test.code(take) == errc::ok);
    test.link_down();
    const CallId release = test.ask(semaphore, Method::release, {1});
    test.meet_again(false);
    CHECK(test.code(release) == errc::session_lost);
    CHECK(test.silent());
}

TEST_CASE("A wait at a barrier that nobody answered may have counted for the others") {
    ObjectTest test;
    test.meet();
    const QueueRef barrier = test.object(ObjectKind::barrier, {.count = 2});
    const CallId wait = test.ask(barrier, Method::wait, {}, test.within(100ms));
    test.open_object(7);
    static_cast<void>(test.next<Calls>());
    test.pass(700ms);
    CHECK(test.code(wait) == errc::outcome_unknown);
}

TEST_CASE("Calls of objects in a session that was resumed are sent again as they were") {
    ObjectTest test;
    test.meet();
    const QueueRef value = test.object(ObjectKind::value);
    const CallId call = test.ask(value, Method::add, {1});
    test.open_object(7);
    const Request sent = test.next<Calls>();
    test.meet_again(true);
    const Request again = test.next<Calls>();
    CHECK(again.id == sent.id);
    CHECK(again.body == sent.body);
    test.result(again, {errc::ok, {1, 1}, {}, {}});
    CHECK(test.code(call) == errc::ok);
}

TEST_CASE("How a call of an object ends with its session depends on what it does") {
    ObjectTest test;
    test.meet();
    const QueueRef object = test.object(ObjectKind::dict);
    const CallId changing = test.ask(object, Method::add, {1});
    const CallId reading = test.ask(object, Method::size);
    const CallId waiting = test.ask(object, Method::changed, {0});
    test.open_object(7);
    for (int i = 0; i < 3; ++i) test.next<Calls>();
    SECTION("that was lost") {
        test.meet_again(false);
        CHECK(test.code(reading) == errc::session_lost);
        CHECK(test.code(waiting) == errc::session_lost);
    }
    SECTION("that ended with its manager") {
        test.manager = ManagerId{2};
        test.meet_again(false);
        CHECK(test.code(reading) == errc::manager_restarted);
        CHECK(test.code(waiting) == errc::manager_restarted);
    }
    CHECK(test.code(changing) == errc::outcome_unknown);
    const CallId next = test.ask(object, Method::size);
    test.open_object(3);
    CHECK(test.next_call().object == 3);
    CHECK_FALSE(test.has_ended(next));
}

TEST_CASE("After a manager has begun anew, the next call of an object says so once") {
    ObjectTest test;
    test.meet();
    const QueueRef object = test.object(ObjectKind::dict);
    test.ask(object, Method::size);
    test.open_object(7);
    test.result(test.next<Calls>(), {errc::ok, {0, 0, 0}, {}, {}});
    test.manager = ManagerId{2};
    test.meet_again(false);
    CHECK(test.code(test.ask(object, Method::size)) == errc::manager_restarted);
    test.ask(object, Method::size);
    test.open_object(3);
    CHECK(test.next_call().object == 3);
}

TEST_CASE("An object is opened with all its options in each session") {
    ObjectTest test;
    test.meet();
    ObjectOptions options;
    options.count = 3;
    options.ttl = 5s;
    options.action = true;
    options.entries_max = 6;
    options.bytes_max = 7;
    options.durability = Durability::fsync;
    test.call(OpenObject{"gpu", ObjectKind::dict, options, true, 0}, {});
    test.open_object(7);
    for (const ManagerId& next : {ManagerId{2}, ManagerId{3}}) {
        test.manager = next;
        test.meet_again(false);
        test.ask(test.object(ObjectKind::dict), Method::size);
        CHECK(body_of<OpenObject>(test.open_object(7)).options == options);
        test.result(test.next<Calls>(), {errc::ok, {0, 0, 0}, {}, {}});
    }
}

TEST_CASE("A result that says that the object is gone gives its name to another") {
    ObjectTest test;
    test.meet();
    const QueueRef object = test.object(ObjectKind::dict);
    const CallId call = test.ask(object, Method::size);
    test.open_object(7);
    test.result(test.next<Calls>(), objects::failure(errc::stale_reference, "gone"));
    CHECK(test.result_of(call).code == errc::stale_reference);
    CHECK(test.object(ObjectKind::dict) != object);
}

TEST_CASE("A call that was withdrawn says why: by its caller, or by its deadline") {
    ObjectTest test;
    test.meet();
    const QueueRef lock = test.object(ObjectKind::lock);
    const CallId call = test.ask(lock, Method::acquire, {}, test.within(100ms));
    test.open_object(7);
    const Request sent = test.next<Calls>();
    errc expected = errc::cancelled;
    SECTION("its caller") {
        test.cancel(call);
    }
    SECTION("its deadline") {
        test.pass(100ms);
        expected = errc::empty;
    }
    CHECK(body_of<Cancel>(test.next<Cancel>()).target == sent.id);
    test.result(sent, objects::failure(errc::cancelled, "withdrawn"));
    CHECK(test.result_of(call).code == expected);
}

TEST_CASE("A grant that crosses the wish to withdraw is the caller's") {
    ObjectTest test;
    test.meet();
    const QueueRef lock = test.object(ObjectKind::lock);
    const CallId call = test.ask(lock, Method::acquire);
    test.open_object(7);
    const Request sent = test.next<Calls>();
    test.cancel(call);
    test.next<Cancel>();
    test.result(sent, {errc::ok, {9, 0}, {}, {}});
    CHECK(test.result_of(call).numbers.front() == 9);
    CHECK(test.silent());
}

TEST_CASE("A grant that nobody waits for any more is given back") {
    ObjectTest test;
    objects::Call back;
    SECTION("of a lock") {
        test.result(abandoned(test, ObjectKind::lock, Method::acquire, {0}),
                    {errc::ok, {9, 0}, {}, {}});
        back = {7, Method::release, {9, 0}, {}};
    }
    SECTION("of a recursive lock") {
        test.result(abandoned(test, ObjectKind::recursive_lock, Method::acquire, {4}),
                    {errc::ok, {9, 0}, {}, {}});
        back = {7, Method::release, {9, 4}, {}};
    }
    SECTION("of permits") {
        test.result(abandoned(test, ObjectKind::semaphore, Method::acquire, {3}),
                    {errc::ok, {9}, {}, {}});
        back = {7, Method::release, {3}, {}};
    }
    SECTION("to a reader") {
        test.result(abandoned(test, ObjectKind::rw_lock, Method::acquire_shared, {}),
                    {errc::ok, {9, 0}, {}, {}});
        back = {7, Method::release, {9}, {}};
    }
    SECTION("of a lock, at its condition") {
        test.result(abandoned(test, ObjectKind::lock, Method::sleep, {5, 0}),
                    {errc::ok, {9, 0, 1}, {}, {}});
        back = {7, Method::break_hold, {9}, {}};
    }
    SECTION("of the right to act at a barrier") {
        test.result(abandoned(test, ObjectKind::barrier, Method::wait, {}),
                    {errc::ok, {1, 1}, {}, {}});
        back = {7, Method::acted, {0}, {}};
    }
    CHECK(test.next_call() == back);
    CHECK(test.client.pending() == 0);
}

TEST_CASE("What became of a grant that nobody waits for is asked on the next connection") {
    ObjectTest test;
    const Request sent = abandoned(test, ObjectKind::lock, Method::acquire, {0});
    test.meet_again(true);
    CHECK(body_of<Cancel>(test.next<Cancel>()).target == sent.id);
    const Request again = test.next<Calls>();
    CHECK(again.id == sent.id);
    test.result(again, {errc::ok, {9, 0}, {}, {}});
    CHECK(test.next_call().method == Method::release);
}

TEST_CASE("What was refused, or brings nothing to hold, is not given back") {
    ObjectTest test;
    SECTION("a refusal") {
        test.result(abandoned(test, ObjectKind::lock, Method::acquire, {0}),
                    objects::failure(errc::cancelled, "withdrawn"));
    }
    SECTION("a party of a barrier that is not to act") {
        test.result(abandoned(test, ObjectKind::barrier, Method::wait, {}),
                    {errc::ok, {0, 0}, {}, {}});
    }
    SECTION("a change") {
        test.result(abandoned(test, ObjectKind::value, Method::changed, {0}),
                    {errc::ok, {1}, {}, {}});
    }
    CHECK(test.silent());
}

TEST_CASE("Calls that release get through however many wait to acquire") {
    ObjectTest test;
    test.limits.requests_max = 64;
    test.meet();
    const QueueRef lock = test.object(ObjectKind::lock);
    for (int i = 0; i < 100; ++i) test.ask(lock, Method::acquire);
    test.open_object(7);
    for (int i = 0; i < 48; ++i) CHECK(test.next_call().method == Method::acquire);
    test.ask(lock, Method::release, {5, 0});
    CHECK(test.next_call().method == Method::release);
    CHECK(test.silent());
}

TEST_CASE("A call whose values are more than the manager takes is not sent") {
    ObjectTest test;
    test.limits.item_bytes_max = 1000;
    test.limits.frame_bytes_max = 1000;
    test.meet();
    const QueueRef list = test.object(ObjectKind::list);
    Calls calls{{{list, Method::append, {}, {}}}, false};
    for (int i = 0; i < 3; ++i) {
        calls.calls.front().values.push_back(objects::pack_payload(std::string(400, 'x')));
    }
    const CallId call = test.call(calls);
    CHECK(test.code(call) == errc::too_large);
    CHECK(test.text(call).find("append of list \"gpu\"") != std::string::npos);
}

TEST_CASE("What the manager says was broken is known by its token, and other events are ignored") {
    ObjectTest test;
    test.meet();
    test.tell(0, Event{2, 5});
    test.tell(0, Event{Event::hold_broken, 0});
    CHECK_FALSE(test.client.hold_is_broken(5));
    CHECK_FALSE(test.client.hold_is_broken(0));
    test.tell(0, Event{Event::hold_broken, 5});
    CHECK(test.client.hold_is_broken(5));
    for (Token token = 6; token < 2000; ++token) test.tell(0, Event{Event::hold_broken, token});
    CHECK_FALSE(test.client.hold_is_broken(5));
    CHECK(test.client.hold_is_broken(1999));
    CHECK(test.silent());
}

}  // namespace handoff::core::test
