#include <map>
#include <optional>
#include <string>

#include "net/protected.hpp"

// Roles that change while a manager runs, as its clients see it.

using namespace handoff;
using namespace handoff::test;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

/// Ann, over tcp with keys, may put and get "jobs". The manager is reached by ipc as well.
class Ranch : public Protected {
public:
    using Roles = std::map<std::string, RoleOptions>;

    Ranch() {
        config().manager.listen.push_back(local_endpoint());
        config().roles = both();
        start();
        Client root(manager());  // of its own process
        static_cast<void>(root.queue<int>("jobs", {.capacity = 1}).size());
        ann_.emplace(patient());
    }
    static Roles both() { return {{"both", {.keys = {"ann"}, .put = {"jobs"}, .get = {"jobs"}}}}; }
    static Roles putters() { return {{"putters", {.keys = {"ann"}, .put = {"jobs"}}}}; }
    static Roles getters() { return {{"getters", {.keys = {"ann"}, .get = {"jobs"}}}}; }

    /// Ann has none of these.
    static Roles of_others() { return {{"others", {.keys = {"bob"}, .put = {"*"}}}}; }

    Queue<int> queue() { return ann_->queue<int>("jobs"); }
    [[nodiscard]] Config by_ipc() {
        Config config;
        config.client.connect = {local_endpoint()};
        return config;
    }
    bool gets_wait(std::uint64_t count) {
        return eventually([&] { return manager().stats().queues.at(0).waiting_gets == count; });
    }

private:
    [[nodiscard]] std::string local_endpoint() const { return "ipc://" + path("manager.sock"); }
    Config patient() {
        Config config = client("ann");
        config.client.connect = {manager().endpoints().front()};
        return config;
    }
    std::optional<Client> ann_;
};

}  // namespace

TEST_CASE("a client that is there does what new roles allow, from its next request on") {
    Ranch farm;
    Queue<int> jobs = farm.queue();
    jobs.put(1);
    CHECK(jobs.get() == 1);
    farm.manager().set_roles(Ranch::getters());
    CHECK(code_of([&] { jobs.put(2); }) == errc::not_authorised);
    CHECK(!jobs.try_get());
    farm.manager().set_roles(Ranch::of_others());
    CHECK(code_of([&] { (void)jobs.try_get(); }) == errc::not_authorised);
    farm.manager().set_roles(Ranch::both());
    jobs.put(3);
    CHECK(jobs.get() == 3);
    CHECK(farm.log_tells("roles have changed"));
}

TEST_CASE("a call that waits ends with the right to it, and one that may waits on") {
    Ranch farm;
    Queue<int> jobs = farm.queue();
    Background<int> get([&](const std::stop_token&) { return jobs.get(); });
    REQUIRE(farm.gets_wait(1));
    farm.manager().set_roles(Ranch::getters());
    CHECK(farm.gets_wait(1));
    farm.manager().set_roles(Ranch::putters());
    CHECK(get.code() == errc::not_authorised);
    jobs.put(1);
    Background<int> put([&](const std::stop_token&) {
        jobs.put(2);
        return 0;
    });
    REQUIRE(eventually([&] { return farm.manager().stats().queues.at(0).waiting_puts == 1; }));
    farm.manager().set_roles(Ranch::getters());
    CHECK(put.code() == errc::not_authorised);
    CHECK(jobs.get() == 1);
    CHECK(jobs.size() == 0);
}

TEST_CASE("streams end with the right to them, and nothing is lost") {
    Ranch farm;
    Queue<int> jobs = farm.queue();
    Background<int> waiting([&](const std::stop_token&) {
        auto consumer = jobs.consumer();
        return *consumer.lease();
    });
    REQUIRE(eventually([&] { return !waiting.done(); }));
    farm.manager().set_roles(Ranch::putters());
    CHECK(waiting.code() == errc::not_authorised);
    {
        auto producer = jobs.producer();
        producer.send(1);
        producer.flush();
        farm.manager().set_roles(Ranch::getters());
        CHECK(code_of([&] {
                  producer.send(2);
                  producer.flush();
              }) == errc::not_authorised);
    }
    CHECK(jobs.get() == 1);
    CHECK(jobs.size() == 0);
}

TEST_CASE("a lease outlasts the right to it") {
    Ranch farm;
    Queue<int> jobs = farm.queue();
    jobs.put(1);
    Lease<int> lease = jobs.lease();
    farm.manager().set_roles(Ranch::of_others());
    lease.ack();
    CHECK(farm.manager().stats().queues.at(0).acks == 1);
}

TEST_CASE("clients of the manager's own user may do all whatever roles say") {
    Ranch farm;
    Client local(farm.by_ipc());
    Queue<int> jobs = local.queue<int>("jobs");
    Background<int> get([&](const std::stop_token&) { return jobs.get(); });
    REQUIRE(farm.gets_wait(1));
    farm.manager().set_roles(Ranch::of_others());
    jobs.put(1);
    CHECK(get.result() == 1);
    CHECK(local.queue<int>("others").size() == 0);
}

TEST_CASE("the first roles of a manager that had none are for those who are there as well") {
    Protected world;
    world.start();
    Client client(world.config());
    Queue<int> jobs = client.queue<int>("jobs");
    jobs.put(1);
    world.manager().set_roles(Ranch::putters());
    CHECK(code_of([&] { jobs.get(); }) == errc::not_authorised);
    world.manager().set_roles(Ranch::getters());
    CHECK(jobs.get() == 1);
}

TEST_CASE("roles that are not valid change nothing") {
    Ranch farm;
    Manager& manager = farm.manager();
    CHECK_THROWS_WITH(manager.set_roles({{"idle", {.put = {"*"}}}}),
                      Contains("nobody has this role"));
    CHECK_THROWS_WITH(manager.set_roles({{"a\nb", {.keys = {"ann"}}}}), Contains("name of a role"));
    CHECK_THROWS_WITH(manager.set_roles({}), Contains("whoever has a key could do all"));
    Queue<int> jobs = farm.queue();
    jobs.put(1);
    CHECK(jobs.get() == 1);

    Config open;
    open.manager.listen = {"tcp://127.0.0.1:*"};
    Manager other(open);
    other.set_roles({});
    CHECK_THROWS_WITH(other.set_roles(Ranch::both()), Contains("mechanism"));
    Client client(other);
    CHECK(client.queue<int>("jobs").size() == 0);
}
