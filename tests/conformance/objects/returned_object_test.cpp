// Results of methods that stay with the manager: objects of registered types, without a name.
#include <atomic>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "handoff/expose.hpp"
#include "handoff/handoff.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::Client;
using handoff::errc;
using handoff::Ref;
using handoff::RemoteObject;
using handoff::test::code_of;
using handoff::test::eventually;
using handoff::test::text_of;
using handoff::test::World;

namespace {

std::atomic<int> living = 0;

class Vector {
public:
    Vector(double x, double y) : x_(x), y_(y) { ++living; }
    Vector(const Vector& other) : x_(other.x_), y_(other.y_) { ++living; }
    Vector& operator=(const Vector&) = delete;
    ~Vector() { --living; }

    [[nodiscard]] double x() const { return x_; }
    void scale(double factor) {
        x_ *= factor;
        y_ *= factor;
    }
    [[nodiscard]] Vector turned() const { return {-y_, x_}; }

private:
    double x_;
    double y_;
};

struct Vectors {
    static Vector vector(double x, double y) { return {x, y}; }
    std::shared_ptr<Vector> common() { return common_; }
    static std::unique_ptr<Vector> none() { return nullptr; }
    static Vector impossible() { throw std::runtime_error("no vector today"); }
    static std::shared_ptr<int> strange() { return std::make_shared<int>(1); }

    std::shared_ptr<Vector> common_ = std::make_shared<Vector>(10, 20);
};

using Object = Ref<RemoteObject>;

/// A world in which vectors are made.
struct Offered : World {
    Offered() {
        manager()
            .describe<Vector>()
            .method("x", &Vector::x)
            .method("scale", &Vector::scale)
            .method_returning_object("turned", &Vector::turned);
        manager()
            .expose<Vectors>("Maths")
            .method_returning_object("vector", &Vectors::vector)
            .method_returning_object("common", &Vectors::common)
            .method_returning_object("none", &Vectors::none)
            .method_returning_object("impossible", &Vectors::impossible)
            .method_returning_object("strange", &Vectors::strange);
    }

    static RemoteObject maths(Client& of) { return of.object("Maths"); }
    bool objects_become(std::uint64_t count) {
        return eventually([&] { return client().stats().objects == count; });
    }
};

/// Vectors of a world that is gone are not counted.
struct Count {
    Count() {
        REQUIRE(eventually([] { return living == 0; }));
    }
    ~Count() = default;
    static bool becomes(int count) {
        return eventually([&] { return living == count; });
    }
};

}  // namespace

TEST_CASE("what a method returns stays, and its methods are called by whoever has a reference") {
    const Count count;
    Offered world;
    const RemoteObject maths = world.maths(world.client());
    RemoteObject vector = world.client().open(maths.call<Object>("vector", 3.0, 4.0));
    CHECK(vector.name().empty());
    CHECK(vector.call<double>("x") == 3.0);
    vector.call("scale", 2.0);
    CHECK(vector.call<double>("x") == 6.0);
    CHECK(code_of([&] { vector.call("y"); }) == errc::unsupported);
    CHECK(code_of([&] { vector.call("scale"); }) == errc::wrong_type);

    const auto other = world.another_client();
    auto box = world.client().value<Object>("box");
    box.set(vector);
    const RemoteObject theirs = other->open(other->value<Object>("box").get());
    theirs.call("scale", 0.5);
    CHECK(vector.call<double>("x") == 3.0);
    CHECK(Object(theirs) == Object(vector));
    CHECK(world.objects_become(3));
}

TEST_CASE("an object that was returned goes with the last reference, and its instance with it") {
    const Count count;
    Offered world;
    const RemoteObject maths = world.maths(world.client());
    CHECK(living == 0);  // Vectors is made with its first call
    auto box = world.client().value<Object>("box");
    {
        const RemoteObject vector = world.client().open(maths.call<Object>("vector", 1.0, 0.0));
        CHECK(Count::becomes(2));
        box.set(vector);
    }
    CHECK(world.client().open(box.get()).call<double>("x") == 1.0);
    CHECK(world.objects_become(3));
    box.set(maths.call<Object>("vector", 2.0, 0.0));
    CHECK(world.objects_become(3));
    CHECK(Count::becomes(2));
    world.client().destroy_object("box", handoff::ObjectKind::value);
    CHECK(world.objects_become(1));
    CHECK(Count::becomes(1));
    maths.call("vector", 1.0, 1.0);  // nobody wants its result
    CHECK(world.objects_become(1));
    CHECK(Count::becomes(1));
}

