#pragma once

#include <string>
#include <thread>
#include <vector>

#include "handoff/config.hpp"
#include "handoff/log.hpp"
#include "manager_loop.hpp"
#include "net/router.hpp"

namespace handoff::detail {

/// A producer's own part of a direct queue: a manager of that one queue, in the producer's process
/// and at one of the queue's addresses.
///
/// Thread safety: none but for a copy in a forked child, which must be left alone.
class DirectHost {
public:
    /// Takes the first of the queue's addresses that is free here. Throws errc::address_in_use if
    /// none is, saying why for each. The queue has these options from the beginning: a consumer may
    /// be there before anybody has opened it here.
    DirectHost(const std::string& queue, const QueueOptions& options, const Config& config,
               const Log& log);

    ~DirectHost();
    DirectHost(const DirectHost&) = delete;
    DirectHost& operator=(const DirectHost&) = delete;

    /// Before the end: consumers hear if the queue is closed and drained, and have the answers to
    /// their acknowledgements. Waits to see that, for at most so long: what a connection brought is
    /// lost when it breaks before it is read.
    void say_farewell(core::Millis limit);

    /// Where consumers find it.
    [[nodiscard]] const std::string& address() const noexcept { return address_; }
    /// Where its own process finds it.
    [[nodiscard]] const std::string& own_address() const noexcept { return own_address_; }

private:
    void bind(const std::string& queue, const std::vector<std::string>& addresses);

    net::Router router_;
    ManagerLoop loop_;
    std::string address_;
    std::string own_address_;
    std::thread thread_;
};

}  // namespace handoff::detail
