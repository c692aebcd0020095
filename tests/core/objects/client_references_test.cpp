#include <string>
#include <utility>
#include <vector>

#include "core/client_fixture.hpp"
#include "core/objects/packed.hpp"
#include "core/objects/reference.hpp"

// What the client's machine tells its manager of anonymous objects.

namespace handoff::core::test {

using namespace std::chrono_literals;
using objects::Method;
using objects::ObjectHandle;
using objects::Reference;

namespace {

using Numbers = std::vector<std::uint64_t>;

class ReferenceTest : public ClientTest {
public:
    [[nodiscard]] Reference lock(ObjectHandle object) const {
        return {ObjectKind::lock, true, manager, object, {}};
    }
    [[nodiscard]] objects::Packed value(ObjectHandle object) const {
        return objects::pack_payload("\xc7\x19H" + objects::pack_reference(lock(object)));
    }
    CallId ask(QueueRef object, const Wait& wait = {}) {
        return call(Calls{{{object, Method::state, {}, {}}}, false}, wait);
    }
    CallId make(const Wait& wait = {}) {
        return call(OpenObject{{}, ObjectKind::lock, {}, true, 0}, wait);
    }
    /// An anonymous object with one handle.
    QueueRef made(ObjectHandle handle) {
        const CallId opens = make();
        answer(next<OpenObject>(), ObjectOpened{handle, ObjectKind::lock, {}});
        const QueueRef ref = std::get<ObjectOpened>(outcome(opens).reply).object;
        client.hold(lock(handle), client.session_generation(), 1);
        return ref;
    }
    /// What the LET_GO that comes next says; it is answered.
    Numbers let_go() {
        const Request request = next<LetGo>();
        answer(request, Done{});
        return body_of<LetGo>(request).objects;
    }
    void drop(ObjectHandle object, std::uint64_t handles = 1) {
        client.let_go(lock(object), handles, now());
    }
};

}  // namespace

TEST_CASE("an anonymous object is let go with its last handle") {
    ReferenceTest test;
    test.meet();
    const QueueRef ref = test.made(7);
    const CallId state = test.ask(ref);
    const Request asked = test.next<Calls>();
    CHECK(body_of<Calls>(asked).calls.front().object == 7);
    test.answer(asked, Results{{{errc::ok, {}, {test.value(7)}, {}}}});
    CHECK(test.code(state) == errc::ok);
    test.client.hold(test.lock(7), test.client.session_generation(), 1);
    test.drop(7);
    CHECK(test.silent());
    test.drop(7);
    CHECK(test.let_go() == Numbers{7, 2});
    CHECK(test.silent());
}

TEST_CASE("what is let go while LET_GO is under way goes together") {
    ReferenceTest test;
    test.meet();
    for (const ObjectHandle object : {7, 8, 9}) test.made(object);
    test.drop(7);
    const Request first = test.next<LetGo>();
    test.drop(8);
    test.drop(9);
    CHECK(test.silent());
    test.answer(first, Done{});
    CHECK(test.let_go() == Numbers{8, 1, 9, 1});
}

TEST_CASE("a manager that refuses LET_GO is asked again with the next") {
    ReferenceTest test;
    test.meet();
    test.made(7);
    test.made(8);
    test.drop(7);
    test.fail(test.next<LetGo>(), errc::unsupported);
    test.drop(8);
    CHECK(test.let_go() == Numbers{8, 1});
}

TEST_CASE("an answer that nobody waits for any more is let go") {
    ReferenceTest test;
    test.meet();
    const QueueRef box = test.client.object("box", ObjectKind::value, {});
    const CallId call = test.call(
        Calls{{{box, Method::exchange, {}, {objects::pack_text("x")}}}, false}, test.within(100ms));
    const Request open = test.next<OpenObject>();
    test.answer(open, ObjectOpened{5, ObjectKind::value, {}});
    const Request sent = test.next<Calls>();
    test.pass(100ms);
    CHECK(body_of<Cancel>(test.next<Cancel>()).target == sent.id);
    test.pass(500ms);
    CHECK(test.has_ended(call));
    test.answer(sent, Results{{{errc::ok, {1}, {test.value(7)}, {}}}});
    CHECK(test.let_go() == Numbers{7, 1});
}

TEST_CASE("an object that was made for nobody is let go") {
    ReferenceTest test;
    test.meet();
    const CallId opens = test.make(test.within(100ms));
    const Request open = test.next<OpenObject>();
    test.pass(600ms);
    CHECK(test.has_ended(opens));
    test.answer(open, ObjectOpened{7, ObjectKind::lock, {}});
    CHECK(test.let_go() == Numbers{7, 1});
}

TEST_CASE("an object that a reference names is opened by its handle") {
    ReferenceTest test;
    test.meet();
    const QueueRef ref = test.client.refer(test.lock(7));
    CHECK(test.client.refer(test.lock(7)) == ref);
    const CallId opens = test.call(OpenObject{{}, ObjectKind::lock, {}, false, ref});
    const Request open = test.next<OpenObject>();
    CHECK(body_of<OpenObject>(open) == OpenObject{{}, ObjectKind::lock, {}, false, 7});
    test.answer(open, ObjectOpened{7, ObjectKind::lock, {}});
    CHECK(std::get<ObjectOpened>(test.outcome(opens).reply).object == ref);
    CHECK(test.client.reference_of(ref) == test.lock(7));
    test.client.hold(test.lock(7), test.client.session_generation(), 1);
    test.drop(7, 2);
    CHECK(test.silent());
    test.drop(7);
    CHECK(test.let_go() == Numbers{7, 1});
}

TEST_CASE("a reference to another manager is stale, and no message is sent") {
    ReferenceTest test;
    test.meet();
    Reference foreign = test.lock(7);
    foreign.manager = {9};
    const QueueRef ref = test.client.refer(foreign);
    const CallId opens = test.call(OpenObject{{}, ObjectKind::lock, {}, false, ref});
    CHECK(test.silent());
    CHECK(test.code(opens) == errc::stale_reference);
    CHECK(test.text(opens).find("lock #7") != std::string::npos);
}

TEST_CASE("an anonymous object is known for as long as its session") {
    ReferenceTest test;
    test.meet();
    const QueueRef ref = test.made(7);
    test.link_down();
    test.meet_again(false);
    CHECK(test.code(test.ask(ref)) == errc::stale_reference);
    test.drop(7);
    CHECK(test.silent());
    CHECK(test.made(8) == ref);  // numbers are used again
}

TEST_CASE("an object that is opened in one session after the other leaves no number behind") {
    ReferenceTest test;
    test.meet();
    const QueueRef first = test.made(7);
    test.link_down();
    test.meet_again(false);
    const QueueRef second = test.client.refer(test.lock(7));  // as one that a container has
    CHECK(second != first);
    const CallId opens = test.call(OpenObject{{}, ObjectKind::lock, {}, false, second});
    test.answer(test.next<OpenObject>(), ObjectOpened{7, ObjectKind::lock, {}});
    test.client.hold(test.lock(7), test.client.session_generation(), 1);
    CHECK(test.has_ended(opens));
    test.drop(7, 3);
    CHECK(test.let_go() == Numbers{7, 1});
    CHECK(test.made(8) == first);
    CHECK(test.made(9) == second);
}

TEST_CASE("a number is not used again while a call has it") {
    ReferenceTest test;
    test.meet();
    const QueueRef ref = test.made(7);
    const CallId state = test.ask(ref);
    const Request asked = test.next<Calls>();
    test.drop(7);
    CHECK(test.let_go() == Numbers{7, 1});
    CHECK(test.made(8) != ref);
    test.answer(asked, Results{{objects::failure(errc::stale_reference, "gone")}});
    CHECK(test.has_ended(state));
    CHECK(test.made(9) == ref);
}

TEST_CASE("a number that is in use for long keeps no other from being used again") {
    ReferenceTest test;
    test.meet();
    const QueueRef first = test.made(7);
    const QueueRef second = test.made(8);
    const CallId state = test.ask(first);
    const Request asked = test.next<Calls>();
    test.drop(7);
    CHECK(test.let_go() == Numbers{7, 1});
    test.drop(8);
    CHECK(test.let_go() == Numbers{8, 1});
    CHECK(test.made(9) > second);  // it was looked at in vain
    CHECK(test.made(10) == second);
    test.answer(asked, Results{{objects::Result{}}});
    CHECK(test.has_ended(state));
}

}  // namespace handoff::core::test
