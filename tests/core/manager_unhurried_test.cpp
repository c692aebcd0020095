// Answers that nobody waits for travel with others, so that nobody is woken for them.
#include "core/manager_driver.hpp"
#include "support/catch.hpp"

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

namespace {

/// A client that has leased an item.
struct Scene {
    Scene() : ann(test.client("ann")), jobs(ann.open("jobs")) {
        ann.put(jobs, {"a", "b"});
        got = ann.get(jobs);
    }
    Call ack(Patience patience) {
        return ann.ask(Settle{Verb::ack, jobs, {got.tokens()}}, patience);
    }

    ManagerTest test;
    Client& ann;
    QueueHandle jobs = 0;
    Call got;
};

}  // namespace

TEST_CASE("a settlement is done at once, though its answer may take a while") {
    Scene scene;
    const Call ack = scene.ack(10ms);
    CHECK_FALSE(ack.answered());
    scene.test.pass(10ms);
    CHECK(ack.answers() == 1);
    CHECK(ack.refused().empty());
    CHECK(scene.ann.stats(scene.jobs).acks == 1);
}

TEST_CASE("an answer that does not hurry comes before the next thing that its client is sent") {
    Scene scene;
    const Call ack = scene.ack(1s);
    CHECK_FALSE(ack.answered());
    const Call next = scene.ann.get(scene.jobs);
    CHECK(next.items() == Texts{"b"});
    CHECK(ack.answers() == 1);
    REQUIRE(scene.ann.inbox.size() >= 2);
    CHECK(scene.ann.inbox.at(scene.ann.inbox.size() - 2).id == ack.id());
    scene.test.pass(2s);
    CHECK(ack.answers() == 1);
}

TEST_CASE("what is sent to others hurries no answer") {
    Scene scene;
    const Call ack = scene.ack(100ms);
    Client& bob = scene.test.client("bob");
    CHECK(bob.get(bob.open("jobs")).items() == Texts{"b"});
    CHECK_FALSE(ack.answered());
    scene.test.pass(100ms);
    CHECK(ack.answers() == 1);
}

TEST_CASE("a settlement that is refused is answered at once") {
    Scene scene;
    scene.ack(forever);
    const Call again = scene.ack(1s);
    CHECK(again.answers() == 1);
    CHECK_FALSE(again.refused().empty());
}

TEST_CASE("no answer is kept back for longer than a second") {
    Scene scene;
    const Call ack = scene.ack(1h);
    scene.test.pass(1s);
    CHECK(ack.answers() == 1);
}

TEST_CASE("an answer that was kept back when the connection broke is given again") {
    Scene scene;
    const Call ack = scene.ack(1s);
    scene.ann.hang_up();
    scene.ann.come_back();
    scene.ann.again(ack);
    scene.test.pass(1s);
    CHECK(ack.answered());
    CHECK(ack.refused().empty());
}
