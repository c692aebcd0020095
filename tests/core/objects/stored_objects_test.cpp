#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/manager_driver.hpp"
#include "core/objects/packed.hpp"
#include "support/catch.hpp"
#include "support/known.hpp"

// Durable objects: what a store knows of them, and what a restart makes of that.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;
using handoff::test::Known;
using handoff::test::recovered_of;
using objects::Method;
using objects::ObjectHandle;

namespace {

using Numerals = std::vector<std::int64_t>;

ObjectOptions durable(Durability level = Durability::fsync) {
    ObjectOptions options;
    options.durability = level;
    return options;
}

objects::Call one(ObjectHandle object, Method method, Numerals numbers, const Texts& values) {
    objects::Call call{object, method, std::move(numbers), {}};
    for (const std::string& value : values) call.values.push_back(objects::pack_text(value));
    return call;
}

/// A manager, and what a store would know of it. A restart is a new manager that begins with that.
struct Shelf {
    explicit Shelf(bool has_store = true) : has_store(has_store) { begin(); }

    void begin() {
        ManagerSettings settings;
        settings.store = has_store;
        settings.epoch = ++epoch;
        settings.limits.session_limit = Millis{10'000};
        known.sessions.clear();  // each life has other clients
        const Known before = known;
        const Now now = test ? test->now : Now{1h, 24h * 365 * 50};
        test.reset();
        test = std::make_unique<ManagerTest>(settings, recovered_of(before));
        test->on_changes = [this](const Changes& changes) { known.apply(changes); };
        test->now = now;
        ann = &test->client("ann");
    }

    core::test::Call try_open(ObjectKind kind, const ObjectOptions& options = durable(),
                              const std::string& name = "it") const {
        return ann->ask(OpenObject{name, kind, options, true, 0});
    }
    ObjectHandle open(ObjectKind kind, const ObjectOptions& options = durable()) const {
        return try_open(kind, options).as<ObjectOpened>().object;
    }
    objects::Result call(ObjectHandle object, Method method, Numerals numbers = {},
                         const Texts& values = {}) const {
        const auto asked =
            ann->ask(Calls{{one(object, method, std::move(numbers), values)}, false}, no_wait);
        return asked.as<Results>().results.at(0);
    }
    /// The values, and before them the version.
    Texts content(ObjectHandle object, ObjectKind kind) const {
        const Method method = kind == ObjectKind::value ? Method::get : Method::page;
        const objects::Result result = call(object, method);
        Texts all;
        for (const Slice& value : result.values) {
            all.emplace_back(objects::payload_of(value));
        }
        return all;
    }

    bool has_store;
    Known known;
    std::uint64_t epoch = 0;
    std::unique_ptr<ManagerTest> test;
    Client* ann = nullptr;
};

/// A call by chance; what cannot be done changes nothing.
struct Chance {
    std::uint64_t below(std::uint64_t limit) { return random() % limit; }
    std::string word() { return "w" + std::to_string(below(12)); }
    std::string text() { return std::string(below(600), static_cast<char>('a' + below(26))); }
    std::int64_t small() { return static_cast<std::int64_t>(below(8)); }

