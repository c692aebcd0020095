// What a configuration file may say, and what is said of one that cannot be accepted.

#include "handoff/config.hpp"

#include <algorithm>
#include <string>

#include "handoff/error.hpp"
#include "support/catch.hpp"

using namespace std::chrono_literals;
using handoff::Config;
using handoff::Durability;
using handoff::Order;
using handoff::QueueOptions;
using handoff::unlimited;

namespace {

const std::string everything = R"(
[manager]
listen = ["ipc:///run/handoff/main.sock", "tcp://10.0.0.5:5555", "ws://[::1]:*/queue"]
heartbeat = "200ms"
session_limit = "5s"
item_bytes_max = "32MiB"
frame_bytes_max = "1MiB"
sessions_max = 10
requests_max = 20
session_bytes_max = "128MiB"
queues_max = 1_000
spin = false
same_host = false

[client]
connect = "tcp://10.0.0.5:5555"
unreachable_after = "1m"
linger = "0s"
cancel_grace = "1s"
reconnect_min = "10ms"
reconnect_max = "10s"
spin = false

[security]
mechanism = "null"
insecure = true

[queues.jobs]
capacity = 10_000
capacity_bytes = "2GiB"
order = "priority"
lease = "1h"
deliveries_max = 5
dead_letter = "jobs.dead"
durability = "memory"
key_window = "5m"
keys_max = 1_000
engine = "managed"

[queues."jobs.dead"]
capacity = "unlimited"
capacity_bytes = "unlimited"
deliveries_max = "unlimited"
order = "lifo"

[queues.plain]
)";

/// The text of the error that a file of this content gets.
std::string refusal(const std::string& text) {
    try {
        Config::parse(text, "farm.toml");
    } catch (const handoff::Error& error) {
        CHECK(error.code() == handoff::errc::config_invalid);
        return error.what();
    }
    return "accepted";
}

struct Row {
    std::string text;
    std::string expected;
};

template <std::size_t rows>
void check_refusals(const Row (&table)[rows]) {
    for (const Row& row : table) {
        CAPTURE(row.text);
        CHECK(refusal(row.text) == row.expected);
    }
}

/// The same for a setting of its own in a section, on line 2.
void check_setting(const std::string& section, const std::string& line,
                   const std::string& expected) {
    const std::string key = line.substr(0, line.find(' '));
    CAPTURE(section, line);
    CHECK(refusal("[" + section + "]\n" + line + "\n") ==
          "farm.toml:2: [" + section + "] " + key + ": " + expected);
}

}  // namespace

TEST_CASE("a file can set everything that this version has") {
    Config expected;
    expected.manager.listen = {"ipc:///run/handoff/main.sock", "tcp://10.0.0.5:5555",
                               "ws://[::1]:*/queue"};
    expected.manager.heartbeat = 200ms;
    expected.manager.session_limit = 5s;
    expected.manager.item_bytes_max = 32u << 20;
    expected.manager.frame_bytes_max = 1u << 20;
    expected.manager.sessions_max = 10;
    expected.manager.requests_max = 20;
    expected.manager.session_bytes_max = 128u << 20;
    expected.manager.queues_max = 1000;
    expected.manager.spin = false;
    expected.manager.same_host = false;
    expected.client.connect = {"tcp://10.0.0.5:5555"};
    expected.client.unreachable_after = 1min;
    expected.client.linger = 0s;
    expected.client.cancel_grace = 1s;
    expected.client.reconnect_min = 10ms;
    expected.client.reconnect_max = 10s;
    expected.client.spin = false;
    expected.security.insecure = true;
    expected.queues["jobs"] = {.capacity = 10'000,
                               .capacity_bytes = std::uint64_t{2} << 30,
                               .order = Order::priority,
                               .lease = 1h,
                               .deliveries_max = 5,
                               .dead_letter = "jobs.dead",
                               .durability = Durability::memory,
                               .key_window = 5min,
                               .keys_max = 1000};
    expected.queues["jobs.dead"].capacity = unlimited;
    expected.queues["jobs.dead"].capacity_bytes = unlimited;
    expected.queues["jobs.dead"].deliveries_max = unlimited;
    expected.queues["jobs.dead"].order = Order::lifo;
    expected.queues["plain"] = {};
    CHECK(Config::parse(everything) == expected);
}

