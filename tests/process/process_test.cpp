#include "handoff/process.hpp"

#include <sys/resource.h>
#include <sys/wait.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <memory>
#include <thread>
#include <vector>

#include "handoff/error.hpp"
#include "process/children.hpp"
#include "support/catch.hpp"

using handoff::errc;
using handoff::Process;
using namespace std::chrono_literals;

namespace {

// Whether a child of ours by that number is left, dead or alive.
bool is_child(pid_t pid) {
    siginfo_t how{};
    return ::waitid(P_PID, static_cast<id_t>(pid), &how, WEXITED | WNOHANG | WNOWAIT) == 0;
}

// Sets what a signal does while a test runs.
class Disposition {
public:
    Disposition(int number, void (*handler)(int)) : number_{number} {
        struct sigaction action {};
        action.sa_handler = handler;  // without SA_RESTART, so that it interrupts system calls
        ::sigaction(number, &action, &before_);
    }
    ~Disposition() { ::sigaction(number_, &before_, nullptr); }
    Disposition(const Disposition&) = delete;
    Disposition& operator=(const Disposition&) = delete;

private:
    int number_;
    struct sigaction before_ {};
};

std::atomic<int> handler_writes_to{-1};
std::atomic<int> handled{0};

void on_signal(int) {
    handled.fetch_add(1);
    if (const int fd = handler_writes_to.load(); fd >= 0) {
        static_cast<void>(::write(fd, "h", 1) == 1);
    }
}

// Written by whatever winds up a program: destructors of statics and of thread-locals, atexit.
std::atomic<int> wind_up_writes_to{-1};

void wind_up() {
    if (const int fd = wind_up_writes_to.load(); fd >= 0) {
        static_cast<void>(::write(fd, "w", 1) == 1);
    }
}

struct Witness {
    ~Witness() { wind_up(); }
};

const Witness static_witness;

}  // namespace

TEST_CASE("what the work returns is the exit code") {
    CHECK(exit_code_of([] {}) == 0);
    for (const int code : {0, 1, 7, 255}) {
        CHECK(exit_code_of([code] { return code; }) == code);
    }
    CHECK(exit_code_of([] { return 256; }) == 255);  // and not the 0 that 8 bits would make of it
    CHECK(exit_code_of([] { return -1; }) == 255);
}

TEST_CASE("a process ended by a signal has the negative number as its exit code") {
    CHECK(exit_code_of([] { ::raise(SIGKILL); }) == -SIGKILL);
    CHECK(exit_code_of([] { ::raise(SIGUSR1); }) == -SIGUSR1);
}

TEST_CASE("work that cannot be copied runs in the child") {
    auto number = std::make_unique<int>(5);
    CHECK(exit_code_of([number = std::move(number)] { return *number; }) == 5);
}

TEST_CASE("a process is alive from its start until its work returns") {
    const Pipe go;
    Process child{[&] { static_cast<void>(go.receive()); }};
    CHECK_FALSE(child.is_alive());
    CHECK(child.exit_code() == std::nullopt);
    child.start();
    CHECK(child.is_alive());
    CHECK(child.exit_code() == std::nullopt);
    CHECK(is_child(child.pid()));
    go.send("g");
    REQUIRE(child.join(Pipe::limit));
    CHECK_FALSE(child.is_alive());
    CHECK(child.exit_code() == 0);
    CHECK_FALSE(is_child(child.pid()));
}

TEST_CASE("join with a limit tells whether the child has ended") {
    const Pipe go;
    Process child{[&] { static_cast<void>(go.receive()); }};
    child.start();
    CHECK_FALSE(child.join(0ms));
    const auto before = std::chrono::steady_clock::now();
    CHECK_FALSE(child.join(30ms));
    CHECK(std::chrono::steady_clock::now() - before >= 30ms);
    go.send("g");
    CHECK(child.join(Pipe::limit));
    CHECK(child.join(0ms));
    child.join();
    CHECK(code_of([&] { static_cast<void>(child.join(-1ms)); }) == errc::invalid_argument);
    CHECK(code_of([&] { static_cast<void>(child.join(24h * 4000)); }) == errc::invalid_argument);
}

TEST_CASE("a process has a descriptor that is readable once the child has ended") {
    Pipe go;
    Process child{[&] { static_cast<void>(go.receive()); }};
    CHECK(code_of([&] { static_cast<void>(child.fd()); }) == errc::invalid_argument);
    child.start();
    pollfd watched{child.fd(), POLLIN, 0};
    CHECK(::poll(&watched, 1, 0) == 0);
    go.send("g");
    CHECK(::poll(&watched, 1, static_cast<int>(Pipe::limit.count())) == 1);
    CHECK_FALSE(child.is_alive());
    CHECK(::poll(&watched, 1, 0) == 1);
}

