#include "core/objects/object_world.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::objects;
using namespace handoff::core::objects::test;
using namespace std::chrono_literals;

namespace {

struct DictWorld : ObjectWorld {
    explicit DictWorld(const ObjectOptions& options = {})
        : ObjectWorld(ObjectKind::dict, options) {}

    Called put(const std::string& key, const std::string& value, Numbers ttl = {}) {
        return call(ann, Method::put, std::move(ttl), texts({key, value}));
    }
    Texts get(const std::string& key) { return call(ann, Method::get, {}, {text(key)}).texts(); }
    std::int64_t version_of(const std::string& key) {
        return call(ann, Method::get, {}, {text(key)}).at(0);
    }
    Texts all() { return call(ann, Method::page).texts(); }
    std::int64_t size() { return call(ann, Method::size).at(0); }
};

ObjectOptions with_entries(std::uint64_t count) {
    ObjectOptions options;
    options.entries_max = count;
    return options;
}

}  // namespace

TEST_CASE("a dict keeps values under keys, in the order in which the keys came") {
    DictWorld world;
    CHECK(world.call(ann, Method::put, {}, texts({"b", "1", "a", "2"})).numbers() == Numbers{1, 2});
    CHECK(world.put("c", "3").numbers() == Numbers{2, 1});
    CHECK(world.put("b", "4").numbers() == Numbers{3, 0});
    CHECK(world.all() == Texts{"b", "4", "a", "2", "c", "3"});
    CHECK(world.get("a") == Texts{"2"});
    CHECK(world.get("x").empty());
    CHECK(world.size() == 3);
}

TEST_CASE("of equal keys in one put the last one counts") {
    DictWorld world(with_entries(1));
    CHECK(world.call(ann, Method::put, {}, texts({"a", "1", "a", "2"})).numbers() == Numbers{1, 1});
    CHECK(world.all() == Texts{"a", "2"});
}

TEST_CASE("several keys are asked for at once") {
    DictWorld world;
    world.put("a", "1");
    world.put("b", "2");
    const Called got = world.call(bob, Method::get, {}, texts({"b", "x", "a"}));
    CHECK(got.numbers() == Numbers{2, 0, 1});
    CHECK(got.texts() == Texts{"2", "1"});
    CHECK(world.call(bob, Method::contains, {}, texts({"b", "x"})).numbers() == Numbers{1, 0});
}

TEST_CASE("get_or_put puts where nothing is, and gets what is there") {
    DictWorld world;
    CHECK(world.call(ann, Method::get_or_put, {}, texts({"a", "1"})).numbers() == Numbers{1, 1});
    const Called there = world.call(bob, Method::get_or_put, {}, texts({"a", "2"}));
    CHECK(there.numbers() == Numbers{0, 1});
    CHECK(there.texts() == Texts{"1"});
}

TEST_CASE("an entry is erased if it still has the version that is known") {
    DictWorld world;
    world.put("a", "1");
    world.put("a", "2");
    CHECK(world.call(ann, Method::erase, {1}, texts({"a"})).numbers() == Numbers{2, 0});
    CHECK(world.call(ann, Method::erase, {2}, texts({"x"})).numbers() == Numbers{2, 0});
    CHECK(world.call(ann, Method::erase, {2}, texts({"a", "b"})).code() == errc::invalid_argument);
    CHECK(world.call(ann, Method::erase, {2}, texts({"a"})).numbers() == Numbers{3, 1});
    CHECK(world.size() == 0);
}

TEST_CASE("entries are erased and taken, and what is not there is no change") {
    DictWorld world;
    world.call(ann, Method::put, {}, texts({"a", "1", "b", "2", "c", "3", "d", "4"}));
    CHECK(world.call(ann, Method::erase, {}, texts({"x"})).numbers() == Numbers{1, 0});
    CHECK(world.call(ann, Method::erase, {}, texts({"a", "a", "x"})).numbers() == Numbers{2, 1});
    CHECK(world.call(ann, Method::take, {}, texts({"x"})).numbers() == Numbers{0});
    const Called taken = world.call(ann, Method::take, {}, texts({"b"}));
    CHECK(taken.numbers() == Numbers{1});
    CHECK(taken.texts() == Texts{"2"});
    CHECK(world.call(ann, Method::take_any).texts() == Texts{"d", "4"});
    CHECK(world.call(ann, Method::clear).numbers() == Numbers{5, 1});
    CHECK(world.call(ann, Method::clear).numbers() == Numbers{5, 0});
    CHECK(world.call(ann, Method::take_any).numbers() == Numbers{0});
    CHECK(world.call(ann, Method::size).numbers() == Numbers{0, 5, 0});
}

