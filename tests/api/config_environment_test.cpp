// Where settings come from: code, file, environment, and the address that nobody set.

#include <unistd.h>

#include <string>
#include <vector>

#include "api/environment.hpp"
#include "handoff/config.hpp"
#include "handoff/error.hpp"
#include "support/catch.hpp"

using namespace std::chrono_literals;
using handoff::Config;
using handoff::test::Environment;
using handoff::test::Folder;

namespace {

template <typename Load>
std::string refusal(Load load) {
    try {
        load();
    } catch (const handoff::Error& error) {
        CHECK(error.code() == handoff::errc::config_invalid);
        return error.what();
    }
    return "accepted";
}

/// What is said of one variable.
std::string refusal(const std::string& name, const std::string& value) {
    Environment environment;
    environment.set(name, value);
    return refusal([] { return Config::load(); });
}

}  // namespace

TEST_CASE("without a file and variables a config has its defaults") {
    const Environment environment;
    CHECK(Config::load() == Config{});
}

TEST_CASE("a file is stronger than code and the environment is stronger than a file") {
    Environment environment;
    const Folder folder;
    const auto file = folder.file("[client]\nlinger = \"2s\"\ncancel_grace = \"2s\"\n");
    Config base;
    base.client.unreachable_after = 1s;
    base.client.linger = 1s;
    base.client.cancel_grace = 1s;
    base.queues["jobs"].capacity = 1;
    environment.set("HANDOFF__CLIENT__CANCEL_GRACE", "3s");

    const Config config = Config::load(file, base);
    CHECK(config.client.unreachable_after == 1s);
    CHECK(config.client.linger == 2s);
    CHECK(config.client.cancel_grace == 3s);
    CHECK(config.queues.at("jobs").capacity == 1u);
    CHECK(Config::load(file).client.unreachable_after == 10s);
}

TEST_CASE("the file may be named by a variable") {
    Environment environment;
    const Folder folder;
    environment.set("HANDOFF_CONFIG", folder.file("client.linger = \"2s\"").string());
    CHECK(Config::load().client.linger == 2s);

    Config base;
    base.client.cancel_grace = 1s;
    CHECK(Config::load(base).client.linger == 2s);
    CHECK(Config::load(base).client.cancel_grace == 1s);

    environment.set("HANDOFF_CONFIG", "");
    CHECK(Config::load() == Config{});
}

TEST_CASE("a file that is named is the one that is read") {
    Environment environment;
    const Folder folder;
    environment.set("HANDOFF_CONFIG", "/nowhere/farm.toml");
    CHECK(Config::load(folder.file("client.linger = \"2s\"")).client.linger == 2s);
}

TEST_CASE("a file that cannot be read is an error that names it") {
    const Environment environment;
    const Folder folder;
    const std::string name = folder.path().string();
    CHECK(refusal([&] { return Config::load(folder.path() / "none.toml"); }) ==
          name + "/none.toml: cannot be read: No such file or directory");
    CHECK(refusal([&] { return Config::load(folder.path()); }) ==
          name + ": cannot be read: Is a directory");
    CHECK(refusal([&] { return Config::load(std::filesystem::path{}); }) ==
          "the name of the configuration file is empty");
    const auto big = folder.file(std::string((1u << 20) + 1, '#'));
    CHECK(refusal([&] { return Config::load(big); }) == big.string() + ": is larger than 1MiB");
    CHECK(refusal("HANDOFF_CONFIG", name + "/none.toml") ==
          "HANDOFF_CONFIG: " + name + "/none.toml: cannot be read: No such file or directory");
}

TEST_CASE("an error in a file names the file as it was given") {
    const Environment environment;
    const Folder folder;
    const auto file = folder.file("\n[client]\nlingr = \"2s\"\n");
    CHECK(refusal([&] { return Config::load(file); }) ==
          file.string() + ":3: [client] lingr: unknown key; did you mean linger?");
}