TEST_CASE("an empty file leaves the defaults") {
    CHECK(Config::parse("") == Config{});
    CHECK(Config::parse("# nothing\n[manager]\n[client]\n[queues]\n[security]\n") == Config{});
}

TEST_CASE("an unset option of a queue stays no opinion") {
    const Config config = Config::parse("[queues.jobs]\ncapacity = 5\n");
    CHECK(config.queues.at("jobs") == QueueOptions{.capacity = 5});
}

TEST_CASE("TOML may be written in any of its ways") {
    const Config config = Config::parse(R"(
        client.linger = "1s"
        manager = { heartbeat = "100ms", listen = 'ipc:///a' }
        queues.jobs.capacity = 0x10
        queues."a.b" = { order = """lifo""" }
    )");
    CHECK(config.client.linger == 1s);
    CHECK(config.manager.heartbeat == 100ms);
    CHECK(config.manager.listen == std::vector<std::string>{"ipc:///a"});
    CHECK(config.queues.at("jobs").capacity == 16u);
    CHECK(config.queues.at("a.b").order == Order::lifo);
}

TEST_CASE("an unknown key is refused with the nearest one that there is") {
    const Row table[] = {
        {"[client]\n\n# a note\n[queues.jobs]\norder = \"fifo\"\ncapcity = 5\n",
         "farm.toml:6: [queues.jobs] capcity: unknown key; did you mean capacity?"},
        {"[manager]\nheart_beat = \"1s\"",
         "farm.toml:2: [manager] heart_beat: unknown key; did you mean heartbeat?"},
        {"[queues.\"a.b\"]\nLease = 1",
         "farm.toml:2: [queues.\"a.b\"] Lease: unknown key; did you mean lease?"},
        {"[manager]\nlinger = \"5s\"",
         "farm.toml:2: [manager] linger: unknown key here; it belongs in [client]"},
        {"[client]\nlease = \"5s\"",
         "farm.toml:2: [client] lease: unknown key here; it belongs in [queues.NAME]"},
        {"[security]\nsomething = 1",
         "farm.toml:2: [security] something: unknown key; known are mechanism, "
         "manager_key, manager_public_key, client_key, clients, insecure"},
        {"[security]\n\"a key\\n\" = 1",
         "farm.toml:2: [security] \"a key\\x0a\": unknown key; known are mechanism, "
         "manager_key, manager_public_key, client_key, clients, insecure"},
        {"[queues.jobs.failed]\ncapacity = 5",
         "farm.toml:1: [queues.jobs] failed: unknown key; the name of a queue that holds a dot is "
         "quoted, as in [queues.\"jobs.dead\"]"},
        {"[client]\nx = { a = { b = 1 } }",
         "farm.toml:2: [client] x: unknown key; known are connect, unreachable_after, linger, "
         "cancel_grace, reconnect_min, reconnect_max, spin"},
    };
    check_refusals(table);
}

TEST_CASE("an unknown section is refused with the nearest one that there is") {
    const Row table[] = {
        {"\n[manger]\n", "farm.toml:2: [manger]: unknown section; did you mean [manager]?"},
        {"[queue.jobs]", "farm.toml:1: [queue]: unknown section; did you mean [queues.NAME]?"},
        {"[logging]",
         "farm.toml:1: [logging]: unknown section; known are [manager], [client], [security], "
         "[queues.NAME], [roles.NAME]"},
        {"[[manager]]",
         "farm.toml:1: manager: is a section; write [manager] on a line of its own, "
         "and its keys below"},
        {"queues = 5",
         "farm.toml:1: queues: is a section; write [queues.NAME] on a line of its "
         "own, and its keys below"},
        {"capacity = 5",
         "farm.toml:1: capacity: a key outside of the sections; it belongs in [queues.NAME]"},
        {"colour = 5", "farm.toml:1: colour: a key outside of the sections"},
        {"[queues]\ncapacity = 5",
         "farm.toml:2: [queues] capacity: the settings of a queue stand below its own heading, "
         "[queues.NAME]"},
    };
    check_refusals(table);
}

