#include "handoff/patterns/supervisor.hpp"

#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <string>
#include <vector>

#include "handoff/error.hpp"
#include "process/children.hpp"
#include "process/tethered.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::errc;
using handoff::patterns::ChildEvent;
using handoff::patterns::Restart;
using handoff::patterns::Strategy;
using handoff::patterns::Supervisor;
using handoff::patterns::SupervisorOptions;
using Kind = ChildEvent::Kind;

namespace {

/// A supervisor whose events become lines, and a reaction to each.
struct Farm {
    explicit Farm(SupervisorOptions options = {}) {
        options.on_event = [this](const ChildEvent& event) {
            lines.push_back(line_of(event));
            if (reaction) reaction(event);
        };
        supervisor = std::make_unique<Supervisor>(std::move(options));
    }
    static std::string line_of(const ChildEvent& event) {
        if (event.kind == Kind::started) return "started " + event.child;
        const std::string what = event.kind == Kind::ended ? "ended " : "stopped ";
        return what + event.child + " " + std::to_string(event.exit_code.value_or(-1000));
    }
    [[nodiscard]] int count(const std::string& line) const {
        return static_cast<int>(std::count(lines.begin(), lines.end(), line));
    }
    void run() { supervisor->run(stop.get_token()); }

    std::vector<std::string> lines;
    std::function<void(const ChildEvent&)> reaction;
    std::stop_source stop;
    std::unique_ptr<Supervisor> supervisor;
};

void wait_for_a_signal() {
    for (;;) ::pause();
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a supervised child that is killed is started again, until the supervisor is stopped") {
    Farm farm;
    farm.supervisor->add("worker", wait_for_a_signal);
    farm.reaction = [&](const ChildEvent& event) {
        if (event.kind != Kind::started) return;
        if (farm.count("started worker") == 3) {
            CHECK(farm.supervisor->children().at(0).restarts == 2);
            CHECK(farm.supervisor->children().at(0).pid == event.pid);
            farm.stop.request_stop();
        } else {
            ::kill(event.pid, SIGKILL);
        }
    };
    farm.run();
    CHECK(farm.lines == Lines{"started worker", "ended worker -9", "started worker",
                              "ended worker -9", "started worker", "stopped worker -15"});
    CHECK(farm.supervisor->children().at(0).pid == 0);
}

TEST_CASE("a supervisor ends when no child is to be started again") {
    Farm farm;
    farm.supervisor->add("done", [] { return 0; }, {.restart = Restart::on_failure});
    farm.supervisor->add("once", [] { return 3; }, {.restart = Restart::never});
    farm.run();
    CHECK(farm.count("ended done 0") == 1);
    CHECK(farm.count("ended once 3") == 1);
    CHECK(farm.lines.size() == 4);
}

TEST_CASE("a child that is to be started again on failure is, until it ends well") {
    const Pipe attempts;
    attempts.send("abc");
    Farm farm;
    const auto work = [&] { return attempts.receive() == "c" ? 0 : 7; };
    farm.supervisor->add("stubborn", work, {.restart = Restart::on_failure});
    farm.run();
    CHECK(farm.count("ended stubborn 7") == 2);
    CHECK(farm.count("ended stubborn 0") == 1);
}

TEST_CASE("a supervisor whose child fails again and again gives up and says why") {
    Farm farm{{.name = "farm", .restarts_max = 3, .within = 60s}};
    farm.supervisor->add("healthy", wait_for_a_signal);
    farm.supervisor->add("broken", [] { return 42; });
    const std::string text = handoff::test::text_of([&] { farm.run(); });
    CHECK(contains(
        text, {"farm gives up", "more than 3 restarts", "60000 ms", "broken", "exit code 42"}));
    CHECK(farm.count("started broken") == 4);
    CHECK(farm.lines.back() == "stopped healthy -15");
    CHECK(code_of([&] { farm.run(); }) == errc::limit_exceeded);  // counted from the beginning
    CHECK(farm.count("started broken") == 8);
}

TEST_CASE("ends that are not counted do not make a supervisor give up") {
    Farm farm{{.restarts_max = 0}};
    farm.supervisor->add("frugal", [] { return 0; }, {.count_clean_ends = false});
    farm.reaction = [&](const ChildEvent& event) {
        if (event.kind == Kind::ended && farm.count("ended frugal 0") == 5) {
            farm.stop.request_stop();
        }
    };
    farm.run();
    CHECK(farm.count("ended frugal 0") == 5);
}

TEST_CASE("under one-for-all the others are stopped in reverse and all are started in order") {
    Farm farm{{.strategy = Strategy::one_for_all}};
    for (const char* name : {"a", "b", "c"}) farm.supervisor->add(name, wait_for_a_signal);
    farm.reaction = [&](const ChildEvent& event) {
        if (event.kind != Kind::started || event.child != "c") return;
        if (farm.count("started c") == 2) {
            farm.stop.request_stop();
        } else {
            ::kill(farm.supervisor->children().at(1).pid, SIGKILL);
        }
    };
    farm.run();
    CHECK(farm.lines == Lines{"started a", "started b", "started c", "ended b -9", "stopped c -15",
                              "stopped a -15", "started a", "started b", "started c",
                              "stopped c -15", "stopped b -15", "stopped a -15"});
}

TEST_CASE("a supervised child that does not stop when asked is killed after its limit") {
    const Pipe ready;
    Farm farm;
    const auto stubborn = [&] {
        ::signal(SIGTERM, SIG_IGN);
        ready.send("r");
        wait_for_a_signal();
    };
    farm.supervisor->add("stubborn", stubborn, {.stop_limit = 50ms});
    farm.reaction = [&](const ChildEvent& event) {
        if (event.kind != Kind::started) return;
        REQUIRE(ready.receive() == "r");
        farm.stop.request_stop();
    };
    const auto took = handoff::test::time_of([&] {
        farm.run();
        return 0;
    });
    CHECK(farm.lines == Lines{"started stubborn", "stopped stubborn -9"});
    CHECK(took >= 50ms);
}

TEST_CASE("an exception of the supervisor's callback leaves run after all have been stopped") {
    Farm farm;
    pid_t child = 0;
    farm.supervisor->add("child", wait_for_a_signal);
    farm.reaction = [&](const ChildEvent& event) {
        child = event.pid;
        throw std::runtime_error{"no more"};
    };
    CHECK_THROWS_WITH(farm.run(), "no more");
    CHECK(::kill(child, 0) != 0);  // it was reaped
}

TEST_CASE("the children of a supervisor that is killed die with it") {
    Pipe children;
    Pipe go;
    Tethered parent{[&] {
        Supervisor supervisor;
        for (const char* name : {"a", "b", "c"}) {
            supervisor.add(name, [&] {
                children.send("u");
                wait_for_a_signal();
            });
        }
        supervisor.run();
    }};
    for (int i = 0; i < 3; ++i) REQUIRE(children.receive() == "u");
    children.close_writer();
    parent.kill();
    CHECK(children.receive().empty());  // nobody has the other end any more
}

TEST_CASE("a supervised child may supervise children of its own") {
    Pipe told;
    Farm farm;
    const auto group = [&] {
        Supervisor inner;
        inner.add("inner", [&] { told.send("i"); }, {.restart = Restart::on_failure});
        inner.run();
    };
    farm.supervisor->add("group", group, {.restart = Restart::on_failure});
    farm.run();
    CHECK(told.receive() == "i");
    CHECK(farm.count("ended group 0") == 1);
}