TEST_CASE("every setting outside of the queues has a variable") {
    Environment environment;
    environment.set("HANDOFF__MANAGER__LISTEN", "ipc:///a,tcp://10.0.0.5:5555");
    environment.set("HANDOFF__MANAGER__HEARTBEAT", "50ms");
    environment.set("HANDOFF__MANAGER__SESSION_LIMIT", "300ms");
    environment.set("HANDOFF__MANAGER__ITEM_BYTES_MAX", "1MiB");
    environment.set("HANDOFF__MANAGER__FRAME_BYTES_MAX", "64KiB");
    environment.set("HANDOFF__MANAGER__SESSIONS_MAX", "10");
    environment.set("HANDOFF__MANAGER__REQUESTS_MAX", "1_000");
    environment.set("HANDOFF__MANAGER__SESSION_BYTES_MAX", "2MiB");
    environment.set("HANDOFF__MANAGER__QUEUES_MAX", "5");
    environment.set("HANDOFF__MANAGER__SPIN", "false");
    environment.set("HANDOFF__MANAGER__SAME_HOST", "false");
    environment.set("HANDOFF__CLIENT__CONNECT", "tcp://10.0.0.5:5555");
    environment.set("HANDOFF__CLIENT__UNREACHABLE_AFTER", "1s");
    environment.set("HANDOFF__CLIENT__LINGER", "2s");
    environment.set("HANDOFF__CLIENT__CANCEL_GRACE", "3s");
    environment.set("HANDOFF__CLIENT__RECONNECT_MIN", "4s");
    environment.set("HANDOFF__CLIENT__RECONNECT_MAX", "5s");
    environment.set("HANDOFF__CLIENT__SPIN", "false");
    environment.set("HANDOFF__SECURITY__MECHANISM", "null");
    environment.set("HANDOFF__SECURITY__INSECURE", "true");

    Config expected;
    expected.manager.listen = {"ipc:///a", "tcp://10.0.0.5:5555"};
    expected.manager.heartbeat = 50ms;
    expected.manager.session_limit = 300ms;
    expected.manager.item_bytes_max = 1u << 20;
    expected.manager.frame_bytes_max = 64u << 10;
    expected.manager.sessions_max = 10;
    expected.manager.requests_max = 1000;
    expected.manager.session_bytes_max = 2u << 20;
    expected.manager.queues_max = 5;
    expected.manager.spin = false;
    expected.manager.same_host = false;
    expected.client.connect = {"tcp://10.0.0.5:5555"};
    expected.client.unreachable_after = 1s;
    expected.client.linger = 2s;
    expected.client.cancel_grace = 3s;
    expected.client.reconnect_min = 4s;
    expected.client.reconnect_max = 5s;
    expected.client.spin = false;
    expected.security.insecure = true;
    CHECK(Config::load() == expected);
}

TEST_CASE("the manager's address has a short variable and the long one beats it") {
    Environment environment;
    environment.set("HANDOFF_MANAGER", "tcp://10.0.0.5:1,tcp://10.0.0.6:1");
    CHECK(Config::load().client.connect ==
          std::vector<std::string>{"tcp://10.0.0.5:1", "tcp://10.0.0.6:1"});
    environment.set("HANDOFF__CLIENT__CONNECT", "ipc:///b");
    CHECK(Config::load().client.connect == std::vector<std::string>{"ipc:///b"});
    environment.set("HANDOFF_MANAGER", "");
    environment.set("HANDOFF__CLIENT__CONNECT", "ipc:///c");
    CHECK(Config::load().client.connect == std::vector<std::string>{"ipc:///c"});
}

