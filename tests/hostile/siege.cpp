#include "hostile/siege.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "support/world.hpp"

namespace handoff::hostile {
namespace {

/// ThreadSanitizer keeps several bytes for each one.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HANDOFF_SHADOWED 1
#endif
#endif
#ifdef HANDOFF_SHADOWED
constexpr std::size_t shadows = 4;
#else
constexpr std::size_t shadows = 1;
#endif

using Clock = std::chrono::steady_clock;
using Micros = std::chrono::microseconds;
using namespace std::chrono_literals;

/// A client that puts a number and gets it back, again and again.
class Honest {
public:
    explicit Honest(const Config& config) : client_(config), queue_(client_.queue<int>("honest")) {}

    /// Until `over`; returns how long a round trip took that only one of a hundred exceeded.
    Micros go_on_until(const std::function<bool()>& over) {
        std::vector<Micros> trips;
        while (trips.size() < trips_min || !over()) {
            const Clock::time_point begin = Clock::now();
            queue_.put(next_);
            if (queue_.get() != next_++) ++wrong_;
            trips.push_back(std::chrono::duration_cast<Micros>(Clock::now() - begin));
        }
        std::sort(trips.begin(), trips.end());
        return trips[trips.size() * 99 / 100];
    }

    [[nodiscard]] int trips() const { return next_; }
    /// Items that were not the one that was put, or are too many.
    [[nodiscard]] std::uint64_t wrong() const { return wrong_ + queue_.size(); }

private:
    static constexpr std::size_t trips_min = 200;

    Client client_;
    Queue<int> queue_;
    int next_ = 0;
    std::uint64_t wrong_ = 0;
};

/// How long a round trip may take under attack: a bound for what is broken, not for what is slow,
/// as others may use this machine.
Micros may_take(Micros before) {
    return 20 * before + 200ms;
}

std::string words_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

}  // namespace

Keys::Keys() {
    std::filesystem::create_directory(path("clients"));
    for (const char* name : {"manager", "clients/honest"}) {
        write_key_files(KeyPair::make(), path(name));
    }
}

Program::Words Keys::environment() const {
    return {"HANDOFF__SECURITY__MECHANISM=curve",
            "HANDOFF__SECURITY__MANAGER_KEY=" + path("manager.key"),
            "HANDOFF__SECURITY__CLIENTS=" + path("clients")};
}

SecurityConfig Keys::honest() const {
    SecurityConfig security;
    security.mechanism = Mechanism::curve;
    security.manager_public_key = path("manager.pub");
    security.client_key = path("clients/honest.key");
    return security;
}

std::string Keys::manager_public_key() const {
    return read_public_key_file(path("manager.pub"));
}

Siege::Siege(const Program::Words& environment) : served_("tcp", environment) {}

Siege::Siege(const Keys& keys, const Program::Words& environment)
    : served_("tcp",
              [&] {
                  Program::Words all = keys.environment();
                  all.insert(all.end(), environment.begin(), environment.end());
                  return all;
              }()),
      security_(keys.honest()) {}

Config Siege::config() const {
    Config config = served_.config();
    config.security = security_;
    return config;
}

std::size_t Siege::told(const std::string& text) {
    const std::string log = served_.server().errors();
    std::size_t times = 0;
    for (std::size_t at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) {
        ++times;
    }
    return times;
}

std::size_t Siege::memory() {
    std::istringstream words(words_of("/proc/" + std::to_string(manager()) + "/statm"));
    std::size_t all = 0;
    std::size_t resident = 0;
    words >> all >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

bool Siege::sleeps() {
    const std::string tasks = "/proc/" + std::to_string(manager()) + "/task";
    for (const auto& task : std::filesystem::directory_iterator(tasks)) {
        const std::string stat = words_of(task.path() / "stat");
        const std::size_t name_end = stat.rfind(')');  // a space and the state follow
        if (name_end == std::string::npos || stat.substr(name_end, 3) != ") S") return false;
    }
    return true;
}

bool Siege::comes_to_rest() {
    constexpr int looks = 20;
    int asleep = 0;
    return test::eventually([&] { return (asleep = sleeps() ? asleep + 1 : 0) == looks; }, 10s);
}

void Siege::attack(const std::string& name, std::size_t memory_max,
                   const std::function<void()>& attack) {
    constexpr auto quiet_time = 200ms;
    Honest honest(config());
    const Clock::time_point quiet_end = Clock::now() + quiet_time;
    const Micros before = honest.go_on_until([&] { return Clock::now() >= quiet_end; });
    const std::size_t memory_before = memory();

    std::atomic<bool> over{false};
    test::Background meanwhile(
        [&](const std::stop_token&) { return honest.go_on_until([&] { return over.load(); }); });
    attack();
    over = true;
    const Micros during = meanwhile.result();
    const std::size_t memory_after = memory();
    const std::size_t grown = memory_after - std::min(memory_before, memory_after);

    std::cout << name << ": p99 of " << honest.trips() << " round trips " << before.count()
              << " us before, " << during.count() << " us during the attack; memory +"
              << grown / 1024 << " KiB" << std::endl;
    INFO(name);
    CHECK(::kill(manager(), 0) == 0);
    CHECK(honest.wrong() == 0);
    CHECK(during <= may_take(before));
    CHECK(grown <= memory_max * shadows);
    Honest newcomer(config());
    newcomer.go_on_until([] { return true; });
    CHECK(newcomer.wrong() == 0);
}

void take_all_descriptors() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace handoff::hostile
