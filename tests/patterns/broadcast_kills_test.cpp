#include <unistd.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/manager.hpp"
#include "handoff/patterns/broadcast.hpp"
#include "patterns/mortal_manager.hpp"
#include "patterns/served.hpp"
#include "process/children.hpp"
#include "process/tethered.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using namespace handoff::test;
using handoff::errc;
using handoff::patterns::Publisher;
using handoff::patterns::Subscriber;
using handoff::patterns::SubscriberOptions;
using handoff::patterns::WhenFull;
using handoff::test::Served;

namespace {

/// Items of each topic, which must be 1, 2, 3 … without a gap.
struct Heard {
    void note(const handoff::patterns::Published<int>& item) {
        REQUIRE(item.value == ++last[item.topic]);
    }
    void all_there_is(Subscriber<int>& subscriber) {
        while (const auto item = subscriber.try_get()) note(*item);
    }
    std::map<std::string, int> last;
};

void publish_until_killed(const handoff::Config& config) {
    handoff::Client client{config};
    Publisher<int> publisher{client, "b"};
    auto confirmed = client.dict<std::string, int>("confirmed");
    const std::string topic = std::to_string(::getpid());
    for (int n = 1;; ++n) {
        publisher.publish(topic, n);
        confirmed.put(topic, n);
    }
}

}  // namespace

