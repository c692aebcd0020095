// Direct queues between real processes: producers that carry their items themselves, consumers that
// take from all of them, and what is left when one of either kind is killed or ends.
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/queue.hpp"
#include "process/children.hpp"
#include "process/places.hpp"
#include "process/tethered.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::Client;
using handoff::Config;
using handoff::Engine;
using handoff::errc;
using handoff::Queue;
using handoff::test::Background;
using handoff::test::eventually;
using handoff::test::patience;
using namespace std::chrono_literals;

namespace {

/// A direct queue "frames" with room for some producers. No manager is anywhere.
struct DirectPlace : Place {
    explicit DirectPlace(int producers, const std::string& scheme = "ipc") : Place{scheme} {
        config.routes["frames"].engine = Engine::direct;
        config.client.reconnect_min = 5ms;
        config.client.reconnect_max = 50ms;
        for (int i = 0; i < producers; ++i) {
            places.push_back(std::make_unique<Place>(scheme));
            config.routes["frames"].bind.push_back(places.back()->endpoint());
        }
    }

    std::vector<std::unique_ptr<Place>> places;
};

/// As DirectPlace, with producers that do not give up what they have.
struct PatientPlace : DirectPlace {
    explicit PatientPlace(int producers) : DirectPlace{producers} {
        config.client.linger = patience;
    }
};

/// The numbers of producer `who`: who, who + 100, who + 200 …
void send_all(const Config& config, int who, int count) {
    Client client{config};
    auto frames = client.queue<int>("frames");
    auto producer = frames.producer();
    for (int i = 0; i < count; ++i) producer.send(who + 100 * i);
    producer.flush();
}

/// Sends, and closes its part once all of it is acknowledged.
int produce(const Config& config, int who, int count) {
    send_all(config, who, count);
    return 0;
}

}  // namespace

TEST_CASE("a consumer gets what a producer in another process sends, without a manager") {
    const PatientPlace place{1};
    Tethered producer{[&] { return produce(place.config, 7, 5000); }};
    Client client{place.config};
    auto frames = client.queue<int>("frames");
    auto consumer = frames.consumer();
    for (int i = 0; i < 5000; ++i) {
        auto frame = consumer.try_lease_for(patience);
        REQUIRE(frame);
        REQUIRE(*frame == 7 + 100 * i);
        frame.ack();
    }
    consumer.flush();
    CHECK(producer.exit_code() == 0);
}

TEST_CASE("several producers and several consumers share a direct queue") {
    constexpr int producers = 3;
    constexpr int each = 3000;
    const PatientPlace place{producers};
    std::vector<std::unique_ptr<Tethered>> senders;
    for (int who = 0; who < producers; ++who) {
        senders.push_back(
            std::make_unique<Tethered>([&place, who] { return produce(place.config, who, each); }));
    }
    std::atomic<int> left{producers * each};
    const auto consume = [&](const std::stop_token& stop) {
        Client client{place.config};
        auto frames = client.queue<int>("frames");
        auto consumer = frames.consumer({.credit = 64});
        std::vector<int> got;
        while (left > 0 && !stop.stop_requested()) {
            auto frame = consumer.try_lease_for(50ms);
            if (!frame) continue;
            got.push_back(*frame);
            frame.ack();
            --left;
        }
        consumer.flush();
        return got;
    };
    Background first{consume};
    Background second{consume};
    std::map<int, std::set<int>> seen;
    for (Background<std::vector<int>>* consumer : {&first, &second}) {
        for (const int number : consumer->result()) {
            CHECK(seen[number % 100].insert(number / 100).second);
        }
    }
    for (int who = 0; who < producers; ++who) CHECK(seen[who].size() == each);
    for (const auto& sender : senders) CHECK(sender->exit_code() == 0);
}

TEST_CASE("a consumer has the items of each of several producers in their order") {
    constexpr int producers = 3;
    constexpr int each = 3000;
    const PatientPlace place{producers};
    std::vector<std::unique_ptr<Tethered>> senders;
    for (int who = 0; who < producers; ++who) {
        senders.push_back(
            std::make_unique<Tethered>([&place, who] { return produce(place.config, who, each); }));
    }
    Client client{place.config};
    auto consumer = client.queue<int>("frames").consumer();
    std::map<int, int> next;
    for (int i = 0; i < producers * each; ++i) {
        auto frame = consumer.try_lease_for(patience);
        REQUIRE(frame);
        REQUIRE(*frame / 100 == next[*frame % 100]++);
        frame.ack();
    }
    consumer.flush();
    for (const auto& sender : senders) CHECK(sender->exit_code() == 0);
}

