// The commands of `handoff` that handle items.
#include <csignal>
#include <string>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/dynamic.hpp"
#include "process/children.hpp"
#include "process/program.hpp"
#include "process/tool.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::Client;
using handoff::Lease;
using handoff::Queue;
using handoff::test::eventually;
using handoff::test::gets_wait;
using handoff::test::puts_wait;
using namespace std::chrono_literals;
using Words = Program::Words;

TEST_CASE("get prints what put was given, a line each, in order") {
    const Served served{GENERATE(as<std::string>{}, "ipc", "tcp", "ws")};
    const Result put = served.run({"put", "q", "first", "second one", "", "-third"});
    CHECK(put.status == 1);  // it looks like an option
    CHECK(served.run({"put", "q", "--", "first", "second one", "", "-third"}).status == 0);
    const Result get = served.run({"get", "q", "--count", "4"});
    CHECK(get.status == 0);
    CHECK(get.output == "first\nsecond one\n\n-third\n");
    CHECK(get.errors.empty());
}

TEST_CASE("get takes one item unless said otherwise, and leaves the rest") {
    const Served served;
    REQUIRE(served.run({"put", "q", "1", "2", "3"}).status == 0);
    CHECK(served.run({"get", "q"}).output == "1\n");
    CHECK(served.run({"peek", "q"}).output == "2\n3\n");
    CHECK(served.run({"get", "q"}).output == "2\n");
}

TEST_CASE("words that mean something elsewhere are items as any other") {
    const Served served;
    const Words words{"[a,b]", "[]",  "[",   "{}",  "{x}", "%%",
                      "stats", "put", "a,b", "x=1", "*",   "\x1f"};
    Words put{"put", "[q]"};
    put.insert(put.end(), words.begin(), words.end());
    REQUIRE(served.run(put).status == 0);
    std::string lines;
    for (const std::string& word : words) lines += word + "\n";
    CHECK(served.run({"get", "[q]", "--count", "12"}).output == lines);
    REQUIRE(served.run({"put", "q", "[only, one]"}).status == 0);
    REQUIRE(served.run({"put", "--json", "q", "[1, [2]]", "{}"}).status == 0);
    CHECK(served.run({"get", "q", "--count", "3"}).output == "[only, one]\n[1,[2]]\n{}\n");
}

TEST_CASE("put with a key adds the item once, and headers travel with it") {
    const Served served;
    const Words put{"put", "--key", "k", "--header", "a=1", "--header", "b=x=y", "q", "item"};
    CHECK(served.run(put).status == 0);
    CHECK(served.run(put).status == 0);
    Client client(served.config());
    Queue<std::string> queue = client.queue<std::string>("q");
    CHECK(queue.size() == 1);
    CHECK(queue.stats().duplicates == 1);
    const Lease<std::string> lease = queue.lease();
    CHECK(*lease == "item");
    CHECK(lease.key() == "k");
    CHECK((lease.headers() == handoff::Headers{{"a", "1"}, {"b", "x=y"}}));
}

TEST_CASE("put refuses a key for several items, and a header without a value") {
    const Served served;
    CHECK(served.run({"put", "--key", "k", "q", "1", "2"}).status == 1);
    CHECK(served.run_with_input({"put", "--key", "k", "q", "-"}, "1\n").status == 1);
    CHECK(served.run({"put", "--header", "novalue", "q", "1"}).status == 1);
    CHECK(served.run({"get", "q", "--count", "1", "--timeout", "1ms"}).status == 124);
}

TEST_CASE("put reads an item from each line of its input, also from the last one") {
    const Served served;
    CHECK(served.run_with_input({"put", "q", "-"}, "one\n two \n\nfour").status == 0);
    CHECK(served.run({"get", "q", "--count", "4"}).output == "one\n two \n\nfour\n");
    CHECK(served.run_with_input({"put", "q", "-"}, "").status == 0);
    CHECK(served.run_with_input({"put", "q", "before", "-", "after"}, "between\n").status == 0);
    CHECK(served.run({"get", "q", "--count", "3"}).output == "before\nbetween\nafter\n");
}

