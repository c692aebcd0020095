#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <variant>

#include "core/manager_machine.hpp"
#include "simulation/world/schedule.hpp"

namespace handoff::core::sim {

struct World;

/// Tokens of one life of a manager; each life begins with the next such lot.
inline constexpr Token tokens_of_a_life = 1'000'000;

/// The manager's process: a machine, what has arrived for it, and a clock. It can stand still while
/// time passes, and be killed; the next life begins with nothing.
class ManagerHost {
public:
    explicit ManagerHost(World& world);

    [[nodiscard]] bool is_up() const noexcept { return machine_ != nullptr; }
    [[nodiscard]] std::uint64_t life() const noexcept { return life_; }
    void start();
    void kill();
    void stop_until(Time when);
    void resume();
    void jump_clock(Time by) { wall_offset_ += by; }

    void arrive(ConnectionId from, Request request);
    void hear_gone(ConnectionId connection);
    void hear_of_ends();

    [[nodiscard]] StatsReply report();
    [[nodiscard]] Now now() const;

private:
    struct Gone {};
    struct Arrival {
        ConnectionId from = 0;
        std::variant<Request, Gone> what;
    };

    void wake();
    void take_turn();
    void look_after_processes();
    void see_end(Holder session, const ClientProcess& process);
    void take_watches();
    void check_the_dead_are_gone();
    void take(Arrival arrival);
    void store(Turn turn);
    void send_all();

    World& world_;
    Alarm alarm_;
    std::unique_ptr<ManagerMachine> machine_;
    std::deque<Arrival> arrivals_;
    std::uint64_t life_ = 0;
    std::map<Holder, Time> deaths_;  ///< of sessions that are not over: when they were told of
    Time stopped_until_{};
    Time resumed_at_{};
    Time boot_offset_{};  ///< its machine was started at another time than others
    Time wall_offset_ = std::chrono::hours{24 * 365 * 50};
};

}  // namespace handoff::core::sim