TEST_CASE("a variable that cannot be accepted is an error that names it") {
    CHECK(refusal("HANDOFF__MANAGER__SESION_LIMIT", "1s") ==
          "HANDOFF__MANAGER__SESION_LIMIT: unknown variable; did you mean "
          "HANDOFF__MANAGER__SESSION_LIMIT?");
    CHECK(refusal("HANDOFF__client__linger", "1s") ==
          "HANDOFF__client__linger: unknown variable; a setting's variable is "
          "HANDOFF__SECTION__KEY");
    CHECK(refusal("HANDOFF__", "1s") ==
          "HANDOFF__: unknown variable; a setting's variable is HANDOFF__SECTION__KEY");
    CHECK(refusal("HANDOFF__QUEUES__JOBS__CAPACITY", "5") ==
          "HANDOFF__QUEUES__JOBS__CAPACITY: queues are not set by the environment; use the file "
          "or the code");
    CHECK(refusal("HANDOFF__CLIENT__LINGER", "5") ==
          "HANDOFF__CLIENT__LINGER: \"5\" has no unit; units are ms, s, m, h, d");
    CHECK(refusal("HANDOFF__CLIENT__LINGER", "") ==
          "HANDOFF__CLIENT__LINGER: \"\" is not a whole number and a unit, such as \"200ms\", "
          "\"30s\" or \"5m\"");
    CHECK(refusal("HANDOFF__CLIENT__LINGER", "2d") ==
          "HANDOFF__CLIENT__LINGER: 2d is out of range; allowed is 0s to 1d");
    CHECK(refusal("HANDOFF__MANAGER__QUEUES_MAX", "5x") ==
          "HANDOFF__MANAGER__QUEUES_MAX: expected a whole number, found \"5x\"");
    CHECK(refusal("HANDOFF__MANAGER__QUEUES_MAX", "99999999999999999999") ==
          "HANDOFF__MANAGER__QUEUES_MAX: expected a whole number, found \"99999999999999999999\"");
    CHECK(refusal("HANDOFF__MANAGER__DATA", "/var/lib/handoff") == "accepted");
    CHECK(refusal("HANDOFF__SECURITY__INSECURE", "yes") ==
          "HANDOFF__SECURITY__INSECURE: expected true or false, found \"yes\"");
    CHECK(refusal("HANDOFF_MANAGER", "10.0.0.5") ==
          "HANDOFF_MANAGER: \"10.0.0.5\": is not an address; write one such as "
          "tcp://127.0.0.1:5555");
    CHECK(refusal("HANDOFF_MANAGER", "tcp://*:5") ==
          "HANDOFF_MANAGER: \"tcp://*:5\" is an address to listen on; a client needs one host "
          "and one port");
    CHECK(refusal("HANDOFF__MANAGER__LISTEN", "tcp://*:5")
              .starts_with("HANDOFF__MANAGER__LISTEN: \"tcp://*:5\" can be reached from other "
                           "hosts"));
}

TEST_CASE("variables of others are left alone") {
    CHECK(refusal("HANDOFF_SOMETHING", "1") == "accepted");
    CHECK(refusal("HANDOFFS__CLIENT__LINGER", "1") == "accepted");
}

TEST_CASE("a variable may make a file acceptable and may contradict one") {
    Environment environment;
    const Folder folder;
    const auto open = folder.file("manager.listen = \"tcp://10.0.0.5:5555\"");
    environment.set("HANDOFF__SECURITY__INSECURE", "true");
    CHECK(Config::load(open).security.insecure);

    const auto slow = folder.file("manager.heartbeat = \"1s\"");
    environment.set("HANDOFF__MANAGER__SESSION_LIMIT", "300ms");
    CHECK(refusal([&] { return Config::load(slow); }) ==
          "HANDOFF__MANAGER__SESSION_LIMIT: session_limit (300ms) must be at least three times "
          "heartbeat (1s)");
}

TEST_CASE("text is parsed without a look at the environment") {
    Environment environment;
    environment.set("HANDOFF_MANAGER", "nonsense");
    environment.set("HANDOFF__NONSENSE", "1");
    CHECK(Config::parse("") == Config{});
}

TEST_CASE("the default address lies in the runtime directory of the user") {
    Environment environment;
    environment.set("XDG_RUNTIME_DIR", "/run/user/1000");
    CHECK(handoff::default_endpoint() == "ipc:///run/user/1000/handoff/main.sock");
    CHECK(Config{}.effective().manager.listen ==
          std::vector<std::string>{"ipc:///run/user/1000/handoff/main.sock"});
    CHECK(Config{}.effective().client.connect ==
          std::vector<std::string>{"ipc:///run/user/1000/handoff/main.sock"});
}

TEST_CASE("without a runtime directory the default address names the user in the temporary one") {
    Environment environment;
    const Folder folder;
    const std::string name = "/handoff-" + std::to_string(::geteuid()) + "/main.sock";
    environment.set("TMPDIR", folder.path().string());
    CHECK(handoff::default_endpoint() == "ipc://" + folder.path().string() + name);
    environment.set("XDG_RUNTIME_DIR", "relative");
    CHECK(handoff::default_endpoint() == "ipc://" + folder.path().string() + name);
    environment.set("TMPDIR", "/nowhere");
    CHECK(handoff::default_endpoint() == "ipc:///tmp" + name);
}

TEST_CASE("a default address that is too long for a socket is an error") {
    Environment environment;
    environment.set("XDG_RUNTIME_DIR", "/" + std::string(100, 'x'));
    CHECK(refusal([] {
              return Config{}.effective();
          }).ends_with("the path has 119 bytes; a socket's path has at most 107"));
}