TEST_CASE("text that is not TOML is refused with its line") {
    CHECK_THAT(refusal("[manager]\nheartbeat = 1s\n"),
               Catch::Matchers::StartsWith("farm.toml:2: not TOML: "));
    CHECK_THAT(refusal("[manager]\nqueues_max = 1\nqueues_max = 2\n"),
               Catch::Matchers::StartsWith("farm.toml:3: not TOML: "));
    CHECK_THAT(refusal("a = \"\xff\""), Catch::Matchers::StartsWith("farm.toml:1: not TOML: "));
    CHECK_THAT(refusal("a = 99999999999999999999"),
               Catch::Matchers::StartsWith("farm.toml:1: not TOML: "));
    CHECK_THAT(refusal("a = " + std::string(100'000, '[')),
               Catch::Matchers::StartsWith("farm.toml:1: not TOML: "));
}

TEST_CASE("a value of the wrong type says what was expected and what was found") {
    const std::string duration = "expected a duration such as \"200ms\", \"30s\" or \"5m\", found ";
    check_setting("client", "linger = 5", duration + "5");
    check_setting("client", "linger = 5.5", duration + "a floating-point number");
    check_setting("client", "linger = true", duration + "true");
    check_setting("client", "linger = 10:30:00", duration + "a time of day");
    check_setting("client", "linger = 1979-05-27", duration + "a date");
    check_setting("client", "linger = 1979-05-27T07:32:00Z", duration + "a date and time");
    check_setting("client", "linger = { a = 1 }", duration + "a table");
    check_setting("client", "linger = [\"5s\"]", duration + "an array");
    check_setting("client", "linger = [5]", duration + "an array that holds more than strings");
    check_setting("manager", "item_bytes_max = 1024",
                  "expected a size such as \"64MiB\" or \"10kB\", found 1024");
    check_setting("manager", "sessions_max = \"5\"", "expected a whole number, found \"5\"");
    check_setting("manager", "sessions_max = \"unlimited\"",
                  "expected a whole number, found \"unlimited\"");
    check_setting("queues.jobs", "capacity = \"many\"",
                  "expected a whole number or \"unlimited\", found \"many\"");
    check_setting("queues.jobs", "order = 1",
                  "expected one of \"fifo\", \"lifo\", \"priority\", found 1");
    check_setting("queues.jobs", "dead_letter = false",
                  "expected the name of a queue, found false");
    check_setting("security", "insecure = \"true\"", "expected true or false, found \"true\"");
    check_setting("manager", "listen = 5555",
                  "expected an address such as \"tcp://127.0.0.1:5555\", or an array of addresses, "
                  "found 5555");
}

TEST_CASE("a quantity with a bad unit is refused") {
    check_setting("client", "linger = \"5\"", "\"5\" has no unit; units are ms, s, m, h, d");
    check_setting("client", "linger = \"5 minutes\"",
                  "\"5 minutes\" has the unknown unit \" minutes\"; units are ms, s, m, h, d");
    check_setting("client", "linger = \"-5s\"",
                  "\"-5s\" is negative; write a whole number and a unit, such as \"200ms\", "
                  "\"30s\" or \"5m\"");
    check_setting("queues.jobs", "lease = \"4000d\"", "\"4000d\" is more than 10 years");
    check_setting("manager", "frame_bytes_max = \"1Mib\"",
                  "\"1Mib\" has the unknown unit \"Mib\"; units are B, kB, KiB, MB, MiB, GB, GiB, "
                  "TB, TiB");
}

TEST_CASE("a value out of its range is refused with the range") {
    const auto out = [](const std::string& value, const std::string& range) {
        return value + " is out of range; allowed is " + range;
    };
    check_setting("manager", "heartbeat = \"9ms\"", out("9ms", "10ms to 1m"));
    check_setting("manager", "heartbeat = \"61s\"", out("61s", "10ms to 1m"));
    check_setting("manager", "session_limit = \"39ms\"", out("39ms", "40ms to 1d"));
    check_setting("manager", "session_limit = \"2d\"", out("2d", "40ms to 1d"));
    check_setting("manager", "item_bytes_max = \"0B\"", out("0B", "1B to 1GiB"));
    check_setting("manager", "item_bytes_max = \"1025MiB\"", out("1025MiB", "1B to 1GiB"));
    check_setting("manager", "frame_bytes_max = \"4kB\"", out("4kB", "4KiB to 64MiB"));
    check_setting("manager", "frame_bytes_max = \"65MiB\"", out("65MiB", "4KiB to 64MiB"));
    check_setting("manager", "session_bytes_max = \"1KiB\"", out("1KiB", "64KiB to 64GiB"));
    check_setting("manager", "sessions_max = 0", out("0", "1 to 1_000_000"));
    check_setting("manager", "requests_max = -1", out("-1", "1 to 1_000_000"));
    check_setting("manager", "queues_max = 10_000_001", out("10_000_001", "1 to 10_000_000"));
    check_setting("client", "unreachable_after = \"0s\"", out("0s", "10ms to 1d"));
    check_setting("client", "linger = \"25h\"", out("25h", "0s to 1d"));
    check_setting("client", "cancel_grace = \"61m\"", out("61m", "0s to 1h"));
    check_setting("client", "reconnect_min = \"0ms\"", out("0s", "1ms to 1h"));
    check_setting("client", "reconnect_max = \"2h\"", out("2h", "1ms to 1h"));
    check_setting("queues.jobs", "capacity = 0", out("0", "1 or more, or \"unlimited\""));
    check_setting("queues.jobs", "capacity = -1", out("-1", "1 or more, or \"unlimited\""));
    check_setting("queues.jobs", "capacity_bytes = \"0B\"",
                  out("0B", "1B or more, or \"unlimited\""));
    check_setting("queues.jobs", "deliveries_max = 0", out("0", "1 or more, or \"unlimited\""));
    check_setting("queues.jobs", "lease = \"0s\"", out("0s", "1ms to 365d"));
    check_setting("queues.jobs", "lease = \"366d\"", out("366d", "1ms to 365d"));
    check_setting("queues.jobs", "key_window = \"0s\"", out("0s", "1ms to 365d"));
    check_setting("queues.jobs", "keys_max = 0", out("0", "1 to 10_000_000"));
}

TEST_CASE("an unknown word is refused with the nearest one that there is") {
    check_setting("queues.jobs", "order = \"fif\"", "\"fif\" is not known; did you mean \"fifo\"?");
    check_setting("queues.jobs", "order = \"random\"",
                  "\"random\" is not known; known are \"fifo\", \"lifo\", \"priority\"");
    check_setting("queues.jobs", "durability = \"disk\"",
                  "\"disk\" is not known; known are \"memory\", \"os\", \"fsync\"");
    check_setting("security", "mechanism = \"curv\"",
                  "\"curv\" is not known; did you mean \"curve\"?");
}

TEST_CASE("the folder of durable queues, and what is kept free there") {
    const Config config = Config::parse(
        "[manager]\ndata = \"/srv/handoff\"\ndata_reserve = \"1GiB\"\n"
        "[queues.jobs]\ndurability = \"fsync\"\n");
    CHECK(config.manager.data == "/srv/handoff");
    CHECK(config.manager.data_reserve == 1u << 30);
    CHECK((config.queues.at("jobs").durability == Durability::fsync));
    check_setting("manager", "data = 7", "expected the path of a folder, found 7");
    check_setting("manager", "data_reserve = \"1TiB\"",
                  "1TiB is out of range; allowed is 0B to 64GiB");
}

TEST_CASE("a queue may have a manager of its own") {
    const Config config = Config::parse(
        "[client]\nconnect = \"tcp://10.0.0.1:5555\"\n"
        "[queues.jobs]\nconnect = [\"tcp://10.0.0.9:5555\", \"tcp://10.0.0.8:5555\"]\n");
    const std::vector<std::string> addresses{"tcp://10.0.0.9:5555", "tcp://10.0.0.8:5555"};
    CHECK(config.routes.at("jobs").connect == addresses);
    check_setting("queues.jobs", "connect = \"10.0.0.9\"",
                  "\"10.0.0.9\": is not an address; write one such as tcp://127.0.0.1:5555");
    const std::string direct = refusal(
        "[queues.jobs]\nengine = \"direct\"\nbind = \"ipc://a\"\n"
        "connect = \"tcp://10.0.0.9:5555\"\n");
    CHECK(direct ==
          "farm.toml:4: [queues.jobs] connect: a direct queue has no manager; its producers serve "
          "at the addresses in bind");
}

TEST_CASE("a feature configured before it exists is refused by its key") {
    check_setting("queues.jobs", "engine = \"nats\"",
                  "\"nats\" is not supported by this version; supported is \"managed\", "
                  "\"direct\"");
    check_setting("queues.jobs", "relax = [\"order\"]",
                  "not supported by this version; it is promises that the queue's engine need "
                  "not keep");
}

TEST_CASE("a direct queue and the addresses of its producers belong together") {
    const Config config = Config::parse(
        "[security]\ninsecure = true\n"
        "[queues.jobs]\nengine = \"direct\"\nbind = [\"ipc:///run/a\", \"tcp://10.0.0.6:5560\"]\n");
    CHECK(config.routes.at("jobs").engine == handoff::Engine::direct);
    CHECK(config.routes.at("jobs").bind ==
          std::vector<std::string>{"ipc:///run/a", "tcp://10.0.0.6:5560"});
    CHECK_THAT(
        refusal("[queues.jobs]\nengine = \"direct\"\nbind = \"tcp://10.0.0.6:5560\"\n"),
        Catch::Matchers::StartsWith("farm.toml:3: [queues.jobs] bind: \"tcp://10.0.0.6:5560\" "
                                    "can be reached from other hosts"));
    check_setting("queues.jobs", "engine = \"direct\"",
                  "a direct queue needs addresses for its producers; name them in bind");
    check_setting("queues.jobs", "bind = \"ipc:///run/a\"",
                  "only the producers of a direct queue bind; set engine = \"direct\" as well");
    check_setting("queues.jobs", "bind = \"tcp://*:5560\"",
                  "\"tcp://*:5560\" is an address to listen on; a client needs one host and one "
                  "port");
    CHECK(refusal("[queues.a]\nengine = \"direct\"\nbind = \"ipc:///run/a\"\n"
                  "[queues.b]\nengine = \"direct\"\nbind = \"ipc:///run/a\"\n") ==
          "farm.toml:6: [queues.b] bind: \"ipc:///run/a\" is an address of queue \"a\" already; "
          "each producer of each queue needs one of its own");
}

TEST_CASE("an address that cannot be is refused where it stands") {
    check_setting("client", "connect = \"http://a:1\"",
                  "\"http://a:1\": unknown scheme \"http\"; known are inproc, ipc, tcp, ws");
    check_setting("manager", "listen = [\"ipc:///a\", \"tcp://a\"]",
                  "\"tcp://a\": a port is missing; write HOST:PORT");
    check_setting("manager", "listen = [\"tcp://localhost:5\", \"tcp://127.0.0.1:5\"]",
                  "\"tcp://127.0.0.1:5\" is named twice");
    const std::string no_goal = " is an address to listen on; a client needs one host and one port";
    check_setting("client", "connect = \"tcp://127.0.0.1:*\"", "\"tcp://127.0.0.1:*\"" + no_goal);
    check_setting("client", "connect = [\"tcp://*:5555\"]", "\"tcp://*:5555\"" + no_goal);
}

TEST_CASE("several listeners may each take a free port") {
    CHECK(refusal("manager.listen = [\"tcp://127.0.0.1:*\", \"tcp://127.0.0.1:*\"]") == "accepted");
}

TEST_CASE("a queue needs a name that a queue can have") {
    const Row table[] = {
        {"[queues.\"\"]", "farm.toml:1: [queues.\"\"]: the name of a queue must not be empty"},
        {"[queues.\"a\\nb\"]",
         "farm.toml:1: [queues.\"a\\x0ab\"]: the name of a queue must not hold control "
         "characters"},
        {"[queues." + std::string(256, 'x') + "]",
         "farm.toml:1: [queues." + std::string(256, 'x') +
             "]: the name of a queue must not be longer than 255 bytes"},
        {"[queues.jobs]\ndead_letter = \"\"",
         "farm.toml:2: [queues.jobs] dead_letter: \"\": the name of a queue must not be empty"},
        {"[queues.jobs]\ndead_letter = \"jobs\"",
         "farm.toml:2: [queues.jobs] dead_letter: a queue cannot be its own dead-letter queue"},
    };
    check_refusals(table);
}

TEST_CASE("a listener that other hosts can reach needs a word of consent") {
    const auto refused = [](const std::string& address) {
        return "\"" + address +
               "\" can be reached from other hosts and nothing protects it; listen on ipc or a "
               "loopback address, set mechanism = \"curve\" in [security], or accept that by "
               "insecure = true there";
    };
    check_setting("manager", "listen = \"tcp://10.0.0.5:5555\"", refused("tcp://10.0.0.5:5555"));
    check_setting("manager", "listen = [\"ipc:///a\", \"ws://*:80\"]", refused("ws://*:80"));
    check_setting("manager", "listen = \"tcp://0.0.0.0:1\"", refused("tcp://0.0.0.0:1"));

    const std::string listen = "[manager]\nlisten = \"tcp://10.0.0.5:5555\"\n[security]\n";
    CHECK(refusal(listen + "insecure = true") == "accepted");
    CHECK(refusal(listen + "insecure = false") ==
          "farm.toml:2: [manager] listen: " + refused("tcp://10.0.0.5:5555"));
    CHECK(refusal("client.connect = \"tcp://10.0.0.5:5555\"") == "accepted");
}

TEST_CASE("settings that contradict each other are refused") {
    const Row table[] = {
        {"[manager]\nheartbeat = \"1s\"\nsession_limit = \"2s\"",
         "farm.toml:3: [manager] session_limit: session_limit (2s) must be at least three times "
         "heartbeat (1s)"},
        {"[manager]\nheartbeat = \"5s\"",
         "farm.toml:2: [manager] heartbeat: session_limit (10s) must be at least three times "
         "heartbeat (5s)"},
        {"[client]\nreconnect_min = \"3s\"",
         "farm.toml:2: [client] reconnect_min: reconnect_max (2s) must be at least reconnect_min "
         "(3s)"},
        {"[client]\nreconnect_min = \"3s\"\nreconnect_max = \"1s\"",
         "farm.toml:3: [client] reconnect_max: reconnect_max (1s) must be at least reconnect_min "
         "(3s)"},
        {"[manager]\nitem_bytes_max = \"1GiB\"",
         "farm.toml:2: [manager] item_bytes_max: session_bytes_max (64MiB) must be at least "
         "item_bytes_max (1GiB)"},
        {"[manager]\nitem_bytes_max = \"1MiB\"\nframe_bytes_max = \"2MiB\"\n"
         "session_bytes_max = \"1MiB\"",
         "farm.toml:4: [manager] session_bytes_max: session_bytes_max (1MiB) must be at least "
         "frame_bytes_max (2MiB)"},
    };
    check_refusals(table);
}

TEST_CASE("the first error of a file is the one that is told") {
    CHECK(refusal("[queues.b]\norder = 1\n[queues.a]\norder = 2\n[client]\nx = 1\n")
              .starts_with("farm.toml:2: "));
}
