#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "client_driver.hpp"
#include "handoff/config.hpp"
#include "handoff/log.hpp"

namespace handoff::detail {

class DirectQueue;

/// What a Client and its handles share: the way to this process's driver. In a forked child the
/// inherited driver is left alone for ever, and the first use makes another with a session of its
/// own.
///
/// Thread safety: safe from every thread of every process that has it.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(Config config, Log log);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// This process's driver. Throws errc::inert after end(), errc::unreachable in a child of the
    /// process that an inproc manager lives in.
    ClientDriver& driver();

    /// The Client is destroyed: what is unconfirmed is flushed, and no driver is made any more.
    /// In a forked child, nothing.
    void end();

    [[nodiscard]] bool ended() const noexcept { return ended_.load(std::memory_order_relaxed); }

    [[nodiscard]] const ClientConfig& config() const noexcept { return config_.client; }

    /// The way to the manager that has the queue of that name: this one, or another where the
    /// configuration says so. That one begins with its first use and ends with this one.
    std::shared_ptr<Connection> way_to(const std::string& queue);

    /// Who is told what no call can report, of this manager and the others.
    void on_error(const std::function<void(const Error&)>& callback);
    /// The sum of what the drivers of this process say that there are; see
    /// ClientDriver::refused_detached().
    [[nodiscard]] std::uint64_t refused_detached();

    /// The queue of that name, if the configuration says that its producers carry it themselves;
    /// else null. The same for all handles.
    std::shared_ptr<DirectQueue> direct(const std::string& name);

private:
    /// A driver and the process that made it.
    struct Home {
        std::uint64_t generation;
        ClientDriver driver;
    };

    /// One that begins with its first use.
    struct Later {};
    Connection(Config config, Log log, Later);

    ClientDriver& make_driver(Home* home);
    void report(const Error& error);
    void flush_at_the_end();

    const Config config_;
    const Log log_;
    /// Of the direct queues in the configuration; never changed.
    std::map<std::string, std::shared_ptr<DirectQueue>> direct_;
    /// By the addresses of managers that have queues of their own; never changed.
    std::map<std::vector<std::string>, std::shared_ptr<Connection>> elsewhere_;
    const bool is_elsewhere_;    ///< one of those
    const std::uint64_t maker_;  ///< the fork generation of the process that made this
    std::atomic<Home*> home_;
    std::atomic<bool> ended_ = false;
};

}  // namespace handoff::detail
