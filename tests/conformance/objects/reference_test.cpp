// References to shared objects and queues, and objects without a name.
#include "handoff/ref.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "handoff/barrier.hpp"
#include "handoff/dict.hpp"
#include "handoff/dynamic.hpp"
#include "handoff/election.hpp"
#include "handoff/event.hpp"
#include "handoff/handoff.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::Client;
using handoff::Config;
using handoff::Dict;
using handoff::errc;
using handoff::Event;
using handoff::List;
using handoff::Lock;
using handoff::ObjectKind;
using handoff::Queue;
using handoff::Ref;
using handoff::Set;
using handoff::Value;
using handoff::test::Background;
using handoff::test::code_of;
using handoff::test::eventually;
using handoff::test::text_of;
using handoff::test::World;

namespace {

using Counts = Dict<std::string, int>;

/// An item that has one.
struct Job {
    int number = 0;
    Ref<Counts> counts;
    std::map<std::string, Ref<Lock>> locks;
    MSGPACK_DEFINE(number, counts, locks)
};

bool objects_become(Client& client, std::uint64_t count) {
    return eventually([&] { return client.stats().objects == count; });
}

}  // namespace

TEST_CASE("dictionaries within dictionaries are fetched elsewhere, and used at once") {
    World world;
    Client& client = world.client();
    const auto other = world.another_client();
    auto regions = client.dict<std::string, Ref<Dict<std::string, Ref<Counts>>>>("regions");
    {
        auto stores = client.anonymous<Dict<std::string, Ref<Counts>>>();
        auto counts = client.anonymous<Counts>();
        counts.put("tea", 3);
        stores.put("oslo", counts);
        regions.put("north", stores);
    }
    auto theirs = other->dict<std::string, Ref<Dict<std::string, Ref<Counts>>>>("regions");
    auto counts = other->open(other->open(theirs.at("north")).at("oslo"));
    CHECK(counts.at("tea") == 3);
    counts.add("tea", 2);
    CHECK(client.open(client.open(regions.at("north")).at("oslo")).at("tea") == 5);
    CHECK(objects_become(client, 3));
    regions.erase("north");
    CHECK(counts.at("tea") == 5);  // its handle keeps it
    counts = {};
    CHECK(objects_become(client, 1));
}

TEST_CASE("a reference stands in every kind of value, and opens as what it is") {
    World world;
    Client& client = world.client();
    const auto other = world.another_client();
    auto lock = client.anonymous<Lock>();
    lock.lock();
    auto value = client.value<Ref<Lock>>("value");
    value.set(lock);
    auto list = client.list<std::pair<int, Ref<Lock>>>("list");
    list.append({1, lock});
    auto set = client.set<Ref<Lock>>("set");
    CHECK(set.add(lock));
    CHECK_FALSE(set.add(lock));
    auto names = client.name_space("names");
    names.put("lock", Ref<Lock>(lock));
    const auto held = [](Lock their) { return !their.try_lock(); };
    CHECK(held(other->open(other->value<Ref<Lock>>("value").get())));
    CHECK(held(other->open(other->list<std::pair<int, Ref<Lock>>>("list").at(0).second)));
    CHECK(held(other->open(other->set<Ref<Lock>>("set").values().at(0))));
    CHECK(held(other->open(other->name_space("names").at<Ref<Lock>>("lock"))));
    CHECK(other->set<Ref<Lock>>("set").contains(other->value<Ref<Lock>>("value").get()));
    lock.unlock();
    CHECK(other->open(value.get()).try_lock());
}

