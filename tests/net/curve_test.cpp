#include <filesystem>
#include <fstream>
#include <string>

#include "net/protected.hpp"

// Who is let in, where managers and clients have keys. That queues and objects work there is shown
// by all other cases, which run over the transport "curve" as well.

using namespace handoff;
using namespace handoff::test;
using namespace std::chrono_literals;

TEST_CASE("whose key is listed is let in, and nobody else") {
    Protected world;
    world.start();
    CHECK(Protected::outcome(world.config()) == errc::ok);

    Config eve = world.config();
    eve.security.client_key = world.path("eve.key");
    CHECK(Protected::outcome(eve) == errc::unreachable);
    CHECK(world.log_tells(read_public_key_file(world.path("eve.pub"))));

    Config nobody = world.config();
    nobody.security.mechanism = Mechanism::null;
    CHECK(Protected::outcome(nobody) == errc::unreachable);
    // Either side may be the first to see that it is of no use and to hang up, and then the manager
    // has not read why. So they try on until it has.
    const Client another(nobody);
    CHECK(world.log_tells("does not use the security mechanism"));

    Config elsewhere = world.config();  // it would speak to another manager
    elsewhere.security.manager_public_key = world.path("eve.pub");
    CHECK(Protected::outcome(elsewhere) == errc::unreachable);
    const Client third(elsewhere);
    CHECK(world.log_tells("it may expect another manager"));
}

TEST_CASE("whoever is not let in is told what to look at") {
    Protected world;
    world.start();
    Config eve = world.config();
    eve.security.client_key = world.path("eve.key");
    Client client(eve);
    CHECK_THROWS_WITH(client.stats(),
                      Catch::Contains(read_public_key_file(world.path("eve.pub"))) &&
                          Catch::Contains(read_public_key_file(world.path("manager.pub"))));
}

TEST_CASE("a key that is added while the manager runs is let in") {
    Protected world;
    world.start();
    Config eve = world.config();
    eve.security.client_key = world.path("eve.key");
    CHECK(Protected::outcome(eve) == errc::unreachable);
    std::filesystem::copy(world.path("eve.pub"), world.clients() / "eve.pub");
    eve.client.unreachable_after = 10s;  // it tries again until it is let in
    CHECK(Protected::outcome(eve) == errc::ok);
}

TEST_CASE("a key that is revoked ends the sessions of its client, and what it held goes back") {
    Protected world;
    world.start();
    std::filesystem::copy(world.path("eve.pub"), world.clients() / "eve.pub");
    Config as_eve = world.config();
    as_eve.security.client_key = world.path("eve.key");
    as_eve.client.unreachable_after = 10s;
    Client eve(as_eve);
    Config as_ann = world.config();
    as_ann.client.unreachable_after = 10s;
    Client ann(as_ann);
    ann.queue<int>("jobs").put(5);
    Lease<int> held = eve.queue<int>("jobs").lease({.ttl = 1h});
    REQUIRE(held);

    std::filesystem::remove(world.clients() / "eve.pub");
    CHECK(ann.queue<int>("jobs").try_get_for(patience) == 5);
    CHECK(world.log_tells("is ended: its key"));
    try {
        eve.queue<int>("jobs").put(6);
        FAIL("a client without a key has put an item");
    } catch (const Error& error) {
        const bool said =
            error.code() == errc::not_authorised || error.code() == errc::session_lost;
        CAPTURE(error.what());
        CHECK(said);
    }
    CHECK(ann.queue<int>("jobs").empty());
}

TEST_CASE("a key file that is damaged, and a folder that has gone, revoke nobody") {
    Protected world;
    world.start();
    Config patient = world.config();
    patient.client.unreachable_after = 10s;
    Client ann(patient);
    ann.queue<int>("jobs").put(1);
    std::ofstream(world.clients() / "ann.pub") << "no key\n";
    CHECK(world.log_tells("holds no key"));
    CHECK(ann.queue<int>("jobs").get() == 1);
    std::filesystem::rename(world.clients(), world.path("moved"));
    CHECK(world.log_tells("cannot read the folder"));
    ann.queue<int>("jobs").put(2);
    CHECK(ann.queue<int>("jobs").get() == 2);
}

TEST_CASE("a client of the manager's own process needs no keys") {
    Protected world;
    world.start();
    Client client(world.manager());
    client.queue<int>("jobs").put(1);
    CHECK(client.queue<int>("jobs").get() == 1);
}

TEST_CASE("files and processes of one host need no keys") {
    Protected world;
    const std::string local = "ipc://" + world.path("socket");
    const bool local_first = GENERATE(true, false);
    auto& listen = world.config().manager.listen;
    listen.insert(local_first ? listen.begin() : listen.end(), local);
    world.start();
    const std::vector<std::string>& endpoints = world.manager().endpoints();
    CHECK((local_first ? endpoints.front() : endpoints.back()) == local);
    Config plain = world.config();
    plain.security = {};
    plain.client.connect = {local};
    CHECK(Protected::outcome(plain) == errc::ok);
    Config keyed = world.config();
    keyed.client.connect = {local_first ? endpoints.back() : endpoints.front()};
    CHECK(Protected::outcome(keyed) == errc::ok);
    keyed.security = {};
    CHECK(Protected::outcome(keyed) == errc::unreachable);
}

TEST_CASE("keys that are missing, damaged or open to others are refused by name") {
    Protected world;
    const auto refusal = [&](auto change) {
        Config config = world.config();
        change(config);
        try {
            const Manager manager(config);
            return std::string("accepted");
        } catch (const Error& error) {
            CHECK(error.code() == errc::config_invalid);
            return std::string(error.what());
        }
    };
    using Catch::Contains;
    CHECK_THAT(refusal([](Config& config) { config.security.manager_key = ""; }),
               Contains("[security] manager_key") && Contains("tcp://127.0.0.1"));
    CHECK_THAT(refusal([](Config& config) { config.security.clients = ""; }),
               Contains("[security] clients"));
    CHECK_THAT(refusal([](Config& config) { config.security.clients = "/nowhere"; }),
               Contains("/nowhere"));
    CHECK_THAT(refusal([&](Config& config) { config.security.manager_key = world.path("none"); }),
               Contains(world.path("none")));
    std::filesystem::permissions(world.path("manager.key"), std::filesystem::perms::group_read,
                                 std::filesystem::perm_options::add);
    CHECK_THAT(refusal([](Config&) {}), Contains("chmod 600"));
    CHECK_THROWS_AS(write_key_files(KeyPair::make(), world.path("eve")), Error);
}
