// `handoff serve`, how commands find it, and the command line.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "handoff/client.hpp"
#include "process/children.hpp"
#include "process/places.hpp"
#include "process/program.hpp"
#include "process/tool.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::test::eventually;
using handoff::test::TemporaryFolder;
using Words = Program::Words;

namespace {

const std::string soon = "HANDOFF__CLIENT__UNREACHABLE_AFTER=300ms";

}  // namespace

TEST_CASE("serve says each address that it serves, and all lead to the same queues") {
    const Place place{"ipc"};
    Program server{{handoff_command(), "serve", "--listen", place.endpoint(), "--listen",
                    "tcp://127.0.0.1:*", "--listen", "ws://127.0.0.1:*"}};
    std::vector<std::string> endpoints;
    for (const std::string scheme : {"ipc", "tcp", "ws"}) {
        const std::string line = server.read_line();
        REQUIRE(line.starts_with("serving " + scheme + "://"));
        endpoints.push_back(line.substr(8));
        CHECK(endpoints.back().find('*') == std::string::npos);
    }
    CHECK(endpoints.front() == place.endpoint());
    for (const std::string& endpoint : endpoints) {
        CHECK(run_handoff({"put", "--manager", endpoint, "q", endpoint}).status == 0);
    }
    CHECK(run_handoff({"get", "--manager", place.endpoint(), "q", "--count", "3"}).output ==
          endpoints.at(0) + "\n" + endpoints.at(1) + "\n" + endpoints.at(2) + "\n");
}

TEST_CASE("serve takes the descriptors that it may have, and says when they are too few") {
    const Place place{"ipc"};
    const auto begin = [&](const std::string& limits) {
        return Program::Words{
            "sh",    "-c",       limits + "; exec \"$@\"", "sh", handoff_command(),
            "serve", "--listen", place.endpoint()};
    };
    const auto descriptors = [](const Program& server) {
        std::ifstream limits("/proc/" + std::to_string(server.pid()) + "/limits");
        std::string line;
        while (std::getline(limits, line) && !line.starts_with("Max open files")) continue;
        return line.substr(26, line.find(' ', 26) - 26);
    };
    {
        Program few{begin("ulimit -n 500")};
        (void)few.read_line();
        CHECK(contains(few.errors(), {"500 descriptors", "4196", "sessions_max"}));
    }
    Program more{begin("ulimit -Sn 500; ulimit -Hn 5000")};
    (void)more.read_line();
    CHECK(descriptors(more) == "5000");
    CHECK(more.errors().find("descriptors") == std::string::npos);
}

TEST_CASE("serve stops cleanly on SIGINT and on SIGTERM") {
    for (const int number : {SIGINT, SIGTERM}) {
        CAPTURE(number);
        Served served;
        REQUIRE(std::filesystem::exists(served.place().path()));
        REQUIRE(served.run({"put", "q", "1"}).status == 0);
        const auto waiting = served.begin({"get", "other"});
        served.server().send_signal(number);
        CHECK(served.server().finish() == 0);
        CHECK(std::filesystem::is_empty(served.place().folder.path()));
    }
}

TEST_CASE("a second serve at the same address is refused, and names who has it") {
    Served served{GENERATE(as<std::string>{}, "ipc", "tcp")};
    const Result second = run_handoff({"serve", "--listen", served.endpoint()});
    CHECK(second.status == 1);
    CHECK(second.output.empty());
    CHECK(contains(second.errors, {"handoff: ", served.endpoint()}));
    if (served.endpoint().starts_with("ipc")) {
        CHECK(contains(second.errors, {std::to_string(served.server().pid())}));
    }
    CHECK(served.run({"put", "q", "1"}).status == 0);
}