    objects::Call call(ObjectKind kind, ObjectHandle object, std::int64_t version) {
        switch (kind) {
            case ObjectKind::value: return of_value(object, version);
            case ObjectKind::set: return of_set(object);
            case ObjectKind::dict: return of_dict(object, version);
            default: return of_sequence(object, version);
        }
    }
    objects::Call of_value(ObjectHandle object, std::int64_t version) {
        switch (below(4)) {
            case 0: return one(object, Method::compare_exchange, {version}, {text()});
            case 1: return one(object, Method::exchange, {}, {text()});
            case 2: return {object, Method::add, {small()}, {}};
            default: return {object, Method::put, {}, {objects::pack_integer(small())}};
        }
    }
    objects::Call of_set(ObjectHandle object) {
        switch (below(6)) {
            case 0: return one(object, Method::erase, {}, {word()});
            case 1: return one(object, Method::take_any, {}, {});
            case 2: return one(object, Method::combine, {small() % 4}, {word(), word()});
            case 3:
                if (below(20) == 0) return one(object, Method::clear, {}, {});
                [[fallthrough]];
            default: return one(object, Method::put, {}, {word(), word() + text()});
        }
    }
    objects::Call of_dict(ObjectHandle object, std::int64_t version) {
        switch (below(9)) {
            case 0:
                if (below(2) == 0) return one(object, Method::erase, {version}, {word()});
                return one(object, Method::erase, {}, {word()});
            case 1: return one(object, Method::take_any, {}, {});
            case 2: return one(object, Method::compare_exchange, {version}, {word(), text()});
            case 3: return one(object, Method::compare_exchange, {0}, {word(), text()});
            case 4: return one(object, Method::get_or_put, {1000}, {word(), text()});
            case 5: return one(object, Method::add, {small()}, {word()});
            case 6: return one(object, Method::take, {}, {word()});
            case 7: return one(object, Method::put, {1 + small() * 300}, {word(), text()});
            default: return one(object, Method::put, {}, {word(), text(), word(), text()});
        }
    }
    objects::Call of_sequence(ObjectHandle object, std::int64_t version) {
        switch (below(10)) {
            case 0: return one(object, Method::erase, {small(), 2}, {});
            case 1: return one(object, Method::take, {small()}, {});
            case 2: return one(object, Method::reverse, {}, {});
            case 3: return one(object, Method::put, {small()}, {text()});
            case 4: return one(object, Method::insert, {small()}, {text(), text()});
            case 5: return one(object, Method::exchange, {small()}, {text()});
            case 6: return one(object, Method::replace, {version}, {text(), text(), text()});
            case 7: return one(object, Method::fill, {}, {text()});
            case 8: return one(object, Method::erase_value, {}, {text()});
            default: return one(object, Method::append, {}, {text()});
        }
    }

