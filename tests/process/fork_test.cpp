// What a forked child has of its parent's objects, and what becomes of it without its parent.
#include "os/fork.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include "handoff/error.hpp"
#include "handoff/process.hpp"
#include "process/children.hpp"
#include "support/catch.hpp"

using handoff::errc;
using handoff::Process;

namespace {

bool is_open(int fd) {
    return ::fcntl(fd, F_GETFD) >= 0;
}

// Makes this process the one that orphans below it are given to, so that a test can reap them.
class Orphanage {
public:
    Orphanage() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }
    ~Orphanage() { ::prctl(PR_SET_CHILD_SUBREAPER, 0); }
    Orphanage(const Orphanage&) = delete;
    Orphanage& operator=(const Orphanage&) = delete;
};

// A child that starts a child of its own and waits to be killed.
class Family {
public:
    explicit Family(bool die_with_parent)
        : parent_{[this, die_with_parent] {
              Process child{[this] {
                                told_.send(std::to_string(::getpid()));
                                for (;;) {
                                    static_cast<void>(question_.receive());
                                    answer_.send("a");
                                }
                            },
                            {.die_with_parent = die_with_parent}};
              child.start();
              child.join();
          }} {
        parent_.start();
        child_ = std::stoi(told_.receive(20));
    }

    [[nodiscard]] pid_t child() const { return child_; }

    void kill_parent() {
        parent_.kill();
        REQUIRE(parent_.join(Pipe::limit));
    }

    [[nodiscard]] bool child_answers() const {
        question_.send("q");
        return answer_.receive() == "a";
    }

private:
    Orphanage orphanage_;
    Pipe told_;
    Pipe question_;
    Pipe answer_;
    Process parent_;
    pid_t child_ = 0;
};

}  // namespace

