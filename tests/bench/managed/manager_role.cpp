#include "bench/managed/manager_role.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "bench/managed/syncs.hpp"
#include "handoff/keys.hpp"
#include "handoff/manager.hpp"

namespace handoff::bench {

namespace {

double processor_us() {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) * 1e6 + static_cast<double>(used.tv_nsec) / 1e3;
}

/// All queues that direct works have; each has one producer, and so one address.
constexpr std::array direct_queues{"bench", "there", "back"};

/// A port that nobody has at this moment.
std::string free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    const bool found = ::bind(fd, any, length) == 0 && ::getsockname(fd, any, &length) == 0;
    const int error = errno;
    ::close(fd);
    if (!found) throw std::system_error(error, std::generic_category(), "no free port");
    return std::to_string(ntohs(address.sin_port));
}

/// In the place of a manager: tells where the producers of direct queues serve.
Role addresses_role(const Setting& setting) {
    return {"addresses",
            [setting](Board& board) {
                board.publish("manager", "");
                for (const char* queue : direct_queues) {
                    std::string address = setting.address(queue);
                    if (address.back() == '*') address.replace(address.size() - 1, 1, free_port());
                    board.publish(queue, address);
                }
                board.ready();
                board.wait_for_end();
                board.wait_until_alone();
            },
            true};
}

SecurityConfig security_of(const std::string& keys) {
    SecurityConfig security;
    if (keys.empty()) return security;
    security.mechanism = Mechanism::curve;
    security.manager_key = keys + "/manager.key";
    security.manager_public_key = keys + "/manager.pub";
    security.clients = keys + "/clients";
    security.client_key = keys + "/clients/client.key";
    return security;
}

/// Makes the keys of a run. Returns their folder.
std::string keys_of(const Setting& setting) {
    const std::string keys = setting.folder + "/" + setting.name + "-keys";
    std::filesystem::create_directories(keys + "/clients");
    write_key_files(KeyPair::make(), keys + "/manager");
    write_key_files(KeyPair::make(), keys + "/clients/client");
    return keys;
}

}  // namespace

Role manager_role(const Setting& setting) {
    if (setting.engine == Engine::direct) return addresses_role(setting);
    return {"manager",
            [setting](Board& board) {
                Config config = Config::load();
                config.manager.listen = {setting.address("manager")};
                if (setting.durability != Durability::memory) {
                    config.manager.data = setting.data();
                    count_syncs(board);
                }
                const std::string keys = setting.curve ? keys_of(setting) : "";
                config.security = security_of(keys);
                auto manager = std::make_unique<Manager>(config);
                board.publish("keys", keys);
                board.publish("manager pid", std::to_string(::getpid()));
                board.publish("manager", manager->endpoints().front());
                board.ready();
                const double before = processor_us();
                board.wait_for_end();
                // Over inproc it shares its process with everybody else.
                if (setting.transport != Scheme::inproc) {
                    board.note_manager_time(processor_us() - before);
                }
                board.wait_until_alone();
                manager.reset();
                std::filesystem::remove_all(setting.data());
                if (!keys.empty()) std::filesystem::remove_all(keys);
            },
            true};
}

Config client_config(Board& board) {
    Config config = Config::load();
    const std::string manager = board.look_up("manager");
    if (!manager.empty()) {
        config.client.connect = {manager};
        config.security = security_of(board.look_up("keys"));
        return config;
    }
    for (const char* queue : direct_queues) {
        config.routes[queue] = {Engine::direct, {board.look_up(queue)}};
    }
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
