// The commands of `handoff` that handle queues, and a large amount of items through all of it.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <future>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "handoff/client.hpp"
#include "process/children.hpp"
#include "process/program.hpp"
#include "process/tool.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::Client;
using handoff::Lease;
using handoff::Queue;
using handoff::test::eventually;
using namespace std::chrono_literals;

namespace {

std::vector<long> numbers_in(const std::string& output) {
    std::vector<long> numbers;
    std::istringstream lines{output};
    for (long number = 0; lines >> number;) numbers.push_back(number);
    return numbers;
}

}  // namespace

TEST_CASE("stats shows each queue in a line, or the one that is asked for") {
    const Served served;
    REQUIRE(served.run({"put", "orders", "1", "2", "3"}).status == 0);
    REQUIRE(served.run({"put", "a longer name", "4"}).status == 0);
    REQUIRE(served.run({"close", "a longer name"}).status == 0);
    const Result all = served.run({"stats"});
    CHECK(all.status == 0);
    CHECK(contains(all.output,
                   {"queue", "ready", "leased", "orders", "a longer name", "closed", "sessions"}));
    const Result one = served.run({"stats", "orders"});
    CHECK(one.status == 0);
    CHECK(contains(one.output, {"orders"}));
    CHECK(one.output.find("longer") == std::string::npos);
    const Result none = served.run({"stats", "missing"});
    CHECK(none.status == 1);
    CHECK(contains(none.errors, {"missing"}));
}

TEST_CASE("stats as JSON can be read by programs") {
    const Served served;
    Client client{served.config()};
    Queue<std::string> queue = client.queue<std::string>("q \"quoted\"", {.capacity = 9});
    queue.put_many({"1", "2", "3"});
    const Lease<std::string> lease = queue.lease();
    const Result result = served.run({"stats", "--json"});
    REQUIRE(result.status == 0);
    const nlohmann::json stats = nlohmann::json::parse(result.output);
    CHECK(stats.at("manager") == client.stats().manager);
    CHECK(stats.at("sessions") == 2);
    CHECK(stats.at("sessions_lost") == 0);
    CHECK(stats.at("uptime_ms") >= 0);
    REQUIRE(stats.at("queues").size() == 1);
    const nlohmann::json& shown = stats.at("queues").at(0);
    CHECK(shown.at("name") == "q \"quoted\"");
    CHECK(shown.at("ready") == 2);
    CHECK(shown.at("leased") == 1);
    CHECK(shown.at("puts") == 3);
    CHECK(shown.at("capacity") == 9);
    CHECK(shown.at("closed") == false);
}

TEST_CASE("purge drops what is there and prints how many") {
    const Served served;
    REQUIRE(served.run({"put", "q", "1", "2", "3"}).status == 0);
    const Result purge = served.run({"purge", "q"});
    CHECK(purge.status == 0);
    CHECK(purge.output == "3\n");
    CHECK(served.run({"purge", "q"}).output == "0\n");
    CHECK(served.run({"peek", "q"}).status == 124);
}

TEST_CASE("kick makes dead items ready again, as many as wanted, and prints how many") {
    const Served served;
    Client client{served.config()};
    Queue<std::string> queue = client.queue<std::string>("q");
    queue.put_many({"1", "2", "3"});
    for (int i = 0; i < 3; ++i) queue.lease().bury("no good");
    CHECK(served.run({"kick", "q", "--count", "1"}).output == "1\n");
    CHECK(served.run({"peek", "q"}).output == "1\n");
    const Result rest = served.run({"kick", "q"});
    CHECK(rest.status == 0);
    CHECK(rest.output == "2\n");
    CHECK(served.run({"kick", "q"}).output == "0\n");
    CHECK(served.run({"get", "q", "--count", "3"}).output == "1\n2\n3\n");
}

TEST_CASE("close lets consumers drain what is there, and with now they find nothing") {
    const Served served;
    REQUIRE(served.run({"put", "drained", "1", "2"}).status == 0);
    REQUIRE(served.run({"close", "drained"}).status == 0);
    const Result get = served.run({"get", "drained", "--count", "5"});
    CHECK(get.status == 124);
    CHECK(get.output == "1\n2\n");
    REQUIRE(served.run({"put", "emptied", "1", "2"}).status == 0);
    REQUIRE(served.run({"close", "emptied", "--now"}).status == 0);
    const Result follow = served.run({"get", "emptied", "--follow"});
    CHECK(follow.status == 0);
    CHECK(follow.output.empty());
}

TEST_CASE("join waits until all is acknowledged, and not longer than it is told") {
    const Served served;
    REQUIRE(served.run({"put", "q", "1"}).status == 0);
    CHECK(served.run({"join", "q", "--timeout", "50ms"}).status == 124);
    const auto join = served.begin({"join", "q"});
    CHECK(served.run({"get", "q"}).output == "1\n");
    CHECK(join->finish() == 0);
    CHECK(served.run({"join", "q", "--timeout", "50ms"}).status == 0);
}

TEST_CASE("destroy removes the queue and what is in it") {
    const Served served;
    REQUIRE(served.run({"put", "q", "1", "2"}).status == 0);
    CHECK(served.run({"destroy", "q"}).status == 0);
    CHECK(served.run({"stats", "q"}).status == 1);
    CHECK(served.run({"peek", "q"}).status == 124);  // another queue of that name
    const Result again = served.run({"destroy", "missing"});
    CHECK(again.status == 1);
    CHECK(contains(again.errors, {"missing"}));
}

TEST_CASE("a name that cannot be a queue's is refused, and says why") {
    const Served served;
    for (const std::string& name : {std::string{}, std::string(300, 'n'), std::string{"\xff"}}) {
        const Result put = served.run({"put", name, "1"});
        CHECK(put.status == 1);
        CHECK(contains(put.errors, {"handoff: ", "name"}));
    }
}

TEST_CASE("a hundred thousand lines go through a queue to two readers, each exactly once") {
    const Served served{GENERATE(as<std::string>{}, "ipc", "tcp")};
    constexpr long lines = 100'000;
    Pipe pipe;
    Program seq{{"seq", std::to_string(lines)}, {}, {.output = pipe.writer()}};
    const auto put = served.begin({"put", "q", "-"}, {.input = pipe.reader()});
    pipe.close_reader();
    pipe.close_writer();
    const auto first = served.begin({"get", "q", "--count", "50000"});
    const auto second = served.begin({"get", "q", "--count", "50000"});
    // A reader whose output is not read would stop.
    auto second_ends = std::async(std::launch::async, [&] { return second->finish(); });
    CHECK(first->finish() == 0);
    CHECK(second_ends.get() == 0);
    CHECK(put->finish() == 0);
    CHECK(seq.finish() == 0);
    std::vector<long> all = numbers_in(first->output());
    const std::vector<long> others = numbers_in(second->output());
    REQUIRE(all.size() == lines / 2);
    REQUIRE(others.size() == lines / 2);
    CHECK(std::is_sorted(all.begin(), all.end()));
    CHECK(std::is_sorted(others.begin(), others.end()));
    all.insert(all.end(), others.begin(), others.end());
    std::sort(all.begin(), all.end());
    long missing = 0;
    for (long number = 1; number <= lines; ++number) {
        missing += all.at(static_cast<std::size_t>(number - 1)) == number ? 0 : 1;
    }
    CHECK(missing == 0);
    CHECK(served.run({"join", "q", "--timeout", "10s"}).status == 0);
}
