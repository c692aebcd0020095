#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>

#include "bench/baselines/contenders.hpp"

extern char** environ;

// What a Python programmer has at hand: queues and objects in a process of multiprocessing's. The
// program below does the same work, compares each item with what it must be, and prints the seconds
// that it took and p50 and p99 in microseconds.
namespace handoff::bench {

namespace {

constexpr const char* script = R"(
import multiprocessing, os, signal, sys, threading, time

work, count, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
body = bytes(i * 37 % 256 for i in range(size - 8))

def item(number):
    return number.to_bytes(8, "little") + body

def now():
    return time.clock_gettime(time.CLOCK_MONOTONIC)

def check(got, number):
    if got != item(number):
        raise SystemExit(f"item {number} is not what it must be")

def end_with_parent():
    os.read(0, 1)  # not by sys.stdin, whose lock the children would inherit
    os.killpg(0, signal.SIGKILL)

def put_all(queue, begin):
    begin.value = now()
    for number in range(count):
        queue.put(item(number))

def send_back(there, back):
    for number in range(count):
        back.put(there.get())

def operation(manager):
    lock, value, table = manager.Lock(), manager.Value("q", 0), manager.dict()
    def lock_and_unlock(number):
        lock.acquire()
        lock.release()
    def add(number):
        value.value += 1
    def set(number):
        value.set(number)
    def put_and_get(number):
        key = number % 1000
        table[key] = item(number)
        return table[key]
    return {"lock": lock_and_unlock, "add": add, "set": set, "dict": put_and_get}.get(work)

def put_and_get_back(one, back):
    def step(number):
        one.put(item(number))
        return back.get()
    return step

multiprocessing.set_start_method("fork")
threading.Thread(target=end_with_parent, daemon=True).start()
with multiprocessing.Manager() as manager:
    one, other = manager.Queue(), manager.Queue()
    one.put(item(0)), check(one.get(), 0)
    times = []
    if work == "throughput":
        start = multiprocessing.Value("d")
        putting = multiprocessing.Process(target=put_all, args=(one, start))
        putting.start()
        for number in range(count):
            check(one.get(), number)
        end = now()
        putting.join()
        begin = start.value
    else:
        back = other if work == "roundtrip" else one
        if back is other:
            echo = multiprocessing.Process(target=send_back, args=(one, other))
            echo.start()
        step = operation(manager) or put_and_get_back(one, back)
        begin = now()
        for number in range(count):
            sent = now()
            got = step(number)
            times.append((now() - sent) * 1e6)
            if got is not None:
                check(got, number)
        end = now()
        if back is other:
            echo.join()
    times.sort()
    at = lambda share: times[int(share * (len(times) - 1) + 0.5)] if times else 0
    print(end - begin, at(0.5), at(0.99), flush=True)
os._exit(0)
)";

[[noreturn]] void fail(int error, const char* what) {
    throw std::system_error(error, std::generic_category(), what);
}

struct Pipe {
    Pipe() {
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail(errno, "pipe");
    }
    ~Pipe() {
        for (const int end : ends) {
            if (end >= 0) ::close(end);
        }
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    void close(int which) {
        ::close(ends[static_cast<std::size_t>(which)]);
        ends[static_cast<std::size_t>(which)] = -1;
    }

    std::array<int, 2> ends{-1, -1};
};

/// Runs python3 with these arguments and returns what it prints. It dies when this process does:
/// its standard input ends then.
std::string run_python(std::vector<std::string> words) {
    Pipe in;
    Pipe out;
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in.ends[0], STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out.ends[1], STDOUT_FILENO);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    const int error =
        ::posix_spawnp(&child, arguments[0], &actions, &attributes, arguments.data(), environ);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) fail(error, "python3");
    out.close(1);
    std::string text;
    std::array<char, 512> part{};
    for (ssize_t got = 0; (got = ::read(out.ends[0], part.data(), part.size())) > 0;) {
        text.append(part.data(), static_cast<std::size_t>(got));
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (status != 0) throw std::runtime_error("the Python program has failed");
    return text;
}

std::vector<Role> python(const Setting& setting, const char* work) {
    return {{"python", [=](Board& board) {
                 board.ready();
                 std::istringstream printed(
                     run_python({"python3", "-c", script, work, std::to_string(setting.count),
                                 std::to_string(setting.size)}));
                 double seconds = 0;
                 double p50 = 0;
                 double p99 = 0;
                 if (!(printed >> seconds >> p50 >> p99)) {
                     throw std::runtime_error("the Python program has not printed its times");
                 }
                 board.note_seconds(seconds);
                 board.note_latencies(p50, p99);
                 board.arrived(Tally(1, setting.size), Board::Clock::now());
                 board.wait_for_end();
             }}};
}

}  // namespace

std::vector<Role> python_queue(const Setting& setting) {
    return python(setting, "throughput");
}

std::vector<Role> python_roundtrip(const Setting& setting) {
    return python(setting, "roundtrip");
}

std::vector<Role> python_sync(const Setting& setting) {
    return python(setting, "sync");
}

std::vector<Role> python_lock(const Setting& setting) {
    return python(setting, "lock");
}

std::vector<Role> python_add(const Setting& setting) {
    return python(setting, "add");
}

std::vector<Role> python_set(const Setting& setting) {
    return python(setting, "set");
}

std::vector<Role> python_dict(const Setting& setting) {
    return python(setting, "dict");
}

bool python_is_there() {
    static const bool there =
        std::system("python3 -c 'import multiprocessing' >/dev/null 2>&1") == 0;
    return there;
}

}  // namespace handoff::bench