TEST_CASE("add counts under a key, and changes nothing if it cannot") {
    DictWorld world;
    CHECK(world.call(ann, Method::add, {}, {text("n")}).numbers() == Numbers{1, 1});
    CHECK(world.call(bob, Method::add, {9}, {text("n")}).numbers() == Numbers{10, 2});
    world.put("t", "text");
    CHECK(world.call(bob, Method::add, {9}, {text("t")}).code() == errc::wrong_type);
    CHECK(world.get("t") == Texts{"text"});
}

TEST_CASE("an entry is exchanged by its value or by its version") {
    DictWorld world;
    const auto exchange = [&](Numbers version, const Texts& values) {
        return world.call(ann, Method::compare_exchange, std::move(version), texts(values));
    };
    CHECK(exchange({}, {"a", "1", "2"}).numbers() == Numbers{0, 0});
    CHECK(exchange({0}, {"a", "1"}).numbers() == Numbers{1, 1});
    CHECK(exchange({0}, {"a", "x"}).texts() == Texts{"1"});
    CHECK(exchange({}, {"a", "1", "2"}).numbers() == Numbers{1, 2});
    CHECK(exchange({1}, {"a", "x"}).numbers() == Numbers{0, 2});
    CHECK(exchange({2}, {"a", "3"}).numbers() == Numbers{1, 3});
    CHECK(world.get("a") == Texts{"3"});
}

TEST_CASE("a dict has an end to its entries, and what would pass it is not put at all") {
    DictWorld world(with_entries(2));
    world.put("a", "1");
    CHECK(world.call(ann, Method::put, {}, texts({"a", "x", "b", "y", "c", "z"})).code() ==
          errc::limit_exceeded);
    CHECK(world.all() == Texts{"a", "1"});
    CHECK(world.call(ann, Method::put, {}, texts({"a", "x", "b", "y"})).code() == errc::ok);
    CHECK(world.call(ann, Method::add, {}, {text("c")}).code() == errc::limit_exceeded);
    CHECK(world.call(ann, Method::get_or_put, {}, texts({"c", "1"})).code() ==
          errc::limit_exceeded);
    CHECK(world.call(ann, Method::compare_exchange, {0}, texts({"c", "1"})).code() ==
          errc::limit_exceeded);
    CHECK(world.size() == 2);
}

TEST_CASE("a dict has an end to its bytes, and what becomes shorter is never refused") {
    ObjectOptions options;
    options.bytes_max = 40;
    DictWorld world(options);
    world.put("a", std::string(20, 'x'));
    CHECK(world.put("b", std::string(20, 'x')).code() == errc::limit_exceeded);
    CHECK(world.put("a", std::string(40, 'x')).code() == errc::limit_exceeded);
    CHECK(world.put("a", "y").code() == errc::ok);
    CHECK(world.put("b", std::string(20, 'x')).code() == errc::ok);
    CHECK(world.call(ann, Method::size).at(2) == 8 + 27);
}

TEST_CASE("an entry with a time to live leaves by itself") {
    DictWorld world;
    world.put("brief", "1", {100});
    world.put("long", "2");
    const Called watch = world.call(bob, Method::changed, {2});
    const Called watch_key = world.call(bob, Method::changed, {1}, {text("brief")});
    world.pass(99ms);
    CHECK(world.get("brief") == Texts{"1"});
    CHECK(watch.waits());
    world.pass(1ms);
    CHECK(watch.numbers() == Numbers{3});
    CHECK(watch_key.numbers() == Numbers{0});
    CHECK(world.all() == Texts{"long", "2"});
}

TEST_CASE("what has expired is not there, also in the moment before its deadline fires") {
    DictWorld world;
    world.put("a", "1", {100});
    world.now.wall += 100ms;
    CHECK(world.get("a").empty());
    CHECK(world.size() == 0);
}