TEST_CASE("objects of every kind can be without a name") {
    World world;
    Client& client = world.client();
    CHECK(client.anonymous<handoff::RecursiveLock>().try_lock());
    CHECK(client.anonymous<handoff::RwLock>().try_lock());
    CHECK(client.anonymous<handoff::Semaphore>({.count = 2}).try_acquire());
    CHECK(client.anonymous<handoff::BoundedSemaphore>().try_acquire());
    CHECK_FALSE(client.anonymous<Event>().is_set());
    CHECK(client.anonymous<handoff::Array<int>>({.count = 3}).size() == 3);
    CHECK(client.anonymous<List<int>>().empty());
    CHECK(client.anonymous<Set<int>>().empty());
    CHECK(client.anonymous<handoff::Namespace>().names().empty());
    CHECK(client.anonymous<Value<int>>().add(2) == 2);
    auto latch = client.anonymous<handoff::Latch>({.count = 1});
    latch.count_down();
    CHECK(client.anonymous<handoff::Barrier>({.count = 1}).wait() == 0);
    CHECK(client.anonymous<handoff::Election<int>>().campaign(5) > 0);
    CHECK(code_of([&] { return client.anonymous<Event>({.count = 1}); }) == errc::invalid_argument);
}

TEST_CASE("references to named objects go through a queue") {
    World world;
    auto jobs = world.queue<Job>("jobs");
    const auto other = world.another_client();
    auto counts = world.client().dict<std::string, int>("counts");
    jobs.put({7, counts, {{"gpu", world.client().lock("gpu")}}});
    const Job job = jobs.get();
    CHECK(job.counts.name() == "counts");
    CHECK_FALSE(job.counts.is_anonymous());
    auto theirs = other->open(job.counts);
    theirs.put("done", job.number);
    CHECK(theirs.name() == "counts");
    CHECK(counts.at("done") == 7);
    CHECK(other->open(job.locks.at("gpu")).try_lock());
}

TEST_CASE("a queue does not take a reference to an object without a name") {
    World world;
    auto jobs = world.queue<Ref<Counts>>("jobs");
    auto counts = world.client().anonymous<Counts>();
    CHECK(code_of([&] { jobs.put(counts); }) == errc::unsupported);
    const std::string text = text_of([&] { jobs.put(counts); });
    for (const char* part : {"anonymous dict", "queue", "name"}) {
        CHECK(text.find(part) != std::string::npos);
    }
    CHECK(jobs.empty());
}

TEST_CASE("a reference to a queue opens it") {
    World world;
    auto results = world.client().queue<int>("results");
    auto replies = world.client().dict<int, Ref<Queue<int>>>("replies");
    replies.put(1, results);
    const auto other = world.another_client();
    other->open(other->dict<int, Ref<Queue<int>>>("replies").at(1)).put(42);
    CHECK(results.get() == 42);
    world.client().destroy_queue("results");
    CHECK(code_of([&] { return other->open(replies.at(1)); }) == errc::stale_reference);
    const auto fresh = other->queue<int>("results");
    CHECK(code_of([&] { return other->open(replies.at(1)); }) == errc::stale_reference);
}

TEST_CASE("a reference to what was destroyed is stale, also if its name is used again") {
    World world;
    Client& client = world.client();
    auto value = client.value<Ref<Counts>>("value");
    auto counts = client.dict<std::string, int>("counts");
    value.set(counts);
    const Ref<Counts> ref = value.get();
    CHECK(ref == Ref<Counts>(counts));
    client.destroy_object("counts", ObjectKind::dict);
    CHECK(code_of([&] { return client.open(ref); }) == errc::stale_reference);
    const std::string text = text_of([&] { return client.open(ref); });
    for (const char* part : {"dict", "counts"}) CHECK(text.find(part) != std::string::npos);
    const auto fresh = client.dict<std::string, int>("counts");
    CHECK(code_of([&] { return client.open(value.get()); }) == errc::stale_reference);
    const std::string refused = text_of([&] { value.set(ref); });
    for (const char* part : {"value \"value\"", "dict \"counts\""}) {
        CHECK(refused.find(part) != std::string::npos);
    }
    CHECK(code_of([&] { value.set(ref); }) == errc::stale_reference);
    CHECK_FALSE(ref == Ref<Counts>(fresh));
}

