#include "support/catch.hpp"
#include "tidy/rules.hpp"

#include <set>
#include <string>

namespace {

using namespace handoff::tidy;

const std::set<std::string> leaves{"handoff/error.hpp"};

/// The number of findings when the file at `path` includes this; `name` comes with its marks.
std::size_t findings(const std::string& path, const std::string& name) {
    return check_includes(scan(path, "#include " + name + "\n"), leaves).size();
}

void accepts(const std::string& path, const std::string& name) {
    INFO(path << " includes " << name);
    CHECK(findings(path, name) == 0);
}

void refuses(const std::string& path, const std::string& name) {
    INFO(path << " includes " << name);
    CHECK(findings(path, name) == 1);
}

}  // namespace

TEST_CASE("public headers know neither private headers nor zmq") {
    accepts("kit/include/handoff/queue.hpp", "\"handoff/client.hpp\"");
    accepts("kit/include/handoff/queue.hpp", "<vector>");
    refuses("kit/include/handoff/queue.hpp", "\"core/queue.hpp\"");
    refuses("kit/include/handoff/queue.hpp", "\"units.hpp\"");
    refuses("kit/include/handoff/queue.hpp", "<zmq.hpp>");
    refuses("kit/include/handoff/queue.hpp", "<zmq_addon.hpp>");
    refuses("kit/include/handoff/queue.hpp", "<toml++/toml.h>");
}

TEST_CASE("msgpack is for the codec and the wire") {
    accepts("kit/include/handoff/codec.hpp", "<msgpack.hpp>");
    accepts("kit/src/wire/frame.cpp", "<msgpack/unpack.hpp>");
    refuses("kit/include/handoff/queue.hpp", "<msgpack.hpp>");
    refuses("kit/src/core/queue.cpp", "<msgpack.hpp>");
    refuses("kit/src/net/router.cpp", "<msgpack.hpp>");
    refuses("kit/src/client.cpp", "<msgpack.hpp>");
    refuses("tests/core/queue_test.cpp", "<msgpack.hpp>");
}

TEST_CASE("the core knows itself, the leaves and the language") {
    accepts("kit/src/core/queue.cpp", "\"core/slice.hpp\"");
    accepts("kit/src/core/queue.cpp", "\"handoff/error.hpp\"");
    accepts("kit/src/core/queue.cpp", "<handoff/error.hpp>");
    accepts("kit/src/core/queue.cpp", "<chrono>");
    refuses("kit/src/core/queue.cpp", "\"handoff/client.hpp\"");
    refuses("kit/src/core/queue.cpp", "\"wire/frame.hpp\"");
    refuses("kit/src/core/queue.cpp", "\"net/router.hpp\"");
    refuses("kit/src/core/queue.cpp", "\"units.hpp\"");
    refuses("kit/src/core/queue.cpp", "<thread>");
    refuses("kit/src/core/queue.cpp", "<fstream>");
    refuses("kit/src/core/queue.cpp", "<unistd.h>");
    refuses("kit/src/core/queue.cpp", "<sys/socket.h>");
}

TEST_CASE("the core reads no clock") {
    const auto count = [](const std::string& path, const std::string& code) {
        return check_includes(scan(path, code), leaves).size();
    };
    CHECK(count("kit/src/core/queue.cpp", "x = std::chrono::steady_clock::now();") == 1);
    CHECK(count("kit/src/core/queue.cpp", "f(steady_clock::time_point now, machine.now());") == 0);
    CHECK(count("kit/src/client.cpp", "x = std::chrono::steady_clock::now();") == 0);
}

TEST_CASE("wire knows the core, net knows wire, and zmq stays in net") {
    accepts("kit/src/wire/frame.cpp", "\"core/messages.hpp\"");
    accepts("kit/src/net/router.cpp", "\"wire/frame.hpp\"");
    accepts("kit/src/net/router.cpp", "<zmq.hpp>");
    accepts("kit/src/net/router.cpp", "<poll.h>");
    refuses("kit/src/wire/frame.cpp", "\"net/router.hpp\"");
    refuses("kit/src/wire/frame.cpp", "<zmq.hpp>");
    refuses("kit/src/net/router.cpp", "\"store/journal.hpp\"");
    refuses("kit/src/manager.cpp", "<zmq.hpp>");
    accepts("kit/src/manager.cpp", "\"net/router.hpp\"");
    accepts("kit/src/manager.cpp", "\"store/journal.hpp\"");
    accepts("kit/src/manager.cpp", "\"units.hpp\"");
}

