// The commands of `handoff` that show, change and break shared objects.
#include <csignal>
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "handoff/array.hpp"
#include "handoff/client.hpp"
#include "handoff/dict.hpp"
#include "handoff/dynamic.hpp"
#include "handoff/election.hpp"
#include "handoff/event.hpp"
#include "handoff/list.hpp"
#include "handoff/lock.hpp"
#include "handoff/namespace.hpp"
#include "handoff/rw_lock.hpp"
#include "handoff/semaphore.hpp"
#include "handoff/set.hpp"
#include "handoff/value.hpp"
#include "process/children.hpp"
#include "process/program.hpp"
#include "process/tool.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::Client;
using handoff::errc;
using handoff::Lock;
using handoff::ObjectKind;
using handoff::test::Background;
using handoff::test::eventually;
using namespace std::chrono_literals;

TEST_CASE("objects shows each shared object in a line, or the one that is asked for") {
    const Served served;
    Client client{served.config()};
    CHECK(served.run({"objects"}).output.starts_with("object"));
    client.dict<std::string, int>("prices").put("apples", 3);
    Lock lock = client.lock("gpu");
    lock.lock();
    client.event("go").set();
    auto semaphore = client.semaphore("seats", 5);
    const Result all = served.run({"objects"});
    CHECK(all.status == 0);
    CHECK(contains(all.output,
                   {"object", "kind", "version", "waiting", "prices", "dict", "gpu",
                    "held: token " + std::to_string(lock.token()), "go", "set", "5 free"}));
    const Result one = served.run({"objects", "gpu"});
    CHECK(one.status == 0);
    CHECK(contains(one.output, {"gpu", "held"}));
    CHECK(one.output.find("prices") == std::string::npos);
    const Result none = served.run({"objects", "missing"});
    CHECK(none.status == 1);
    CHECK(contains(none.errors, {"no object", "\"missing\""}));
}

TEST_CASE("objects as JSON can be read by programs") {
    const Served served;
    Client client{served.config()};
    client.dict<std::string, int>("prices", {.entries_max = 9}).put("apples", 3);
    Lock lock = client.lock("gpu", {.ttl = 1h});
    lock.lock();
    Client other{served.config()};
    Lock wanted = other.lock("gpu");
    Background waiting{
        [&](const std::stop_token& stop) { return code_of([&] { wanted.lock(stop); }); }};
    REQUIRE(eventually([&] { return lock.state().waiting == 1; }));
    const Result result = served.run({"objects", "--json"});
    REQUIRE(result.status == 0);
    const nlohmann::json objects = nlohmann::json::parse(result.output).at("objects");
    REQUIRE(objects.size() == 2);
    const nlohmann::json& held = objects.at(0);
    CHECK(held.at("name") == "gpu");
    CHECK(held.at("kind") == "lock");
    CHECK(held.at("options").at("ttl_ms") == 3'600'000);
    CHECK(held.at("held") == 1);
    CHECK(held.at("waiting") == 1);
    const nlohmann::json& holder = held.at("holders").at(0);
    CHECK(holder.at("token") == lock.token());
    CHECK(holder.at("session") == lock.state().session);
    CHECK(holder.at("held_for_ms") >= 0);
    CHECK(holder.at("ttl_left_ms") <= 3'600'000);
    CHECK(held.at("waiters").at(0).at("call") == "acquire");
    CHECK(held.at("waiters").at(0).at("waited_ms") >= 0);
    const nlohmann::json& prices = objects.at(1);
    CHECK(prices.at("kind") == "dict");
    CHECK(prices.at("count") == 1);
    CHECK(prices.at("bytes") > 0);
    CHECK(prices.at("version") == 1);
    CHECK(prices.at("options").at("entries_max") == 9);
    CHECK(prices.at("holders").empty());
    waiting.stop();
    CHECK(waiting.result() == errc::cancelled);
}

TEST_CASE("a client lists objects by name, and finds one without making it") {
    const Served served;
    Client client{served.config()};
    for (const char* name : {"b", "c", "a"}) static_cast<void>(client.event(name));
    std::vector<std::string> names;
    for (const auto& object : client.objects()) names.push_back(object.name);
    CHECK(names == std::vector<std::string>{"a", "b", "c"});
    CHECK(client.find_object("b").value().kind == ObjectKind::event);
    CHECK_FALSE(client.find_object("d"));
    CHECK_FALSE(client.find_object(""));
    CHECK(client.objects().size() == 3);
}

