#include <functional>
#include <string>
#include <vector>

#include "core/client_fixture.hpp"

// The three ends of a call, done, surely not done and unknown, for each kind of call under each
// fault: what core/client_machine.hpp promises, held against every kind.

namespace handoff::core::test {

using namespace std::chrono_literals;

namespace {

enum class Does { puts, takes, settles, changes, asks };

struct Kind {
    std::string name;
    Does does;
    std::function<RequestBody(QueueRef)> body;
};

Commit commit_of(QueueRef queue) {
    Commit commit;
    commit.acks = {{queue, {{7, 7}}}};
    commit.puts = {{queue, {}, run_of({"r"})}};
    return commit;
}

Credit credit_of(QueueRef queue) {
    Credit credit;
    credit.queue = queue;
    credit.items = 1;
    credit.bytes = 100;
    return credit;
}

const std::vector<Kind>& kinds() {
    static const std::vector<Kind> all{
        {"put", Does::puts, [](QueueRef queue) { return Put{.queue = queue}; }},
        {"commit", Does::puts, commit_of},
        {"get", Does::takes, [](QueueRef queue) { return get_from({queue}); }},
        {"ack", Does::settles,
         [](QueueRef q) {
             return settle_of(Verb::ack, q, {{5, 5}});
         }},
        {"release", Does::settles,
         [](QueueRef q) {
             return settle_of(Verb::release, q, {{5, 5}});
         }},
        {"bury", Does::settles,
         [](QueueRef q) {
             return settle_of(Verb::bury, q, {{5, 5}});
         }},
        {"extend", Does::settles,
         [](QueueRef q) {
             return settle_of(Verb::extend, q, {{5, 5}});
         }},
        {"giveback", Does::settles,
         [](QueueRef q) {
             return settle_of(Verb::giveback, q, {{5, 5}});
         }},
        {"close", Does::changes,
         [](QueueRef queue) {
             return Close{queue, false};
         }},
        {"purge", Does::changes,
         [](QueueRef queue) {
             return Purge{queue, true};
         }},
        {"kick", Does::changes,
         [](QueueRef queue) {
             return Kick{queue, 1};
         }},
        {"destroy", Does::changes, [](QueueRef queue) { return Destroy{queue}; }},
        {"join", Does::asks, [](QueueRef queue) { return Join{queue}; }},
        {"peek", Does::asks,
         [](QueueRef queue) {
             return Peek{queue, ItemState::ready, 1};
         }},
        {"stats", Does::asks,
         [](QueueRef queue) {
             return Stats{{queue}, {}, 1};
         }},
        {"credit", Does::asks, credit_of}};
    return all;
}

CallId begin(ClientTest& test, const Kind& kind, QueueRef queue, const Wait& wait = {}) {
    RequestBody body = kind.body(queue);
    if (std::holds_alternative<Put>(body)) return test.put(queue, {"a"}, wait);
    return test.call(std::move(body), wait);
}

bool may_have_changed_something(const Kind& kind) {
    return kind.does != Does::takes && kind.does != Does::asks;
}

/// The end of a call whose answer stays away although the manager may have had it.
errc unknown_or(const Kind& kind, errc otherwise) {
    return may_have_changed_something(kind) ? errc::outcome_unknown : otherwise;
}

using Story = std::function<void(ClientTest&, const Kind&, QueueRef)>;

/// A new client with an open queue for each kind of call.
void for_each_kind(const Story& story) {
    for (const Kind& kind : kinds()) {
        INFO(kind.name);
        ClientTest test;
        test.meet();
        const QueueRef jobs = test.open("jobs");
        story(test, kind, jobs);
        CHECK(test.client.pending() == 0);
    }
}

}  // namespace

// ------------------------------------------------------------------ never connected

TEST_CASE("Whatever is called without a manager is surely not done when its deadline passes") {
    for (const Kind& kind : kinds()) {
        INFO(kind.name);
        ClientTest test;
        const CallId call = begin(test, kind, test.queue("jobs"), test.within(2s));
        test.pass(1999ms);
        CHECK_FALSE(test.has_ended(call));
        test.pass(1ms);
        const errc expected = kind.does == Does::puts    ? errc::full
                              : kind.does == Does::takes ? errc::empty
                                                         : errc::unreachable;
        CHECK(test.code(call) == expected);
        test.meet();
        CHECK(test.silent());
    }
}

TEST_CASE(
    "Whatever is called without a manager and a deadline is unreachable, and not sent later") {
    for (const Kind& kind : kinds()) {
        INFO(kind.name);
        ClientTest test;
        const CallId call = begin(test, kind, test.queue("jobs"));
        test.pass(9999ms);
        CHECK_FALSE(test.has_ended(call));
        test.pass(1ms);
        CHECK(test.code(call) == errc::unreachable);
        test.meet();
        CHECK(test.silent());
    }
}

TEST_CASE("Whatever is cancelled before it was sent is cancelled at once, and not sent later") {
    for_each_kind([](ClientTest& test, const Kind& kind, QueueRef jobs) {
        test.link_down();
        const CallId call = begin(test, kind, jobs);
        test.cancel(call);
        CHECK(test.code(call) == errc::cancelled);
        test.meet_again(true);
        CHECK(test.silent());
    });
}

// ------------------------------------------------------------------ sent, and no answer

TEST_CASE(
    "Whatever was sent before the connection went is unknown if it may have changed something") {
    for_each_kind([](ClientTest& test, const Kind& kind, QueueRef jobs) {
        const CallId call = begin(test, kind, jobs);
        test.next_request();
        test.link_down();
        test.pass(10s);
        CHECK(test.code(call) == unknown_or(kind, errc::unreachable));
    });
}

TEST_CASE(
    "Whatever is past its deadline and the grace is unknown if it may have changed something") {
    for_each_kind([](ClientTest& test, const Kind& kind, QueueRef jobs) {
        const CallId call = begin(test, kind, jobs, test.within(1s));
        test.next_request();
        test.pass(1499ms);
        CHECK_FALSE(test.has_ended(call));
        test.pass(1ms);
        const errc otherwise = kind.does == Does::takes ? errc::empty : errc::unreachable;
        CHECK(test.code(call) == unknown_or(kind, otherwise));
    });
}

TEST_CASE(
    "Whatever was sent, cancelled and not answered is unknown if it may have changed something") {
    for_each_kind([](ClientTest& test, const Kind& kind, QueueRef jobs) {
        const CallId call = begin(test, kind, jobs);
        test.next_request();
        test.cancel(call);
        test.pass(499ms);
        CHECK_FALSE(test.has_ended(call));
        test.pass(1ms);
        CHECK(test.code(call) == unknown_or(kind, errc::cancelled));
    });
}

TEST_CASE("A manager that refuses the client leaves what was sent unknown, and the rest not done") {
    for_each_kind([](ClientTest& test, const Kind& kind, QueueRef jobs) {
        const CallId sent = begin(test, kind, jobs);
        test.next_request();
        test.link_down();
        const CallId unsent = begin(test, kind, jobs);
        test.link_up();
        test.fail(test.next<Hello>(), errc::not_authorised, "not you");
        CHECK(test.code(sent) == unknown_or(kind, errc::not_authorised));
        CHECK(test.code(unsent) == errc::not_authorised);
    });
}

// ------------------------------------------------------------------ the end of a session

TEST_CASE("Of what was sent in a lost session only puts and commits are unknown") {
    for (const bool restarted : {false, true}) {
        for_each_kind([restarted](ClientTest& test, const Kind& kind, QueueRef jobs) {
            const CallId call = begin(test, kind, jobs);
            test.next_request();
            if (restarted) test.manager = ManagerId{2};
            test.meet_again(false);
            const errc lost = restarted ? errc::manager_restarted : errc::session_lost;
            CHECK(test.code(call) == (kind.does == Does::puts ? errc::outcome_unknown : lost));
            CHECK(test.silent());
        });
    }
}

TEST_CASE("What was never sent goes on in the next session, but for every kind of settlement") {
    for_each_kind([](ClientTest& test, const Kind& kind, QueueRef jobs) {
        test.link_down();
        const CallId call = begin(test, kind, jobs);
        test.meet_again(false);
        if (kind.does == Does::settles) {
            CHECK(test.code(call) == errc::session_lost);
            CHECK(test.silent());
            return;
        }
        CHECK_FALSE(test.has_ended(call));
        test.open_next();
        const Request sent = test.next_request();
        CHECK(sent.id > 0);
        test.fail(sent, errc::limit_exceeded);
        CHECK(test.code(call) == errc::limit_exceeded);
    });
}

// ------------------------------------------------------------------ answered after all

TEST_CASE("Whatever is sent again after a resume keeps its number, and its answer counts once") {
    for_each_kind([](ClientTest& test, const Kind& kind, QueueRef jobs) {
        const CallId call = begin(test, kind, jobs);
        const Request first = test.next_request();
        test.meet_again(true);
        const Request again = test.next_request();
        if (!std::holds_alternative<Put>(again.body)) CHECK(again.id == first.id);
        CHECK(again.body == first.body);
        CHECK(test.silent());
        test.fail(again, errc::limit_exceeded, "too many");
        test.fail(again, errc::closed, "too late");
        CHECK(test.code(call) == errc::limit_exceeded);
    });
}

TEST_CASE("A refusal is the end of whatever was called, surely not done") {
    for_each_kind([](ClientTest& test, const Kind& kind, QueueRef jobs) {
        const CallId call = begin(test, kind, jobs);
        test.fail(test.next_request(), errc::store_full, "no room left");
        CHECK(test.code(call) == errc::store_full);
        CHECK(test.text(call).find("no room left") != std::string::npos);
        CHECK(test.text(call).find("\"jobs\" at ipc:///run/x.sock") != std::string::npos);
        CHECK(test.silent());
    });
}

TEST_CASE("An answer within the grace is the end, however late it is") {
    for_each_kind([](ClientTest& test, const Kind& kind, QueueRef jobs) {
        if (kind.does == Does::puts) return;  // have cases of their own
        const CallId call = begin(test, kind, jobs, test.within(1s));
        const Request sent = test.next_request();
        test.pass(1499ms);
        test.fail(sent, errc::limit_exceeded, "of the manager");
        CHECK(test.code(call) == errc::limit_exceeded);
    });
}

TEST_CASE("A commit past its deadline is asked about, and its answer tells what happened") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.call(commit_of(jobs), test.within(1s));
    const Request commit = test.next<Commit>();
    CHECK(commit.remaining == 1s);
    test.pass(1s);
    CHECK(body_of<Cancel>(test.next<Cancel>()).target == commit.id);
    SECTION("it was done") {
        test.answer(commit, Done{1});
        CHECK(test.code(call) == errc::ok);
        CHECK(std::get<Done>(test.outcome(call).reply).count == 1);
    }
    SECTION("it was taken back, as it found no room in time") {
        test.fail(commit, errc::cancelled);
        CHECK(test.code(call) == errc::full);
    }
    SECTION("it was refused for a reason of its own") {
        test.fail(commit, errc::lease_lapsed);
        CHECK(test.code(call) == errc::lease_lapsed);
    }
    CHECK(test.silent());
}

TEST_CASE("A commit that is cancelled ends with what the manager says, or unknown") {
    ClientTest test;
    test.meet();
    const QueueRef jobs = test.open("jobs");
    const CallId call = test.call(commit_of(jobs));
    const Request commit = test.next<Commit>();
    test.cancel(call);
    CHECK(body_of<Cancel>(test.next<Cancel>()).target == commit.id);
    SECTION("taken back") {
        test.fail(commit, errc::cancelled);
        CHECK(test.code(call) == errc::cancelled);
    }
    SECTION("done already") {
        test.answer(commit, Done{1});
        CHECK(test.code(call) == errc::ok);
    }
    SECTION("taken back after a resume, asked before it is sent again") {
        test.meet_again(true);
        CHECK(body_of<Cancel>(test.next<Cancel>()).target == commit.id);
        const Request again = test.next<Commit>();
        CHECK(again.id == commit.id);
        CHECK(again.remaining == 0ms);
        test.fail(again, errc::cancelled);
        CHECK(test.code(call) == errc::cancelled);
    }
}

}  // namespace handoff::core::test
