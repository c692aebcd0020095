// [roles.NAME]: how a file says what clients may do, and what it may not say.

#include <algorithm>
#include <string>
#include <vector>

#include "handoff/config.hpp"
#include "handoff/config_origins.hpp"
#include "handoff/error.hpp"
#include "support/catch.hpp"

using handoff::Config;
using handoff::ConfigOrigins;
using handoff::RoleOptions;
using handoff::Setting;
using Texts = std::vector<std::string>;
using Catch::Contains;

namespace {

std::string refusal(const std::string& text) {
    try {
        static_cast<void>(Config::parse(text, "farm.toml"));
    } catch (const handoff::Error& error) {
        CHECK(error.code() == handoff::errc::config_invalid);
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("roles are read with one name or several") {
    const Config config = Config::parse(
        "[roles.producers]\nkeys = \"ann\"\nput = [\"jobs\", \"events.*\"]\n"
        "[roles.\"all of it\"]\nkeys = [\"bob\", \"c*\"]\nget = \"*\"\nadmin = \"*\"\n"
        "create = \"a\"\ndestroy = \"b\"\n");
    CHECK(config.roles.at("producers") ==
          RoleOptions{.keys = {"ann"}, .put = {"jobs", "events.*"}});
    CHECK(config.roles.at("all of it") == RoleOptions{.keys = {"bob", "c*"},
                                                      .get = {"*"},
                                                      .create = {"a"},
                                                      .destroy = {"b"},
                                                      .admin = {"*"}});
}

TEST_CASE("what a role cannot be is refused with its line") {
    CHECK(refusal("[roles.a]\nput = \"jobs\"\n") ==
          "[roles.a] keys: nobody has this role; name the clients that do");
    CHECK(refusal("[roles.a]\nkeys = \"ann\"\nput = \"\"\n") ==
          "farm.toml:3: [roles.a] put: \"\": a name must not be empty");
    CHECK(refusal("[roles.a]\nkeys = 5\n") ==
          "farm.toml:2: [roles.a] keys: expected a name, or an array of names, found 5");
    CHECK_THAT(refusal("[roles.a]\nkeys = \"ann\"\nputt = \"jobs\"\n"),
               Contains("farm.toml:3") && Contains("did you mean put?"));
    CHECK_THAT(refusal("[roles]\nput = \"jobs\"\n"), Contains("[roles.NAME]"));
    CHECK_THAT(refusal("[rolls.a]\nput = \"jobs\"\n"), Contains("[roles.NAME]"));
}

TEST_CASE("roles beside an address that asks for no keys are refused") {
    const std::string role = "[roles.a]\nkeys = \"ann\"\nput = \"jobs\"\n";
    CHECK_THAT(refusal("[manager]\nlisten = \"tcp://127.0.0.1:5555\"\n" + role),
               Contains("mechanism = \"curve\"") && Contains("tcp://127.0.0.1:5555"));
    CHECK(refusal("[manager]\nlisten = \"ipc:///run/handoff/main.sock\"\n" + role) == "accepted");
    CHECK(refusal("[manager]\nlisten = \"tcp://127.0.0.1:5555\"\n"
                  "[security]\nmechanism = \"curve\"\n" +
                  role) == "accepted");
}

TEST_CASE("what a role says is told with its origin, and what it does not say is left away") {
    Config config;
    config.roles["a"] = {.keys = {"ann"}, .put = {"jobs", "b"}};
    Texts told;
    for (const Setting& setting : ConfigOrigins{}.settings(config)) {
        if (setting.section != "roles.a") continue;
        CHECK(setting.table == "a");
        told.push_back(setting.key + " = " + setting.value + ", " + setting.origin);
    }
    CHECK(told == Texts{"keys = [\"ann\"], code", "put = [\"jobs\", \"b\"], code"});
}
