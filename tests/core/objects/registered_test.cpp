#include "core/objects/registered.hpp"

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/manager_driver.hpp"
#include "core/objects/packed.hpp"
#include "support/catch.hpp"

// Registered types in the manager's machine: which methods are to be run when, and what becomes of
// their results. Nothing is run here: a test takes the errands, and says what came of them.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;
using objects::DropInstance;
using objects::Errand;
using objects::Method;
using objects::ObjectHandle;
using objects::Result;
using objects::RunMethod;
using objects::StopMethod;
using objects::TypeSettings;

namespace {

class TypeTest : public ManagerTest {
public:
    explicit TypeTest(const TypeSettings& type = {}, const ManagerSettings& settings = {})
        : ManagerTest(settings), maths(machine.expose("Maths")) {
        machine.begin_type(maths, type);
    }

    static objects::Call calling(ObjectHandle object, const Texts& values) {
        objects::Call call{object, Method::invoke, {}, {}};
        for (const std::string& value : values) call.values.push_back(objects::pack_text(value));
        return call;
    }
    Call invoke(Client& client, const Texts& values, Patience patience = forever) {
        return client.ask(Calls{{calling(maths, values)}, false}, patience);
    }

    /// What the machine wants done since the last time: "run 1 add 2 3", "stop 1", "drop 5".
    Texts errands() {
        Texts all;
        for (const Errand& each : machine.take_errands()) {
            if (const auto* run = std::get_if<RunMethod>(&each)) {
                std::string text = "run " + std::to_string(run->number) + " " + run->method;
                for (const objects::Packed& value : run->arguments) {
                    text += " " + std::string(*objects::string_of(objects::payload_of(value)));
                }
                all.push_back(std::move(text));
                last = *run;
            } else if (const auto* stop = std::get_if<StopMethod>(&each)) {
                all.push_back("stop " + std::to_string(stop->number));
            } else {
                all.emplace_back("drop");
                dropped = std::get<DropInstance>(each);
            }
        }
        return all;
    }
    void done(std::uint64_t number, Result result = {}) {
        machine.method_done(maths, number, std::move(result), now);
        end_turn();
    }
    static Result value(const std::string& text) {
        return {errc::ok, {}, {objects::pack_text(text)}, {}};
    }

    ObjectHandle maths;
    RunMethod last;
    DropInstance dropped;
};

const Result& result(const Call& call, std::size_t index = 0) {
    return call.as<Results>().results.at(index);
}
errc code(const Call& call, std::size_t index = 0) {
    return result(call, index).code;
}

}  // namespace

TEST_CASE("calls of a registered type run one after the other, in their order") {
    TypeTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const Call one = test.invoke(ann, {"add", "1", "2"});
    const Call two = test.invoke(bob, {"add", "3"});
    const Call three = test.invoke(ann, {"clear"});
    CHECK(test.errands() == Texts{"run 1 add 1 2"});
    test.done(1, TypeTest::value("3"));
    CHECK(objects::same(result(one).values.at(0), objects::pack_text("3")));
    CHECK_FALSE(two.answered());
    CHECK(test.errands() == Texts{"run 2 add 3"});
    test.done(2);
    CHECK(result(two).values.empty());
    CHECK(test.errands() == Texts{"run 3 clear"});
    test.done(3);
    CHECK(code(three) == errc::ok);
    CHECK(test.errands().empty());
}

TEST_CASE("a client opens a type that is exposed, and no other") {
    TypeTest test;
    Client& ann = test.client("ann");
    const auto open = [&](const std::string& name, ObjectKind kind) {
        return ann.ask(OpenObject{name, kind, {}, true, 0});
    };
    CHECK(open("Maths", ObjectKind::registered).as<ObjectOpened>().object == test.maths);
    const Call none = open("Physics", ObjectKind::registered);
    CHECK(none.code() == errc::stale_reference);
    CHECK(none.text() == "there is no registered type \"Physics\"");
    CHECK(open("Maths", ObjectKind::lock).code() == errc::object_mismatch);
    ObjectOptions options;
    options.count = 1;
    CHECK(ann.ask(OpenObject{"Maths", ObjectKind::registered, options, true, 0}).code() ==
          errc::invalid_argument);
    CHECK(ann.ask(Destroy{test.maths}).code() == errc::unsupported);
    CHECK(open("Maths", ObjectKind::registered).code() == errc::ok);
}

