#include <filesystem>
#include <string>

#include "handoff/commit.hpp"
#include "handoff/dict.hpp"
#include "handoff/ref.hpp"
#include "net/protected.hpp"

// Clients of different roles, over connections that show who they are. The decision, and every kind
// of request, have tests of their own in core.

using namespace handoff;
using namespace handoff::test;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

/// A producer, a consumer and an operator, as a configuration file has them.
class Farm : public Protected {
public:
    Farm() {
        config().roles["producers"] = {
            .keys = {"prod.*"}, .put = {"jobs", "prices"}, .create = {"jobs", "prices"}};
        config().roles["consumers"] = {.keys = {"cons"}, .get = {"jobs", "prices"}};
        config().roles["operators"] = {
            .keys = {"oper"}, .get = {"*"}, .destroy = {"*"}, .admin = {"*"}};
        producer = client("prod.1");
        consumer = client("cons");
        operator_ = client("oper");
        start();
        for (Config* each : {&producer, &consumer, &operator_}) {
            each->client.connect = config().client.connect;
        }
    }
    Config producer;
    Config consumer;
    Config operator_;
};

/// How a call ends.
template <typename Act>
std::string refusal(Act&& act) {
    try {
        act();
    } catch (const Error& error) {
        CHECK(error.code() == errc::not_authorised);
        return error.what();
    }
    return "allowed";
}

}  // namespace

TEST_CASE("clients do what their roles allow, and nothing else") {
    Farm farm;
    Client producer(farm.producer);
    Client consumer(farm.consumer);
    CHECK_THAT(refusal([&] { consumer.queue<int>("jobs").get(); }),
               Contains("making queue \"jobs\"") && Contains("\"cons\""));
    Queue<int> in = producer.queue<int>("jobs");
    in.put(1);
    Queue<int> out = consumer.queue<int>("jobs");
    CHECK(out.get() == 1);
    CHECK_THAT(refusal([&] { out.put(2); }), Contains("\"jobs\"") && Contains("\"cons\"") &&
                                                 Contains("put of [roles.consumers]"));
    CHECK_THAT(refusal([&] { in.get(); }), Contains("get of [roles.producers]"));
    CHECK(refusal([&] { out.purge(); }) != "allowed");
    CHECK(refusal([&] { consumer.destroy_queue("jobs"); }) != "allowed");
    CHECK(refusal([&] { producer.queue<int>("other").put(1); }) != "allowed");
    in.put(3);  // neither lost its session by what it was refused
    CHECK(out.get() == 3);

    Client operator_client(farm.operator_);
    CHECK(operator_client.stats().requests_refused >= 5);
    Queue<int> seen = operator_client.queue<int>("jobs");
    in.put(4);
    CHECK(seen.purge() == 1);
    operator_client.destroy_queue("jobs");
    CHECK(farm.log_tells("is not allowed to client \"cons\""));
}

TEST_CASE("producers and consumers that stream are refused as single calls are") {
    Farm farm;
    Client producer(farm.producer);
    Client consumer(farm.consumer);
    Queue<int> in = producer.queue<int>("jobs");
    in.put(1);
    CHECK_THAT(refusal([&] {
                   auto end = in.consumer();
                   (void)end.try_lease_for(patience);
               }),
               Contains("get of [roles.producers]"));
    CHECK_THAT(refusal([&] {
                   auto end = consumer.queue<int>("jobs").producer();
                   end.send(1);
                   end.flush();
               }),
               Contains("put of [roles.consumers]"));
    Commit commit;
    commit.put(consumer.queue<int>("jobs"), 5);
    CHECK_THAT(refusal([&] { commit.run(); }), Contains("put of [roles.consumers]"));
    CHECK(consumer.queue<int>("jobs").size() == 1);
}

TEST_CASE("a reference is no way around roles") {
    Farm farm;
    Client root(farm.manager());  // the manager's own process
    Dict<std::string, int> secret = root.dict<std::string, int>("secret");
    secret.put("key", 7);
    Dict<std::string, Ref<Dict<std::string, int>>> prices =
        root.dict<std::string, Ref<Dict<std::string, int>>>("prices");
    prices.put("it", Ref(secret));
    Client consumer(farm.consumer);
    const auto read = consumer.dict<std::string, Ref<Dict<std::string, int>>>("prices").get("it");
    REQUIRE(read);
    CHECK(refusal([&] { (void)consumer.open(*read).get("key"); }) != "allowed");
    CHECK(refusal([&] { (void)consumer.dict<std::string, int>("secret").get("key"); }) !=
          "allowed");
}

TEST_CASE("a key file with another name is another client") {
    Farm farm;
    Client producer(farm.producer);
    producer.queue<int>("jobs").put(1);
    std::filesystem::rename(farm.clients() / "prod.1.pub", farm.clients() / "nobody.pub");
    CHECK(farm.log_tells("has another name now"));
    CHECK(eventually([&] {
        try {
            Client(farm.producer).queue<int>("jobs").put(2);
            return false;
        } catch (const Error& error) {
            return error.code() == errc::not_authorised;
        }
    }));
}

TEST_CASE("roles without keys are refused") {
    Config config;
    config.manager.listen = {"tcp://127.0.0.1:*"};
    config.roles["all"] = {.keys = {"ann"}, .put = {"*"}};
    CHECK_THROWS_WITH(Manager(config), Contains("mechanism") && Contains("tcp://127.0.0.1"));
}
