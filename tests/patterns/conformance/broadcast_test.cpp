#include "handoff/patterns/broadcast.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using namespace handoff::test;
using handoff::patterns::Published;
using handoff::patterns::Publisher;
using handoff::patterns::Subscriber;
using handoff::patterns::SubscriberOptions;
using handoff::patterns::WhenFull;

namespace {

/// "topic=value", for whatever is there now.
std::vector<std::string> all_of(Subscriber<int>& subscriber) {
    std::vector<std::string> all;
    while (const auto item = subscriber.try_get()) {
        all.push_back(item->topic + '=' + std::to_string(item->value));
    }
    return all;
}

std::vector<int> values_of(Subscriber<int>& subscriber) {
    std::vector<int> all;
    while (const auto item = subscriber.try_get()) all.push_back(item->value);
    return all;
}

using Texts = std::vector<std::string>;
using Values = std::vector<int>;

/// A subscriber to everything, in a client of its own.
struct Listener {
    explicit Listener(const World& world, const SubscriberOptions& options = {})
        : client(world.another_client()), subscriber(*client, "b", options) {
        subscriber.subscribe("");
    }
    std::unique_ptr<handoff::Client> client;
    Subscriber<int> subscriber;
};

}  // namespace

TEST_CASE("each subscriber is given what is published under its topics, in order") {
    World world;
    Publisher<int> publisher{world.client(), "b"};
    publisher.publish("fruit.pear", 0);  // to nobody
    Subscriber<int> fruit{world.client(), "b"};
    fruit.subscribe("fruit.");
    fruit.subscribe("fruit.p");  // which is no reason to get anything twice
    const auto client = world.another_client();
    Subscriber<int> all{*client, "b"};
    all.subscribe("");
    const Subscriber<int> nothing{world.client(), "b"};

    publisher.publish("fruit.pear", 1);
    publisher.publish_many({{"fish.cod", 2}, {"fruit.fig", 3}});
    publisher.publish("fruit", 4);
    CHECK(all_of(fruit) == Texts{"fruit.pear=1", "fruit.fig=3"});
    CHECK(all_of(all) == Texts{"fruit.pear=1", "fish.cod=2", "fruit.fig=3", "fruit=4"});

    fruit.unsubscribe("fruit.p");
    publisher.publish("fruit.pear", 5);
    publisher.publish("fruit.fig", 6);
    fruit.unsubscribe("fruit.");
    publisher.publish("fruit.fig", 7);
    CHECK(all_of(fruit).empty());  // not even what came before
    CHECK(world.client().queue<int>(nothing.queue_name()).stats().puts == 0);
    CHECK(publisher.subscribers() == 3);
}

TEST_CASE("nothing that is published after subscribing is missed") {
    World world;
    Publisher<int> counting{world.client(), "b"};
    std::atomic<int> published{0};
    Background<bool> publishing{[&](std::stop_token stop) {
        for (int n = 1; !stop.stop_requested(); ++n) {
            counting.publish("n", n, stop);
            published = n;
        }
        return true;
    }};
    const auto client = world.another_client();
    for (int round = 0; round < 20; ++round) {
        Subscriber<int> subscriber{*client, "b"};
        subscriber.subscribe("n");
        const int known = published;
        // The one that was under way then may come or not; from the next one on, all.
        int expected = subscriber.get().value;
        CHECK(expected <= known + 2);
        for (int i = 0; i < 20; ++i) REQUIRE(subscriber.get().value == ++expected);
    }
    publishing.stop();
    CHECK(publishing.code() == handoff::errc::ok);
}

TEST_CASE("who comes late gets the last values of one moment, and then exactly what follows") {
    World world;
    Publisher<int> publisher{world.client(), "b", {.keep_last = true}};
    publisher.publish_many({{"a", 1}, {"b", 2}, {"a", 3}, {"c", 4}});
    Subscriber<int> late{world.client(), "b"};
    late.subscribe("a");
    late.subscribe("b");
    publisher.publish("b", 5);
    CHECK(all_of(late) == Texts{"a=3", "b=2", "b=5"});
    late.subscribe("");
    CHECK(all_of(late) == Texts{"c=4"});  // the others are known
    publisher.forget_last("a");
    Subscriber<int> later{world.client(), "b"};
    later.subscribe("");
    CHECK(all_of(later) == Texts{"b=5", "c=4"});
}

TEST_CASE("last values and what follows make no gap and no repetition while publishers publish") {
    World world;
    std::vector<std::unique_ptr<Background<bool>>> publishing;
    for (const std::string topic : {"x", "y"}) {
        publishing.push_back(std::make_unique<Background<bool>>([&, topic](std::stop_token stop) {
            const auto client = world.another_client();
            Publisher<int> publisher{*client, "b", {.keep_last = true}};
            for (int n = 1; !stop.stop_requested(); ++n) publisher.publish(topic, n, stop);
            return true;
        }));
    }
    for (int round = 0; round < 20; ++round) {
        Subscriber<int> subscriber{world.client(), "b"};
        subscriber.subscribe("");
        std::map<std::string, int> last;
        for (int i = 0; i < 20; ++i) {
            const auto item = subscriber.get();
            const auto known = last.find(item.topic);
            if (known != last.end()) REQUIRE(item.value == known->second + 1);
            last[item.topic] = item.value;
        }
    }
}