TEST_CASE("a command without a manager says 75 and where it looked") {
    const Place place{GENERATE(as<std::string>{}, "ipc", "tcp", "ws")};
    for (const Words& words : {Words{"put", "q", "1"}, Words{"get", "q"}, Words{"peek", "q"},
                               Words{"stats"}, Words{"close", "q"}}) {
        const Result result = run_handoff(words, {soon, "HANDOFF_MANAGER=" + place.endpoint()});
        CHECK(result.status == 75);
        CHECK(result.output.empty());
        CHECK(contains(result.errors, {"handoff: ", place.endpoint(), "300 ms"}));
    }
}

TEST_CASE("a manager that goes away ends a command that waits") {
    const Place place{"ipc"};
    Program server{{handoff_command(), "serve", "--listen", place.endpoint()}};
    REQUIRE(server.read_line().starts_with("serving "));
    Program get{{handoff_command(), "get", "q", "--follow"},
                {soon, "HANDOFF_MANAGER=" + place.endpoint()}};
    REQUIRE(run_handoff({"put", "--manager", place.endpoint(), "q", "1"}).status == 0);
    CHECK(get.read_line() == "1");
    {
        // Killed before it has confirmed the item, it would leave that end unknown.
        handoff::Client client{place.config};
        const auto queue = client.queue<handoff::Bytes>("q");
        REQUIRE(eventually([&] { return queue.stats().acks == 1; }));
    }
    server.send_signal(SIGKILL);
    CHECK(get.finish() == 75);
}

TEST_CASE("the manager is found by option, variable, file and default, in this order") {
    const Served by_option;
    const Served by_variable;
    const Served by_file;
    const Served by_named_file;
    const TemporaryFolder folder;
    const auto file_for = [&](const char* name, const Served& served) {
        return write_file(folder, name, "[client]\nconnect = \"" + served.endpoint() + "\"\n");
    };
    const std::string file = file_for("file.toml", by_file);
    const std::string named = "HANDOFF_CONFIG=" + file_for("named.toml", by_named_file);
    const std::string variable = "HANDOFF_MANAGER=" + by_variable.endpoint();
    const Words all{"put", "q", "x", "--config", file, "--manager", by_option.endpoint()};
    CHECK(run_handoff(all, {variable, named}).status == 0);
    CHECK(run_handoff({"put", "q", "x", "--config", file}, {variable, named}).status == 0);
    CHECK(run_handoff({"put", "q", "x", "--config", file}, {named}).status == 0);
    CHECK(run_handoff({"put", "q", "x"}, {named}).status == 0);
    for (const Served* served : {&by_option, &by_variable, &by_file, &by_named_file}) {
        CHECK(served->run({"get", "q", "--count", "2", "--timeout", "50ms"}).output == "x\n");
    }
}

TEST_CASE("without any address serve and commands meet at the default one") {
    const TemporaryFolder folder;
    const Words environment{"XDG_RUNTIME_DIR=" + folder.path().string()};
    const std::string socket = (folder.path() / "handoff" / "main.sock").string();
    Program server{{handoff_command(), "serve"}, environment};
    CHECK(server.read_line() == "serving ipc://" + socket);
    CHECK(run_handoff({"put", "q", "x"}, environment).status == 0);
    CHECK(run_handoff({"get", "q"}, environment).output == "x\n");
    using std::filesystem::perms;
    CHECK((std::filesystem::status(socket).permissions() &
           (perms::group_all | perms::others_all)) == perms::none);
    server.send_signal(SIGTERM);
    CHECK(server.finish() == 0);
}

TEST_CASE("serve goes by its configuration file") {
    const Place place{"ipc"};
    const std::string file = write_file(place.folder, "serve.toml",
                                        "[manager]\nlisten = \"" + place.endpoint() +
                                            "\"\nitem_bytes_max = \"1kB\"\n\n"
                                            "[queues.q]\ncapacity = 2\n");
    Program server{{handoff_command(), "serve", "--config", file}};
    CHECK(server.read_line() == "serving " + place.endpoint());
    const Words common{"--config", file};
    CHECK(run_handoff({"put", "q", "1", "2", "--config", file}).status == 0);
    CHECK(contains(run_handoff({"stats", "--json", "--config", file}).output, {"\"capacity\": 2"}));
    const Result large = run_handoff({"put", "other", std::string(2000, 'x'), "--config", file});
    CHECK(large.status == 1);
    CHECK(contains(large.errors, {"1000"}));
}