TEST_CASE("a thousand objects and more are listed whole") {
    const Served served;
    Client client{served.config()};
    constexpr std::size_t many = 2500;
    for (std::size_t i = 0; i < many; ++i) {
        static_cast<void>(client.event("event " + std::to_string(i)));
    }
    CHECK(client.objects().size() == many);
}

TEST_CASE("dict shows, gets, sets and erases entries, as JSON or as texts") {
    const Served served;
    Client client{served.config()};
    CHECK(served
              .run({"dict", "d", "set", "apples", "3", "pears", "[1,{\"a\":null}]", "mode", "fast",
                    "7", "seven", "-1", "1.5"})
              .status == 0);
    auto dict = client.dict<std::string, int>("d");
    CHECK(dict.get("apples") == 3);
    CHECK(client.dict<int, std::string>("d").get(7) == "seven");
    CHECK(served.run({"dict", "d"}).output ==
          "apples\t3\npears\t[1,{\"a\":null}]\nmode\tfast\n7\tseven\n-1\t1.5\n");
    CHECK(served.run({"dict", "d", "get", "mode", "apples"}).output == "fast\n3\n");
    CHECK(served.run({"dict", "d", "get", "mode", "--json"}).status == 1);
    CHECK(served.run({"dict", "d", "--json"})
              .output.starts_with("{\"key\":\"apples\",\"value\":3}\n"));
    const Result missing = served.run({"dict", "d", "get", "\"7\"", "8"});
    CHECK(missing.status == 124);
    CHECK(missing.output.empty());
    CHECK(contains(missing.errors, {"dict \"d\"", "no key \"7\"", "no key 8", "'\"8\"'"}));
    CHECK(served.run({"dict", "d", "erase", "7", "nobody"}).output == "1\n");
    CHECK(client.dict<int, std::string>("d").size() == 4);
}

TEST_CASE("what a command prints of an object reads back as the same") {
    const Served served;
    Client client{served.config()};
    auto list = client.list<handoff::Dynamic>("l");
    for (const std::string text : {"plain", "two words", "5", "true", "", "a\nb", "\"quoted\"",
                                   "-x", "{\"a\":1}", "[x", "-5"}) {
        list.append(handoff::Dynamic::of(text));
    }
    list.append(handoff::Dynamic::of(5));
    list.append(handoff::Dynamic::of(true));
    list.append(handoff::Dynamic::of(std::vector<int>{1, 2}));
    const auto before = list.values();
    for (std::size_t i = 0; i < before.size(); ++i) {
        const std::string index = std::to_string(i);
        std::string shown = served.run({"list", "l", "get", index}).output;
        shown.pop_back();
        INFO(shown);
        CHECK(served.run({"list", "l", "set", index, shown}).status == 0);
    }
    CHECK(list.values() == before);
}

TEST_CASE("dict sees into namespaces as well") {
    const Served served;
    Client client{served.config()};
    auto names = client.name_space("settings");
    names.put("speed", 3);
    CHECK(served.run({"dict", "settings"}).output == "speed\t3\n");
    CHECK(served.run({"dict", "settings", "set", "mode", "fast"}).status == 0);
    CHECK(names.at<std::string>("mode") == "fast");
    CHECK(served.run({"dict", "settings", "get", "speed"}).output == "3\n");
    CHECK(served.run({"dict", "settings", "erase", "speed"}).output == "1\n");
    CHECK(served.run({"dict", "settings", "set", "7", "x"}).status == 1);
}

TEST_CASE("dict watch tells of each change, of all keys or of one, until a signal ends it") {
    const Served served;
    Client client{served.config()};
    auto dict = client.dict<std::string, int>("d");
    dict.put("a", 1);
    const auto all = served.begin({"dict", "d", "watch"});
    const auto one = served.begin({"dict", "d", "watch", "\"b\"", "--json", "--count", "2"});
    CHECK(all->read_line() == "a\t1");
    dict.put("b", 2);
    CHECK(all->read_line() == "b\t2");
    CHECK(one->read_line() == "{\"key\":\"b\",\"value\":2}");
    dict.erase("b");
    CHECK(all->read_line() == "b\t(gone)");
    CHECK(one->read_line() == "{\"key\":\"b\",\"gone\":true}");
    CHECK(one->finish() == 0);
    all->send_signal(SIGINT);
    CHECK(all->finish() == 0);
    CHECK(all->errors().empty());
}

