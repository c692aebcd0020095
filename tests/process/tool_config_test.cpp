// `handoff config show`: what is in force, and where it came from.
#include <filesystem>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "handoff/keys.hpp"
#include "process/program.hpp"
#include "process/tool.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::test::TemporaryFolder;
using Words = Program::Words;

namespace {

const std::string text_of_farm =
    "[manager]\n"
    "listen = \"tcp://127.0.0.1:5555\"\n"
    "[queues.jobs]\n"
    "capacity = 10_000\n"
    "[queues.\"jobs.dead\"]\n"
    "order = \"lifo\"\n";

/// Settings, as JSON, and the one of them that a case is about.
struct Shown {
    nlohmann::json all;

    [[nodiscard]] std::string at(const std::string& section, const std::string& key) const {
        const nlohmann::json& setting = all.at(section).at(key);
        return setting.at("value").dump() + " " + setting.at("origin").get<std::string>();
    }
};

Shown shown(const Words& words, const Words& environment = {}) {
    Words all{"config", "show", "--json"};
    all.insert(all.end(), words.begin(), words.end());
    const Result result = run_handoff(all, environment);
    REQUIRE(result.status == 0);
    CHECK(result.errors.empty());
    return {nlohmann::json::parse(result.output)};
}

}  // namespace

TEST_CASE("config show prints every setting with its origin, in one column") {
    const TemporaryFolder folder;
    const std::string farm = write_file(folder, "farm.toml", text_of_farm);
    const Result result =
        run_handoff({"config", "show", "--config", farm}, {"HANDOFF__MANAGER__SESSION_LIMIT=2s"});
    CHECK(result.status == 0);
    CHECK(result.errors.empty());
    CHECK(contains(
        result.output,
        {"[manager]\nlisten               = [\"tcp://127.0.0.1:5555\"]  # " + farm + ":2\n",
         "\nheartbeat            = \"500ms\"                   # from session_limit\n",
         "\nsession_limit        = \"2s\"                      # "
         "HANDOFF__MANAGER__SESSION_LIMIT\n",
         "\nsessions_max         = 4_096                     # default\n",
         "\nconnect           = [\"tcp://127.0.0.1:5555\"]     # from listen\n",
         "\ninsecure           = false                       # default\n",
         "\n\n[queues.jobs]\ncapacity         = 10_000                        # " + farm +
             ":4\n# capacity_bytes = \"1GiB\"                        # default, unless a "
             "client says\n",
         "\n# dead_letter    = none ", "\n\n[queues.\"jobs.dead\"]\n"}));
}

TEST_CASE("what config show prints is a file with the same settings in force") {
    const TemporaryFolder folder;
    const std::string farm = write_file(folder, "farm.toml", text_of_farm);
    const Words variables{"HANDOFF__MANAGER__SESSION_LIMIT=2s", "HANDOFF__CLIENT__LINGER=1s"};
    const Result first = run_handoff({"config", "show", "--config", farm}, variables);
    const std::string file = write_file(folder, "shown.toml", first.output);
    CHECK(run_handoff({"config", "check", file}).status == 0);
    const Shown before = shown({"--config", farm}, variables);
    const Shown after = shown({"--config", file});
    for (const auto& [section, keys] : before.all.items()) {
        if (section == "queues") continue;
        for (const auto& [key, setting] : keys.items()) {
            CAPTURE(section, key);
            CHECK(after.all.at(section).at(key).at("value") == setting.at("value"));
            CHECK(after.all.at(section).at(key).at("origin").get<std::string>().starts_with(file));
        }
    }
    CHECK(after.all.at("queues").at("jobs").at("capacity").at("value") == 10000);
    CHECK(after.all.at("queues").at("jobs").at("lease").at("undecided") == true);
    CHECK(after.all.at("queues").at("jobs.dead").at("order").at("value") == "lifo");
}

TEST_CASE(
    "an option is stronger than a variable, a variable than the file, the file than nothing") {
    const TemporaryFolder folder;
    const std::string farm = write_file(folder, "farm.toml", "[client]\nconnect = \"ipc:///f\"\n");
    const std::string named = write_file(folder, "named.toml", "client.connect = \"ipc:///n\"\n");
    const auto connect = [](const Words& words, const Words& environment) {
        return shown(words, environment).at("client", "connect");
    };
    const Words low{"HANDOFF_CONFIG=" + named};
    const Words middle{low.front(), "HANDOFF_MANAGER=ipc:///m"};
    const Words high{low.front(), middle.back(), "HANDOFF__CLIENT__CONNECT=ipc:///c,ipc:///d"};
    CHECK(connect({}, {"XDG_RUNTIME_DIR=/run/user/7"}) ==
          "[\"ipc:///run/user/7/handoff/main.sock\"] default");
    CHECK(connect({}, low) == "[\"ipc:///n\"] " + named + ":1");
    CHECK(connect({"--config", farm}, low) == "[\"ipc:///f\"] " + farm + ":2");
    CHECK(connect({"--config", farm}, middle) == "[\"ipc:///m\"] HANDOFF_MANAGER");
    CHECK(connect({"--config", farm}, high) ==
          "[\"ipc:///c\",\"ipc:///d\"] HANDOFF__CLIENT__CONNECT");
    CHECK(connect({"--config", farm, "--manager", "ipc:///o"}, high) == "[\"ipc:///o\"] --manager");

    const Shown listening = shown({"--listen", "ipc:///a", "--listen", "ipc:///b"},
                                  {"HANDOFF__MANAGER__LISTEN=ipc:///e"});
    CHECK(listening.at("manager", "listen") == "[\"ipc:///a\",\"ipc:///b\"] --listen");
    CHECK(listening.at("client", "connect") == "[\"ipc:///a\",\"ipc:///b\"] from listen");
}

TEST_CASE("config show tells where keys lie and what roles allow, and no secret") {
    const TemporaryFolder folder;
    const std::string stem = (folder.path() / "manager").string();
    REQUIRE(run_handoff({"keygen", stem}).status == 0);
    const handoff::KeyPair keys = handoff::read_key_file(stem + ".key");
    const std::string file =
        write_file(folder, "farm.toml",
                   "[security]\nmanager_key = \"" + stem + ".key\"\nclient_key = \"" + stem +
                       ".key\"\n[roles.all]\nkeys = \"ann\"\nput = \"*\"\n");
    for (const bool json : {false, true}) {
        Words words{"config", "show", "--config", file};
        if (json) words.emplace_back("--json");
        const Result result = run_handoff(words);
        CHECK(result.output.find(keys.secret_key) == std::string::npos);
        CHECK(result.output.find(stem + ".key") != std::string::npos);
    }
    CHECK(shown({"--config", file}).all.at("roles").at("all").at("put").at("value") ==
          nlohmann::json::array({"*"}));
}

TEST_CASE("config show of what cannot be accepted says what is wrong, and prints nothing") {
    const TemporaryFolder folder;
    const std::string bad = write_file(folder, "bad.toml", "[manager]\nheartbeat = \"1ms\"\n");
    const Result file = run_handoff({"config", "show", "--config", bad});
    CHECK(file.status == 1);
    CHECK(file.output.empty());
    CHECK(contains(file.errors, {bad + ":2", "heartbeat"}));
    const Result option = run_handoff({"config", "show", "--manager", "smoke://signals"});
    CHECK(option.status == 1);
    CHECK(contains(option.errors, {"smoke"}));
    CHECK(run_handoff({"config", "show"}, {"HANDOFF__CLIENT__LINGR=1s"}).status == 1);
}
