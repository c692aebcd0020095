#include "core/client_fixture.hpp"
#include "core/streams.hpp"

// A producer's items gather behind what is under way, and what became of each is told by number.

namespace handoff::core::test {

namespace {

struct ProducerTest {
    explicit ProducerTest(Window window = {100, 1u << 20})
        : producer(test.client, open_jobs(), window) {}

    QueueRef open_jobs() {
        test.meet();
        return test.open("jobs");
    }
    void send(const Texts& items) {
        for (const std::string& item : items) producer.add(item);
        producer.hand_over(test.now());
    }
    /// The manager's answer to a PUT, and what follows from it.
    void answer(const Request& put, std::vector<PutDone::Outcome> outcomes) {
        test.answer(put, PutDone{body_of<Put>(put).queue, std::move(outcomes)});
        for (const Completion& ended : test.client.take_completions()) producer.take(ended);
        producer.hand_over(test.now());
    }

    ClientTest test;
    ProducerMachine producer;
};

}  // namespace

TEST_CASE("The first item leaves at once, the others gather behind it and leave together") {
    ProducerTest test;
    test.send({"1"});
    test.send({"2"});
    test.send({"3"});
    const Request first = test.test.next<Put>();
    CHECK(items_of(first) == Texts{"1"});
    CHECK(test.test.silent());
    CHECK(test.producer.gathered() == 2);
    test.answer(first, {outcome_of(1, 1)});
    CHECK(items_of(test.test.next<Put>()) == Texts{"2", "3"});
    CHECK(test.producer.unconfirmed() == 2);
}

TEST_CASE("What fills a frame leaves although something is under way") {
    ProducerTest test;
    test.send({"1"});
    const std::string half(test.test.limits.frame_bytes_max / 2 - 10, 'x');
    test.send({half, half});
    CHECK(items_of(test.test.next<Put>()) == Texts{"1"});
    CHECK(test.test.silent());
    test.send({half});
    CHECK(items_of(test.test.next<Put>()).size() == 2);
    CHECK(test.producer.gathered() == 1);
}

TEST_CASE("The window is full at its items or its bytes, and one item always has room") {
    ProducerTest few({2, 1u << 20});
    few.send({"1"});
    CHECK(few.producer.has_room());
    few.send({"2"});
    CHECK_FALSE(few.producer.has_room());

    ProducerTest small({100, 10});
    CHECK(small.producer.has_room());
    small.send({std::string(500, 'x')});
    CHECK_FALSE(small.producer.has_room());
    small.answer(small.test.next<Put>(), {outcome_of(1, 1)});
    CHECK(small.producer.unconfirmed() == 0);
    CHECK(small.producer.has_room());
}

TEST_CASE("Of a message that was refused in part, each refused item is told by its number") {
    ProducerTest test;
    test.send({"1"});
    test.send({"2", "3", "4", "5"});
    test.answer(test.test.next<Put>(), {outcome_of(1, 1)});
    test.answer(test.test.next<Put>(),
                {outcome_of(2, 2), outcome_of(3, 4, errc::too_large), outcome_of(5, 5)});
    CHECK(test.producer.unconfirmed() == 0);
    const std::vector<StreamFailure> failures = test.producer.failures.take();
    REQUIRE(failures.size() == 1);
    CHECK(failures[0].number == 3);
    CHECK(failures[0].count == 2);
    CHECK(failures[0].code == errc::too_large);
    CHECK(test.producer.failures.empty());
}

TEST_CASE("When a whole window is refused, all of it is told, as one run of neighbours") {
    ProducerTest test;
    const std::vector<std::string> many(5000, "x");
    test.send({"1"});
    test.send(many);
    test.answer(test.test.next<Put>(), {outcome_of(1, 1)});
    test.answer(test.test.next<Put>(), {outcome_of(2, 5001, errc::store_full)});
    CHECK(test.producer.unconfirmed() == 0);
    const std::vector<StreamFailure> failures = test.producer.failures.take();
    REQUIRE(failures.size() == 1);
    CHECK(failures[0].number == 2);
    CHECK(failures[0].count == 5000);
}

TEST_CASE("Failures of one run are neighbours, and have their code and text in common") {
    StreamFailures failures;
    failures.add(1, errc::closed, "closed");
    failures.add(2, errc::closed, "closed");
    failures.add(3, errc::closed, "closed otherwise");
    failures.add(4, errc::too_large, "closed otherwise");
    failures.add(6, errc::too_large, "closed otherwise");
    const std::vector<StreamFailure> told = failures.take();
    REQUIRE(told.size() == 4);
    CHECK(told[0].count == 2);
    CHECK(told[3].number == 6);
}

TEST_CASE("Of very many failures the first are kept and the others counted") {
    StreamFailures failures;
    for (std::uint64_t number = 1; number <= StreamFailures::kept_max + 500; ++number) {
        failures.add(2 * number, errc::closed, "closed");
    }
    const std::vector<StreamFailure> told = failures.take();
    REQUIRE(told.size() == StreamFailures::kept_max);
    CHECK(told.back().number == 2 * StreamFailures::kept_max);
    CHECK(told.back().text.find("500 more") != std::string::npos);
    CHECK(failures.empty());
}

}  // namespace handoff::core::test