TEST_CASE("of several consumers one is killed, and the others get what it held of all producers") {
    constexpr int producers = 3;
    constexpr int each = 1000;
    PatientPlace place{producers};
    place.config.manager.session_limit = 300ms;
    std::vector<std::unique_ptr<Tethered>> senders;
    for (int who = 0; who < producers; ++who) {
        senders.push_back(
            std::make_unique<Tethered>([&place, who] { return produce(place.config, who, each); }));
    }
    const Pipe took;
    Tethered victim{[&] {
        Client own{place.config};
        auto consumer = own.queue<int>("frames").consumer({.credit = 50});
        std::vector<handoff::Lease<int>> held;
        std::set<int> of;
        while (of.size() < producers) {
            held.push_back(consumer.lease());
            of.insert(*held.back() % 100);
        }
        took.send("x");
        (void)Pipe{}.receive();  // until it is killed
        return 0;
    }};
    REQUIRE(took.receive() == "x");
    std::atomic<int> left{producers * each};
    const auto consume = [&](const std::stop_token& stop) {
        Client client{place.config};
        auto consumer = client.queue<int>("frames").consumer({.credit = 64});
        std::vector<int> got;
        while (left > 0 && !stop.stop_requested()) {
            auto frame = consumer.try_lease_for(50ms);
            if (!frame) continue;
            got.push_back(*frame);
            frame.ack();
            --left;
        }
        consumer.flush();
        return got;
    };
    Background first{consume};
    Background second{consume};
    victim.kill();
    std::set<int> all;
    for (Background<std::vector<int>>* consumer : {&first, &second}) {
        for (const int number : consumer->result()) CHECK(all.insert(number).second);
    }
    CHECK(all.size() == producers * each);
    for (const auto& sender : senders) CHECK(sender->exit_code() == 0);
}

TEST_CASE("a stopped producer keeps nobody from the items of the others") {
    DirectPlace place{2};
    place.config.client.unreachable_after = 20s;
    const Pipe put;
    Tethered sleeper{[&] {
        Client own{place.config};
        own.queue<int>("frames").put(1);
        put.send("x");
        (void)Pipe{}.receive();
        return 0;
    }};
    REQUIRE(put.receive() == "x");
    Client client{place.config};
    auto frames = client.queue<int>("frames");
    auto held = frames.lease();
    CHECK(*held == 1);
    sleeper.stop();
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 100; ++i) {
        frames.put(2 + i);
        REQUIRE(frames.get() == 2 + i);
    }
    // It is waited for once, and not by each call.
    CHECK(std::chrono::steady_clock::now() - begin < 20s);
    sleeper.go_on();
    held.ack();
    CHECK(eventually([&] { return frames.stats().acks == 101; }));
}

TEST_CASE("a producer ends when what it put is acknowledged, and not before") {
    const PatientPlace place{1};
    Tethered producer{[&] { return produce(place.config, 1, 3); }};
    Client client{place.config};
    auto frames = client.queue<int>("frames");
    CHECK(frames.get() == 1);
    auto second = frames.lease();
    CHECK(*second == 101);
    CHECK(frames.get() == 201);
    CHECK(producer.lives_for(200ms));
    second.ack();
    CHECK(producer.exit_code() == 0);
}

TEST_CASE("a producer waits for acknowledgements no longer than it lingers, and tells") {
    DirectPlace place{1};
    place.config.client.linger = 50ms;
    Tethered producer{[&] {
        std::string told;
        {
            Client client{place.config};
            client.on_error([&](const handoff::Error& error) { told = error.what(); });
            client.queue<int>("frames").put(1);
        }
        return told.find("1 items of queue \"frames\" were not acknowledged") == 0 ? 0 : 1;
    }};
    CHECK(producer.exit_code() == 0);
}

TEST_CASE("what a killed consumer had goes to another") {
    DirectPlace place{1};
    place.config.manager.session_limit = 300ms;
    Client client{place.config};
    auto frames = client.queue<int>("frames");
    std::vector<int> all;
    for (int i = 0; i < 200; ++i) all.push_back(i);
    frames.put_many(all);
    const Pipe took;
    Tethered victim{[&] {
        Client own{place.config};
        auto consumer = own.queue<int>("frames").consumer({.credit = 100});
        for (int i = 0; i < 10; ++i) consumer.lease().ack();
        consumer.flush();
        const auto held = consumer.lease();
        took.send("x");
        (void)Pipe{}.receive();  // until it is killed
        return 0;
    }};
    REQUIRE(took.receive() == "x");
    CHECK(frames.stats().leased == 100);
    victim.kill();
    std::set<int> got;
    for (int i = 0; i < 190; ++i) got.insert(frames.try_get_for(patience).value_or(-1));
    CHECK(got.size() == 190);
    CHECK(*got.begin() == 10);
    CHECK(eventually([&] { return frames.stats().acks == 200; }));
}

