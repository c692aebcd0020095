#include <random>
#include <string>
#include <variant>

#include "handoff/lock.hpp"
#include "hostile/peer.hpp"
#include "hostile/siege.hpp"
#include "support/world.hpp"

// Whoever speaks the protocol, and uses what belongs to others: session ids, tokens, requests.

using namespace handoff;
using namespace handoff::hostile;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t mebibyte = 1u << 20;

core::SessionId random_id(std::mt19937& random) {
    core::SessionId id{};
    for (std::uint8_t& byte : id) byte = static_cast<std::uint8_t>(random());
    return id;
}

core::Request hello(const core::SessionId& fresh, std::optional<core::SessionId> resume = {},
                    std::uint32_t number = 1) {
    core::Hello hello;
    hello.fresh = fresh;
    hello.resume = resume;
    hello.connection_number = number;
    return {0, 0, {}, {}, hello};
}

template <class Body>
Body ask(Peer& peer, core::RequestId id, core::RequestBody body) {
    REQUIRE(peer.say({id, 0, {}, {}, std::move(body)}));
    const std::optional<core::Reply> reply = peer.answer(id);
    REQUIRE(reply);
    REQUIRE(std::holds_alternative<Body>(reply->body));
    return std::get<Body>(reply->body);
}

}  // namespace

TEST_CASE("a session id that is guessed is of no session") {
    Siege siege;
    siege.attack("guessed sessions", 32 * mebibyte, [&] {
        std::mt19937 random(11);
        for (int guess = 0; guess < 200; ++guess) {
            Peer peer(siege.endpoint());
            REQUIRE(peer.shake_hands());
            REQUIRE(peer.say(hello(random_id(random), random_id(random))));
            const std::optional<core::Reply> reply = peer.hear();
            REQUIRE(reply);
            REQUIRE(std::holds_alternative<core::Welcome>(reply->body));
            CHECK_FALSE(std::get<core::Welcome>(reply->body).resumed);
            CHECK(peer.say({1, 0, {}, {}, core::Goodbye{}}));
        }
    });
}

TEST_CASE("a HELLO that is said again elsewhere takes no session away") {
    Siege siege;
    siege.attack("replayed greetings", 32 * mebibyte, [&] {
        std::mt19937 random(12);
        const core::SessionId secret = random_id(random);
        Peer victim(siege.endpoint());
        REQUIRE(victim.begin_session(secret));
        for (int round = 0; round < 15; ++round) {
            Peer thief(siege.endpoint());
            REQUIRE(thief.shake_hands());
            // The very bytes, and the same as if to go on with the session.
            CHECK(thief.say(hello(secret)));
            CHECK(thief.say(hello(random_id(random), secret, 1)));
            CHECK(thief.say({1, 0, {}, {}, core::Stats{}}));
            std::optional<core::Reply> reply = thief.hear();
            for (; reply && reply->id != 1; reply = thief.hear(50ms)) {
                CHECK_FALSE(std::holds_alternative<core::Welcome>(reply->body));
            }
            ask<core::StatsReply>(victim, static_cast<core::RequestId>(round + 1), core::Stats{});
        }
    });
}

TEST_CASE("tokens and requests of another session are refused") {
    Siege siege;
    Client owner(siege.config());
    Queue<int> jobs = owner.queue<int>("jobs");
    for (int item = 0; item < 20; ++item) jobs.put(item);
    std::vector<Lease<int>> held;
    while (held.size() < 20) held.push_back(jobs.lease({.ttl = 1h}));

    siege.attack("tokens of others", 32 * mebibyte, [&] {
        std::mt19937 random(13);
        Peer thief(siege.endpoint());
        REQUIRE(thief.begin_session(random_id(random)));
        core::RequestId id = 0;
        const auto opened = ask<core::Opened>(thief, ++id, core::Open{"jobs", {}, false});
        const core::Range all{1, unlimited / 2};
        for (const core::Verb verb : {core::Verb::ack, core::Verb::release, core::Verb::bury,
                                      core::Verb::extend, core::Verb::giveback}) {
            core::Settle settle;
            settle.verb = verb;
            settle.queue = opened.queue;
            settle.tokens = {all};
            if (verb == core::Verb::giveback) {
                CHECK(thief.say({++id, 0, {}, {}, settle}));
                continue;
            }
            const auto settled = ask<core::Settled>(thief, ++id, settle);
            REQUIRE(settled.refused.size() == 1);
            CHECK(settled.refused.front() == all);
        }
        core::Commit commit;
        commit.acks.push_back({opened.queue, {all}});
        CHECK(ask<core::Failed>(thief, ++id, commit).code != errc::ok);
        for (core::RequestId target = 1; target < 500; ++target) {
            CHECK(thief.say({++id, 0, {}, {}, core::Cancel{target}}));
            CHECK(thief.say({target, target, {}, {}, core::Heartbeat{}}));
        }
        CHECK(jobs.stats().leased == 20);
    });
    for (int item = 0; item < 20; ++item) {
        CHECK(*held[static_cast<std::size_t>(item)] == item);
        held[static_cast<std::size_t>(item)].ack();
    }
    CHECK(jobs.stats().acks == 20);
}

TEST_CASE("a stolen fencing token opens no lock") {
    Siege siege;
    Client owner(siege.config());
    Lock lock = owner.lock("door");
    lock.lock();
    const auto token = static_cast<std::int64_t>(lock.token());

    siege.attack("stolen fencing tokens", 32 * mebibyte, [&] {
        std::mt19937 random(14);
        Peer thief(siege.endpoint());
        REQUIRE(thief.begin_session(random_id(random)));
        core::RequestId id = 0;
        core::OpenObject open;
        open.name = "door";
        open.kind = ObjectKind::lock;
        const auto opened = ask<core::ObjectOpened>(thief, ++id, open);
        using core::objects::Method;
        for (int round = 0; round < 50; ++round) {
            for (const Method method :
                 {Method::release, Method::renew, Method::notify, Method::sleep, Method::set}) {
                core::Calls calls;
                calls.calls.push_back({opened.object, method, {token, 1}, {}});
                REQUIRE(thief.say({++id, 0, core::Millis{0}, {}, calls}));
                const std::optional<core::Reply> reply = thief.answer(id);
                REQUIRE(reply);
                if (const auto* results = std::get_if<core::Results>(&reply->body)) {
                    CHECK(results->results.front().code != errc::ok);
                } else {
                    CHECK(std::holds_alternative<core::Failed>(reply->body));
                }
            }
        }
    });
    CHECK(test::code_of([&] { lock.check(); }) == errc::ok);
    CHECK(lock.token() == static_cast<std::uint64_t>(token));
    lock.unlock();
}
