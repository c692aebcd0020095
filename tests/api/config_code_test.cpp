// Settings made in code: they are checked as a file's are, and what they leave open is filled in.

#include <string>
#include <vector>

#include "handoff/config.hpp"
#include "handoff/error.hpp"
#include "queue_options.hpp"
#include "support/catch.hpp"

using namespace std::chrono_literals;
using handoff::Config;
using handoff::QueueOptions;
using std::chrono::milliseconds;

namespace {

std::string refusal(const Config& config) {
    try {
        config.check();
    } catch (const handoff::Error& error) {
        CHECK(error.code() == handoff::errc::config_invalid);
        return error.what();
    }
    return "accepted";
}

std::string queue_refusal(const std::string& name, const QueueOptions& options) {
    try {
        handoff::check_queue(name, options);
    } catch (const handoff::Error& error) {
        CHECK(error.code() == handoff::errc::invalid_argument);
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("the defaults are acceptable") {
    CHECK(refusal(Config{}) == "accepted");
}

TEST_CASE("values set in code get the errors that a file would get") {
    Config config;
    config.manager.heartbeat = 5ms;
    CHECK(refusal(config) == "[manager] heartbeat: 5ms is out of range; allowed is 10ms to 1m");
    config.manager.heartbeat = -1ms;
    CHECK(refusal(config) == "[manager] heartbeat: -1ms is out of range; allowed is 10ms to 1m");

    config = {};
    config.client.linger = milliseconds::max();
    CHECK(refusal(config) ==
          "[client] linger: 9223372036854775807ms is out of range; allowed is "
          "0s to 1d");

    config = {};
    config.manager.sessions_max = handoff::unlimited;
    CHECK(refusal(config) ==
          "[manager] sessions_max: \"unlimited\" is out of range; allowed is "
          "1 to 1_000_000");

    config = {};
    config.client.connect = {"tcp://127.0.0.1:0"};
    CHECK(refusal(config) ==
          "[client] connect: \"tcp://127.0.0.1:0\" is an address to listen on; "
          "a client needs one host and one port");

    config = {};
    config.manager.listen = {"tcp://*:5555"};
    CHECK(refusal(config).starts_with(
        "[manager] listen: \"tcp://*:5555\" can be reached from other hosts"));
    config.security.insecure = true;
    CHECK(refusal(config) == "accepted");

    config = {};
    config.queues["jobs"].capacity = 0;
    CHECK(refusal(config) ==
          "[queues.jobs] capacity: 0 is out of range; allowed is 1 or more, or "
          "\"unlimited\"");

    config = {};
    config.queues["a\nb"] = {};
    CHECK(refusal(config) ==
          "[queues.\"a\\x0ab\"]: the name of a queue must not hold control characters");
}

TEST_CASE("a queue's options are checked when it is opened too") {
    CHECK(queue_refusal("jobs", {}) == "accepted");
    CHECK(queue_refusal("jobs", {.capacity = handoff::unlimited, .dead_letter = "other"}) ==
          "accepted");
    CHECK(queue_refusal("", {}) == "[queues.\"\"]: the name of a queue must not be empty");
    CHECK(queue_refusal("jobs", {.lease = -5s}) ==
          "[queues.jobs] lease: -5000ms is out of range; allowed is 1ms to 365d");
    CHECK(queue_refusal("jobs.x", {.durability = handoff::Durability::fsync}) == "accepted");
    CHECK(queue_refusal("jobs", {.order = static_cast<handoff::Order>(9)}) ==
          "[queues.jobs] order: 9 is none of \"fifo\", \"lifo\", \"priority\"");
    CHECK(queue_refusal("jobs", {.dead_letter = "jobs"}) ==
          "[queues.jobs] dead_letter: a queue cannot be its own dead-letter queue");
}

TEST_CASE("a heartbeat left to its default fits itself to a short session limit") {
    Config config;
    config.manager.session_limit = 300ms;
    CHECK(config.effective().manager.heartbeat == 75ms);
    config.manager.session_limit = 40ms;
    CHECK(config.effective().manager.heartbeat == 10ms);
    config.manager.session_limit = 3s;
    CHECK(config.effective().manager.heartbeat == 1s);
    CHECK(Config::parse("manager.session_limit = \"300ms\"").effective().manager.heartbeat == 75ms);
}

TEST_CASE("a heartbeat that was set is never changed") {
    Config config;
    config.manager.session_limit = 300ms;
    config.manager.heartbeat = 100ms;
    CHECK(config.effective().manager.heartbeat == 100ms);
    config.manager.heartbeat = 101ms;
    CHECK(refusal(config) ==
          "[manager] session_limit: session_limit (300ms) must be at least "
          "three times heartbeat (101ms)");
}

TEST_CASE("a client without an address goes where the manager listens") {
    Config config;
    config.manager.listen = {"tcp://127.0.0.1:*", "tcp://127.0.0.1:5555", "ipc:///run/a"};
    CHECK(config.effective().client.connect ==
          std::vector<std::string>{"tcp://127.0.0.1:5555", "ipc:///run/a"});
    config.client.connect = {"inproc://here"};
    CHECK(config.effective().client.connect == std::vector<std::string>{"inproc://here"});
}

TEST_CASE("what is in effect can be made effective again") {
    Config config;
    config.manager.session_limit = 300ms;
    CHECK(config.effective().effective() == config.effective());
}

TEST_CASE("a bad setting has no effect") {
    Config config;
    config.manager.queues_max = 0;
    CHECK_THROWS_AS(config.effective(), handoff::Error);
}