TEST_CASE("a put sets an entry's time anew, and add leaves it as it is") {
    DictWorld world;
    world.put("a", "1", {100});
    world.call(ann, Method::put, {}, {text("n"), number(1)});
    world.call(ann, Method::put, {100}, {text("n"), number(1)});
    world.put("a", "1");
    world.call(ann, Method::add, {}, {text("n")});
    world.pass(100ms);
    CHECK(world.all() == Texts{"a", "1"});
    CHECK(world.put("a", "1", {0}).code() == errc::invalid_argument);
    CHECK(world.put("a", "1", {-7}).code() == errc::invalid_argument);
}

TEST_CASE("one key is watched without a look at the others") {
    DictWorld world;
    const Called appears = world.call(bob, Method::changed, {0}, {text("a")});
    world.put("b", "1");
    CHECK(appears.waits());
    world.put("a", "1");
    CHECK(appears.numbers() == Numbers{2});
    const Called goes = world.call(bob, Method::changed, {2}, {text("a")});
    const Called cleared = world.call(bob, Method::changed, {1}, {text("b")});
    world.call(ann, Method::erase, {}, {text("a")});
    CHECK(goes.numbers() == Numbers{0});
    world.call(ann, Method::clear);
    CHECK(cleared.numbers() == Numbers{0});
    const Called dead = world.call(cat, Method::changed, {0}, {text("a")});
    const Called bored = world.call(bob, Method::changed, {0}, {text("a")});
    world.end_session(cat);
    world.cancel(bored);
    world.put("a", "2");
    CHECK(dead.waits());
}

TEST_CASE("a snapshot is what was there, in pages, whatever becomes of the dict") {
    DictWorld world;
    world.page_bytes = 30;
    for (int i = 0; i < 10; ++i) world.put("key" + std::to_string(i), "v");
    Called page = world.call(bob, Method::page);
    CHECK(page.at(1) == 10);
    CHECK(page.at(3) == 10);
    Texts seen = page.texts();
    world.call(ann, Method::clear);
    world.put("new", "x");
    while (page.at(2) != 0) {
        page = world.call(bob, Method::page, {page.at(0), page.at(2)});
        const Texts more = page.texts();
        seen.insert(seen.end(), more.begin(), more.end());
        CHECK(page.at(1) == 10);
    }
    CHECK(seen.size() == 20);
    CHECK(seen.at(18) == "key9");
    CHECK(world.call(bob, Method::page, {page.at(0), 1}).code() == errc::stale_reference);
    CHECK(world.all() == Texts{"new", "x"});
}

TEST_CASE("pages may be of keys or of values, and of nothing else") {
    DictWorld world;
    world.put("a", "1");
    world.put("b", "2");
    CHECK(world.call(ann, Method::page, {0, 0, 1}).texts() == Texts{"a", "b"});
    CHECK(world.call(ann, Method::page, {0, 0, 2}).texts() == Texts{"1", "2"});
    CHECK(world.call(ann, Method::page, {0, 0, 3}).code() == errc::invalid_argument);
}

TEST_CASE("snapshots are their session's, and go with it or when it has too many") {
    DictWorld world;
    world.page_bytes = 1;
    world.put("a", "1");
    world.put("b", "2");
    const Called first = world.call(bob, Method::page);
    CHECK(world.call(cat, Method::page, {first.at(0), first.at(2)}).code() ==
          errc::stale_reference);
    for (int i = 0; i < 15; ++i) world.call(bob, Method::page);
    CHECK(world.call(bob, Method::page, {first.at(0), 1}).code() == errc::ok);
    world.call(bob, Method::page);
    CHECK(world.call(bob, Method::page, {first.at(0), 1}).code() == errc::stale_reference);
    const Called other = world.call(cat, Method::page);
    world.end_session(cat);
    CHECK(world.call(cat, Method::page, {other.at(0), 1}).code() == errc::stale_reference);
}

TEST_CASE("a dict refuses calls without sense") {
    DictWorld world;
    CHECK(world.call(ann, Method::put).code() == errc::invalid_argument);
    CHECK(world.call(ann, Method::put, {}, texts({"a", "1", "b"})).code() ==
          errc::invalid_argument);
    CHECK(world.call(ann, Method::get).code() == errc::invalid_argument);
    CHECK(world.call(ann, Method::acquire).code() == errc::unsupported);
    CHECK(world.call(ann, Method::changed).code() == errc::invalid_argument);
    CHECK(world.call(ann, Method::size).numbers() == Numbers{0, 0, 0});
}
