#include <algorithm>
#include <set>

#include "core/pair_streamers.hpp"

// Streams of clients that are slow, die, or whose manager begins anew; and what one stream may keep
// from another.

namespace handoff::core::test {

using namespace std::chrono_literals;
using Look = ConsumerMachine::Look;

// ------------------------------------------------------------------ cursors and leases

TEST_CASE("That an item was taken is known to the manager within a heartbeat") {
    Streamers scene;
    scene.fill(numbers(1, 5));
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 5);
    const Taken first = bob.next();
    scene.world.pass(100ms);
    CHECK(scene.stats().deliveries == 1);
    // So its lease runs, and that of the others does not.
    scene.world.pass(3100ms);
    CHECK(scene.stats().lapses == 1);
    scene.world.pass(10s);
    CHECK(scene.stats().lapses == 1);
    bob.ack(first);
    scene.world.settle();
    CHECK(bob.failures() == std::to_string(first.token) + " lease_lapsed");
    std::set<std::string> rest;
    for (int i = 0; i < 5; ++i) {
        const Taken taken = bob.next();
        rest.insert(taken.item);
        CHECK(taken.deliveries == (taken.item == "1" ? 2 : 1));
        bob.ack(taken);
    }
    scene.world.settle();
    CHECK(rest.size() == 5);
    CHECK(scene.stats().acks == 5);
}

TEST_CASE("The lease of a stream lasts as long as its consumer said, from when an item is taken") {
    Streamers scene;
    scene.fill(numbers(1, 2));
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 5, 1u << 20, 10s);
    scene.world.pass(9s);
    const Taken first = bob.next();
    scene.world.pass(9s);
    CHECK(scene.stats().lapses == 0);
    bob.ack(first);
    scene.world.settle();
    CHECK(bob.failures().empty());
}

// ------------------------------------------------------------------ one beside another

TEST_CASE("While a slow consumer holds hundreds of items, an idle one does not wait") {
    Streamers scene;
    scene.fill(numbers(1, 512));
    Receiver slow(scene.world, scene.bob, scene.jobs_of_bob, 512);
    const Taken work = slow.next();
    CHECK(work.item == "1");
    CHECK(scene.stats().ready == 0);
    Receiver idle(scene.world, scene.eve, scene.jobs_of_eve, 512);
    std::set<std::string> got{work.item};
    for (int i = 0; i < 511; ++i) {
        const Taken taken = idle.next();  // without time passing
        CHECK(taken.deliveries == 1);
        got.insert(taken.item);
        idle.ack(taken);
    }
    CHECK(got.size() == 512);
    slow.ack(work);
    scene.world.settle();
    CHECK(slow.look() == Look::empty);
    CHECK(scene.stats().acks == 512);
    CHECK(scene.stats().redeliveries == 0);
    CHECK(slow.failures() + idle.failures() == "");
}

TEST_CASE("What a consumer gave back comes to it again when it waits itself") {
    Streamers scene;
    scene.fill(numbers(1, 4));
    Receiver slow(scene.world, scene.bob, scene.jobs_of_bob, 4);
    Receiver idle(scene.world, scene.eve, scene.jobs_of_eve, 1);
    for (int i = 0; i < 4; ++i) idle.ack(idle.next());
    scene.world.settle();
    CHECK(scene.stats().acks == 4);
    idle.set_credit(0, 0);
    scene.world.settle();
    slow.machine.wait_begins();
    scene.world.settle();
    scene.fill({"5"});
    const std::optional<Taken> taken = slow.try_next();
    REQUIRE(taken);
    CHECK(taken->item == "5");
}

TEST_CASE("Two consumers that wait share what comes, and do not send it to and fro") {
    Streamers scene;
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 512);
    Receiver eve(scene.world, scene.eve, scene.jobs_of_eve, 512);
    bob.machine.wait_begins();
    eve.machine.wait_begins();
    scene.world.settle();
    scene.fill({"1"});
    CHECK((bob.look() == Look::item) != (eve.look() == Look::item));
    scene.fill({"2"});
    CHECK(bob.look() == Look::item);
    CHECK(eve.look() == Look::item);
    Texts all = bob.take_all();
    for (const std::string& item : eve.take_all()) all.push_back(item);
    std::sort(all.begin(), all.end());
    CHECK(all == Texts{"1", "2"});
}