TEST_CASE("the store knows the core and SQLite, and nobody else knows SQLite") {
    accepts("kit/src/store/store.cpp", "\"core/journal.hpp\"");
    accepts("kit/src/store/database.cpp", "<sqlite3.h>");
    accepts("kit/src/store/files.cpp", "<unistd.h>");
    accepts("tests/store/disk.cpp", "<sqlite3.h>");
    refuses("kit/src/store/store.cpp", "\"wire/codec.hpp\"");
    refuses("kit/src/store/store.cpp", "\"net/router.hpp\"");
    refuses("kit/src/store/store.cpp", "\"handoff/client.hpp\"");
    refuses("kit/src/core/journal.cpp", "\"store/store.hpp\"");
    refuses("kit/src/manager.cpp", "<sqlite3.h>");
}

TEST_CASE("patterns, tool and examples see the public face") {
    for (const std::string path : {"patterns/include/handoff/patterns/pipeline.hpp",
                                   "kit/tool/main.cpp", "examples/01_ping_pong/main.cpp"}) {
        accepts(path, "\"handoff/queue.hpp\"");
        accepts(path, "\"neighbour.hpp\"");
        refuses(path, "\"core/queue.hpp\"");
        refuses(path, "<zmq.hpp>");
        refuses(path, "\"../kit/src/units.hpp\"");
    }
    accepts("kit/tool/main.cpp", "<CLI/CLI.hpp>");
    refuses("examples/01_ping_pong/main.cpp", "<CLI/CLI.hpp>");
}

TEST_CASE("tests of pure rooms stay in them") {
    accepts("tests/core/queue_test.cpp", "\"core/queue.hpp\"");
    accepts("tests/core/queue_test.cpp", "\"support/catch.hpp\"");
    refuses("tests/core/queue_test.cpp", "\"wire/frame.hpp\"");
    refuses("tests/wire/frame_test.cpp", "\"net/router.hpp\"");
    accepts("tests/process/kill_test.cpp", "\"net/router.hpp\"");
}

TEST_CASE("the bench sees the public face, and zmq in its baselines alone") {
    accepts("tests/bench/managed/throughput.cpp", "\"handoff/queue.hpp\"");
    accepts("tests/bench/managed/throughput.cpp", "\"bench/frame/run.hpp\"");
    accepts("tests/bench/baselines/push_pull.cpp", "<zmq.hpp>");
    refuses("tests/bench/managed/throughput.cpp", "<zmq.hpp>");
    refuses("tests/bench/frame/run.cpp", "<zmq.hpp>");
    refuses("tests/bench/managed/throughput.cpp", "\"net/dealer.hpp\"");
    refuses("tests/bench/baselines/push_pull.cpp", "\"net/dealer.hpp\"");
}

TEST_CASE("a leaf is a public header that needs only leaves") {
    const std::vector<Source> sources{
        scan("kit/include/handoff/error.hpp", "#include <string>\n"),
        scan("kit/include/handoff/config.hpp", "#include \"handoff/error.hpp\"\n"),
        scan("kit/include/handoff/codec.hpp", "#include <msgpack.hpp>\n"),
        scan("kit/include/handoff/queue.hpp", "#include \"handoff/codec.hpp\"\n"),
    };
    CHECK(leaf_headers(sources) ==
          std::set<std::string>{"handoff/error.hpp", "handoff/config.hpp"});
}

TEST_CASE("a slow header has one including file") {
    const auto at = [](const std::string& path) {
        return scan(path, "#include <toml++/toml.h>\n");
    };
    CHECK(check_slow_headers({at("kit/src/a.cpp")}).empty());
    CHECK(check_slow_headers({at("kit/src/a.cpp"), at("kit/src/b.cpp")}).size() == 1);
}