TEST_CASE("list shows and changes lists, and arrays as far as they can be changed") {
    const Served served;
    Client client{served.config()};
    CHECK(served.run({"list", "l", "append", "1", "two"}).status == 0);
    CHECK(served.run({"list", "l", "append", "3"}).status == 0);
    CHECK(served.run({"list", "l"}).output == "1\ntwo\n3\n");
    CHECK(served.run({"list", "l", "--json"}).output == "1\n\"two\"\n3\n");
    CHECK(served.run({"list", "l", "get", "-1"}).output == "3\n");
    CHECK(served.run({"list", "l", "set", "1", "2"}).status == 0);
    CHECK(served.run({"list", "l", "erase", "0"}).status == 0);
    CHECK(client.list<int>("l").values() == std::vector{2, 3});
    const Result beyond = served.run({"list", "l", "get", "7"});
    CHECK(beyond.status == 1);
    CHECK(contains(beyond.errors, {"list \"l\"", "get"}));
    auto array = client.array<int>("a", 2);
    CHECK(served.run({"list", "a"}).output == "0\n0\n");
    CHECK(served.run({"list", "a", "set", "1", "5"}).status == 0);
    CHECK(array.values() == std::vector{0, 5});
    CHECK(contains(served.run({"list", "a", "erase", "0"}).errors, {"array \"a\"", "fixed"}));
}

TEST_CASE("value shows, sets and adds, and watches") {
    const Served served;
    Client client{served.config()};
    CHECK(served.run({"value", "v", "add"}).output == "1\n");
    CHECK(served.run({"value", "v", "add", "41"}).output == "42\n");
    CHECK(served.run({"value", "v", "add", "-2"}).output == "40\n");
    CHECK(served.run({"value", "v"}).output == "40\n");
    const auto watch = served.begin({"value", "v", "watch", "--count", "2"});
    CHECK(watch->read_line() == "40");
    CHECK(served.run({"value", "v", "set", "high"}).status == 0);
    CHECK(watch->read_line() == "high");
    CHECK(watch->finish() == 0);
    CHECK(client.value<std::string>("v").get() == "high");
    CHECK(served.run({"value", "v", "get", "--json"}).output == "\"high\"\n");
    const Result text = served.run({"value", "v", "add", "1"});
    CHECK(text.status == 1);
    CHECK(contains(text.errors, {"value \"v\"", "add"}));
    CHECK(served.run({"value", "v", "add", "much"}).status == 1);
    static_cast<void>(client.value<int>("unset"));
    CHECK(served.run({"value", "unset"}).status == 124);
}

TEST_CASE("set shows its values, adds and erases them, and knows what it contains") {
    const Served served;
    CHECK(served.run({"set", "s", "add", "1", "one", "1"}).output == "2\n");
    CHECK(served.run({"set", "s"}).output == "1\none\n");
    CHECK(served.run({"set", "s", "contains", "one"}).status == 0);
    CHECK(served.run({"set", "s", "contains", "two"}).status == 124);
    CHECK(served.run({"set", "s", "erase", "one", "two"}).output == "1\n");
    CHECK(served.run({"set", "s"}).output == "1\n");
}

TEST_CASE("lock tells who holds it, under which token, and who waits") {
    const Served served;
    Client client{served.config()};
    Lock lock = client.lock("gpu");
    CHECK(served.run({"lock", "gpu"}).output == "free\n");
    lock.lock();
    Lock wanted = client.lock("gpu");
    Background waiting{
        [&](const std::stop_token& stop) { return code_of([&] { wanted.lock(stop); }); }};
    REQUIRE(eventually([&] { return lock.state().waiting == 1; }));
    const Result shown = served.run({"lock", "gpu"});
    CHECK(shown.status == 0);
    CHECK(contains(shown.output, {"held", "token ", "session", "waits: acquire", "who"}));
    waiting.stop();
    CHECK(waiting.result() == errc::cancelled);
    auto seats = client.semaphore("seats", 5);
    seats.acquire(2);
    CHECK(contains(served.run({"lock", "seats"}).output, {"3 free", "2 permits"}));
}