    std::mt19937 random;
};

/// Carries out calls by chance, and lets the manager begin anew now and then.
void lead_lives(ObjectKind kind, const ObjectOptions& options, std::uint32_t seed) {
    Shelf shelf;
    Chance chance{std::mt19937{seed}};
    ObjectHandle object = shelf.open(kind, options);
    std::int64_t version = 0;
    for (int step = 0; step < 600; ++step) {
        const objects::Call call = chance.call(kind, object, version);
        const auto asked = shelf.ann->ask(Calls{{call}, false}, no_wait);
        const objects::Result& result = asked.as<Results>().results.at(0);
        if (!result.numbers.empty()) version = result.numbers.back();
        if (chance.below(4) == 0) shelf.test->pass(Millis{chance.below(200)});
        if (chance.below(40) != 0) continue;
        const Texts before = shelf.content(object, kind);
        shelf.begin();
        INFO("step " << step);
        REQUIRE(shelf.open(kind, {}) == object);
        REQUIRE(shelf.content(object, kind) == before);
    }
    // What is stored of it is no more than a few times what it has.
    CHECK(shelf.known.objects.at(object).changes.size() < 500);
}

}  // namespace

TEST_CASE("after a restart a durable object has what it had, whatever was done with it") {
    const auto seed = static_cast<std::uint32_t>(GENERATE(1, 2, 3));
    ObjectOptions array = durable();
    array.count = 7;
    lead_lives(ObjectKind::value, durable(), seed);
    lead_lives(ObjectKind::list, durable(), seed);
    lead_lives(ObjectKind::array, array, seed);
    lead_lives(ObjectKind::dict, durable(), seed);
    lead_lives(ObjectKind::set, durable(Durability::os), seed);
}

TEST_CASE("versions of a durable object only grow, across restarts as well") {
    Shelf shelf;
    const ObjectHandle value = shelf.open(ObjectKind::value);
    std::int64_t version = 0;
    for (int life = 0; life < 5; ++life) {
        for (int change = 0; change < 3; ++change) {
            const std::string text(40'000, 'x');  // so that it is stored anew in between
            const std::int64_t now = shelf.call(value, Method::put, {}, {text}).numbers.at(0);
            CHECK(now > version);
            version = now;
        }
        shelf.begin();
        CHECK(shelf.call(value, Method::get).numbers.at(0) >= version);
    }
}

TEST_CASE("an entry's version of an earlier life is not that of another value") {
    Shelf shelf;
    const ObjectHandle dict = shelf.open(ObjectKind::dict);
    const std::string text(40'000, 'x');
    const std::int64_t first = shelf.call(dict, Method::put, {}, {"k", text}).numbers.at(0);
    for (int more = 0; more < 10; ++more) shelf.call(dict, Method::put, {}, {"k", text});
    shelf.call(dict, Method::put, {}, {"k", "last"});
    shelf.begin();
    CHECK(shelf.call(dict, Method::compare_exchange, {first}, {"k", "old"}).numbers.at(0) == 0);
    CHECK(shelf.content(dict, ObjectKind::dict).at(1) == "\xa4last");
}

TEST_CASE("an entry's time to live goes on across a restart") {
    Shelf shelf;
    const ObjectHandle dict = shelf.open(ObjectKind::dict);
    shelf.call(dict, Method::put, {10'000}, {"short", "1"});
    shelf.call(dict, Method::put, {}, {"long", "2"});
    shelf.test->pass(6s);
    shelf.begin();
    CHECK(shelf.content(dict, ObjectKind::dict).size() == 4);
    shelf.test->pass(5s);
    CHECK(shelf.content(dict, ObjectKind::dict) == Texts{"\xa4long",
                                                         "\xa1"
                                                         "2"});
    shelf.begin();
    CHECK(shelf.content(dict, ObjectKind::dict) == Texts{"\xa4long",
                                                         "\xa1"
                                                         "2"});
}

TEST_CASE("a durable set that takes another's values has them after a restart") {
    Shelf shelf;
    const ObjectHandle set = shelf.open(ObjectKind::set);
    const ObjectHandle other =
        shelf.try_open(ObjectKind::set, {}, "other").as<ObjectOpened>().object;
    shelf.call(other, Method::put, {}, {"a", "b"});
    const auto handle = static_cast<std::int64_t>(other);
    CHECK(shelf.call(set, Method::combine, {0, handle}).code == errc::ok);
    shelf.begin();  // the other was in memory
    CHECK(shelf.content(set, ObjectKind::set) == Texts{"\xa1"
                                                       "a",
                                                       "\xa1"
                                                       "b"});
}

TEST_CASE("a change of a durable object is told when it is stored, also to those who only read") {
    Shelf shelf;
    const ObjectHandle value = shelf.open(ObjectKind::value);
    Client& bob = shelf.test->client("bob");
    shelf.test->stores_by_hand = true;
    const auto watching = bob.ask(Calls{{{value, Method::changed, {0}, {}}}, false});
    const auto put = shelf.ann->ask(Calls{{one(value, Method::put, {}, {"x"})}, false});
    const auto read = bob.ask(Calls{{{value, Method::get, {}, {}}}, false});
    CHECK_FALSE(put.answered());
    CHECK_FALSE(read.answered());
    CHECK_FALSE(watching.answered());
    shelf.test->machine.committed(shelf.test->machine.end_turn());
    shelf.test->deliver_outgoing();
    CHECK(put.answered());
    CHECK(read.answered());
    CHECK(watching.answered());
}

TEST_CASE("a durable object that was destroyed is not there after a restart") {
    Shelf shelf;
    const ObjectHandle list = shelf.open(ObjectKind::list);
    shelf.call(list, Method::append, {}, {"x"});
    CHECK(shelf.ann->ask(Destroy{list}).code() == errc::ok);
    CHECK(shelf.known.objects.empty());
    shelf.begin();
    CHECK(shelf.call(list, Method::size).code == errc::stale_reference);
    CHECK(shelf.open(ObjectKind::list) != list);
}

TEST_CASE("what cannot be durable says why") {
    const Shelf in_memory{false};
    CHECK(in_memory.try_open(ObjectKind::dict).code() == errc::unsupported);
    const Shelf shelf;
    CHECK(shelf.try_open(ObjectKind::lock).code() == errc::invalid_argument);
    CHECK(shelf.try_open(ObjectKind::dict, durable(), "").code() == errc::invalid_argument);
    shelf.open(ObjectKind::dict, {});
    const auto other = shelf.try_open(ObjectKind::dict);
    CHECK(other.code() == errc::object_mismatch);
    CHECK(other.text() == "dict \"it\": durability is memory");
}

TEST_CASE("without room a durable object keeps what it has, and can be made smaller") {
    Shelf shelf;
    const ObjectHandle dict = shelf.open(ObjectKind::dict);
    shelf.call(dict, Method::put, {}, {"a", "1"});
    shelf.test->machine.set_store_room(0);
    CHECK(shelf.call(dict, Method::put, {}, {"b", "2"}).code == errc::store_full);
    CHECK(shelf.content(dict, ObjectKind::dict).size() == 2);
    CHECK(shelf.call(dict, Method::clear).code == errc::ok);
}
