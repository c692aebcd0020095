// What a manager and its clients tell those who keep a log.
#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "handoff/log.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::Client;
using handoff::Config;
using handoff::LogLevel;
using handoff::LogRecord;
using handoff::Manager;
using handoff::test::eventually;
using handoff::test::World;

namespace {

/// Records as they came, from whichever threads.
class Kept {
public:
    [[nodiscard]] handoff::Log log() {
        return [this](const LogRecord& record) {
            const std::lock_guard lock(mutex_);
            lines_.push_back(std::string(to_string(record.level)) + ": " +
                             std::string(record.text));
        };
    }

    [[nodiscard]] bool has(const std::string& level, const std::string& words) const {
        const std::lock_guard lock(mutex_);
        return std::any_of(lines_.begin(), lines_.end(), [&](const std::string& line) {
            return line.starts_with(level) && line.find(words) != std::string::npos;
        });
    }

    [[nodiscard]] std::string all() const {
        const std::lock_guard lock(mutex_);
        std::string text;
        for (const std::string& line : lines_) text += line + "\n";
        return text;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

}  // namespace

TEST_CASE("a manager tells its log of addresses, sessions and queues") {
    World world{World::Later{}, {}};
    Kept kept;
    {
        const Manager manager(world.config(), kept.log());
        {
            Client client(world.config());
            client.queue<int>("jobs").put(1);
            client.destroy_queue("jobs");
        }
        CHECK(eventually([&] { return kept.has("info", "ends"); }));
    }
    INFO(kept.all());
    CHECK(kept.has("info", "serving " + world.endpoint()));
    CHECK(kept.has("info", "session 1"));
    CHECK(kept.has("debug", "queue \"jobs\" is made"));
    CHECK(kept.has("debug", "queue \"jobs\" is destroyed"));
}

TEST_CASE("a client tells its log of its connections and sessions") {
    World world{World::Later{}, {}};
    world.start_manager();
    Kept kept;
    Client client(world.config(), kept.log());
    auto queue = client.queue<int>("jobs");
    queue.put(1);
    client.wait_until_connected();  // which the put need not have been, where its queue is direct
    CHECK(eventually([&] { return kept.has("info", "connected to " + world.endpoint()); }));
    CHECK(eventually([&] { return kept.has("info", "begins"); }));
    world.stop_manager();
    CHECK(eventually([&] { return kept.has("info", "is lost"); }));
    world.start_manager();
    const auto told = [&] {
        return handoff::test::durable() ? kept.has("info", "goes on")
                                        : kept.has("warning", "the manager has begun anew");
    };
    CHECK(eventually(told));
}

TEST_CASE("a manager warns of the clients that it turns away") {
    World world{World::Later{}, {}};
    Config config = world.config();
    config.manager.sessions_max = 1;
    Kept kept;
    Kept theirs;
    const Manager manager(config, kept.log());
    Client first(config);
    first.wait_until_connected();
    Client second(config, theirs.log());
    CHECK_THROWS_AS(second.wait_until_connected(), handoff::Error);
    CHECK(eventually([&] { return kept.has("warning", "sessions_max is 1"); }));
    CHECK(eventually([&] { return theirs.has("error", "refuses this client"); }));
}

TEST_CASE("no log holds what is in an item") {
    World world{World::Later{}, {}};
    Kept kept;
    {
        const Manager manager(world.config(), kept.log());
        Client client(world.config(), kept.log());
        auto queue = client.queue<std::string>("jobs", {.capacity_bytes = 100});
        queue.put("secret words");
        CHECK_THROWS_AS(queue.put("secret words" + std::string(200, '!')), handoff::Error);
        CHECK_THROWS_AS(client.queue<int>("jobs").get(), handoff::Error);
        queue.lease().bury("secret words");
        client.destroy_queue("jobs");
    }
    CHECK(kept.has("info", "begins"));
    CHECK(kept.all().find("secret") == std::string::npos);
}

TEST_CASE("what a log throws is dropped") {
    World world{World::Later{}, {}};
    const auto angry = [](const LogRecord&) { throw std::runtime_error("no room to write"); };
    const Manager manager(world.config(), angry);
    Client client(world.config(), angry);
    auto queue = client.queue<int>("jobs");
    queue.put(1);
    CHECK(queue.get() == 1);
}

TEST_CASE("a log may use what it is told of") {
    World world{World::Later{}, {}};
    const Manager manager(world.config());
    std::atomic<std::uint64_t> seen = 0;
    std::promise<Client*> made;
    const std::shared_future<Client*> used = made.get_future().share();
    Client client(world.config(), [&seen, used](const LogRecord&) {
        if (seen == 0) seen = used.get()->stats().sessions;
    });
    made.set_value(&client);
    client.wait_until_connected();
    CHECK(eventually([&] { return seen == 1; }));
}