TEST_CASE("what a killed publisher has confirmed has come to all, and all have the same") {
    const Served station{GENERATE(as<std::string>{}, "ipc", "tcp")};
    handoff::Client client{station.config};
    Subscriber<int> one{client, "b", {.capacity = 100'000}};
    Subscriber<int> other{client, "b", {.capacity = 100'000}};
    one.subscribe("");
    other.subscribe("");
    auto confirmed = client.dict<std::string, int>("confirmed");
    Heard heard;
    std::mt19937 random{std::random_device{}()};
    for (std::size_t round = 1; round <= 5; ++round) {
        Tethered publisher{[&station] { publish_until_killed(station.config); }};
        const std::string topic = std::to_string(publisher.pid());
        const int end = 10 + static_cast<int>(random() % 50);
        while (heard.last[topic] < end) heard.note(one.get());
        publisher.kill();
    }
    // What a dead one had sent arrives before its session ends.
    REQUIRE(eventually([&] { return station.manager->stats().sessions == 1; }));
    heard.all_there_is(one);
    Heard heard_too;
    heard_too.all_there_is(other);
    CHECK(heard.last == heard_too.last);
    CHECK(heard.last.size() == 5);
    for (const auto& [topic, n] : heard.last) {
        const int known = confirmed.get(topic).value_or(0);
        CHECK(n >= known);
        CHECK(n <= known + 1);
    }
}

TEST_CASE("subscribers that are killed hold up nobody for long, and leave nothing") {
    const Served station{GENERATE(as<std::string>{}, "ipc", "tcp")};
    handoff::Client client{station.config};
    Publisher<int> publisher{client, "b"};
    Subscriber<int> survivor{client, "b", {.capacity = 10'000}};
    survivor.subscribe("");
    int n = 0;
    for (const auto rule : {WhenFull::wait, WhenFull::drop_oldest, WhenFull::drop_newest}) {
        Pipe pipe;
        Tethered victim{[&] {
            handoff::Client own{station.config};
            Subscriber<int> subscriber{own, "b", {.capacity = 5, .when_full = rule}};
            subscriber.subscribe("");
            for (int count = 0;; ++count) {
                subscriber.get();
                if (count == 20) pipe.send("x");
            }
        }};
        REQUIRE(eventually([&] { return publisher.subscribers() == 2; }));
        while (!pipe.is_readable()) publisher.publish("n", ++n);
        victim.kill();
        // With a rule that drops, only who looks after it finds out.
        for (int i = 0; i < 10; ++i) publisher.publish("n", ++n);
        REQUIRE(eventually([&] {
            publisher.publish("n", ++n);
            return publisher.subscribers() == 1;
        }));
    }
    Heard heard;
    heard.all_there_is(survivor);
    CHECK(heard.last["n"] == n);
    CHECK(survivor.dropped() == 0);
    CHECK(station.manager->stats().queues.size() == 1);
    CHECK(client.dict<std::string, int>("b.dropped").empty());
}

TEST_CASE("a subscriber that was stopped for too long is told, and then subscribes anew") {
    const Served station{"ipc"};
    handoff::Client client{station.config};
    Publisher<int> publisher{client, "b", {.keep_last = true}};
    Pipe pipe;
    Tethered stopped{[&] {
        handoff::Client own{station.config};
        Subscriber<int> subscriber{own, "b", {.capacity = 1}};
        subscriber.subscribe("");
        for (;;) {
            try {
                pipe.send(std::to_string(subscriber.get().value));
            } catch (const handoff::Error&) {
                pipe.send("!");
            }
        }
    }};
    REQUIRE(eventually([&] { return publisher.subscribers() == 1; }));
    publisher.publish("n", 1);
    CHECK(pipe.receive() == "1");
    stopped.stop();
    for (const int n : {2, 3, 4}) publisher.publish("n", n);  // waits until its session is over
    CHECK(publisher.subscribers() == 0);
    stopped.go_on();
    CHECK(pipe.receive() == "!");
    CHECK(pipe.receive() == "4");
    publisher.publish("n", 5);
    CHECK(pipe.receive() == "5");
}

TEST_CASE("when the manager begins anew, all ends of a broadcast are told once and go on") {
    Served station{"ipc"};
    handoff::Client client{station.config};
    handoff::Client own{station.config};
    Publisher<int> publisher{client, "b", {.keep_last = true}};
    Subscriber<int> subscriber{own, "b"};
    subscriber.subscribe("n");
    publisher.publish("n", 1);
    CHECK(subscriber.get().value == 1);
    station.manager.reset();
    station.manager.emplace(station.config);
    const errc told = code_of([&] { publisher.publish("n", 2); });
    CHECK((told == errc::manager_restarted || told == errc::outcome_unknown));  // it was sent
    publisher.publish("n", 3);  // nobody has subscribed yet: it is the last value
    CHECK(code_of([&] { subscriber.get(); }) == errc::manager_restarted);
    CHECK(subscriber.get().value == 3);
    publisher.publish("n", 4);
    CHECK(subscriber.get().value == 4);
    CHECK(subscriber.dropped() == 0);
}

TEST_CASE("a publisher that is told nothing of a new manager finds its subscribers all the same") {
    Served station{"ipc"};
    handoff::Client client{station.config};
    Publisher<int> publisher{client, "b"};
    { Subscriber<int>{client, "b"}.subscribe("n"); }
    publisher.publish("n", 1);  // to nobody
    station.manager.reset();
    station.manager.emplace(station.config);
    // What is told of the broadcast's objects, this one is told. It changes them as often.
    std::optional<Subscriber<int>> subscriber;
    REQUIRE(eventually([&] {
        try {
            subscriber.emplace(client, "b");
            return true;
        } catch (const handoff::Error&) {
            return false;
        }
    }));
    subscriber->subscribe("m");
    subscriber->subscribe("n");
    publisher.publish("n", 2);
    CHECK(subscriber->get().value == 2);
}

namespace {

constexpr auto os = handoff::Durability::os;

/// Hears numbers from 1 on, without a gap or a repetition, up to the last; false if not.
bool hears_all(const handoff::Config& config, const handoff::patterns::SubscriberOptions& options,
               int last, const std::function<void()>& subscribed) {
    handoff::Client own{config};
    Subscriber<int> subscriber{own, "b", options};
    subscriber.subscribe("n");
    subscribed();
    for (int n = 1; n <= last; ++n) {
        if (subscriber.get().value != n) return false;
    }
    return !subscriber.try_get() && subscriber.dropped() == 0;
}

}  // namespace

TEST_CASE("subscribers of a durable broadcast have each item once although managers are killed") {
    const LastingPlace place{GENERATE(as<std::string>{}, "ipc", "tcp")};
    MortalManager manager{place.config};
    constexpr int last = 300;
    std::atomic<int> subscribed{0};
    const auto hear = [&](std::uint64_t capacity) {
        return [&, capacity](std::stop_token) {
            return hears_all(place.config, {.capacity = capacity, .durability = os}, last,
                             [&] { ++subscribed; });
        };
    };
    Background<bool> one{hear(10'000)};
    Background<bool> slow{hear(3)};
    handoff::Client client{place.config};
    Publisher<int> publisher{client, "b", {.keep_last = true, .durability = os}};
    REQUIRE(eventually([&] { return subscribed == 2; }));
    for (int n = 1; n <= last; ++n) {
        publisher.publish("n", n);
        if (n % 100 == 50) manager.kill();
    }
    CHECK(one.result());
    CHECK(slow.result());
    Subscriber<int> late{client, "b", {.durability = os}};
    late.subscribe("n");
    CHECK(late.get().value == last);
    CHECK_FALSE(late.try_get());
}

TEST_CASE("what a killed publisher has confirmed stays for subscribers when the manager dies too") {
    const LastingPlace place;
    MortalManager manager{place.config};
    handoff::Client client{place.config};
    Subscriber<int> subscriber{client, "b", {.capacity = 10'000, .durability = os}};
    subscriber.subscribe("");
    for (int round = 1; round <= 3; ++round) {
        const Pipe told;
        Tethered publisher{[&] {
            handoff::Client own{place.config};
            Publisher<int> publishing{own, "b", {.durability = os}};
            for (int n = 1; n <= 30; ++n) publishing.publish(std::to_string(round), n);
            told.send("p");
            for (;;) ::pause();
        }};
        REQUIRE(told.receive() == "p");
        publisher.kill();
        manager.kill();
    }
    Heard heard;
    while (heard.last["3"] < 30) heard.note(subscriber.get());
    CHECK(heard.last == std::map<std::string, int>{{"1", 30}, {"2", 30}, {"3", 30}});
    CHECK_FALSE(subscriber.try_get());
}