TEST_CASE("a name that is in use, or none, cannot be exposed") {
    ManagerSettings settings;
    settings.objects_max = 2;
    TypeTest test({}, settings);
    Client& ann = test.client("ann");
    ann.ask(OpenObject{"gpu", ObjectKind::lock, {}, true, 0});
    const auto code_of = [&](const std::string& name) {
        try {
            test.machine.expose(name);
        } catch (const Error& error) {
            return error.code();
        }
        return errc::ok;
    };
    CHECK(code_of("Maths") == errc::object_mismatch);
    CHECK(code_of("gpu") == errc::object_mismatch);
    CHECK(code_of("") == errc::invalid_argument);
    CHECK(code_of("a\nb") == errc::invalid_argument);
    CHECK(code_of("Physics") == errc::limit_exceeded);
}

TEST_CASE("a failure names the type and its method") {
    TypeTest test;
    Client& ann = test.client("ann");
    const Call call = test.invoke(ann, {"add"});
    test.done(1, objects::failure(errc::remote_error, "no memory"));
    CHECK(code(call) == errc::remote_error);
    CHECK(result(call).text == "registered type \"Maths\": \"add\": no memory");
    CHECK(code(test.invoke(ann, {})) == errc::invalid_argument);
    CHECK(code(test.invoke(ann, {""})) == errc::invalid_argument);
    CHECK(code(test.invoke(ann, {"add"}, no_wait)) == errc::empty);
    CHECK(code(ann.ask(Calls{{{test.maths, Method::get, {}, {}}}, false})) == errc::unsupported);
}

TEST_CASE("calls that come before a type begins wait for it") {
    TypeTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    test.maths = test.machine.expose("Later");
    test.invoke(ann, {"a"});
    test.invoke(bob, {"b"});
    test.invoke(ann, {"c"});
    CHECK(test.errands().empty());
    test.machine.begin_type(test.maths, {true, 10});
    CHECK(test.errands() == Texts{"run 1 a", "run 2 b"});
    test.done(1);
    CHECK(test.errands() == Texts{"run 3 c"});
}

TEST_CASE("a type that is withdrawn before it begins is stale for those who wait") {
    TypeTest test;
    Client& ann = test.client("ann");
    test.maths = test.machine.expose("Later");
    const Call call = test.invoke(ann, {"a"});
    test.machine.withdraw_type(test.maths, test.now);
    test.end_turn();
    CHECK(code(call) == errc::stale_reference);
    CHECK(code(test.invoke(ann, {"a"})) == errc::stale_reference);
}

TEST_CASE("a call that is withdrawn in line is not done") {
    TypeTest test;
    Client& ann = test.client("ann");
    test.invoke(ann, {"a"});
    const Call cancelled = test.invoke(ann, {"b"});
    const Call late = test.invoke(ann, {"c"}, 100ms);
    const Call last = test.invoke(ann, {"d"});
    CHECK(test.errands() == Texts{"run 1 a"});
    ann.cancel(cancelled);
    CHECK(code(cancelled) == errc::cancelled);
    test.pass(100ms);
    CHECK(code(late) == errc::empty);
    test.done(1);
    CHECK(test.errands() == Texts{"run 2 d"});
    CHECK_FALSE(last.answered());
}

TEST_CASE("a call whose method runs is told to stop, and ends with its method") {
    TypeTest test;
    Client& ann = test.client("ann");
    const Call call = test.invoke(ann, {"a"});
    CHECK(test.errands() == Texts{"run 1 a"});
    ann.cancel(call);
    CHECK(test.errands() == Texts{"stop 1"});
    CHECK_FALSE(call.answered());
    test.done(1, TypeTest::value("done all the same"));
    CHECK(code(call) == errc::ok);

    const Call late = test.invoke(ann, {"b"}, 100ms);
    CHECK(test.errands() == Texts{"run 2 b"});
    test.pass(100ms);
    CHECK(test.errands() == Texts{"stop 2"});
    // Nobody had begun it.
    test.done(2, objects::gave_up(errc::empty));
    CHECK(code(late) == errc::empty);
    CHECK(late.answers() == 1);
}

