// Streaming ends in processes that are killed, stopped and forked.
#include <unistd.h>

#include <chrono>
#include <string>

#include "handoff/client.hpp"
#include "handoff/manager.hpp"
#include "process/children.hpp"
#include "process/ledger.hpp"
#include "process/places.hpp"
#include "process/tethered.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::Client;
using handoff::errc;
using handoff::Lease;
using handoff::Manager;
using handoff::Queue;
using handoff::test::eventually;
using namespace std::chrono_literals;
using Deed = Ledger::Deed;
using Item = Ledger::Item;

namespace {

/// Sends so many; those that flush() confirmed are noted.
void send(const Ledger& ledger, Queue<Item>& queue, std::uint32_t producer, std::uint32_t count) {
    auto sender = queue.producer();
    for (std::uint32_t number = 0; number < count; ++number) {
        const Item item = Item{producer} << 32 | number;
        ledger.note(Deed::begins_to_put, item);
        sender.send(item);
    }
    sender.flush();
    for (std::uint32_t number = 0; number < count; ++number) {
        ledger.note(Deed::has_put, Item{producer} << 32 | number);
    }
}

/// Takes and acknowledges until everything was.
void finish(const Ledger& ledger, Queue<Item>& queue) {
    auto receiver = queue.consumer();
    while (queue.stats().unfinished() > 0) {
        Lease<Item> lease = receiver.try_lease_for(50ms);
        if (!lease) continue;
        ledger.note(Deed::was_given, *lease);
        lease.ack();
    }
    receiver.flush();
}

}  // namespace

TEST_CASE("what a killed consumer had fetched comes again, and nothing is lost") {
    const HastyPlace place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    Ledger ledger;
    const Manager manager{place.config};
    Client client{place.config};
    Queue<Item> queue = client.queue<Item>("q");
    send(ledger, queue, 1, 2000);
    const Pipe told;
    Tethered victim{[&] {
        Client own{place.config};
        auto jobs = own.queue<Item>("q");
        auto receiver = jobs.consumer({.credit = 512});
        for (int i = 0;; ++i) {
            Lease<Item> lease = receiver.lease();
            ledger.note(Deed::was_given, *lease);
            lease.ack();
            if (i == 700) told.send("h");
        }
    }};
    REQUIRE(told.receive() == "h");
    victim.kill();
    finish(ledger, queue);
    const Ledger::Sums sums = ledger.close();
    INFO(sums);
    CHECK(sums.lost == 0);
    CHECK(sums.unexpected == 0);
    CHECK(queue.stats().acks == 2000);
    CHECK(sums.duplicated <= 512);  // its credit
}

TEST_CASE("what a killed producer had confirmed by flush is there, once and in order") {
    const HastyPlace place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    Ledger ledger;
    const Manager manager{place.config};
    Client client{place.config};
    Queue<Item> queue = client.queue<Item>("q");
    const Pipe told;
    Tethered victim{[&] {
        Client own{place.config};
        auto jobs = own.queue<Item>("q");
        send(ledger, jobs, 1, 1000);
        auto sender = jobs.producer();
        told.send("h");
        for (std::uint32_t number = 1000;; ++number) {
            ledger.note(Deed::begins_to_put, Item{1} << 32 | number);
            sender.send(Item{1} << 32 | number);
        }
    }};
    REQUIRE(told.receive() == "h");
    REQUIRE(eventually([&] { return queue.stats().puts > 1500; }));
    victim.kill();
    REQUIRE(eventually([&] { return manager.stats().sessions == 1; }));
    auto receiver = queue.consumer();
    Item expected = Item{1} << 32;
    for (std::uint64_t left = queue.stats().puts; left > 0; --left, ++expected) {
        Lease<Item> lease = receiver.lease();
        REQUIRE(*lease == expected);
        ledger.note(Deed::was_given, *lease);
        lease.ack();
    }
    receiver.flush();
    const Ledger::Sums sums = ledger.close();
    INFO(sums);
    CHECK(sums.lost == 0);
    CHECK(sums.unexpected == 0);
    CHECK(sums.duplicated == 0);
}

TEST_CASE("a consumer stopped for longer than its session finishes nothing twice, and goes on") {
    const HastyPlace place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    const Manager manager{place.config};
    const Pipe told;
    const Pipe question;
    Tethered consumer{[&] {
        Client own{place.config};
        auto jobs = own.queue<int>("q");
        auto receiver = jobs.consumer();
        Lease<int> lease = receiver.lease();
        told.send("l");
        static_cast<void>(question.receive());
        const auto ack = [&] {
            lease.ack();
            receiver.flush();
        };
        const errc end = code_of(ack);
        if (end != errc::session_lost && end != errc::lease_lapsed) return 1;
        // Whatever it had fetched besides is somebody else's.
        Lease<int> next = receiver.lease();
        if (!next || *next != 4) return 2;
        next.ack();
        receiver.flush();
        return 0;
    }};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    queue.put_many({1, 2, 3});
    REQUIRE(told.receive() == "l");
    consumer.stop();
    for (const int item : {1, 2, 3}) CHECK(queue.get() == item);
    consumer.go_on();
    question.send("q");
    REQUIRE(eventually([&] { return manager.stats().sessions == 2; }));
    queue.put(4);
    CHECK(consumer.exit_code() == 0);
    CHECK(queue.stats().acks == 4);
    CHECK(queue.stats().unfinished() == 0);
}

TEST_CASE("inherited streaming ends are inert in a child, and fresh ones work") {
    const Place place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    const Manager manager{place.config};
    Client client{place.config};
    Queue<int> queue = client.queue<int>("q");
    queue.put_many({1, 2, 3});
    auto sender = queue.producer();
    auto receiver = queue.consumer({.credit = 1});
    Lease<int> first = receiver.lease();
    const auto in_the_child = [&] {
        if (code_of([&] { sender.send(9); }) != errc::inert) return 1;
        if (code_of([&] { sender.flush(); }) != errc::inert) return 2;
        if (code_of([&] { static_cast<void>(receiver.try_lease()); }) != errc::inert) return 3;
        if (code_of([&] { first.ack(); }) != errc::inert) return 4;
        auto own_sender = queue.producer();
        own_sender.send(4);
        own_sender.flush();
        auto own_receiver = queue.consumer({.credit = 1});
        Lease<int> second = own_receiver.lease();
        if (*second != 2) return 5;
        second.ack();
        own_receiver.flush();
        return 0;
    };
    CHECK(exit_code_of(in_the_child) == 0);
    first.ack();
    receiver.flush();
    sender.send(5);
    sender.flush();
    CHECK(eventually([&] { return queue.stats().acks == 2; }));
    CHECK(queue.stats().puts == 5);
}