TEST_CASE("config check accepts a good file, and names file, line and nearest key of a bad one") {
    const TemporaryFolder folder;
    const std::string good =
        write_file(folder, "good.toml", "[queues.jobs]\ncapacity = 10_000\nlease = \"1m\"\n");
    const Result accepted = run_handoff({"config", "check", good});
    CHECK(accepted.status == 0);
    CHECK(contains(accepted.output, {good, "ok"}));
    const std::string bad =
        write_file(folder, "bad.toml", "[queues.jobs]\nlease = \"1m\"\ncapacty = 10_000\n");
    const Result refused = run_handoff({"config", "check", bad});
    CHECK(refused.status == 1);
    CHECK(refused.output.empty());
    CHECK(contains(refused.errors, {bad + ":3", "capacty", "capacity"}));
    CHECK(run_handoff({"config", "check", (folder.path() / "none.toml").string()}).status == 1);
    // The same words before anything is bound.
    const Result serve = run_handoff({"serve", "--config", bad});
    CHECK(serve.status == 1);
    CHECK(contains(serve.errors, {bad + ":3", "capacity"}));
    const Result variable = run_handoff({"stats"}, {"HANDOFF__CLIENT__LINGR=1s"});
    CHECK(variable.status == 1);
    CHECK(contains(variable.errors, {"HANDOFF__CLIENT__LINGR", "HANDOFF__CLIENT__LINGER"}));
}

TEST_CASE("help has examples and the exit statuses, a command's own help has its options") {
    const Result help = run_handoff({"--help"});
    CHECK(help.status == 0);
    CHECK(contains(help.output, {"Examples:", "handoff serve", "seq 100000 | handoff put jobs -",
                                 "75", "124", "HANDOFF_MANAGER"}));
    for (const char* command : {"serve", "put", "get", "peek", "stats", "purge", "kick", "close",
                                "join", "destroy", "config"}) {
        CHECK(contains(help.output, {command}));
        const Result own = run_handoff({command, "--help"});
        CHECK(own.status == 0);
        CHECK(own.errors.empty());
    }
    CHECK(contains(run_handoff({"config", "--help"}).output, {"check", "show"}));
    CHECK(contains(run_handoff({"get", "--help"}).output, {"--count", "--timeout", "--follow"}));
    CHECK(run_handoff({"--version"}).status == 0);
}

TEST_CASE("a command line that cannot be read is an error, and says what is wrong") {
    const TemporaryFolder folder;
    const Words environment{soon, "XDG_RUNTIME_DIR=" + folder.path().string()};
    for (const auto& [words, part] : std::vector<std::pair<Words, std::string>>{
             {{"frobnicate"}, "frobnicate"},
             {{}, "required"},
             {{"put"}, "QUEUE"},
             {{"put", "q"}, "VALUE"},
             {{"get", "q", "--count", "many"}, "--count"},
             {{"get", "q", "--count", "-1"}, "--count"},
             {{"get", "q", "--timeout", "5"}, "--timeout"},
             {{"get", "q", "--timeout", "5parsecs"}, "--timeout"},
             {{"get", "q", "extra"}, "extra"},
             {{"stats", "--frob"}, "--frob"},
             {{"config"}, "required"},
             {{"peek", "q", "--count", "-1"}, "--count"},
             {{"kick", "q", "--count", "-1"}, "--count"},
             {{"get", "q", "--manager", "smoke://signals"}, "smoke"},
         }) {
        const Result result = run_handoff(words, environment);
        CHECK(result.status == 1);
        CHECK(result.output.empty());
        CHECK(contains(result.errors, {part}));
    }
}
