#include <set>

#include "core/pair_streamers.hpp"

// What a client holds that was silent for longer than hold: it may be somebody else's by now.

namespace handoff::core::test {

using namespace std::chrono_literals;
using Look = ConsumerMachine::Look;

TEST_CASE(
    "What was held for longer than hold in silence is somebody else's, and is not handed out") {
    Streamers scene;
    scene.fill(numbers(1, 5));
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 5);
    const Taken first = bob.next();
    scene.world.pass(200ms);
    const CallId waiting = scene.eve.get(scene.jobs_of_eve);
    scene.stop_all_but_the_manager(500ms);
    CHECK(scene.eve.items(waiting) == Texts{"2"});

    CHECK(bob.look() == Look::empty);  // it asks
    scene.world.settle();
    bob.ack(first);
    Texts got;
    for (int i = 0; i < 3; ++i) {
        const Taken taken = bob.next();
        CHECK(taken.deliveries == 1);
        got.push_back(taken.item);
        bob.ack(taken);
    }
    CHECK(got == numbers(3, 5));
    scene.world.settle();
    CHECK(bob.look() == Look::empty);
    CHECK(bob.failures().empty());
    CHECK(scene.stats().acks == 4);
    CHECK(scene.bob.client.session_generation() == 0);
}

TEST_CASE("What was taken back in silence is not handed out although the client was heard since") {
    Streamers scene;
    scene.fill(numbers(1, 5));
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 5);
    bob.ack(bob.next());
    scene.world.settle();
    const bool late_request = GENERATE(true, false);
    CAPTURE(late_request);
    if (late_request) {
        // What bob said in time came too late.
        scene.world.clock += 100ms;
        scene.world.tick_client(scene.bob);
        scene.world.send_all(scene.bob);
        scene.world.clock += 100ms;
        scene.world.tick_client(scene.bob);
    }
    const CallId waiting = scene.eve.get(scene.jobs_of_eve);
    scene.stop_all_but_the_manager(350ms);
    CHECK(scene.eve.items(waiting) == Texts{"2"});
    scene.world.pass(50ms);
    Texts got;
    for (int i = 0; i < 3; ++i) got.push_back(bob.next().item);
    CHECK(got == numbers(3, 5));
}

TEST_CASE("What is held is handed out at once within hold, and asked about after it") {
    Streamers scene;
    scene.fill(numbers(1, 3));
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 5);
    CHECK(bob.next().item == "1");
    scene.world.clock += 250ms;
    CHECK(bob.look() == Look::item);
    scene.world.clock += 100ms;  // the manager was stopped as well, and has taken nothing back
    CHECK(bob.look() == Look::empty);
    CHECK(bob.look() == Look::empty);
    scene.world.settle();
    const std::optional<Taken> second = bob.try_next();
    REQUIRE(second);
    CHECK(second->item == "2");
    CHECK(second->deliveries == 1);
    CHECK(scene.stats().redeliveries == 0);
}

TEST_CASE("An answer that comes late lets what was asked about be handed out, and nothing else") {
    Streamers scene;
    scene.fill(numbers(1, 3));
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 5);
    CHECK(bob.next().item == "1");
    scene.world.clock += 350ms;
    CHECK(bob.look() == Look::empty);
    scene.world.arrive_at_manager(scene.bob);
    scene.world.clock += 350ms;  // the answer lies there meanwhile
    while (scene.world.arrive_at_client(scene.bob)) {
    }
    CHECK(bob.next().item == "2");  // its lease runs
    CHECK(bob.look() == Look::empty);
    scene.world.settle();
    CHECK(bob.next().item == "3");
}

TEST_CASE("What was asked about and not fetched before its lease ended is not handed out") {
    Streamers scene;
    scene.fill(numbers(1, 3));
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 5);
    bob.ack(bob.next());
    scene.world.settle();
    scene.world.clock += 350ms;
    CHECK(bob.look() == Look::empty);
    scene.world.pass(3500ms);  // longer than the lease, which began with the question
    const CallId waiting = scene.eve.get(scene.jobs_of_eve);
    scene.world.settle();
    CHECK(scene.eve.items(waiting) == Texts{"2"});
    CHECK(bob.next().item == "3");
}

TEST_CASE(
    "Of what was held before and after a silence, the former is forgotten, the latter is not") {
    Streamers scene;
    scene.fill(numbers(1, 3));
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 5);
    scene.world.settle();
    scene.stop_all_but_the_manager(350ms);  // 1 to 3 are taken back
    scene.world.tick_client(scene.bob);
    while (scene.world.arrive_at_manager(scene.bob)) {  // and come again, with nobody looking
    }
    CHECK(bob.look() == Look::empty);  // asks about the old 1
    scene.world.settle();
    const CallId waiting = scene.eve.get(scene.jobs_of_eve);
    scene.world.settle();  // and does not send recalls and nothing to and fro
    CHECK(scene.eve.has_ended(waiting));
    std::set<std::string> got;
    for (int i = 0; i < 2; ++i) got.insert(bob.next().item);
    got.insert(scene.eve.items(waiting).front());
    CHECK(got.size() == 3);
}

TEST_CASE("What was asked about and was leased already says nothing of what is behind it") {
    Streamers scene;
    scene.fill(numbers(1, 4));
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 5);
    bob.ack(bob.next());
    scene.world.settle();
    scene.world.clock += 350ms;
    CHECK(bob.look() == Look::empty);
    scene.world.settle();  // 2 is leased
    const CallId waiting = scene.eve.get(scene.jobs_of_eve);
    scene.stop_all_but_the_manager(700ms);
    CHECK(scene.eve.items(waiting).size() == 1);
    scene.world.pass(50ms);
    std::multiset<std::string> got{scene.eve.items(waiting).front()};
    for (int i = 0; i < 2; ++i) got.insert(bob.next().item);
    CHECK(got == std::multiset<std::string>{"2", "3", "4"});
}

TEST_CASE("What was asked about is not handed out shortly before its lease ends") {
    Streamers scene;
    scene.fill(numbers(1, 3));
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 5);
    bob.ack(bob.next());
    scene.world.settle();
    scene.world.clock += 350ms;
    CHECK(bob.look() == Look::empty);
    scene.world.pass(2800ms);
    const Taken second = bob.next();
    CHECK(second.item == "2");
    scene.world.pass(2800ms);
    bob.ack(second);
    scene.world.settle();
    CHECK(bob.failures().empty());
    CHECK(scene.stats().lapses == 0);
}

TEST_CASE("What was asked about is handed out on another connection as well") {
    Streamers scene;
    scene.fill(numbers(1, 3));
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 5);
    bob.ack(bob.next());
    scene.world.settle();
    scene.world.clock += 350ms;
    CHECK(bob.look() == Look::empty);
    scene.world.settle();
    scene.world.cut(scene.bob);
    scene.world.connect(scene.bob);
    scene.world.settle();
    CHECK(bob.next().item == "2");
    CHECK(bob.next().item == "3");
}

TEST_CASE("What was asked about is not given back when others are recalled") {
    Streamers scene;
    scene.fill(numbers(1, 3));
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 5);
    bob.ack(bob.next());
    scene.world.settle();
    scene.world.clock += 350ms;
    CHECK(bob.look() == Look::empty);
    scene.world.settle();
    const CallId one = scene.eve.get(scene.jobs_of_eve);
    const CallId two = scene.eve.get(scene.jobs_of_eve);
    scene.world.settle();
    CHECK(scene.eve.items(one) == Texts{"3"});
    CHECK_FALSE(scene.eve.has_ended(two));
    CHECK(bob.next().item == "2");
}

}  // namespace handoff::core::test
