#include "os/host.hpp"

#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>

#include "handoff/error.hpp"

namespace handoff {
namespace {

core::Time read_clock(clockid_t clock) noexcept {
    timespec time{};
    ::clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::string first_line(const char* path) {
    std::string line;
    std::ifstream file(path);
    std::getline(file, line);
    return line;
}

}  // namespace

/// Field 22 of /proc/PID/stat. The name in field 2 may hold blanks, so count from behind it.
std::uint64_t start_time(const std::string& pid) {
    const std::string stat = first_line(("/proc/" + pid + "/stat").c_str());
    std::istringstream fields(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
    std::string skipped;
    for (int field = 3; field < 22; ++field) fields >> skipped;
    std::uint64_t ticks = 0;
    fields >> ticks;
    return ticks;
}

core::Now now() noexcept {
    return {read_clock(CLOCK_BOOTTIME), read_clock(CLOCK_REALTIME)};
}

std::int64_t coarse_tick() noexcept {
    return read_clock(CLOCK_REALTIME_COARSE).count();
}

std::array<std::uint8_t, 16> random_id() {
    std::array<std::uint8_t, 16> id{};
    std::size_t filled = 0;
    while (filled < id.size()) {
        const ssize_t got = ::getrandom(id.data() + filled, id.size() - filled, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            throw Error(errc::system,
                        std::string("cannot read random bits: ") + std::strerror(errno));
        }
        filled += static_cast<std::size_t>(got);
    }
    return id;
}

core::Hello identity() {
    core::Hello hello;
    hello.boot_id = first_line("/proc/sys/kernel/random/boot_id");
    struct stat space {};
    if (::stat("/proc/self/ns/pid", &space) == 0) hello.pid_namespace = space.st_ino;
    hello.pid = static_cast<std::uint32_t>(::getpid());
    hello.start_time = start_time("self");
    hello.name = first_line("/proc/self/comm");
    return hello;
}

}  // namespace handoff
