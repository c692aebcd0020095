#include "chaos/field/house.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace chaos {

namespace {

rlim_t highest_descriptor(pid_t pid) {
    rlim_t highest = 2;
    try {
        const std::string open = "/proc/" + std::to_string(pid) + "/fd";
        for (const auto& each : std::filesystem::directory_iterator{open}) {
            highest = std::max<rlim_t>(highest, std::stoul(each.path().filename().string()));
        }
    } catch (const std::filesystem::filesystem_error&) {
        // It has just ended.
    }
    return highest;
}

}  // namespace

Actor::Actor(Orders orders)
    : orders_{std::move(orders)}, history_{std::make_unique<History>(orders_.history)} {
    std::vector<std::string> words = orders_.words();
    words.insert(words.begin(), "chaos");
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t parent = ::getpid();
    sigset_t none;
    ::sigemptyset(&none);
    pid_ = ::fork();
    if (pid_ < 0) throw std::system_error{errno, std::generic_category(), "fork"};
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execv("/proc/self/exe", arguments.data());
    ::_exit(127);
}

Actor::~Actor() {
    kill();
    std::error_code ignored;
    std::filesystem::remove(orders_.history, ignored);
}

void Actor::kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
}

void Actor::send(int signal) const {
    if (pid_ > 0) ::kill(pid_, signal);
}

bool Actor::has_ended() {
    if (pid_ > 0 && ::waitpid(pid_, &status_, WNOHANG) == pid_) pid_ = -1;
    return pid_ <= 0;
}

void Actor::allow_descriptors(int more) const {
    if (pid_ <= 0) return;
    rlimit limit{};
    ::prlimit(pid_, RLIMIT_NOFILE, nullptr, &limit);
    limit.rlim_cur = limit.rlim_max;
    if (more >= 0) {
        limit.rlim_cur = highest_descriptor(pid_) + 1 + static_cast<rlim_t>(more);
    }
    ::prlimit(pid_, RLIMIT_NOFILE, &limit, nullptr);
}

Orders House::orders(Role role) const {
    Orders orders;
    orders.role = role;
    orders.endpoint = ipc();
    orders.durability = durability;
    if (role == Role::manager || role == Role::rival) {
        orders.data = data;
        orders.data_reserve = data_reserve;
    }
    return orders;
}

void House::start_manager() {
    Orders order = orders(Role::manager);
    order.history = folder / ("manager-" + std::to_string(lives++));
    ready = false;
    proxy->lead_to(0);
    manager = std::make_unique<Actor>(std::move(order));
}

std::string to_string(PutMode mode) {
    switch (mode) {
        case PutMode::stream: return "stream";
        case PutMode::many: return "batches";
        case PutMode::single: return "one at a time";
        case PutMode::keyed: return "one at a time with keys";
    }
    return "?";
}

std::string to_string(TakeMode mode) {
    switch (mode) {
        case TakeMode::stream: return "stream";
        case TakeMode::many: return "batches";
        case TakeMode::single: return "one at a time";
        case TakeMode::get: return "get";
    }
    return "?";
}

Tale House::tell(Slot& slot, bool killed) const {
    const Orders& orders = slot.actor->orders();
    Tale tale;
    tale.number = orders.number;
    tale.house = name;
    tale.queue = slot.queue;
    tale.what = slot.role == Role::producer
                    ? "producer, " + to_string(static_cast<PutMode>(orders.mode))
                    : "consumer, " + to_string(static_cast<TakeMode>(orders.mode));
    tale.what += slot.by_tcp ? ", tcp" : ", ipc";
    tale.killed = killed;
    tale.get_ran = slot.actor->header().get_runs.load() != 0;
    tale.faults = std::exchange(slot.faults, {});
    tale.entries = entries_of(slot.actor->history());
    return tale;
}

}  // namespace chaos
