#include "core/pair_streamers.hpp"

// What one consumer has fetched, and does not take, must not be kept from those who wait.

namespace handoff::core::test {

using namespace std::chrono_literals;
using Look = ConsumerMachine::Look;

TEST_CASE("Who waits keeps what comes, although others wait as well and it is recalled at once") {
    Streamers scene;
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 4);
    scene.world.settle();
    bob.machine.wait_begins();
    const CallId get = scene.eve.get(scene.jobs_of_eve);
    scene.world.settle();
    scene.fill({"1"});  // both messages, the items and the recall, have come when bob looks
    const std::optional<Taken> taken = bob.try_next();
    REQUIRE(taken);
    CHECK(taken->item == "1");
    bob.machine.wait_ends();
    scene.fill({"2"});
    CHECK(scene.eve.items(get) == Texts{"2"});
}

TEST_CASE("A consumer that has failed keeps nothing from others, also if nobody asks it why") {
    Streamers scene;
    scene.fill(numbers(1, 3));
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 5);
    scene.world.settle();
    CHECK(bob.machine.held() == 3);
    scene.world.clock += 350ms;  // the manager stands still, and so takes nothing back
    CHECK(bob.look() == Look::empty);
    scene.world.send_all(scene.bob);  // it asks about the first, and nobody answers
    scene.world.cut(scene.bob);
    scene.world.connect(scene.bob);
    scene.world.send_all(scene.bob);
    scene.world.clock += 12s;
    scene.world.tick_client(scene.bob);
    std::vector<CallId> gets;
    for (int i = 0; i < 3; ++i) gets.push_back(scene.eve.get(scene.jobs_of_eve));
    scene.world.settle();
    CHECK(scene.bob.client.session_generation() == 0);
    for (int i = 0; i < 3; ++i)
        CHECK(scene.eve.items(gets[static_cast<std::size_t>(i)]) == Texts{std::to_string(i + 1)});

    CHECK(bob.look() == Look::failed);
    CHECK(bob.machine.take_failure().code == errc::outcome_unknown);
    scene.fill({"4"});
    CHECK(bob.next().item == "4");
}

TEST_CASE("A consumer that asks again is told anew when its queue is over") {
    Streamers scene;
    scene.fill(numbers(1, 2));
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 5);
    const Taken first = bob.next();
    bob.next();
    scene.ann.call(Close{scene.jobs_of_ann, false});
    CallId get = scene.eve.get(scene.jobs_of_eve);
    scene.world.settle();  // over for bob: what he has is all there is
    bob.settle(Verb::release, first);
    scene.world.settle();
    CHECK(scene.eve.items(get) == Texts{"1"});
    scene.world.cut(scene.bob);
    scene.world.connect(scene.bob);
    scene.world.settle();
    CHECK(bob.look() == Look::empty);  // it is not over any more: eve may give "1" back

    scene.eve.call(settle_of(Verb::release, scene.jobs_of_eve, {scene.eve.tokens(get)}));
    scene.world.settle();
    CHECK(bob.machine.held() == 1);
    get = scene.eve.get(scene.jobs_of_eve);
    scene.world.cut(scene.bob);
    scene.world.connect(scene.bob);
    scene.world.settle();
    CHECK(scene.eve.items(get) == Texts{"1"});
}

TEST_CASE("What a consumer held of a queue that is over goes back when its connection is lost") {
    Streamers scene;
    scene.fill({"1"});
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 5);
    scene.world.settle();
    scene.ann.call(Close{scene.jobs_of_ann, false});
    scene.world.settle();  // over for bob: what he holds is all there is
    scene.world.cut(scene.bob);
    scene.world.connect(scene.bob);
    scene.world.send_all(scene.bob);
    CHECK(bob.look() == Look::empty);  // nobody has answered yet
    const CallId get = scene.eve.get(scene.jobs_of_eve);
    scene.world.settle();
    CHECK(scene.eve.items(get) == Texts{"1"});
}

TEST_CASE("What a late recall took from a consumer goes back, although its queue is over") {
    Streamers scene;
    scene.fill({"1"});
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 5);
    scene.world.settle();
    scene.ann.call(Close{scene.jobs_of_ann, false});
    scene.world.settle();  // over for bob: what he holds is all there is
    scene.world.cut(scene.bob);
    bob.machine.receive({scene.jobs_of_bob, Recall{1, 1}, 0});  // had come before
    scene.world.send_all(scene.bob);
    CHECK(bob.look() == Look::over);
    scene.world.connect(scene.bob);
    scene.world.settle();
    const CallId get = scene.eve.get(scene.jobs_of_eve);
    scene.world.settle();
    CHECK(scene.eve.items(get) == Texts{"1"});
}

}  // namespace handoff::core::test