TEST_CASE("A consumer that never acknowledges has no more than its credit") {
    Streamers scene;
    scene.fill(numbers(1, 20));
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 4);
    std::vector<Taken> taken;
    for (int i = 0; i < 4; ++i) taken.push_back(bob.next());
    for (int i = 0; i < 10; ++i) {
        bob.machine.wait_begins();
        scene.world.pass(250ms);
        bob.machine.wait_ends();
        CHECK(bob.look() == Look::empty);
        CHECK(scene.stats().leased == 4);
    }
    bob.ack(taken[2]);
    scene.world.settle();
    CHECK(bob.next().item == "5");
    scene.world.settle();
    CHECK(bob.look() == Look::empty);
    scene.world.pass(4s);  // they lapse, and come again
    CHECK(scene.stats().leased <= 4);
    CHECK(scene.stats().lapses >= 3);
}

TEST_CASE("Credit in bytes bounds what is outstanding, and one item always comes") {
    Streamers scene;
    Texts items;
    for (const std::string& number : numbers(1, 6)) items.push_back(number + std::string(99, 'x'));
    scene.fill(items);
    SECTION("two and a half items, and so the third is begun") {
        Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 100, 255);
        scene.world.settle();
        CHECK(scene.stats().leased == 3);
        for (const std::string& item : items) {
            const Taken taken = bob.next();
            CHECK(taken.item == item);
            CHECK(scene.stats().leased <= 3);
            bob.ack(taken);
            scene.world.settle();
        }
    }
    SECTION("less than one item") {
        Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 100, 1);
        for (const std::string& item : items) {
            const Taken taken = bob.next();
            CHECK(taken.item == item);
            CHECK(scene.stats().leased == 1);
            CHECK(bob.look() == Look::empty);
            bob.ack(taken);
        }
    }
    scene.world.settle();
    scene.world.pass(20ms);
    CHECK(scene.stats().acks == 6);
}

// ------------------------------------------------------------------ the end of sessions

namespace {

/// A life of a client that ends without a word: its session dies, and it comes back.
void die(Streamers& scene, Peer& peer) {
    scene.world.cut(peer);
    scene.world.pass(1500ms);
    scene.world.connect(peer);
    scene.world.settle();
}

}  // namespace

TEST_CASE("A poison item takes no neighbour to the dead") {
    QueueOptions options = brief_leases();
    options.deliveries_max = 3;
    Streamers scene(options);
    scene.fill(numbers(1, 6));
    const bool at_once = GENERATE(true, false);
    CAPTURE(at_once);
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 512);
    for (int life = 1; life <= 3; ++life) {
        const Taken poison = bob.next();
        CHECK(poison.item == "1");
        CHECK(poison.deliveries == static_cast<std::uint32_t>(life));
        if (!at_once) scene.world.pass(500ms);  // and the manager knows that it was taken
        die(scene, scene.bob);
    }
    CHECK(scene.stats().dead == 1);
    Texts got;
    while (got.size() < 5) {
        const Taken taken = bob.next();
        got.push_back(taken.item);
        bob.ack(taken);
    }
    scene.world.settle();
    scene.world.pass(20ms);
    CHECK(got == numbers(2, 6));
    CHECK(scene.stats().dead == 1);
    CHECK(scene.stats().acks == 5);
}

TEST_CASE("Of what was held when a session died, only the first counts as delivered") {
    Streamers scene;
    scene.fill(numbers(1, 4));
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 512);
    CHECK(bob.next().item == "1");  // and dies before the manager knows
    scene.world.cut(scene.bob);
    scene.world.pass(1500ms);
    Receiver eve(scene.world, scene.eve, scene.jobs_of_eve, 512);
    for (const std::string& item : numbers(1, 4)) {
        const Taken taken = eve.next();
        CHECK(taken.item == item);
        CHECK(taken.deliveries == (item == "1" ? 2 : 1));
    }
}