TEST_CASE("loops over a direct queue end when its producer has closed it and is gone") {
    const DirectPlace place{1};
    Tethered producer{[&] {
        Client client{place.config};
        auto frames = client.queue<int>("frames");
        for (int i = 0; i < 10; ++i) frames.put(i);
        frames.close();
        return 0;
    }};
    Client client{place.config};
    auto frames = client.queue<int>("frames");
    int next = 0;
    while (auto frame = frames.lease()) {
        CHECK(*frame == next++);
        frame.ack();
        if (next == 10) CHECK(producer.exit_code() == 0);  // before anybody asks for more
    }
    CHECK(next == 10);
    CHECK_FALSE(frames.consumer().lease());
}

TEST_CASE("a killed producer takes its items along, the others go on") {
    DirectPlace place{2};
    place.config.client.unreachable_after = 300ms;
    const Pipe put;
    Tethered victim{[&] {
        Client own{place.config};
        auto frames = own.queue<int>("frames");
        frames.put_many({1, 2, 3});
        put.send("x");
        (void)Pipe{}.receive();
        return 0;
    }};
    REQUIRE(put.receive() == "x");
    Client client{place.config};
    auto frames = client.queue<int>("frames");
    CHECK(frames.get() == 1);
    auto held = frames.lease();
    victim.kill();
    CHECK(code_of([&] { held.ack(); }) != errc::ok);
    frames.put(4);
    CHECK(frames.try_get_for(patience) == 4);
    CHECK_FALSE(frames.try_get_for(20ms));
}

TEST_CASE("without a producer that answers, waiting ends with an error") {
    DirectPlace place{2};
    place.config.client.unreachable_after = 100ms;
    Client client{place.config};
    auto frames = client.queue<int>("frames");
    CHECK(code_of([&] { (void)frames.get(); }) == errc::unreachable);
    CHECK(code_of([&] { (void)frames.consumer().lease(); }) == errc::unreachable);
    CHECK(frames.size() == 0);
    CHECK_FALSE(frames.try_get());
}

TEST_CASE("a forked child that puts is a producer of its own") {
    const DirectPlace place{2};
    Client client{place.config};
    auto frames = client.queue<int>("frames");
    frames.put(1);
    Tethered child{[&] {
        frames.put(2);
        return 0;
    }};
    const std::set<int> got{frames.get(), frames.get()};
    CHECK(got == std::set{1, 2});
    CHECK(child.exit_code() == 0);
}

TEST_CASE("a consumer of a direct queue holds nothing in a forked child") {
    const DirectPlace place{1};
    Client client{place.config};
    auto frames = client.queue<int>("frames");
    auto consumer = frames.consumer();
    for (const int item : {1, 2, 3}) frames.put(item);
    auto first = consumer.lease();
    Tethered child{[&] { return code_of([&] { (void)consumer.lease(); }) == errc::inert ? 0 : 1; }};
    CHECK(child.exit_code() == 0);
    first.ack();
    const auto second = consumer.lease();
    REQUIRE(second);
    CHECK(*second == 2);
}

TEST_CASE("a consumer takes from no producer for longer than its turn while another has items") {
    constexpr int turn = 64;
    const PatientPlace place{2};
    std::vector<std::unique_ptr<Client>> producers;
    for (const int who : {1, 2}) {
        producers.push_back(std::make_unique<Client>(place.config));
        auto frames = producers.back()->queue<int>("frames");
        auto producer = frames.producer();
        for (int i = 0; i < 3 * turn; ++i) producer.send(who);
        producer.flush();
    }
    Client client{place.config};
    auto frames = client.queue<int>("frames");
    auto consumer = frames.consumer({.auto_ack = true});
    // Nothing is taken before what it may hold of both has come.
    CHECK(eventually([&] { return frames.stats().leased == 6 * turn; }));
    int last = 0;
    int in_a_row = 0;
    int taken = 0;
    for (auto& frame : consumer) {
        in_a_row = *frame == last ? in_a_row + 1 : 1;
        last = *frame;
        if (taken < 4 * turn) CHECK(in_a_row <= turn);
        if (++taken < 6 * turn) continue;
        frame.ack();  // or its producer would wait for that
        break;
    }
    CHECK(taken == 6 * turn);
}
