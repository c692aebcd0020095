#include "bench/managed/manager_role.hpp"

#include <unistd.h>

#include <ctime>
#include <fstream>
#include <stdexcept>

#include "handoff/manager.hpp"

namespace handoff::bench {

namespace {

double processor_us() {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) * 1e6 + static_cast<double>(used.tv_nsec) / 1e3;
}

}  // namespace

Role manager_role(const Setting& setting) {
    return {"manager",
            [setting](Board& board) {
                Config config;
                config.manager.listen = {setting.address("manager")};
                const Manager manager(config);
                board.publish("manager pid", std::to_string(::getpid()));
                board.publish("manager", manager.endpoints().front());
                board.ready();
                const double before = processor_us();
                board.wait_for_end();
                // Over inproc it shares its process with everybody else.
                if (setting.transport != Scheme::inproc) {
                    board.note_manager_time(processor_us() - before);
                }
                board.wait_until_alone();
            },
            true};
}

Config client_config(Board& board) {
    Config config;
    config.client.connect = {board.look_up("manager")};
    return config;
}

std::uint64_t manager_memory(Board& board) {
    std::ifstream file("/proc/" + board.look_up("manager pid") + "/statm");
    std::uint64_t all = 0;
    std::uint64_t resident = 0;
    if (!(file >> all >> resident)) throw std::runtime_error("cannot read the manager's memory");
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

QueueOptions boundless() {
    return {.capacity = unlimited, .capacity_bytes = unlimited};
}

}  // namespace handoff::bench
