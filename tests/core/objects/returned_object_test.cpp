// Objects that methods of registered types return, in the manager's machine.
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/manager_driver.hpp"
#include "core/objects/packed.hpp"
#include "core/objects/reference.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using objects::DropInstance;
using objects::Errand;
using objects::Method;
using objects::ObjectHandle;
using objects::pack_text;
using objects::Packed;
using objects::Reference;
using objects::RunMethod;
using objects::StopMethod;

namespace {

ManagerSettings with_id() {
    ManagerSettings settings;
    settings.id = {4, 2};
    return settings;
}

/// A manager with one type, whose methods return objects.
struct Scene : ManagerTest {
    explicit Scene(ManagerSettings settings = with_id()) : ManagerTest(std::move(settings)) {
        machine.begin_type(maths, {});
    }

    std::uint64_t objects() { return machine.report(now).manager.objects; }
    core::test::Call invoke(Client& who, ObjectHandle object) {
        return who.ask(Calls{{{object, Method::invoke, {}, {pack_text("make")}}}, false}, forever);
    }
    /// The method that was begun last returns an object.
    ObjectHandle returns() {
        const auto run = std::get<RunMethod>(errand());
        const ObjectHandle made = machine.object_returned(run.object, run.number, {}, now);
        end_turn();
        return made;
    }
    /// The only one that is left.
    Errand errand() {
        const std::vector<Errand> all = machine.take_errands();
        REQUIRE(all.size() == 1);
        return all.front();
    }
    bool drops(ObjectHandle object) {
        const Errand last = errand();
        const auto* drop = std::get_if<DropInstance>(&last);
        return drop != nullptr && drop->object == object && drop->instance == 0;
    }
    static const objects::Result& result(const core::test::Call& call) {
        return call.as<Results>().results.front();
    }
    static Reference told(const core::test::Call& call) {
        return objects::references_in(objects::payload_of(result(call).values.at(0))).at(0);
    }

    ObjectHandle maths = machine.expose("Maths");
    Client& ann = client("ann");
    Client& bob = client("bob");
};

}  // namespace

TEST_CASE("what a method returns is an object of its caller's, until it lets it go") {
    Scene scene;
    const core::test::Call made = scene.invoke(scene.ann, scene.maths);
    const ObjectHandle object = scene.returns();
    CHECK(Scene::told(made) == Reference{ObjectKind::registered, true, with_id().id, object, {}});
    CHECK(scene.objects() == 2);
    CHECK(scene.machine.take_errands().empty());

    const core::test::Call used = scene.invoke(scene.bob, object);
    const auto run = std::get<RunMethod>(scene.errand());
    CHECK(run.object == object);
    CHECK(run.instance == 0);
    scene.machine.method_done(object, run.number, {}, scene.now);
    scene.end_turn();
    CHECK(Scene::result(used).code == errc::ok);

    CHECK(scene.ann.ask(LetGo{{object, 1}}).code() == errc::ok);
    CHECK(scene.objects() == 1);
    CHECK(scene.drops(object));
    CHECK(scene.ann.ask(OpenObject{{}, ObjectKind::registered, {}, false, object}).code() ==
          errc::stale_reference);
}

TEST_CASE("an object that is returned to nobody goes at once") {
    Scene scene;
    scene.invoke(scene.ann, scene.maths);
    const auto run = std::get<RunMethod>(scene.errand());
    scene.ann.ask(Goodbye{});
    CHECK(std::holds_alternative<StopMethod>(scene.errand()));
    const ObjectHandle object =
        scene.machine.object_returned(scene.maths, run.number, {}, scene.now);
    CHECK(scene.drops(object));
    CHECK(scene.objects() == 1);
    // So does one of a run that nobody knows.
    CHECK(scene.drops(scene.machine.object_returned(scene.maths, 77, {}, scene.now)));
    CHECK(scene.objects() == 1);
    CHECK(scene.machine.object_returned(999, 1, {}, scene.now) == 0);
}

TEST_CASE("a session that ends lets go what it was given, and what runs there is stopped") {
    Scene scene;
    scene.invoke(scene.ann, scene.maths);
    const ObjectHandle object = scene.returns();
    const core::test::Call waits = scene.invoke(scene.bob, object);
    const auto run = std::get<RunMethod>(scene.errand());
    scene.ann.ask(Goodbye{});
    CHECK(Scene::result(waits).code == errc::stale_reference);
    const std::vector<Errand> all = scene.machine.take_errands();
    REQUIRE(all.size() == 2);
    CHECK(std::get<StopMethod>(all.at(0)).number == run.number);
    CHECK(std::get<DropInstance>(all.at(1)).object == object);
    scene.machine.method_done(object, run.number, {}, scene.now);  // too late for anybody
    scene.end_turn();
    CHECK(scene.objects() == 1);
}

TEST_CASE("a container keeps what a method has returned") {
    Scene scene;
    const core::test::Call made = scene.invoke(scene.ann, scene.maths);
    const ObjectHandle object = scene.returns();
    const ObjectHandle box =
        scene.bob.ask(OpenObject{"box", ObjectKind::value, {}, true, 0}).as<ObjectOpened>().object;
    const auto call = [&](Method method, std::vector<Packed> values) {
        return scene.bob.ask(Calls{{{box, method, {}, std::move(values)}}, false});
    };
    call(Method::put, {Scene::result(made).values.front()});
    scene.ann.ask(Goodbye{});
    CHECK(scene.objects() == 3);
    CHECK(Scene::told(call(Method::get, {})).object == object);
    call(Method::put, {pack_text("x")});
    CHECK(scene.objects() == 3);  // bob was told of it
    scene.bob.ask(LetGo{{object, 1}});
    CHECK(scene.objects() == 2);
    CHECK(scene.drops(object));
}

TEST_CASE("a method's result may tell of an object that is there, which counts") {
    Scene scene;
    const ObjectHandle lock =
        scene.ann.ask(OpenObject{{}, ObjectKind::lock, {}, true, 0}).as<ObjectOpened>().object;
    const Reference reference{ObjectKind::lock, true, with_id().id, lock, {}};
    scene.invoke(scene.bob, scene.maths);
    const auto run = std::get<RunMethod>(scene.errand());
    scene.machine.method_done(scene.maths, run.number,
                              {errc::ok, {}, {objects::pack_value(reference)}, {}}, scene.now);
    scene.end_turn();
    scene.ann.ask(Goodbye{});
    CHECK(scene.objects() == 2);
    scene.bob.ask(LetGo{{lock, 1}});
    CHECK(scene.objects() == 1);
}

TEST_CASE("a manager has room for so many objects, those that methods return included") {
    ManagerSettings settings = with_id();
    settings.objects_max = 2;
    Scene scene(settings);
    scene.invoke(scene.ann, scene.maths);
    const ObjectHandle object = scene.returns();
    const core::test::Call refused = scene.invoke(scene.ann, scene.maths);
    CHECK(scene.returns() == 0);
    CHECK(Scene::result(refused).code == errc::limit_exceeded);
    CHECK(Scene::result(refused).text ==
          "registered type \"Maths\": \"make\": its result could not be kept: objects_max is 2");
    scene.ann.ask(LetGo{{object, 1}});
    CHECK(scene.drops(object));
    scene.invoke(scene.ann, scene.maths);
    CHECK(scene.returns() != 0);
}