TEST_CASE("what is behind a cancelled method in its message is not done") {
    TypeTest test;
    Client& ann = test.client("ann");
    const Call calls = ann.ask(
        Calls{{TypeTest::calling(test.maths, {"a"}), TypeTest::calling(test.maths, {"b"})}, false});
    CHECK(test.errands() == Texts{"run 1 a"});
    ann.cancel(calls);
    test.errands();
    test.done(1);
    CHECK(code(calls, 0) == errc::ok);
    CHECK(code(calls, 1) == errc::cancelled);
    CHECK(test.errands().empty());
}

TEST_CASE("the result of a client that died is dropped, and the next has its turn after it") {
    TypeTest test;
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    test.invoke(ann, {"a"});
    test.invoke(ann, {"never"});
    const Call next = test.invoke(bob, {"b"});
    CHECK(test.errands() == Texts{"run 1 a"});
    ann.ask(Goodbye{});
    CHECK(test.errands() == Texts{"stop 1"});
    test.done(1);
    CHECK(test.errands() == Texts{"run 2 b"});
    test.done(2);
    CHECK(code(next) == errc::ok);
    test.done(2);
    test.done(77);
    CHECK(next.answers() == 1);
}

TEST_CASE("a session has an instance of its own, which goes with it") {
    TypeTest test({true, 65536});
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    Client& cat = test.client("cat");
    test.invoke(ann, {"a"});
    const objects::Errand first = test.machine.take_errands().at(0);
    const Holder instance = std::get<RunMethod>(first).instance;
    CHECK(instance != 0);
    const Call other = test.invoke(bob, {"b"});
    CHECK(test.errands() == Texts{"run 2 b"});
    CHECK(test.last.instance != instance);
    test.invoke(ann, {"a2"});
    cat.ask(OpenObject{"Maths", ObjectKind::registered, {}, true, 0});
    cat.ask(Goodbye{});
    CHECK(test.errands().empty());
    ann.ask(Goodbye{});
    CHECK(test.errands() == Texts{"stop 1", "drop"});
    CHECK(test.dropped.instance == instance);
    test.done(1);
    test.done(2);
    CHECK(code(other) == errc::ok);
    CHECK(test.errands().empty());
}

TEST_CASE("only so many calls wait for an instance") {
    TypeTest test({false, 2});
    Client& ann = test.client("ann");
    Client& bob = test.client("bob");
    const Call one = test.invoke(ann, {"a"});
    test.invoke(ann, {"b"});
    const Call refused = test.invoke(bob, {"c"});
    CHECK(code(refused) == errc::limit_exceeded);
    CHECK(result(refused).text == "registered type \"Maths\": \"c\": calls_max is 2");
    test.done(1);
    CHECK_FALSE(test.invoke(bob, {"c"}).answered());
    CHECK(test.errands() == Texts{"run 1 a", "run 2 b"});
}

TEST_CASE("a method runs once, and its result is told again to who asks again") {
    TypeTest test;
    Client& ann = test.client("ann");
    const Call call = test.invoke(ann, {"a"});
    ann.hang_up();
    ann.come_back();
    ann.again(call);
    CHECK(test.errands() == Texts{"run 1 a"});
    ann.cut();
    test.done(1, TypeTest::value("once"));
    ann.come_back();
    ann.again(call);
    CHECK(objects::same(result(call).values.at(0), objects::pack_text("once")));
    CHECK(test.errands().empty());
}

TEST_CASE("a result that is longer than an item may be is refused") {
    Limits limits;
    limits.item_bytes_max = 100;
    TypeTest test({}, with_limits(limits));
    Client& ann = test.client("ann");
    const Call call = test.invoke(ann, {"a"});
    test.done(1, TypeTest::value(std::string(101, 'x')));
    CHECK(code(call) == errc::too_large);
}

TEST_CASE("a text is known from its payload, whatever its length") {
    for (const std::size_t size : {0u, 1u, 31u, 32u, 255u, 256u, 70000u}) {
        const std::string text(size, 'x');
        const objects::Packed packed = objects::pack_text(text);
        CHECK(objects::string_of(objects::payload_of(packed)) == text);
    }
    for (const std::string& none :
         {std::string(), std::string("\xa2x"), std::string("\xa1xy"), std::string("\xd9"),
          std::string("\xda\x01"), std::string("\xc4\x01x"), std::string("\x05")}) {
        CHECK_FALSE(objects::string_of(none));
    }
}