TEST_CASE(
    "a lock that is broken goes to the next, with a greater token, and is lost to its holder") {
    const Served served;
    Client client{served.config()};
    Client other{served.config()};
    Lock lock = client.lock("gpu");
    lock.lock();
    const std::uint64_t token = lock.token();
    Lock wanted = other.lock("gpu");
    Background next{[&](std::stop_token) {
        wanted.lock();
        return wanted.token();
    }};
    REQUIRE(eventually([&] { return lock.state().waiting == 1; }));
    const Result broken = served.run({"lock", "gpu", "--break"});
    CHECK(broken.status == 0);
    CHECK(contains(broken.output, {"broken: token " + std::to_string(token), "held"}));
    CHECK(next.result() > token);
    CHECK(wanted.abandoned());
    CHECK(code_of([&] { lock.unlock(); }) == errc::lock_lost);
    CHECK(wanted.state().token == wanted.token());
    wanted.unlock();
    const Result again = served.run({"lock", "gpu", "--break", "--json"});
    CHECK(again.status == 124);
    CHECK(nlohmann::json::parse(again.output).at("broken").empty());
}

TEST_CASE("whatever has a token can be broken, permits cannot") {
    const Served served;
    Client client{served.config()};
    auto recursive = client.recursive_lock("recursive");
    recursive.lock();
    CHECK(served.run({"lock", "recursive", "--break"}).status == 0);
    CHECK(code_of([&] { recursive.unlock(); }) == errc::lock_lost);
    auto readers = client.rw_lock("readers");
    readers.lock_shared();
    CHECK(contains(served.run({"lock", "readers"}).output, {"1 reading"}));
    CHECK(served.run({"lock", "readers", "--break"}).status == 0);
    CHECK(code_of([&] { readers.unlock_shared(); }) == errc::lock_lost);
    auto election = client.election<std::string>("election");
    election.campaign("me");
    CHECK(served.run({"lock", "election", "--break"}).status == 0);
    CHECK(code_of([&] { election.resign(); }) == errc::lock_lost);
    auto seats = client.semaphore("seats");
    seats.acquire();
    const Result permits = served.run({"lock", "seats", "--break"});
    CHECK(permits.status == 1);
    CHECK(contains(permits.errors, {"break of semaphore \"seats\" at " + served.endpoint()}));
}

TEST_CASE("an object that is not there is not made by looking at it") {
    const Served served;
    Client client{served.config()};
    for (const std::string command : {"dict", "list", "value", "set", "lock"}) {
        const Result result = served.run({command, "missing"});
        CHECK(result.status == 1);
        CHECK(contains(result.errors,
                       {command + " \"missing\" at " + served.endpoint(), "handoff objects"}));
    }
    CHECK(client.objects().empty());
}

TEST_CASE("an object of another kind is named, with the command that shows it") {
    const Served served;
    Client client{served.config()};
    static_cast<void>(client.list<int>("l"));
    for (const Program::Words& words :
         {Program::Words{"dict", "l"}, Program::Words{"dict", "l", "set", "a", "1"},
          Program::Words{"lock", "l", "--break"}}) {
        const Result result = served.run(words);
        CHECK(result.status == 1);
        CHECK(contains(result.errors,
                       {"\"l\" at " + served.endpoint(), "it is a list", "`handoff list l`"}));
    }
}

TEST_CASE("an action that is none, or lacks a word, is refused and nothing is done") {
    const Served served;
    Client client{served.config()};
    for (const Program::Words& words :
         {Program::Words{"dict", "d", "fry"}, Program::Words{"dict", "d", "set", "key"},
          Program::Words{"dict", "d", "set", "a", "1", "b"}, Program::Words{"list", "l", "append"},
          Program::Words{"value", "v", "set", "1", "2"}, Program::Words{"value", "v", "get", "1"},
          Program::Words{"dict", "d", "set", "a", "fast", "--json"}}) {
        const Result result = served.run(words);
        INFO(words.at(0) << " " << words.at(2));
        CHECK(result.status == 1);
        CHECK_FALSE(result.errors.empty());
    }
    for (const auto& object : client.objects()) CHECK(object.version == 0);
}
