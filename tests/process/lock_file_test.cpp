#include "net/lock_file.hpp"

#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <list>
#include <optional>
#include <thread>
#include <vector>

#include "handoff/error.hpp"
#include "handoff/process.hpp"
#include "process/children.hpp"
#include "support/catch.hpp"

using handoff::errc;
using handoff::Process;
using handoff::net::LockFile;
using handoff::net::LockTable;

namespace {

class Directory {
public:
    Directory() {
        std::string name = (std::filesystem::temp_directory_path() / "handoff-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error{"no temporary directory"};
        }
        path_ = name;
    }
    ~Directory() { std::filesystem::remove_all(path_); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    [[nodiscard]] std::string operator/(const std::string& name) const {
        return (path_ / name).string();
    }
    [[nodiscard]] bool is_empty() const { return std::filesystem::is_empty(path_); }

private:
    std::filesystem::path path_;
};

std::string content_of(const std::string& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

// What taking the lock throws; empty if it is taken, and released again.
std::string refusal(LockTable& table, const std::string& path,
                    errc expected = errc::address_in_use) {
    try {
        const LockFile lock{table, path, 2};
    } catch (const handoff::Error& error) {
        return error.code() == expected ? error.what() : "another error";
    }
    return {};
}

// The same in another process, which has a table of its own.
std::string refusal_elsewhere(const std::string& path) {
    Pipe told;
    Process child{[&] {
        LockTable table;
        told.send(refusal(table, path));
    }};
    child.start();
    told.close_writer();
    std::string text = told.receive_all();
    child.join();
    return text;
}

std::string number_of_this_process() {
    return std::to_string(::getpid());
}

}  // namespace

TEST_CASE("a lock file says whose it is and is gone with the lock") {
    const Directory directory;
    const std::string path = directory / "main.sock";
    LockTable table;
    for (const std::uint64_t epoch : {7u, 8u}) {
        const LockFile lock{table, path, epoch};
        CHECK(lock.path() == path + ".lock");
        struct stat file {};
        REQUIRE(::stat(lock.path().c_str(), &file) == 0);
        CHECK((file.st_mode & 07777) == 0600);
        // Read elsewhere: closing the file here would drop the lock.
        CHECK(exit_code_of([&] {
                  return content_of(lock.path()) == "pid " + std::to_string(::getppid()) +
                                                        "\nepoch " + std::to_string(epoch) + "\n"
                             ? 0
                             : 1;
              }) == 0);
    }
    CHECK(directory.is_empty());
}

TEST_CASE("a path is locked once within a process, by whatever name it goes") {
    const Directory directory;
    const std::string path = directory / "main.sock";
    std::filesystem::create_directory(directory / "room");
    std::filesystem::create_directory_symlink(directory / ".", directory / "link");
    LockTable table;
    {
        const LockFile lock{table, path, 1};
        for (const char* other :
             {"main.sock", "./main.sock", "room/../main.sock", "link/main.sock"}) {
            const std::string text = refusal(table, directory / other);
            CHECK(contains(text, {directory / other, number_of_this_process()}));
        }
        std::filesystem::create_hard_link(lock.path(), directory / "hard.lock");
        CHECK(contains(refusal(table, directory / "hard"), {number_of_this_process()}));
        CHECK(refusal(table, directory / "other.sock").empty());
        // The refused attempts have not dropped the lock.
        CHECK(contains(refusal_elsewhere(path), {number_of_this_process()}));
    }
    CHECK(refusal(table, path).empty());
}

TEST_CASE("a path that another process holds is refused with that process's number") {
    const Directory directory;
    const std::string path = directory / "main.sock";
    const Pipe taken;
    Process holder{[&] {
        LockTable table;
        const LockFile lock{table, path, 1};
        taken.send("t");
        ::pause();
    }};
    holder.start();
    REQUIRE(taken.receive() == "t");
    LockTable table;
    CHECK(contains(refusal(table, path), {path, "process " + std::to_string(holder.pid())}));
    CHECK(holder.is_alive());
}

TEST_CASE("the lock of a killed process is taken over") {
    const Directory directory;
    const std::string path = directory / "main.sock";
    const Pipe taken;
    Process holder{[&] {
        LockTable table;
        const LockFile lock{table, path, 123456789012345};
        taken.send("t");
        ::pause();
    }};
    holder.start();
    REQUIRE(taken.receive() == "t");
    holder.kill();
    REQUIRE(holder.join(Pipe::limit));
    CHECK_FALSE(directory.is_empty());

    LockTable table;
    {
        const LockFile lock{table, path, 5};
        CHECK(contains(refusal_elsewhere(path), {number_of_this_process()}));
        CHECK(content_of(lock.path()) == "pid " + number_of_this_process() + "\nepoch 5\n");
    }
    CHECK(directory.is_empty());
}

TEST_CASE("a forked child neither holds its parent's lock nor releases it") {
    const Directory directory;
    const std::string path = directory / "main.sock";
    LockTable table;
    auto lock = std::make_optional<LockFile>(table, path, 1u);
    const auto as_child = [&](const Pipe& told) {
        const Pipe own_pipe;  // in a Process it takes descriptors that were closed for the child
        lock.reset();
        own_pipe.send("still here;");
        told.send(own_pipe.receive(20));
        LockTable own;
        told.send(refusal(own, path));
        told.send(refusal(table, directory / "other.sock", errc::inert));
    };

    Pipe of_process;
    Process child{[&] { as_child(of_process); }};
    child.start();
    REQUIRE(child.join(Pipe::limit));
    of_process.close_writer();
    CHECK(contains(of_process.receive_all(),
                   {"still here;", number_of_this_process(), "table is the parent's"}));
    CHECK(contains(refusal_elsewhere(path), {number_of_this_process()}));

    Pipe of_bare;
    const pid_t bare = ::fork();  // its copy of the descriptor stays open until it ends
    if (bare == 0) {
        as_child(of_bare);
        ::_exit(0);
    }
    int status = -1;
    REQUIRE(::waitpid(bare, &status, 0) == bare);
    CHECK(status == 0);
    of_bare.close_writer();
    CHECK(contains(of_bare.receive_all(), {number_of_this_process()}));
    CHECK(contains(refusal_elsewhere(path), {number_of_this_process()}));

    lock.reset();
    CHECK(directory.is_empty());
    CHECK(refusal_elsewhere(path).empty());
}

TEST_CASE("a child that lives on does not keep the lock of a parent that has let go") {
    const Directory directory;
    const std::string path = directory / "main.sock";
    const Pipe ready;
    LockTable table;
    auto lock = std::make_optional<LockFile>(table, path, 1u);
    Process child{[&] {
        ready.send("r");
        ::pause();
    }};
    child.start();
    REQUIRE(ready.receive() == "r");
    lock.reset();
    CHECK(refusal_elsewhere(path).empty());
    CHECK(child.is_alive());
}

TEST_CASE("a lock lost to somebody who read the file does not take its new owner's file away") {
    const Directory directory;
    const std::string path = directory / "main.sock";
    const Pipe taken;
    LockTable table;
    auto lock = std::make_optional<LockFile>(table, path, 1u);
    CHECK_FALSE(content_of(lock->path()).empty());  // the system drops the lock here
    Process thief{[&] {
        LockTable own;
        const LockFile stolen{own, path, 2};
        taken.send("t");
        ::pause();
    }};
    thief.start();
    REQUIRE(taken.receive() == "t");
    lock.reset();
    CHECK(std::filesystem::exists(path + ".lock"));
    CHECK(contains(refusal(table, path), {std::to_string(thief.pid())}));
}

TEST_CASE("a path that cannot be locked is refused with its name") {
    const Directory directory;
    LockTable table;
    const std::string nowhere = directory / "nowhere/main.sock";
    CHECK(contains(refusal(table, nowhere, errc::system), {nowhere}));
    const std::string long_name = directory / std::string(300, 'x');
    CHECK(contains(refusal(table, long_name, errc::system), {long_name}));
    std::filesystem::create_directory(directory / "taken.lock");
    CHECK(contains(refusal(table, directory / "taken", errc::system), {"taken"}));
    std::filesystem::create_symlink(directory / "elsewhere", directory / "bait.lock");
    CHECK(contains(refusal(table, directory / "bait", errc::system), {"bait"}));
    CHECK_FALSE(std::filesystem::exists(directory / "elsewhere"));
    CHECK(code_of([&] { const LockFile lock(table, "", 1); }) == errc::invalid_argument);
    CHECK(code_of([&] { const LockFile lock(table, directory / "", 1); }) ==
          errc::invalid_argument);
}

TEST_CASE("never do two processes hold a path that is taken and let go all the time") {
    const Directory directory;
    const std::string path = directory / "main.sock";
    const std::string inside = directory / "inside";
    std::list<Process> children;
    for (int i = 0; i < 4; ++i) {
        children.emplace_back([&]() -> int {
            LockTable table;
            for (int taken = 0; taken < 300;) {
                std::optional<LockFile> lock;
                if (code_of([&] { lock.emplace(table, path, 1u); }) != errc::ok) {
                    continue;
                }
                const int fd = ::open(inside.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600);
                if (fd < 0) {
                    return 1;  // another one is inside
                }
                ::close(fd);
                ::unlink(inside.c_str());
                ++taken;
            }
            return 0;
        });
        children.back().start();
    }
    for (Process& child : children) {
        REQUIRE(child.join(Pipe::limit));
        CHECK(child.exit_code() == 0);
    }
    CHECK(directory.is_empty());
}

TEST_CASE("threads that take locks of one table do not get in each other's way") {
    const Directory directory;
    LockTable table;
    std::atomic<int> inside{0};
    std::atomic<int> together{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&, i] {
            for (int taken = 0; taken < 100;) {
                const LockFile own{table, directory / std::to_string(i), 1};
                std::optional<LockFile> common;
                if (code_of([&] { common.emplace(table, directory / "common", 1u); }) == errc::ok) {
                    together += inside.fetch_add(1);
                    inside.fetch_sub(1);
                    ++taken;
                }
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(together == 0);
    CHECK(directory.is_empty());
}