TEST_CASE("several threads join one process, and signals do not disturb them") {
    const Disposition handler{SIGUSR2, on_signal};
    const Pipe go;
    Process child{[&] { static_cast<void>(go.receive()); }};
    child.start();
    handled = 0;
    std::atomic<int> ended{0};
    std::thread limited{[&] { ended += child.join(Pipe::limit) ? 1 : 0; }};
    std::thread unlimited{[&] {
        child.join();
        ended += 1;
    }};
    for (int sent = 1; sent <= 20; ++sent) {
        ::pthread_kill(limited.native_handle(), SIGUSR2);
        ::pthread_kill(unlimited.native_handle(), SIGUSR2);
        while (handled < 2 * sent) {
            std::this_thread::yield();
        }
    }
    CHECK(ended == 0);
    go.send("g");
    limited.join();
    unlimited.join();
    CHECK(ended == 2);
}

TEST_CASE("terminate stops a child whatever its parent does with the signal") {
    const Pipe parents_own;  // where a program's handler tells its main loop to stop
    const Disposition handler{SIGTERM, on_signal};
    handler_writes_to = parents_own.writer();
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigset_t before;
    ::pthread_sigmask(SIG_BLOCK, &mask, &before);
    for (const bool blocked : {true, false}) {
        ::pthread_sigmask(blocked ? SIG_BLOCK : SIG_UNBLOCK, &mask, nullptr);
        for (int round = 0; round < 20; ++round) {
            Process child{[] { ::pause(); }};
            child.start();
            child.terminate();  // at once: the child may not have come to its own dispositions
            REQUIRE(child.join(Pipe::limit));
            CHECK(child.exit_code() == -SIGTERM);
        }
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    handler_writes_to = -1;
    CHECK_FALSE(parents_own.is_readable());
}

TEST_CASE("a signal that the parent ignores stays ignored but for the one of terminate") {
    const Disposition interrupt{SIGINT, SIG_IGN};
    const Disposition quit{SIGQUIT, on_signal};
    const Disposition terminate{SIGTERM, SIG_IGN};
    CHECK(exit_code_of([] { ::raise(SIGINT); }) == 0);
    CHECK(exit_code_of([] { ::raise(SIGQUIT); }) == -SIGQUIT);
    CHECK(exit_code_of([] { ::raise(SIGTERM); }) == -SIGTERM);
}

TEST_CASE("kill ends a child that does not listen to terminate") {
    const Pipe ready;
    Process child{[&] {
        std::signal(SIGTERM, SIG_IGN);
        ready.send("r");
        for (;;) {
            ::pause();
        }
    }};
    child.start();
    REQUIRE(ready.receive() == "r");
    child.terminate();
    CHECK(child.is_alive());
    child.kill();
    REQUIRE(child.join(Pipe::limit));
    CHECK(child.exit_code() == -SIGKILL);
    child.terminate();  // of no effect now, and no error
    child.kill();
}

TEST_CASE("an exception that leaves the work is printed with the name and makes exit code 1") {
    Pipe errors;
    bool typed = false;
    const auto work = [&] {
        ::dup2(errors.writer(), STDERR_FILENO);
        if (typed) {
            throw handoff::Error{errc::full, "no room in the attic"};
        }
        throw 7;
    };
    Process first{work, {.name = "mover"}};
    first.start();
    REQUIRE(first.join(Pipe::limit));
    CHECK(first.exit_code() == 1);
    typed = true;
    Process second{work, {.name = "packer"}};
    second.start();
    REQUIRE(second.join(Pipe::limit));
    CHECK(second.exit_code() == 1);

    errors.close_writer();
    const std::string text = errors.receive_all();
    CHECK(contains(text, {"\"mover\"", "not derived"}));
    CHECK(contains(text, {"\"packer\"", "no room in the attic"}));
    CHECK(contains(text, {"pid " + std::to_string(second.pid())}));
}

TEST_CASE("a subclass runs its run in the child") {
    class Adder : public Process {
    public:
        explicit Adder(int number) : Process{{.name = "adder"}}, number_{number} {}

    protected:
        int run() override { return number_ + (pid() == ::getpid() ? 1 : 0); }

    private:
        int number_;
    };
    class Idle : public Process {};

    Adder adder{41};
    adder.start();
    REQUIRE(adder.join(Pipe::limit));
    CHECK(adder.exit_code() == 42);

    Idle idle;  // neither work nor run(): it says so on standard error
    idle.start();
    REQUIRE(idle.join(Pipe::limit));
    CHECK(idle.exit_code() == 1);
}

TEST_CASE("no static or thread-local destructor and no atexit handler runs in the child") {
    Pipe wound_up;
    std::atexit(wind_up);
    thread_local const Witness thread_witness;
    static_cast<void>(&thread_witness);
    static_cast<void>(&static_witness);
    wind_up_writes_to = wound_up.writer();
    CHECK(exit_code_of([] {}) == 0);
    CHECK(exit_code_of([]() -> int { throw 1; }) == 1);
    wind_up_writes_to = -1;
    wound_up.close_writer();
    CHECK(wound_up.receive_all().empty());
}

TEST_CASE("the child's output is not lost and the parent's is not printed twice") {
    Pipe output;
    Pipe file;
    CHECK(exit_code_of([&] {
              ::dup2(output.writer(), STDOUT_FILENO);
              FILE* own = ::fdopen(file.writer(), "w");
              std::fputs("row;", own);
              std::printf("parent;");
              Process child{[] {
                  std::printf("child by stdio;");
                  std::cout << "child by stream;";
              }};
              child.start();
              child.join();
              std::printf("parent again;");
              return std::fclose(own);
          }) == 0);
    output.close_writer();
    file.close_writer();
    CHECK(output.receive_all() == "parent;child by stdio;child by stream;parent again;");
    CHECK(file.receive_all() == "row;");
}

TEST_CASE("a stream that another thread keeps to itself does not hold up a start") {
    Pipe output;
    CHECK(exit_code_of([&] {
              ::dup2(output.writer(), STDOUT_FILENO);
              const Pipe locked;
              const Pipe started;
              std::thread holder{[&] {
                  ::flockfile(stdout);
                  std::printf("parent;");
                  locked.send("l");
                  static_cast<void>(started.receive());
                  ::funlockfile(stdout);
              }};
              static_cast<void>(locked.receive());
              Process child{[] { std::printf("child;"); }};
              child.start();
              child.join();
              started.send("s");
              holder.join();
          }) == 0);
    output.close_writer();
    CHECK(output.receive_all() == "child;parent;");
}

TEST_CASE("a process starts once, and is not used before") {
    Process child{[] {}};
    CHECK(code_of([&] { child.join(); }) == errc::invalid_argument);
    CHECK(code_of([&] { child.terminate(); }) == errc::invalid_argument);
    CHECK(code_of([&] { child.kill(); }) == errc::invalid_argument);
    CHECK(code_of([&] { static_cast<void>(child.pid()); }) == errc::invalid_argument);
    child.start();
    CHECK(code_of([&] { child.start(); }) == errc::invalid_argument);
    child.join();
    CHECK(code_of([&] { child.start(); }) == errc::invalid_argument);
}

TEST_CASE("a start without descriptors fails, leaves no child and can be repeated") {
#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
    HANDOFF_SKIP("UndefinedBehaviorSanitizer opens pipes to look at objects, and none are left");
#endif
#endif
    CHECK(exit_code_of([] {
              rlimit before{};
              ::getrlimit(RLIMIT_NOFILE, &before);
              const int next = ::dup(STDIN_FILENO);
              ::close(next);
              const auto allow = [&](int count) {
                  const rlimit now{static_cast<rlim_t>(next + count), before.rlim_max};
                  ::setrlimit(RLIMIT_NOFILE, &now);
              };
              Process child{[] { return 3; }};
              allow(0);
              if (code_of([&] { child.start(); }) != errc::system) {
                  return 1;
              }
              if (::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD) {
                  return 2;
              }
              allow(1);  // one is enough
              child.start();
              child.join();
              return child.exit_code() == 3 ? 0 : 3;
          }) == 0);
}

TEST_CASE("many processes run at once and each has its own exit code") {
    const Pipe ready;
    std::list<Process> children;
    Pipe go;
    for (int i = 0; i < 32; ++i) {
        children.emplace_back([&, i] {
            go.close_writer();
            ready.send("r");
            static_cast<void>(go.receive());
            return i;
        });
        children.back().start();
    }
    for (std::size_t come = 0; come < children.size(); ++come) {
        REQUIRE(ready.receive() == "r");
    }
    go.close_writer();
    int expected = 0;
    for (Process& child : children) {
        REQUIRE(child.join(Pipe::limit));
        CHECK(child.exit_code() == expected++);
    }
}

TEST_CASE("only the process's own child is reaped") {
    const pid_t other = ::fork();
    if (other == 0) {
        ::_exit(9);
    }
    CHECK(exit_code_of([] { return 4; }) == 4);
    int status = 0;
    REQUIRE(::waitpid(other, &status, 0) == other);
    CHECK(WEXITSTATUS(status) == 9);
}

TEST_CASE("where the program ignores its children's ends a process is still seen to end") {
    const Disposition ignored{SIGCHLD, SIG_IGN};
    CHECK(exit_code_of([] { return 4; }) == std::nullopt);
}

TEST_CASE("a running process is ended by its destructor") {
    const Pipe ready;
    pid_t pid = 0;
    auto before = std::chrono::steady_clock::now();
    {
        Process child{[] { ::pause(); }};
        child.start();
        pid = child.pid();
    }
    CHECK_FALSE(is_child(pid));
    CHECK(std::chrono::steady_clock::now() - before < Process::stop_limit);
    {
        Process child{[&] {
            std::signal(SIGTERM, SIG_IGN);
            ready.send("r");
            for (;;) {
                ::pause();
            }
        }};
        child.start();
        pid = child.pid();
        REQUIRE(ready.receive() == "r");
        before = std::chrono::steady_clock::now();
    }
    CHECK_FALSE(is_child(pid));
    CHECK(std::chrono::steady_clock::now() - before < 2 * Process::stop_limit);
}

TEST_CASE("an ended process that nobody joined leaves no zombie") {
    pid_t pid = 0;
    {
        Process child{[] {}};
        child.start();
        pid = child.pid();
        siginfo_t how{};
        REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &how, WEXITED | WNOWAIT) == 0);
        CHECK(is_child(pid));
    }
    CHECK_FALSE(is_child(pid));
}
