#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "simulation/faults/nemesis.hpp"
#include "simulation/faults/saboteur.hpp"
#include "simulation/promises/ledger.hpp"
#include "simulation/promises/shared.hpp"
#include "simulation/promises/witness.hpp"
#include "simulation/world/client_host.hpp"
#include "simulation/world/disk.hpp"
#include "simulation/world/manager_host.hpp"
#include "simulation/world/network.hpp"
#include "simulation/world/plan.hpp"
#include "simulation/world/schedule.hpp"
#include "simulation/world/trace.hpp"
#include "simulation/world/watchman.hpp"

namespace handoff::core::sim {

/// How a run ended, and what was in it.
struct Result {
    std::uint64_t seed = 0;
    std::optional<Promise> broken;
    std::string text;  ///< which promise was broken, and how
    std::uint64_t events = 0, confirmed = 0, unsure = 0, hand_outs = 0, acked = 0;
    std::uint64_t lives = 0, sessions_lost = 0;
    Time simulated{};
};

/// A manager and clients in virtual time, with everything that can happen to them. All of it
/// follows from the seed.
struct World {
    World(std::uint64_t seed, KnownBug bug, Trace::Reader reader);

    /// Lives through the days of the plan, with truces, and to their end. Throws a Violation.
    void live();

    [[nodiscard]] Maker new_maker() noexcept { return ++makers; }
    /// An answer that a client of ours never gets from a manager of ours.
    void check_code(errc code, const std::string& text) const;
    /// At this moment nobody can have more of this lock than there is.
    void check_holders(std::size_t lock);

    Lots lots;
    Plan plan;
    Schedule schedule;
    Trace trace;
    Ledger ledger;
    Shared shared;
    Witness witness;
    Saboteur saboteur;
    Network network;
    Watchman watchman;
    Disk disk;
    ManagerHost manager;
    std::deque<ClientHost> clients;
    Nemesis nemesis;

    bool quiet = false;   ///< applications begin nothing, and there are no faults
    bool ending = false;  ///< there will be no more faults
    std::vector<ItemNumber> put_with_key;
    Maker makers = 0;
    std::uint64_t sessions_lost = 0;  ///< of processes that have ended

private:
    void pass(Time span) { schedule.run_until(schedule.now() + span); }
    void keep_truce();
    /// Nothing is on its way to the disk.
    void await_disk();
    /// Who waits, at a call or as a consumer (0), for what is there.
    struct Stuck {
        ClientIndex client = 0;
        CallId call = 0;
        std::string why;
        auto operator<=>(const Stuck&) const = default;
    };
    [[nodiscard]] std::set<Stuck> find_stuck();
    void find_stuck_sharers(std::set<Stuck>& found);
    void check_nobody_is_stuck();
    void check_sessions();
    /// No more objects are there than have a name or are had by the living.
    void check_objects();
    void look_at_registers();
    void clear_row();
    void end();
    void drain();
    [[nodiscard]] bool is_over();
    void check_nothing_is_lost();
};

/// Lives through one seed. `reader` is told the whole story.
[[nodiscard]] Result run(std::uint64_t seed, KnownBug bug = KnownBug::none,
                         Trace::Reader reader = {});

}  // namespace handoff::core::sim