TEST_CASE("a line that is typed is put at once") {
    const Served served;
    const Pipe typed;
    const auto put = served.begin({"put", "q", "-"}, {.input = typed.reader()});
    const auto get = served.begin({"get", "q", "--follow"});
    typed.send("one\n");
    CHECK(get->read_line() == "one");
    typed.send("two\nthr");
    CHECK(get->read_line() == "two");
    typed.send("ee\n");
    CHECK(get->read_line() == "three");
}

TEST_CASE("get prints what came and says 124 when the rest did not come in time") {
    const Served served;
    REQUIRE(served.run({"put", "q", "1", "2"}).status == 0);
    const Result get = served.run({"get", "q", "--count", "5", "--timeout", "100ms"});
    CHECK(get.status == 124);
    CHECK(get.output == "1\n2\n");
    const Result none = served.run({"get", "q", "--timeout", "50ms"});
    CHECK(none.status == 124);
    CHECK(none.output.empty());
    REQUIRE(served.run({"put", "q", "3"}).status == 0);
    CHECK(served.run({"get", "q", "--timeout", "0ms"}).output == "3\n");
}

TEST_CASE("get with follow prints what comes until the queue is closed, and is then done") {
    const Served served{GENERATE(as<std::string>{}, "ipc", "tcp")};
    const auto get = served.begin({"get", "q", "--follow"});
    REQUIRE(served.run({"put", "q", "1"}).status == 0);
    CHECK(get->read_line() == "1");
    REQUIRE(served.run({"put", "q", "2", "3"}).status == 0);
    CHECK(get->read_line() == "2");
    CHECK(get->read_line() == "3");
    REQUIRE(served.run({"close", "q"}).status == 0);
    CHECK(get->finish() == 0);
    CHECK(get->output().empty());
    const Result put = served.run({"put", "q", "4"});
    CHECK(put.status == 1);
    CHECK(contains(put.errors, {"handoff: ", "\"q\"", "closed"}));
}

TEST_CASE("values are strings, and with json they are JSON, both ways") {
    const Served served;
    REQUIRE(served.run({"put", "q", "7", "{\"a\": 1}"}).status == 0);
    CHECK(served.run({"get", "q", "--count", "2", "--json"}).output ==
          "\"7\"\n\"{\\\"a\\\": 1}\"\n");
    const Words values{"7",
                       "-1.5",
                       "\"text\"",
                       "{\"b\": [1, null], \"a\": true}",
                       "\"\\u00fc\\n\"",
                       "18446744073709551615"};
    Words put{"put", "--json", "q", "--"};
    put.insert(put.end(), values.begin(), values.end());
    REQUIRE(served.run(put).status == 0);
    CHECK(served.run({"peek", "q"}).output ==
          "7\n-1.5\ntext\n{\"a\":true,\"b\":[1,null]}\n\u00fc\n\n18446744073709551615\n");
    CHECK(served.run({"get", "q", "--count", "6", "--json"}).output ==
          "7\n-1.5\n\"text\"\n{\"a\":true,\"b\":[1,null]}\n\"\u00fc\\n\"\n18446744073709551615\n");
    const Result lines = served.run_with_input({"put", "--json", "q", "-"}, "1\n[2]\n{\n4\n");
    CHECK(lines.status == 1);
    CHECK(contains(lines.errors, {"not JSON", "{"}));
}

TEST_CASE("items of other programs are printed: strings raw, all else as JSON") {
    const Served served;
    Client client{served.config()};
    client.queue<std::string>("q").put("text");
    client.queue<int>("q").put(-5);
    client.queue<std::vector<double>>("q").put({1.5, 2.5});
    client.queue<std::map<std::string, int>>("q").put({{"x", 1}, {"y", 2}});
    client.queue<std::optional<int>>("q").put({});
    CHECK(served.run({"get", "q", "--count", "5"}).output ==
          "text\n-5\n[1.5,2.5]\n{\"x\":1,\"y\":2}\nnull\n");
    REQUIRE(served.run({"put", "--json", "q", "[1, \"a\"]"}).status == 0);
    const auto [number, word] = client.queue<std::pair<int, std::string>>("q").get();
    CHECK(number == 1);
    CHECK(word == "a");
    REQUIRE(served.run({"put", "q", "plain"}).status == 0);
    CHECK(client.queue<std::string>("q").get() == "plain");
}