TEST_CASE("the fork generation differs in every child and stays in the parent") {
    const std::uint64_t parents = handoff::fork_generation();
    const auto differs = [&] {
        const std::uint64_t childs = handoff::fork_generation();
        Process grandchild{[&] {
            const std::uint64_t own = handoff::fork_generation();
            return own != childs && own != parents ? 0 : 1;
        }};
        grandchild.start();
        grandchild.join();
        return childs != parents ? grandchild.exit_code().value_or(3) : 2;
    };
    CHECK(exit_code_of(differs) == 0);

    const pid_t bare = ::fork();
    if (bare == 0) {
        ::_exit(handoff::fork_generation() != parents ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(bare, &status, 0) == bare);
    CHECK(status == 0);
    CHECK(handoff::fork_generation() == parents);
}

TEST_CASE("the child has the application's descriptors and not those that the kit owns") {
    const Pipe applications;
    const Pipe kits;
    const Pipe given_back;
    handoff::own_descriptor(kits.reader());
    handoff::own_descriptor(kits.writer());
    handoff::own_descriptor(kits.writer());
    handoff::own_descriptor(given_back.reader());
    handoff::disown_descriptor(given_back.reader());
    handoff::own_descriptor(-1);
    CHECK(exit_code_of([&] {
              return is_open(applications.reader()) && is_open(given_back.reader()) &&
                             !is_open(kits.reader()) && !is_open(kits.writer())
                         ? 0
                         : 1;
          }) == 0);
    CHECK(is_open(kits.reader()));
    handoff::disown_descriptor(kits.reader());
    handoff::disown_descriptor(kits.writer());
    CHECK(exit_code_of([&] { return is_open(kits.reader()) ? 0 : 1; }) == 0);
}

TEST_CASE("a child closes an owned descriptor of any number") {
    const Pipe pipe;
    const int high = ::fcntl(pipe.reader(), F_DUPFD_CLOEXEC, 1000);
    REQUIRE(high >= 1000);
    handoff::own_descriptor(high);
    CHECK(exit_code_of([&] { return is_open(high) ? 1 : 0; }) == 0);
    handoff::disown_descriptor(high);
    ::close(high);
}

TEST_CASE("a child does not hold the processes that its parent started before") {
    const Pipe go;
    Process first{[&] { static_cast<void>(go.receive()); }};
    first.start();
    const auto touch = [&] {
        const bool inert = code_of([&] { first.start(); }) == errc::inert &&
                           code_of([&] { first.join(); }) == errc::inert &&
                           code_of([&] { first.terminate(); }) == errc::inert &&
                           code_of([&] { first.kill(); }) == errc::inert &&
                           code_of([&] { static_cast<void>(first.is_alive()); }) == errc::inert &&
                           code_of([&] { static_cast<void>(first.exit_code()); }) == errc::inert;
        return inert ? 0 : 1;
    };
    CHECK(exit_code_of(touch) == 0);
    CHECK(first.is_alive());
    go.send("g");
    CHECK(first.join(Pipe::limit));
}

TEST_CASE("the copy of a process in a forked child is destroyed without harm to the process") {
    const Pipe go;
    auto child = std::make_optional<Process>([&] { static_cast<void>(go.receive()); });
    child->start();
    const pid_t bare = ::fork();
    if (bare == 0) {
        child.reset();
        ::_exit(0);
    }
    int status = -1;
    REQUIRE(::waitpid(bare, &status, 0) == bare);
    CHECK(status == 0);
    CHECK(exit_code_of([&] {
              const Pipe own;  // takes the descriptors that were closed for the child
              child.reset();
              return is_open(own.reader()) && is_open(own.writer()) ? 0 : 1;
          }) == 0);
    CHECK(child->is_alive());
    go.send("g");
    CHECK(child->join(Pipe::limit));
    CHECK(child->exit_code() == 0);
}

TEST_CASE("a process that was made by the parent may be started by a child") {
    Process shared{[] { return 6; }};
    CHECK(exit_code_of([&] {
              shared.start();
              shared.join();
              return shared.exit_code().value_or(1);
          }) == 6);
    shared.start();
    CHECK(shared.join(Pipe::limit));
    CHECK(shared.exit_code() == 6);
}

TEST_CASE("on request a child dies when its parent is killed") {
    Family family{true};
    CHECK(family.child_answers());
    family.kill_parent();
    int status = 0;
    REQUIRE(::waitpid(family.child(), &status, 0) == family.child());
    CHECK(WTERMSIG(status) == SIGTERM);
}

TEST_CASE("without the request a child lives on when its parent is killed") {
    Family family{false};
    family.kill_parent();
    CHECK(family.child_answers());
    ::kill(family.child(), SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(family.child(), &status, 0) == family.child());
    CHECK(WTERMSIG(status) == SIGKILL);
}

TEST_CASE("a child that is to die with its parent outlives the thread that started it") {
    const Pipe question;
    const Pipe answer;
    Process child{[&] {
                      answer.send("r");
                      static_cast<void>(question.receive());
                      answer.send("a");
                  },
                  {.die_with_parent = true}};
    pid_t starter = 0;
    std::thread{[&] {
        starter = ::gettid();
        child.start();
        CHECK(answer.receive() == "r");
    }}.join();
    while (::tgkill(::getpid(), starter, 0) == 0) {  // join() returns a moment before it is gone
        std::this_thread::yield();
    }
    question.send("q");
    CHECK(answer.receive() == "a");
    REQUIRE(child.join(Pipe::limit));
    CHECK(child.exit_code() == 0);
}

TEST_CASE("a child that is to die with its parent may close every descriptor") {
    const Pipe go;
    Process child{[&] {
                      for (int fd = 3; fd < 1024; ++fd) {
                          if (fd != go.reader()) {
                              ::close(fd);
                          }
                      }
                      return go.receive() == "g" ? 0 : 1;
                  },
                  {.die_with_parent = true}};
    child.start();
    go.send("g");
    REQUIRE(child.join(Pipe::limit));
    CHECK(child.exit_code() == 0);
}

TEST_CASE("children run while other threads of the parent open and close descriptors") {
    std::atomic<bool> done{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&] {
            while (!done) {
                const Pipe pipe;
                handoff::own_descriptor(pipe.reader());
                handoff::disown_descriptor(pipe.reader());
            }
        });
    }
    int failed = 0;
    for (int i = 0; i < 30; ++i) {
        Process child{[] { return handoff::fork_generation() != 0 ? 0 : 1; }};
        child.start();
        failed += child.join(Pipe::limit) && child.exit_code() == 0 ? 0 : 1;
    }
    done = true;
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(failed == 0);
}
