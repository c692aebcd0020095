#include <algorithm>
#include <set>

#include "core/pair_streams.hpp"

// Streams, with the connection of their client cut at every message that travels: before the
// manager has applied it, or before the client has its answer. The end must be the same as without
// a cut.

namespace handoff::core::test {

using namespace std::chrono_literals;

namespace {

/// Frames that hold about ten items.
Limits small_frames() {
    Limits limits = PairWorld::quick_limits();
    limits.frame_bytes_max = 40;
    limits.hold = 300ms;
    return limits;
}

/// A client who streams, another who helps, and a queue with room for seven.
struct StreamScene {
    StreamScene() : world(small_frames()), caller(world.add_client()), helper(world.add_client()) {
        QueueOptions options;
        options.capacity = 7;
        options.capacity_bytes = 400;
        jobs = caller.client.queue("jobs", options);
        caller.call(Open{"jobs", options, true});
        world.settle();
        jobs_of_helper = helper.queue("jobs");
        helper.call(Open{"jobs", {}, true});
        world.settle();
        world.victim = &caller;
    }

    void fill(const Texts& items) {
        const CallId put = helper.put(jobs_of_helper, items);
        world.settle();
        REQUIRE(helper.code(put) == errc::ok);
    }
    /// The helper takes the next item for good.
    Texts drain_one() {
        const CallId got = helper.get(jobs_of_helper, at_once());
        world.settle();
        if (helper.code(got) != errc::ok) return {};
        helper.call(settle_of(Verb::ack, jobs_of_helper, {helper.tokens(got)}));
        world.settle();
        return helper.items(got);
    }
    Texts drain() {
        Texts all;
        for (Texts next = drain_one(); !next.empty(); next = drain_one()) {
            all.insert(all.end(), next.begin(), next.end());
        }
        return all;
    }
    QueueStats stats() { return world.stats("jobs"); }
    void check() {
        world.pass(20ms);  // acknowledgements are answered without hurry
        CHECK(caller.client.session_generation() == 0);
        CHECK(caller.client.refused_detached() == 0);
        CHECK(caller.ended_twice == 0);
        CHECK(caller.client.pending() == 0);
    }