TEST_CASE("peek shows items of each state and takes none") {
    const Served served;
    Client client{served.config()};
    Queue<std::string> queue = client.queue<std::string>("q");
    REQUIRE(served.run({"put", "q", "buried", "leased", "ready", "also ready"}).status == 0);
    queue.lease().bury("no good");
    Lease<std::string> lease = queue.lease();
    REQUIRE(served.run({"put", "q", "--delay", "1h", "delayed"}).status == 0);
    for (int twice = 0; twice < 2; ++twice) {
        CHECK(served.run({"peek", "q"}).output == "ready\nalso ready\n");
        CHECK(served.run({"peek", "q", "--count", "1"}).output == "ready\n");
        CHECK(served.run({"peek", "q", "--state", "ready", "--json"}).output ==
              "\"ready\"\n\"also ready\"\n");
        CHECK(served.run({"peek", "q", "--state", "leased"}).output == "leased\n");
        CHECK(served.run({"peek", "q", "--state", "delayed"}).output == "delayed\n");
        CHECK(served.run({"peek", "q", "--state", "dead"}).output == "buried\n");
    }
    CHECK(served.run({"peek", "empty"}).status == 124);
    const Result wrong = served.run({"peek", "q", "--state", "gone"});
    CHECK(wrong.status == 1);
    CHECK(contains(wrong.errors, {"--state", "gone"}));
}

TEST_CASE("put with a priority goes first in a queue that heeds it") {
    const Served served;
    Client client{served.config()};
    static_cast<void>(client.queue<std::string>("q", {.order = handoff::Order::priority}));
    REQUIRE(served.run({"put", "q", "usual"}).status == 0);
    REQUIRE(served.run({"put", "q", "--priority", "-1", "later"}).status == 0);
    REQUIRE(served.run({"put", "q", "--priority", "5", "first"}).status == 0);
    CHECK(served.run({"get", "q", "--count", "3"}).output == "first\nusual\nlater\n");
}

TEST_CASE("what get cannot print goes back") {
    const Served served;
    REQUIRE(served.run({"put", "q", "1", "2"}).status == 0);
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    const auto get = served.begin({"get", "q", "--count", "2"}, {.output = full});
    ::close(full);
    CHECK(get->finish() == 1);
    CHECK(contains(get->errors(), {"standard output"}));
    CHECK(served.run({"get", "q", "--count", "2"}).output == "1\n2\n");
}

TEST_CASE("put to a full queue waits, and SIGINT ends it") {
    const Served served;
    Client client{served.config()};
    Queue<std::string> queue = client.queue<std::string>("q", {.capacity = 2});
    const auto patient = served.begin({"put", "q", "1", "2", "3"});
    REQUIRE(puts_wait(queue, 1));
    CHECK(served.run({"get", "q"}).output == "1\n");
    CHECK(patient->finish() == 0);
    for (const int number : {SIGINT, SIGTERM}) {
        const auto put = served.begin({"put", "q", "4"});
        REQUIRE(puts_wait(queue, 1));
        put->send_signal(number);
        CHECK(put->finish() == 1);
        CHECK(contains(put->errors(), {"\"q\"", "withdrawn"}));
    }
    CHECK(queue.stats().waiting_puts == 0);
    CHECK(served.run({"get", "q", "--count", "3", "--timeout", "50ms"}).output == "2\n3\n");
}

TEST_CASE("a get that waits is ended by a signal, and takes nothing") {
    const Served served{GENERATE(as<std::string>{}, "ipc", "tcp")};
    Client client{served.config()};
    Queue<std::string> queue = client.queue<std::string>("q");
    for (const int number : {SIGINT, SIGTERM}) {
        const auto get = served.begin({"get", "q"});
        REQUIRE(gets_wait(queue, 1));
        get->send_signal(number);
        CHECK(get->finish() == 124);
        CHECK(get->output().empty());
        const auto follow = served.begin({"get", "q", "--follow"});
        REQUIRE(gets_wait(queue, 1));
        follow->send_signal(number);
        CHECK(follow->finish() == 0);
    }
    REQUIRE(eventually([&] { return client.stats().sessions == 1; }));
    CHECK(client.stats().sessions_lost == 0);
}