TEST_CASE("a full queue drops the oldest or the newest, which is counted, and disturbs nobody") {
    World world;
    Listener oldest{world, {.capacity = 3, .when_full = WhenFull::drop_oldest}};
    Listener newest{world, {.capacity = 3, .when_full = WhenFull::drop_newest}};
    Listener quick{world};
    Publisher<int> publisher{world.client(), "b"};
    for (int n = 1; n <= 7; ++n) publisher.publish("n", n);
    publisher.publish_many({{"n", 8}, {"n", 9}, {"n", 10}, {"n", 11}});  // more than there is room

    CHECK(values_of(oldest.subscriber) == Values{9, 10, 11});
    CHECK(oldest.subscriber.dropped() == 8);
    CHECK(values_of(newest.subscriber) == Values{1, 2, 3});
    CHECK(newest.subscriber.dropped() == 8);
    CHECK(values_of(quick.subscriber) == Values{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
    CHECK(quick.subscriber.dropped() == 0);
    CHECK(publisher.dropped() == 16);

    publisher.publish("n", 12);
    CHECK(values_of(oldest.subscriber) == Values{12});
    CHECK(values_of(newest.subscriber) == Values{12});
}

TEST_CASE("a publisher waits for a subscriber that asks for it, and others get their items") {
    World world;
    Listener slow{world, {.capacity = 2}};
    Listener quick{world};
    Publisher<int> publisher{world.client(), "b"};
    publisher.publish_many({{"n", 1}, {"n", 2}});
    Background<bool> publishing{[&](std::stop_token stop) {
        publisher.publish("n", 3, stop);
        return true;
    }};
    const auto queue = slow.client->queue<int>(slow.subscriber.queue_name());
    REQUIRE(puts_wait(queue, 1));
    CHECK(values_of(quick.subscriber) == Values{1, 2, 3});
    CHECK_FALSE(publishing.done());
    CHECK(slow.subscriber.get().value == 1);
    CHECK(publishing.result());
    CHECK(values_of(slow.subscriber) == Values{2, 3});

    publisher.publish_many({{"n", 4}, {"n", 5}});
    Background<bool> stopped{[&](std::stop_token stop) {
        publisher.publish("n", 6, stop);
        return true;
    }};
    REQUIRE(puts_wait(queue, 1));
    stopped.stop();
    CHECK(stopped.code() == handoff::errc::cancelled);
    publisher.publish_many({});
    CHECK(values_of(slow.subscriber) == Values{4, 5});
    publisher.publish("n", 7);
    CHECK(values_of(slow.subscriber) == Values{7});
}

TEST_CASE("a publisher that waits goes on when the slow subscriber ends") {
    World world;
    auto slow = std::make_unique<Listener>(world, SubscriberOptions{.capacity = 1});
    Publisher<int> publisher{world.client(), "b"};
    publisher.publish("n", 1);
    Background<bool> publishing{[&](std::stop_token stop) {
        publisher.publish("n", 2, stop);
        return true;
    }};
    REQUIRE(puts_wait(slow->client->queue<int>(slow->subscriber.queue_name()), 1));
    slow.reset();
    CHECK(publishing.result());
    CHECK(publisher.subscribers() == 0);
    CHECK(world.client().stats().queues.empty());
}

TEST_CASE("a slow subscriber is disconnected when that is its rule, after what it has") {
    World world;
    Listener slow{world, {.capacity = 2, .when_full = WhenFull::disconnect}};
    Listener quick{world};
    Publisher<int> publisher{world.client(), "b"};
    const auto client = world.another_client();
    Publisher<int> other{*client, "b"};
    other.publish("n", 1);
    for (int n = 2; n <= 4; ++n) publisher.publish("n", n);
    other.publish("n", 5);
    CHECK(slow.subscriber.get().value == 1);
    CHECK(slow.subscriber.get().value == 2);
    CHECK(code_of([&] { slow.subscriber.get(); }) == handoff::errc::closed);
    CHECK(values_of(quick.subscriber) == Values{1, 2, 3, 4, 5});
}

TEST_CASE("a subscriber takes several times from what it waits for, and can be stopped") {
    World world;
    Listener listener{world};
    CHECK(time_of([&] { return listener.subscriber.try_get_for(50ms); }) >= 50ms);
    Background<int> getting{
        [&](std::stop_token stop) { return listener.subscriber.get(std::move(stop)).value; }};
    REQUIRE(gets_wait(listener.client->queue<int>(listener.subscriber.queue_name()), 1));
    Publisher<int>{world.client(), "b"}.publish("n", 1);
    CHECK(getting.result() == 1);
    Background<int> stopped{
        [&](std::stop_token stop) { return listener.subscriber.get(std::move(stop)).value; }};
    stopped.stop();
    CHECK(stopped.code() == handoff::errc::cancelled);
}

TEST_CASE("more subscribers and items than a commit takes are all served") {
    World world;
    std::vector<std::unique_ptr<Subscriber<int>>> all;
    for (int i = 0; i < 66; ++i) {
        all.push_back(std::make_unique<Subscriber<int>>(world.client(), "b"));
        all.back()->subscribe("");
    }
    Publisher<int> publisher{world.client(), "b"};
    publisher.publish("n", 0);
    std::vector<Published<int>> items;
    Values expected{0};
    for (int n = 1; n <= 70; ++n) {
        items.push_back({"n", n});
        expected.push_back(n);
    }
    publisher.publish_many(items);
    const auto served = std::count_if(all.begin(), all.end(), [&](const auto& subscriber) {
        return values_of(*subscriber) == expected;
    });
    CHECK(served == 66);
}

TEST_CASE("many and large items come in order") {
    World world;
    Publisher<std::string> publisher{world.client(), "b"};
    Subscriber<std::string> subscriber{world.client(), "b", {.capacity = 10'000}};
    subscriber.subscribe("");
    std::vector<Published<std::string>> items(5000, {"n", "x"});
    for (int i = 0; i < 3; ++i) items.push_back({"n", std::string(3u << 20, 'y')});
    publisher.publish_many(items);
    for (const auto& item : items) REQUIRE(subscriber.get().value == item.value);
    CHECK_FALSE(subscriber.try_get());
}
