// Every setting that is in force, and where its value came from.

#include "handoff/config_origins.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "api/environment.hpp"
#include "config_keys.hpp"
#include "handoff/config.hpp"
#include "handoff/error.hpp"
#include "support/catch.hpp"

using handoff::Config;
using handoff::ConfigOrigins;
using handoff::Setting;
using handoff::test::Environment;
using handoff::test::Folder;
using namespace std::chrono_literals;

namespace {

/// "value, origin" of one setting.
std::string told(const std::vector<Setting>& settings, const std::string& section,
                 const std::string& key) {
    const auto found = std::find_if(settings.begin(), settings.end(), [&](const Setting& one) {
        return one.section == section && one.key == key;
    });
    if (found == settings.end()) return "not told";
    return found->value + ", " + found->origin + (found->undecided ? ", undecided" : "");
}

/// The settings as a file.
std::string file_of(const std::vector<Setting>& settings) {
    std::string text;
    std::string section;
    for (const Setting& setting : settings) {
        if (setting.section != section) text += "[" + setting.section + "]\n";
        section = setting.section;
        if (!setting.undecided) text += setting.key + " = " + setting.value + "\n";
    }
    return text;
}

}  // namespace

TEST_CASE("each setting that is supported is told once, in the order of the page") {
    Environment environment;
    environment.set("XDG_RUNTIME_DIR", "/run/user/1000");
    Config config;
    config.queues["jobs"];
    const std::vector<Setting> settings = ConfigOrigins{}.settings(config);
    std::size_t at = 0;
    for (const handoff::settings::Key& key : handoff::settings::keys()) {
        if (key.kind == handoff::settings::Kind::refused) continue;
        if (key.section == "roles") continue;  // there are none
        // Queues have neither unless somebody says so.
        if (key.section == "queues" && (key.name == "bind" || key.name == "connect")) continue;
        REQUIRE(at < settings.size());
        const Setting& setting = settings[at++];
        CAPTURE(setting.key);
        CHECK(setting.key == key.name);
        CHECK(setting.section == (key.section == "queues" ? "queues.jobs" : key.section));
        CHECK(setting.table == (key.section == "queues" ? "jobs" : ""));
        CHECK(setting.origin == "default");
        CHECK(setting.value.empty() == (key.name == "dead_letter"));
    }
    CHECK(at == settings.size());
    CHECK(told(settings, "manager", "session_limit") == "\"10s\", default");
    CHECK(told(settings, "manager", "sessions_max") == "4_096, default");
    CHECK(told(settings, "manager", "item_bytes_max") == "\"16MiB\", default");
    CHECK(told(settings, "client", "connect") ==
          "[\"ipc:///run/user/1000/handoff/main.sock\"], default");
    CHECK(told(settings, "security", "insecure") == "false, default");
    CHECK(told(settings, "queues.jobs", "capacity") == "1_000_000, default, undecided");
    CHECK(told(settings, "queues.jobs", "engine") == "\"managed\", default");
}

TEST_CASE("a value is told with the line, the variable or the code that it came from") {
    Environment environment;
    const Folder folder;
    const std::string file = folder
                                 .file(
                                     "[manager]\n"
                                     "heartbeat = \"1s\"\n"
                                     "session_limit = \"3s\"\n"
                                     "listen = \"tcp://127.0.0.1:5555\"\n"
                                     "[queues.\"a \\\"b\\\"\\\\\"]\n"
                                     "capacity = \"unlimited\"\n"
                                     "order = \"lifo\"\n")
                                 .string();
    environment.set("HANDOFF__MANAGER__SESSION_LIMIT", "4s");
    environment.set("HANDOFF_MANAGER", "tcp://127.0.0.1:6666,ipc:///a");
    Config base;
    base.client.linger = 1s;
    base.client.cancel_grace = 1s;
    environment.set("HANDOFF__CLIENT__CANCEL_GRACE", "2s");

    ConfigOrigins origins;
    Config config = origins.load(file, base);
    std::vector<Setting> settings = origins.settings(config);
    CHECK(told(settings, "manager", "heartbeat") == "\"1s\", " + file + ":2");
    CHECK(told(settings, "manager", "session_limit") == "\"4s\", HANDOFF__MANAGER__SESSION_LIMIT");
    CHECK(told(settings, "manager", "listen") == "[\"tcp://127.0.0.1:5555\"], " + file + ":4");
    CHECK(told(settings, "client", "connect") ==
          "[\"tcp://127.0.0.1:6666\", \"ipc:///a\"], HANDOFF_MANAGER");
    CHECK(told(settings, "client", "linger") == "\"1s\", code");
    CHECK(told(settings, "client", "cancel_grace") == "\"2s\", HANDOFF__CLIENT__CANCEL_GRACE");
    const std::string queue = "queues.\"a \\\"b\\\"\\\\\"";
    CHECK(told(settings, queue, "capacity") == "\"unlimited\", " + file + ":6");
    CHECK(told(settings, queue, "order") == "\"lifo\", " + file + ":7");

    config.manager.session_limit = 5s;
    config.queues["late"].capacity = 7;
    settings = origins.settings(config);
    CHECK(told(settings, "manager", "session_limit") == "\"5s\", code");
    CHECK(told(settings, "queues.late", "capacity") == "7, code");
}

TEST_CASE("a value that goes by another setting says by which") {
    const Environment environment;
    Config config;
    config.manager.session_limit = 300ms;
    config.manager.listen = {"tcp://127.0.0.1:*", "tcp://127.0.0.1:5555"};
    std::vector<Setting> settings = ConfigOrigins{}.settings(config);
    CHECK(told(settings, "manager", "heartbeat") == "\"75ms\", from session_limit");
    CHECK(told(settings, "client", "connect") == "[\"tcp://127.0.0.1:5555\"], from listen");
    config.manager.listen = {"tcp://127.0.0.1:*"};
    settings = ConfigOrigins{}.settings(config);
    CHECK(told(settings, "client", "connect") ==
          "[\"" + handoff::default_endpoint() + "\"], default");
}

TEST_CASE("the settings in force, written into a file, are the settings of that file") {
    const Environment environment;
    Config config;
    config.manager.session_limit = 300ms;
    config.manager.listen = {"ipc:///srv/with \"quotes\" and \\", "tcp://127.0.0.1:*"};
    config.queues["jobs.dead"].capacity = handoff::unlimited;
    config.queues["jobs"].dead_letter = "jobs \"dead\"";
    config.queues["jobs"].order = handoff::Order::priority;
    config.queues["jobs"].durability = handoff::Durability::memory;
    config.queues["open"];
    const Config again = Config::parse(file_of(ConfigOrigins{}.settings(config)));
    CHECK(again == config.effective());
}

TEST_CASE("settings that contradict each other are not told") {
    const Environment environment;
    Config config;
    config.client.reconnect_min = 1h;
    CHECK_THROWS_AS(ConfigOrigins{}.settings(config), handoff::Error);
}

TEST_CASE("what was loaded before is forgotten by the next load") {
    Environment environment;
    const Folder folder;
    ConfigOrigins origins;
    environment.set("HANDOFF_CONFIG", folder.file("client.linger = \"2s\"").string());
    const std::string place = (folder.path() / "farm.toml").string() + ":1";
    CHECK(told(origins.settings(origins.load()), "client", "linger") == "\"2s\", " + place);
    environment.set("HANDOFF_CONFIG", "");
    CHECK(told(origins.settings(origins.load()), "client", "linger") == "\"5s\", default");
}