TEST_CASE("A consumer whose session was lost goes on, and what it had is not its own any more") {
    Streamers scene;
    scene.fill(numbers(1, 4));
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 512);
    const Taken old = bob.next();
    const Taken acked = bob.next();
    bob.ack(acked);  // and this does not arrive
    scene.world.cut(scene.bob);
    scene.world.pass(1500ms);
    CHECK(bob.look() == Look::empty);  // nothing is handed out by a session in doubt
    scene.world.connect(scene.bob);
    scene.world.settle();
    CHECK(scene.bob.client.session_generation() == 1);
    bob.ack(old);
    Texts got;
    for (int i = 0; i < 4; ++i) {
        const Taken taken = bob.next();
        got.push_back(taken.item);
        bob.ack(taken);
    }
    scene.world.settle();
    scene.world.pass(20ms);
    CHECK(got == numbers(1, 4));
    CHECK(scene.stats().acks == 4);
    CHECK(bob.failures() == std::to_string(acked.token) + " session_lost, " +
                                std::to_string(old.token) + " session_lost");
    CHECK(bob.machine.all_answered());
}

TEST_CASE(
    "Of a producer whose session was lost, what was under way is unknown and the rest goes on") {
    Streamers scene;
    Sender bob(scene.world, scene.bob, scene.jobs_of_bob);
    bob.send_all({"1"});
    scene.world.send_all(scene.bob);
    bob.send_all({"2", "3"});
    scene.world.cut(scene.bob);
    scene.world.pass(1500ms);
    bob.send_all({"4"});
    scene.world.connect(scene.bob);
    scene.world.settle();
    CHECK(scene.bob.client.session_generation() == 1);
    CHECK(bob.failures() == "1 outcome_unknown");
    CHECK(bob.machine.unconfirmed() == 0);
    Receiver eve(scene.world, scene.eve, scene.jobs_of_eve, 512);
    scene.world.settle();
    CHECK(eve.take_all() == Texts{"2", "3", "4"});
}

TEST_CASE("Streams tell that the manager began anew, once, and go on with it") {
    Streamers scene;
    scene.fill(numbers(1, 3));
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 512);
    Sender sender(scene.world, scene.eve, scene.jobs_of_eve);
    const Taken old = bob.next();
    sender.send_all({"4"});
    scene.world.send_all(scene.eve);
    sender.send_all({"5"});
    scene.world.restart_manager();
    for (Peer* peer : {&scene.bob, &scene.eve, &scene.ann}) scene.world.connect(*peer);
    scene.world.settle();
    CHECK(bob.look() == Look::failed);
    CHECK(bob.machine.take_failure().code == errc::manager_restarted);
    bob.ack(old);
    CHECK(sender.failures() == "1 outcome_unknown, 2 manager_restarted");
    sender.send_all({"6"});
    CHECK(bob.next().item == "6");
    scene.world.settle();
    CHECK(bob.look() == Look::empty);
    CHECK(bob.failures() == std::to_string(old.token) + " session_lost");
    CHECK(sender.machine.unconfirmed() == 0);
}

TEST_CASE("A consumer that waits for a manager that does not answer is told, and goes on later") {
    Streamers scene;
    scene.fill({"1"});
    Receiver bob(scene.world, scene.bob, scene.jobs_of_bob, 512);
    bob.ack(bob.next());
    scene.world.settle();
    scene.world.cut(scene.bob);
    bob.machine.wait_begins();
    scene.world.pass(15s);
    CHECK(bob.look() == Look::failed);
    CHECK(bob.machine.take_failure().code == errc::unreachable);
    scene.world.connect(scene.bob);
    scene.world.settle();
    scene.fill({"2"});
    scene.world.settle();
    const std::optional<Taken> taken = bob.try_next();
    REQUIRE(taken);
    CHECK(taken->item == "2");
}

}  // namespace handoff::core::test