TEST_CASE("a reference of an earlier life of the manager is stale") {
    Config config;
    config.manager.heartbeat = 50ms;
    config.client.reconnect_min = 5ms;
    config.client.reconnect_max = 20ms;
    World world(World::Later{}, config);
    world.start_manager();
    const auto other = world.another_client();
    Ref<Counts> anonymous;
    Ref<Counts> named;
    auto kept = world.client().anonymous<Counts>();
    {
        anonymous = kept;
        named = world.client().dict<std::string, int>("counts");
    }
    world.stop_manager();
    world.start_manager();
    CHECK(eventually([&] {
        return code_of([&] { other->wait_until_connected(); }) == errc::ok &&
               code_of([&] { return other->dict<std::string, int>("counts"); }) == errc::ok;
    }));
    // Numbers are given anew by this manager: none of them is taken for another's.
    const auto first = other->anonymous<Counts>();
    CHECK(code_of([&] { return other->open(anonymous); }) == errc::stale_reference);
    CHECK(code_of([&] { return other->open(named); }) == errc::stale_reference);
    auto value = other->value<Ref<Counts>>("value");
    CHECK(code_of([&] { value.set(anonymous); }) == errc::stale_reference);
    CHECK(code_of([&] { value.set(named); }) == errc::stale_reference);
    CHECK(
        eventually([&] { return code_of([&] { return kept.size(); }) == errc::stale_reference; }));
    CHECK(objects_become(*other, 3));
}

TEST_CASE("the objects of a client that ends are gone, unless somebody else has them") {
    World world;
    Client& client = world.client();
    auto value = client.value<Ref<Counts>>("value");
    auto other = world.another_client();
    auto mine = other->anonymous<Counts>();
    auto shared = other->anonymous<Counts>();
    shared.put("x", 1);
    other->value<Ref<Counts>>("value").set(shared);
    const Ref<Counts> ref = mine;
    CHECK(client.stats().objects == 3);
    other.reset();
    CHECK(objects_become(client, 2));
    CHECK(client.open(value.get()).at("x") == 1);
    CHECK(code_of([&] { return client.open(ref); }) == errc::stale_reference);
    CHECK(code_of([&] { return mine.size(); }) == errc::inert);
}

TEST_CASE("a container within itself is refused, and nothing is changed") {
    World world;
    Client& client = world.client();
    auto self = client.dict<int, Ref<Dict<int, int>>>("self");
    auto same = client.dict<int, int>("self");
    const std::string text = text_of([&] { self.put(1, same); });
    for (const char* part : {"dict \"self\"", "put", "within itself"}) {
        CHECK(text.find(part) != std::string::npos);
    }
    CHECK(code_of([&] { self.put(1, same); }) == errc::invalid_argument);
    CHECK(self.empty());
    auto inner = client.list<Ref<Dict<int, int>>>("inner");
    auto outer = client.dict<int, Ref<List<int>>>("self");
    outer.put(1, client.list<int>("inner"));
    CHECK(code_of([&] { inner.append(same); }) == errc::invalid_argument);
    CHECK(inner.empty());
}

TEST_CASE("containers are nested 64 deep and no deeper") {
    World world;
    Client& client = world.client();
    const auto name = [](int depth) { return "box " + std::to_string(depth); };
    for (int depth = 1; depth < 64; ++depth) {
        client.value<Ref<Value<int>>>(name(depth)).set(client.value<int>(name(depth + 1)));
    }
    auto innermost = client.value<Ref<Value<int>>>(name(64));
    CHECK(code_of([&] { innermost.set(client.value<int>("more")); }) == errc::limit_exceeded);
    CHECK(code_of([&] { return innermost.get(); }) == errc::not_found);
    CHECK(client.open(client.value<Ref<Value<int>>>(name(1)).get()).name() == name(2));
}

