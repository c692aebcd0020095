#include "core/client_fixture.hpp"

namespace handoff::core::test {

using namespace std::chrono_literals;

TEST_CASE("A client says HELLO and nothing else before it is welcomed") {
    ClientTest test;
    const QueueRef jobs = test.queue("jobs");
    test.put(jobs, {"a"});
    test.get(jobs);
    test.link_up();
    const Request hello = test.next<Hello>();
    CHECK(test.silent());
    CHECK(body_of<Hello>(hello).connection_number == 1);
    CHECK_FALSE(body_of<Hello>(hello).resume.has_value());
    CHECK(body_of<Hello>(hello).fresh == SessionId{1});
    CHECK(body_of<Hello>(hello).name == "tester");
    CHECK_FALSE(test.client.welcomed());

    test.welcome(hello, false);
    CHECK(test.client.welcomed());
    CHECK_FALSE(test.silent());
}

TEST_CASE("A client without a connection sends nothing") {
    ClientTest test;
    test.get(test.queue("jobs"));
    test.pass(5s);
    CHECK(test.silent());
}

TEST_CASE("A client that connects again names its session and brings a new id") {
    ClientTest test;
    test.meet();
    test.link_down();
    test.link_up();
    const Request hello = test.next<Hello>();
    CHECK(body_of<Hello>(hello).connection_number == 2);
    CHECK(body_of<Hello>(hello).resume == SessionId{1});
    CHECK(body_of<Hello>(hello).fresh == SessionId{2});
}

TEST_CASE("A WELCOME for an earlier connection is not ours") {
    ClientTest test;
    test.link_up();
    const Request first = test.next<Hello>();
    test.link_down();
    test.link_up();
    const Request second = test.next<Hello>();
    test.welcome(first, false);
    CHECK_FALSE(test.client.welcomed());
    test.welcome(second, false);
    CHECK(test.client.welcomed());
}

TEST_CASE("A WELCOME that comes twice is ignored the second time") {
    ClientTest test;
    test.link_up();
    const Request hello = test.next<Hello>();
    test.welcome(hello, false);
    test.welcome(hello, false);
    CHECK(test.client.session_generation() == 0);
    CHECK(test.client.welcomed());
}

TEST_CASE("The session after a lost one is that of the HELLO that was answered") {
    ClientTest test;
    test.meet();
    test.meet_again(false);
    test.link_down();
    test.link_up();
    CHECK(body_of<Hello>(test.next<Hello>()).resume == SessionId{2});
}

TEST_CASE("A connection that was replaced unnoticed begins again with HELLO") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.get(jobs);
    test.next<Get>();
    test.tell(0, Failed{errc::not_welcomed, "say HELLO first"});
    CHECK_FALSE(test.client.welcomed());
    const Request hello = test.next<Hello>();
    CHECK(body_of<Hello>(hello).connection_number == 2);
    CHECK(body_of<Hello>(hello).resume == SessionId{1});

    SECTION("and what has no answer is sent again") {
        test.welcome(hello, true);
        const Request again = test.next<Get>();
        test.deliver(again, 101, 7, {"a"});
        CHECK(test.code(call) == errc::ok);
    }
    SECTION("once, however many requests were refused") {
        test.tell(0, Failed{errc::not_welcomed, "say HELLO first"});
        test.tell(0, Failed{errc::not_welcomed, "say HELLO first"});
        CHECK(test.silent());
    }
    SECTION("under an id that no session had") {
        CHECK(body_of<Hello>(hello).fresh != SessionId{1});
        test.welcome(hello, false);
        test.tell(0, Failed{errc::not_welcomed, "say HELLO first"});
        const Request next = test.next<Hello>();
        CHECK(body_of<Hello>(next).resume == body_of<Hello>(hello).fresh);
        CHECK(body_of<Hello>(next).fresh != body_of<Hello>(hello).fresh);
    }
}

TEST_CASE("A manager that does not want the client ends its calls with the reason") {
    ClientTest test;
    const CallId waiting = test.get(test.queue("jobs"));
    test.link_up();
    test.fail(test.next<Hello>(), errc::version_mismatch, "this manager speaks version 7");
    CHECK(test.code(waiting) == errc::version_mismatch);
    CHECK(test.text(waiting).find("this manager speaks version 7") != std::string::npos);

    SECTION("those that come later too") {
        const CallId later = test.put(test.queue("jobs"), {"a"});
        CHECK(test.code(later) == errc::version_mismatch);
    }
    SECTION("and is left alone until there is another connection") {
        test.pass(1min);
        CHECK(test.silent());
        test.meet();
        const CallId later = test.put(test.queue("jobs"), {"a"});
        test.open_next();
        test.take(test.next<Put>());
        CHECK(test.code(later) == errc::ok);
    }
}

TEST_CASE("A refused client cannot tell what became of puts that it had sent") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId sent = test.put(jobs, {"a"});
    test.next<Put>();
    test.link_down();
    const CallId unsent = test.put(jobs, {"b"});
    test.link_up();
    test.fail(test.next<Hello>(), errc::limit_exceeded, "sessions_max is 1");
    CHECK(test.code(sent) == errc::outcome_unknown);
    CHECK(test.code(unsent) == errc::limit_exceeded);
}

TEST_CASE("Limits are the defaults before the first WELCOME, and then the manager's") {
    ClientTest test;
    CHECK(test.client.limits() == Limits{});
    test.limits.item_bytes_max = 1000;
    test.meet();
    CHECK(test.client.limits().item_bytes_max == 1000);
    test.link_down();
    CHECK(test.client.limits().item_bytes_max == 1000);
}

}  // namespace handoff::core::test
