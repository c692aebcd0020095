#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "chaos/field/house.hpp"
#include "chaos/record/checker.hpp"

namespace chaos {

struct Settings {
    std::chrono::milliseconds time{60'000};
    std::uint64_t kills_min = 100;
    std::uint64_t seed = 1;
    bool keep = false;     ///< the folder
    bool explain = false;  ///< an example of each reason for which items came again
};

/// What was done and measured, for the table.
struct Tally {
    std::map<std::string, std::uint64_t> faults;  ///< by kind
    std::map<std::string, std::string> skipped;   ///< kinds that cannot be done here, and why
    std::uint64_t kills = 0;
    std::uint64_t killed_managers = 0;
    std::uint64_t rivals_refused = 0;
    std::uint64_t processes = 0;
    Nanoseconds gap_longest = 0;       ///< a manager's workers did nothing
    Nanoseconds call_longest = 0;      ///< a call waited
    Nanoseconds recovery_longest = 0;  ///< from the kill of a manager until its workers went on
    Nanoseconds drain = 0;             ///< from the end of the faults until all was drained
    std::vector<std::string> violations;
};

/// Managers, workers, and what befalls them.
class Field {
public:
    Field(const Settings& settings, const std::filesystem::path& folder);
    ~Field();
    Field(const Field&) = delete;
    Field& operator=(const Field&) = delete;

    /// Until all queues are drained, or somebody is stuck.
    void run();

    [[nodiscard]] const Tally& tally() const { return tally_; }
    [[nodiscard]] Verdict verdict() const;

private:
    /// To be done at a time: the end of a fault.
    struct Due {
        Nanoseconds at = 0;
        std::function<void()> what;
    };

    void make_house(const std::string& name, std::uint8_t durability, bool mortal);
    void make_small_disk();
    void start_worker(House& house, Slot& slot);
    void bury_worker(House& house, Slot& slot, bool killed);
    void violate(const std::string& text);
    [[nodiscard]] std::uint64_t dice(std::uint64_t sides) { return random_() % sides; }

    void tick();
    void look_after(House& house);
    void look_after(House& house, Slot& slot);
    void note_progress(House& house, std::uint64_t progress);
    void do_due(bool all);

    // The nemesis: what it does, and how much of it there has to be.
    void harm();
    void kill_somebody();
    void kill_manager(House& house);
    void harm_somehow();
    void stop(House& house, Slot* slot);
    void cut(House& house);
    void black_hole(House& house);
    void starve(House& house, Slot* slot);
    void fill_disk();
    void challenge(House& house);
    void mark_tcp(House& house, Fault fault);
    Nanoseconds some_time(Nanoseconds least, Nanoseconds most);
    House& some_house() { return *houses_[dice(houses_.size())]; }
    Slot& some_slot(House& house) { return house.slots[dice(house.slots.size())]; }

    void drain();
    void end_all(Role role);
    void for_each(Role role, const std::function<void(House&, Slot&)>& what);
    bool wait_for(Nanoseconds limit, const std::function<bool()>& what);
    bool drained(House& house);

    const Settings settings_;
    const std::filesystem::path folder_;
    std::mt19937_64 random_;
    std::vector<std::unique_ptr<House>> houses_;
    House* small_ = nullptr;  ///< its disk is a small one
    std::vector<Due> due_;
    Case case_;
    Tally tally_;
    std::uint32_t next_number_ = 1;
    Nanoseconds begin_ = 0;
    Nanoseconds next_kill_ = 0;
    Nanoseconds next_harm_ = 0;
    bool draining_ = false;
    bool restarts_ = true;  ///< who ends has a successor
};

/// The table that goes into docs/guarantees.md.
std::string table(const Settings& settings, const Tally& tally, const Verdict& verdict);

}  // namespace chaos