TEST_CASE("a value of a million levels is bytes, and the wrong type for whoever reads it") {
    World world;
    handoff::Bytes deep(1'000'000, std::byte{0x91});
    deep.push_back(std::byte{0xc0});
    world.client().value<handoff::Bytes>("deep").set(deep);
    CHECK(world.client().value<handoff::Bytes>("deep").get() == deep);
    auto typed = world.client().value<std::vector<int>>("deep");
    CHECK(code_of([&] { return typed.get(); }) == errc::wrong_type);
    CHECK(code_of([&] { return world.client().value<handoff::Dynamic>("deep").get(); }) ==
          errc::wrong_type);
}

TEST_CASE("a reference to another kind of object is of the wrong type, as is any other value") {
    World world;
    Client& client = world.client();
    client.value<Ref<Lock>>("value").set(client.lock("gpu"));
    CHECK(code_of([&] { return client.value<Ref<Event>>("value").get(); }) == errc::wrong_type);
    CHECK(code_of([&] { return client.value<int>("value").get(); }) == errc::wrong_type);
    client.value<int>("number").set(5);
    CHECK(code_of([&] { return client.value<Ref<Event>>("number").get(); }) == errc::wrong_type);
}

TEST_CASE("a reference that refers to nothing is inert") {
    World world;
    const Ref<Lock> none;
    CHECK_FALSE(none);
    CHECK(none == Ref<Lock>());
    CHECK(code_of([&] { return world.client().open(none); }) == errc::inert);
    CHECK(code_of([&] { world.client().value<Ref<Lock>>("v").set(none); }) == errc::inert);
    CHECK(code_of([&] { return Ref<Lock>(Lock()); }) == errc::inert);
}

TEST_CASE("handles, references and answers keep an object, and the last of them lets it go") {
    World world;
    Client& client = world.client();
    auto value = client.value<Ref<Counts>>("value");
    std::optional<Counts> handle = client.anonymous<Counts>();
    std::optional<Ref<Counts>> ref = Ref<Counts>(*handle);
    handle.reset();
    CHECK(client.stats().objects == 2);
    value.set(*ref);
    ref.reset();
    ref = value.get();
    const Ref<Counts> copy = value.get();
    value.set(client.dict<std::string, int>("named"));
    ref.reset();
    {
        auto again = client.open(copy);
        again.put("x", 1);
    }
    CHECK(client.open(copy).at("x") == 1);
    CHECK(client.stats().objects == 3);
}

TEST_CASE("threads share what a client has of an object") {
    World world;
    Client& client = world.client();
    const auto other = world.another_client();
    auto box = client.value<Ref<Counts>>("box");
    box.set(client.anonymous<Counts>());
    std::vector<Background<int>> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i](std::stop_token) {
            Client& mine = i % 2 == 0 ? client : *other;
            auto place = mine.value<Ref<Counts>>("box");
            for (int round = 0; round < 100; ++round) {
                // Nobody else has the one that is replaced, but for those who have just read it.
                if (round % 10 == i) place.set(mine.anonymous<Counts>());
                mine.open(place.get()).add("x");
            }
            return 0;
        });
    }
    for (auto& each : threads) CHECK(each.result() == 0);
    CHECK(client.open(box.get()).at("x") > 0);
    CHECK(objects_become(client, 2));
}

TEST_CASE("ten thousand anonymous objects are made and let go") {
    World world;
    Client& client = world.client();
    const auto other = world.another_client();
    auto box = client.value<Ref<Lock>>("box");
    auto theirs = other->value<Ref<Lock>>("box");
    for (int i = 0; i < 10'000; ++i) {
        const auto lock = client.anonymous<Lock>();
        if (i % 20 != 0) continue;
        box.set(lock);
        CHECK(other->open(theirs.get()).try_lock());
    }
    box.set(client.lock("last"));
    CHECK(objects_become(client, 2));
}