    PairWorld world;
    Peer& caller;
    Peer& helper;
    QueueRef jobs = 0;
    QueueRef jobs_of_helper = 0;
};

void cut_everywhere(const std::function<void(StreamScene&)>& story) {
    test::cut_everywhere<StreamScene>(story);
}

}  // namespace

// ------------------------------------------------------------------ producers

TEST_CASE("However a connection breaks, what a producer sends is put once and in order") {
    cut_everywhere([](StreamScene& scene) {
        Sender sender(scene.world, scene.caller, scene.jobs);
        sender.send_all(numbers(1, 50));  // more than the queue has room for
        scene.world.settle();
        CHECK(scene.stats().ready == 7);
        CHECK(scene.drain() == numbers(1, 50));
        CHECK(sender.machine.unconfirmed() == 0);
        CHECK(sender.failures().empty());
        CHECK(scene.stats().puts == 50);
    });
}

TEST_CASE("However a connection breaks, what is sent while others are under way keeps its order") {
    cut_everywhere([](StreamScene& scene) {
        Sender sender(scene.world, scene.caller, scene.jobs);
        for (int i = 1; i <= 20; i += 2) {
            sender.send_all(numbers(i, i + 1));
            scene.world.arrive_at_manager(scene.caller);
        }
        scene.world.settle();
        CHECK(scene.drain() == numbers(1, 20));
        CHECK(sender.machine.unconfirmed() == 0);
        CHECK(scene.stats().puts == 20);
    });
}

TEST_CASE("However a connection breaks, a producer stays within its window") {
    cut_everywhere([](StreamScene& scene) {
        Sender sender(scene.world, scene.caller, scene.jobs, {5, 1u << 20});
        Texts drained;
        for (const std::string& item : numbers(1, 30)) {
            CHECK(sender.machine.unconfirmed() <= 5);
            if (sender.send(item)) continue;
            CHECK(sender.machine.unconfirmed() == 5);
            scene.world.settle();
            while (!sender.machine.has_room()) {
                const Texts next = scene.drain_one();
                REQUIRE_FALSE(next.empty());
                drained.push_back(next.front());
            }
            REQUIRE(sender.send(item));
        }
        for (const std::string& item : scene.drain()) drained.push_back(item);
        CHECK(drained == numbers(1, 30));
        CHECK(sender.machine.unconfirmed() == 0);
        CHECK(scene.stats().puts == 30);
    });
}

TEST_CASE("However a connection breaks, what waits when its queue is closed is told, each once") {
    cut_everywhere([](StreamScene& scene) {
        Sender sender(scene.world, scene.caller, scene.jobs);
        sender.send_all(numbers(1, 10));
        scene.world.settle();
        scene.helper.call(Close{scene.jobs_of_helper, false});
        scene.world.settle();
        sender.send_all({"11", "12"});
        scene.world.settle();
        CHECK(sender.failures() == "8 closed, 9 closed, 10 closed, 11 closed, 12 closed");
        CHECK(sender.machine.unconfirmed() == 0);
        CHECK(scene.drain() == numbers(1, 7));
    });
}

TEST_CASE("However a connection breaks, an item that is refused does not stop those behind it") {
    cut_everywhere([](StreamScene& scene) {
        Sender sender(scene.world, scene.caller, scene.jobs);
        Texts items = numbers(1, 12);
        items[3] = std::string(500, 'x');  // more than the queue's capacity in bytes
        items[7] = std::string(401, 'y');
        sender.send_all(items);
        scene.world.settle();
        CHECK(scene.drain() == Texts{"1", "2", "3", "5", "6", "7", "9", "10", "11", "12"});
        CHECK(sender.failures() == "4 too_large, 8 too_large");
        CHECK(sender.machine.unconfirmed() == 0);
    });
}

TEST_CASE("However a connection breaks, the items of a producer keep their columns and order") {
    cut_everywhere([](StreamScene& scene) {
        Sender sender(scene.world, scene.caller, scene.jobs);
        Columns keyed_once;
        keyed_once.key = "k";
        sender.send_all({"1", "2"});
        REQUIRE(sender.send("3", keyed_once));
        REQUIRE(sender.send("not added", keyed_once));
        REQUIRE(sender.send("4", with_priority(5)));
        REQUIRE(sender.send("5"));
        scene.world.settle();
        CHECK(scene.stats().duplicates == 1);
        CHECK(scene.drain() == numbers(1, 5));
        CHECK(sender.machine.unconfirmed() == 0);
        CHECK(sender.failures().empty());
    });
}

TEST_CASE("However a connection breaks, two producers of a client do not mix up their answers") {
    cut_everywhere([](StreamScene& scene) {
        const QueueRef other = scene.caller.queue("other");
        Sender one(scene.world, scene.caller, scene.jobs);
        Sender two(scene.world, scene.caller, scene.jobs);
        Sender three(scene.world, scene.caller, other);
        for (int i = 1; i <= 6; ++i) {
            one.send_all({"a" + std::to_string(i)});
            two.send_all({"b" + std::to_string(i)});
            three.send_all({"c" + std::to_string(i)});
        }
        scene.world.settle();
        CHECK(three.machine.unconfirmed() == 0);  // it does not wait for the full queue
        Texts of_one;
        Texts of_two;
        for (const std::string& item : scene.drain()) {
            (item.front() == 'a' ? of_one : of_two).push_back(item.substr(1));
        }
        CHECK(of_one == numbers(1, 6));
        CHECK(of_two == numbers(1, 6));
        CHECK(one.machine.unconfirmed() + two.machine.unconfirmed() == 0);
        CHECK(scene.world.stats("other").puts == 6);
    });
}

TEST_CASE("However a connection breaks, what a removed producer has begun goes on") {
    cut_everywhere([](StreamScene& scene) {
        Sender sender(scene.world, scene.caller, scene.jobs);
        sender.send_all({"1"});
        scene.caller.streams.remove(sender.machine);
        Sender next(scene.world, scene.caller, scene.jobs);
        next.send_all({"2"});
        scene.world.settle();
        CHECK(next.machine.unconfirmed() == 0);
        CHECK(scene.drain() == Texts{"1", "2"});
    });
}

TEST_CASE("However a connection breaks, a queue that is destroyed refuses what waits") {
    cut_everywhere([](StreamScene& scene) {
        Sender sender(scene.world, scene.caller, scene.jobs);
        sender.send_all(numbers(1, 9));
        scene.world.settle();
        scene.helper.call(Destroy{scene.jobs_of_helper});
        scene.world.settle();
        sender.send_all({"10"});
        scene.world.settle();
        CHECK(sender.machine.unconfirmed() == 0);
        const std::string refused = "8 stale_reference, 9 stale_reference, 10 ";
        const std::string last = sender.failures().substr(refused.size());
        CHECK((last == "stale_reference" || last == "outcome_unknown"));  // if it was sent twice
    });
}

// ------------------------------------------------------------------ consumers

TEST_CASE("However a connection breaks, a consumer has each item once and in order") {
    cut_everywhere([](StreamScene& scene) {
        scene.fill(numbers(1, 7));
        Receiver receiver(scene.world, scene.caller, scene.jobs, 3);
        Texts got;
        for (int i = 1; i <= 7; ++i) {
            const Taken taken = receiver.next();
            got.push_back(taken.item);
            CHECK(taken.deliveries == 1);
            receiver.ack(taken);
        }
        scene.world.settle();
        scene.world.pass(20ms);
        CHECK(got == numbers(1, 7));
        CHECK(receiver.machine.all_answered());
        CHECK(receiver.failures().empty());
        CHECK(scene.stats().acks == 7);
        CHECK(scene.stats().leased == 0);
        CHECK(scene.stats().redeliveries == 0);
    });
}

TEST_CASE("However a connection breaks, a consumer that waits has what comes") {
    cut_everywhere([](StreamScene& scene) {
        Receiver receiver(scene.world, scene.caller, scene.jobs, 3);
        receiver.machine.wait_begins();
        scene.world.settle();
        CHECK(receiver.look() == Receiver::Look::empty);
        scene.fill({"1"});
        scene.world.settle();
        const std::optional<Taken> taken = receiver.try_next();
        receiver.machine.wait_ends();
        REQUIRE(taken);
        CHECK(taken->item == "1");
        receiver.ack(*taken);
        scene.world.settle();
        CHECK(scene.stats().acks == 1);
    });
}

TEST_CASE("However a connection breaks, acknowledgements in any order are done once") {
    cut_everywhere([](StreamScene& scene) {
        scene.fill(numbers(1, 7));
        Receiver receiver(scene.world, scene.caller, scene.jobs, 100);  // so that they gather
        std::vector<Taken> taken;
        for (int i = 0; i < 7; ++i) taken.push_back(receiver.next());
        for (const std::size_t which : {5, 0, 3, 6, 1, 4, 2}) {
            receiver.ack(taken[which]);
            if (which % 2 == 0) scene.world.arrive_at_manager(scene.caller);
        }
        scene.world.settle();
        scene.world.pass(20ms);
        CHECK(receiver.machine.all_answered());
        CHECK(receiver.failures().empty());
        CHECK(scene.stats().acks == 7);
        CHECK(scene.stats().redeliveries == 0);
    });
}

TEST_CASE("However a connection breaks, what a consumer settles otherwise comes as it was told") {
    cut_everywhere([](StreamScene& scene) {
        scene.fill(numbers(1, 6));
        Receiver receiver(scene.world, scene.caller, scene.jobs, 2);
        receiver.settle(Verb::release, receiver.next());
        receiver.settle(Verb::bury, receiver.next());
        std::multiset<std::string> got;
        for (int i = 0; i < 5; ++i) {
            const Taken taken = receiver.next();
            got.insert(taken.item);
            CHECK(taken.deliveries == (taken.item == "1" ? 2 : 1));
            receiver.ack(taken);
        }
        scene.world.settle();
        CHECK(got == std::multiset<std::string>{"1", "3", "4", "5", "6"});
        CHECK(scene.stats().releases == 1);
        CHECK(scene.stats().dead == 1);
        CHECK(scene.stats().acks == 5);
        CHECK(scene.stats().redeliveries == 1);
        CHECK(receiver.failures().empty());
    });
}

TEST_CASE(
    "However a connection breaks, a recalled item goes to whoever waits, and to nobody else") {
    cut_everywhere([](StreamScene& scene) {
        scene.fill(numbers(1, 5));
        Receiver receiver(scene.world, scene.caller, scene.jobs, 5);
        const Taken first = receiver.next();
        const CallId waiting = scene.helper.get(scene.jobs_of_helper);
        scene.world.settle();
        Texts all = scene.helper.items(waiting);
        REQUIRE(all.size() == 1);
        scene.helper.call(
            settle_of(Verb::ack, scene.jobs_of_helper, {scene.helper.tokens(waiting)}));
        all.push_back(first.item);
        receiver.ack(first);
        for (int i = 0; i < 3; ++i) {
            const Taken taken = receiver.next();
            CHECK(taken.deliveries == 1);
            all.push_back(taken.item);
            receiver.ack(taken);
        }
        scene.world.settle();
        std::sort(all.begin(), all.end());
        CHECK(all == numbers(1, 5));
        CHECK(scene.stats().acks == 5);
        CHECK(scene.stats().redeliveries == 0);
        CHECK(receiver.failures().empty());
    });
}

TEST_CASE("However a connection breaks, a consumer that ends gives back what it has not taken") {
    cut_everywhere([](StreamScene& scene) {
        scene.fill(numbers(1, 6));
        Receiver receiver(scene.world, scene.caller, scene.jobs, 5);
        const Taken acked = receiver.next();
        const Taken kept = receiver.next();
        receiver.ack(acked);
        receiver.set_credit(0, 0);
        scene.world.settle();
        CHECK(receiver.look() == Receiver::Look::empty);
        CHECK(scene.drain() == numbers(3, 6));
        CHECK(scene.stats().leased == 1);
        receiver.ack(kept);
        scene.world.settle();
        CHECK(scene.stats().acks == 6);
        CHECK(scene.stats().redeliveries == 0);
        CHECK(receiver.failures().empty());
    });
}

TEST_CASE("However a connection breaks, a consumer that ends and begins again misses nothing") {
    cut_everywhere([](StreamScene& scene) {
        scene.fill(numbers(1, 6));
        Receiver receiver(scene.world, scene.caller, scene.jobs, 4);
        Texts got;
        for (int round = 0; round < 3; ++round) {
            for (int i = 0; i < 2; ++i) {
                const Taken taken = receiver.next();
                got.push_back(taken.item);
                receiver.ack(taken);
            }
            receiver.set_credit(0, 0);
            scene.world.arrive_at_manager(scene.caller);
            receiver.set_credit(4);
        }
        scene.world.settle();
        std::sort(got.begin(), got.end());  // what it gave back it may see after what is newer
        CHECK(got == numbers(1, 6));
        CHECK(scene.stats().acks == 6);
        CHECK(scene.stats().redeliveries == 0);
    });
}

TEST_CASE("However a connection breaks, what a consumer asks about is handed out, once") {
    cut_everywhere([](StreamScene& scene) {
        scene.fill(numbers(1, 5));
        Receiver receiver(scene.world, scene.caller, scene.jobs, 3);
        receiver.ack(receiver.next());
        scene.world.settle();
        scene.world.clock += 350ms;  // everybody was stopped for longer than hold
        CHECK(receiver.look() == Receiver::Look::empty);
        Texts got;
        for (int i = 0; i < 4; ++i) {
            const Taken taken = receiver.next();
            got.push_back(taken.item);
            CHECK(taken.deliveries == 1);
            receiver.ack(taken);
        }
        scene.world.settle();
        std::sort(got.begin(), got.end());
        CHECK(got == numbers(2, 5));
        CHECK(scene.stats().acks == 5);
        CHECK(scene.stats().redeliveries == 0);
    });
}

TEST_CASE("However a connection breaks, a consumer that ends gives back what it asked about") {
    for (const bool answered : {false, true}) {
        CAPTURE(answered);
        cut_everywhere([answered](StreamScene& scene) {
            scene.fill(numbers(1, 3));
            Receiver receiver(scene.world, scene.caller, scene.jobs, 3);
            receiver.ack(receiver.next());
            scene.world.settle();
            scene.world.clock += 350ms;
            CHECK(receiver.look() == Receiver::Look::empty);
            if (answered) scene.world.settle();
            receiver.set_credit(0, 0);
            scene.world.settle();
            CHECK(receiver.look() == Receiver::Look::empty);
            CHECK(scene.stats().leased == 0);
            CHECK(scene.drain() == Texts{"2", "3"});
        });
    }
}

TEST_CASE("However a connection breaks, a consumer is told when its queue is closed and drained") {
    cut_everywhere([](StreamScene& scene) {
        scene.fill(numbers(1, 3));
        Receiver receiver(scene.world, scene.caller, scene.jobs, 5);
        const Taken first = receiver.next();
        scene.helper.call(Close{scene.jobs_of_helper, false});
        scene.world.settle();
        CHECK(receiver.next().item == "2");
        CHECK(receiver.next().item == "3");
        receiver.ack(first);
        receiver.machine.wait_begins();
        scene.world.settle();
        CHECK(receiver.look() == Receiver::Look::over);
        scene.world.settle();
        CHECK(receiver.look() == Receiver::Look::over);
        receiver.machine.wait_ends();
        CHECK(scene.stats().acks == 1);
    });
}

TEST_CASE("However a connection breaks, a consumer of a destroyed queue is told so") {
    cut_everywhere([](StreamScene& scene) {
        scene.fill(numbers(1, 3));
        Receiver receiver(scene.world, scene.caller, scene.jobs, 5);
        const Taken first = receiver.next();
        scene.helper.call(Destroy{scene.jobs_of_helper});
        receiver.machine.wait_begins();
        scene.world.settle();
        scene.world.settle();
        while (receiver.try_next()) {
        }
        CHECK(receiver.look() == Receiver::Look::failed);
        CHECK(receiver.machine.take_failure().code == errc::stale_reference);
        receiver.machine.wait_ends();
        receiver.ack(first);
        scene.world.settle();
        CHECK(receiver.machine.all_answered());
        CHECK_FALSE(receiver.failures().empty());
    });
}

TEST_CASE("However a connection breaks, two streams of a client do not mix") {
    cut_everywhere([](StreamScene& scene) {
        const QueueRef other = scene.caller.queue("other");
        Sender sender(scene.world, scene.caller, other);
        scene.fill(numbers(1, 5));
        Receiver receiver(scene.world, scene.caller, scene.jobs, 3);
        Receiver results(scene.world, scene.caller, other, 2);
        Texts got;
        for (int i = 0; i < 5; ++i) {
            const Taken taken = receiver.next();
            sender.send_all({taken.item + "!"});
            receiver.ack(taken);
            const Taken result = results.next();
            got.push_back(result.item);
            results.ack(result);
        }
        scene.world.settle();
        CHECK(got == Texts{"1!", "2!", "3!", "4!", "5!"});
        CHECK(scene.stats().acks == 5);
        CHECK(scene.world.stats("other").acks == 5);
        CHECK(receiver.failures().empty());
        CHECK(results.failures().empty());
    });
}

}  // namespace handoff::core::test