TEST_CASE("what a client was given goes when the client does") {
    const Count count;
    Offered world;
    {
        const auto other = world.another_client();
        const RemoteObject maths = world.maths(*other);
        std::vector<Object> all;
        for (int i = 0; i < 50; ++i) all.push_back(maths.call<Object>("vector", 1.0, 1.0 * i));
        CHECK(world.client().stats().objects == 51);
    }
    CHECK(world.objects_become(1));
    CHECK(Count::becomes(1));
}

TEST_CASE("an object that was returned returns others") {
    const Count count;
    Offered world;
    Client& client = world.client();
    RemoteObject vector = client.open(world.maths(client).call<Object>("vector", 1.0, 5.0));
    for (int turn = 0; turn < 2; ++turn) vector = client.open(vector.call<Object>("turned"));
    CHECK(vector.call<double>("x") == -1.0);
    CHECK(world.objects_become(2));
    CHECK(Count::becomes(2));
}

TEST_CASE("objects share an instance if methods return it twice") {
    const Count count;
    Offered world;
    Client& client = world.client();
    const RemoteObject maths = world.maths(client);
    RemoteObject one = client.open(maths.call<Object>("common"));
    const RemoteObject two = client.open(maths.call<Object>("common"));
    CHECK_FALSE(Object(one) == Object(two));
    one.call("scale", 3.0);
    CHECK(two.call<double>("x") == 30.0);
    one = {};
    CHECK(world.objects_become(2));
    CHECK(two.call<double>("x") == 30.0);
}

TEST_CASE("a method that returns no object says so, and nothing is kept") {
    const Count count;
    Offered world;
    const RemoteObject maths = world.maths(world.client());
    CHECK(code_of([&] { maths.call<Object>("none"); }) == errc::remote_error);
    CHECK(code_of([&] { maths.call<Object>("impossible"); }) == errc::remote_error);
    CHECK(code_of([&] { maths.call<Object>("strange"); }) == errc::unsupported);
    CHECK(text_of([&] { maths.call<Object>("strange"); }).find("strange") != std::string::npos);
    CHECK(code_of([&] { maths.call<int>("vector", 1.0, 2.0); }) == errc::wrong_type);
    CHECK(code_of([&] { maths.call<Ref<handoff::Lock>>("vector", 1.0, 2.0); }) == errc::wrong_type);
    CHECK(world.objects_become(1));
    CHECK(Count::becomes(1));
}

TEST_CASE("what is described is one instance, and not one for each session") {
    World world;
    CHECK(code_of([&] { world.manager().describe<Vector>().per_session(); }) ==
          errc::invalid_argument);
}

TEST_CASE("a reference to an exposed type opens it") {
    Offered world;
    const auto other = world.another_client();
    world.client().value<Object>("box").set(world.client().object("Maths"));
    const Object ref = other->value<Object>("box").get();
    CHECK(ref.name() == "Maths");
    CHECK(other->open(other->open(ref).call<Object>("vector", 7.0, 0.0)).call<double>("x") == 7.0);
}

TEST_CASE("a thousand objects are returned and let go") {
    const Count count;
    Offered world;
    const RemoteObject maths = world.client().object("Maths");
    std::vector<Object> all;
    for (int i = 0; i < 1000; ++i) {
        all.push_back(maths.call<Object>("vector", 0.0, 0.0));
        if (i % 2 == 0) all.erase(all.begin());
    }
    CHECK(world.objects_become(501));
    all.clear();
    CHECK(world.objects_become(1));
    CHECK(Count::becomes(1));
}

TEST_CASE("a method is given references, which its manager does not count") {
    World world;
    const auto within = world.another_client();  // as the manager's program has one
    using Counts = handoff::Dict<std::string, int>;
    world.manager().expose("Tools").method(
        "count", [&](const Ref<Counts>& counts) { return within->open(counts).add("calls", 1); });
    const RemoteObject tools = world.client().object("Tools");
    {
        const auto counts = world.client().anonymous<Counts>();
        CHECK(tools.call<std::int64_t>("count", Ref<Counts>(counts)) == 1);
        CHECK(tools.call<std::int64_t>("count", Ref<Counts>(counts)) == 2);
        CHECK(counts.at("calls") == 2);
    }
    CHECK(eventually([&] { return world.client().stats().objects == 1; }));
}

TEST_CASE("the result of an ordinary method has no reference to what has no name") {
    World world;
    const auto within = world.another_client();
    world.manager().expose("Tools").method(
        "make", [&] { return Ref<handoff::Lock>(within->anonymous<handoff::Lock>()); });
    const RemoteObject tools = world.client().object("Tools");
    CHECK(code_of([&] { tools.call<Ref<handoff::Lock>>("make"); }) == errc::remote_error);
    CHECK(eventually([&] { return world.client().stats().objects == 1; }));
}
