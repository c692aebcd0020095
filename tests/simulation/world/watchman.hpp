#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "core/manager_machine.hpp"
#include "simulation/world/network.hpp"
#include "simulation/world/schedule.hpp"

namespace handoff::core::sim {

/// The processes of clients, and what the manager's machine knows of them: it sees those of its own
/// end, as the real manager does with pidfds, a little later or, if it had no descriptor to spare,
/// never. Pids are few and given again soon; those of other machines and of other pid namespaces
/// are the same numbers and mean nothing.
class Watchman {
public:
    explicit Watchman(World& world) : world_(world) {}

    /// As HELLO names it.
    [[nodiscard]] ClientProcess begin_process(ClientIndex client);
    void end_process(const ClientProcess& process);

    // For the manager:
    /// False: it has ended already.
    bool watch(Holder session, const ClientProcess& process);
    void forget(Holder session) { watched_.erase(session); }
    void forget_all();
    /// Sessions and their processes, which have ended since.
    std::vector<std::pair<Holder, ClientProcess>> take_ended();
    [[nodiscard]] const std::map<Holder, ClientProcess>& watched() const { return watched_; }

private:
    [[nodiscard]] bool is_here(const ClientProcess& process) const;

    World& world_;
    std::uint32_t last_pid_ = 0;
    std::uint64_t last_start_ = 0;
    std::map<std::uint32_t, std::uint64_t> living_;  ///< of the manager's machine: since when
    std::map<Holder, ClientProcess> watched_;
    std::vector<std::pair<Holder, ClientProcess>> ended_;
};

}  // namespace handoff::core::sim
