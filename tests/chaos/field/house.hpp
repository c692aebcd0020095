#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "chaos/field/proxy.hpp"
#include "chaos/record/history.hpp"
#include "chaos/record/tale.hpp"
#include "chaos/worker/orders.hpp"

namespace chaos {

/// A process of the chaos: this program again, with orders. It ends with the one that started it.
class Actor {
public:
    explicit Actor(Orders orders);
    ~Actor();
    Actor(const Actor&) = delete;
    Actor& operator=(const Actor&) = delete;

    [[nodiscard]] const Orders& orders() const { return orders_; }
    [[nodiscard]] const History& history() const { return *history_; }
    [[nodiscard]] Header& header() const { return history_->header(); }
    [[nodiscard]] pid_t pid() const { return pid_; }

    /// SIGKILL, and waits for its end.
    void kill();
    void send(int signal) const;
    /// Whether it has ended; then status() tells how.
    [[nodiscard]] bool has_ended();
    [[nodiscard]] int status() const { return status_; }
    /// How many descriptors it may open from now on beyond those it has; -1: as at first.
    void allow_descriptors(int more) const;

private:
    Orders orders_;
    std::unique_ptr<History> history_;
    pid_t pid_ = -1;
    int status_ = 0;
};

/// A place for one worker after another.
struct Slot {
    Role role = Role::producer;
    std::string queue;
    std::unique_ptr<Actor> actor;
    bool by_tcp = false;
    std::vector<Fault> faults;        ///< of the life at hand
    std::uint64_t progress_seen = 0;  ///< likewise
    bool stuck = false;               ///< that was told already
};

/// A manager, what it serves, and the workers at it.
struct House {
    std::string name;
    std::uint8_t durability = 0;
    std::filesystem::path folder;
    std::string data;
    std::uint64_t data_reserve = 0;
    bool mortal = true;  ///< its manager is killed: not one that keeps all in memory

    std::unique_ptr<Proxy> proxy;
    std::unique_ptr<Actor> manager;
    std::vector<Fault> faults;  ///< of its manager
    std::vector<Slot> slots;

    bool ready = false;           ///< the manager serves
    Nanoseconds killed_at = 0;    ///< the manager was, and nothing went on since; 0: it did
    Nanoseconds progress_at = 0;  ///< the latest
    Nanoseconds calm_until = 0;   ///< its manager is let alone
    std::uint32_t lives = 0;      ///< of its manager

    [[nodiscard]] std::string ipc() const { return "ipc://" + (folder / "m.sock").string(); }
    [[nodiscard]] std::string tcp() const {
        return "tcp://127.0.0.1:" + std::to_string(proxy->port());
    }
    [[nodiscard]] Orders orders(Role role) const;
    void start_manager();
    /// A worker's life has ended: what is to be known of it.
    [[nodiscard]] Tale tell(Slot& slot, bool killed) const;
};

std::string to_string(TakeMode mode);
std::string to_string(PutMode mode);

}  // namespace chaos
