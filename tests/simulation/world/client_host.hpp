#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <variant>

#include "core/client_machine.hpp"
#include "core/manager_machine.hpp"
#include "core/streams.hpp"
#include "simulation/applications/application.hpp"
#include "simulation/world/network.hpp"
#include "simulation/world/schedule.hpp"

namespace handoff::core::sim {

/// A place where one process after the other runs: its machines, its connection, and an application
/// that uses them. What the real driver does around the machine is done here in the same order.
/// A process can stand still while time passes, and be killed.
class ClientHost {
public:
    ClientHost(World& world, ClientIndex index);

    void start();
    void kill();
    void leave();  ///< says goodbye and ends
    void stop_until(Time when);
    void resume();

    void arrive(ConnectionId over, Reply reply);
    void link_lost();

    /// Receives, sends, tells the application what has ended.
    void pump();

    [[nodiscard]] bool is_up() const noexcept { return process_ != nullptr; }
    [[nodiscard]] bool stopped() const noexcept;
    [[nodiscard]] Now now() const;
    [[nodiscard]] ClientIndex index() const noexcept { return index_; }
    /// "client 2.1": its first process
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    // Of the process, which must be up:
    [[nodiscard]] ClientMachine& client() noexcept { return process_->client; }
    [[nodiscard]] Streams& streams() noexcept { return process_->streams; }
    [[nodiscard]] Application& application() noexcept { return process_->application; }
    /// In schedule's time.
    [[nodiscard]] Time heard_at() const noexcept { return heard_at_; }
    [[nodiscard]] Time resumed_at() const noexcept { return resumed_at_; }
    /// Of the manager that what is being received came from.
    [[nodiscard]] std::uint64_t life() const noexcept { return life_heard_; }

private:
    struct LinkLost {
        ConnectionId over = 0;
    };
    struct Arrival {
        ConnectionId over = 0;
        Reply reply;
    };
    struct Process {
        Process(World& world, ClientHost& host);
        ClientProcess id;
        ClientMachine client;
        Streams streams;
        Application application;
    };

    void wake();
    void end(bool in_order);
    void act();
    void take_inbox();
    void take(Arrival arrival);
    void lose_link();
    void watch_link();
    void connect();
    void send_outbox();
    void hand_out_completions();
    void set_alarm();
    [[nodiscard]] SessionId fresh_id();

    World& world_;
    const ClientIndex index_;
    const Time boot_offset_;
    std::string name_;
    unsigned processes_ = 0;
    Alarm alarm_;
    Alarm actions_;
    std::unique_ptr<Process> process_;
    std::deque<std::variant<LinkLost, Arrival>> inbox_;

    ConnectionId connection_ = 0;
    std::uint64_t life_ = 0;  ///< of the manager at the other end
    std::uint64_t life_before_ = 0;
    std::uint64_t life_heard_ = 0;
    Time connect_at_{};
    Time link_since_{};
    Time heard_at_{};
    Time resumed_at_{};
    Time stopped_until_{};
};

}  // namespace handoff::core::sim
