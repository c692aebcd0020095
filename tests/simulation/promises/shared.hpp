#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/messages.hpp"
#include "simulation/promises/linear.hpp"
#include "simulation/world/disk.hpp"

namespace handoff::core::sim {

/// What all applications together were told of shared objects, and what that must be like. Lives
/// are the manager's: each begins with objects that are as new, but for those that are durable.
class Shared {
public:
    /// `loss`: of what the life before it had stored, this may be gone.
    void life_begins(std::uint64_t life, const std::optional<Disk::Loss>& loss, Time now);

    // ---- registers: values, and entries of dicts

    using Id = std::size_t;
    Id begins(const std::string& name, Durability level, const Operation& operation,
              std::uint64_t life);
    /// As `operation` was answered, in this life; what it rests on is stored by `told`.
    void ends(Id id, const Operation& operation, std::uint64_t life, Transaction told);
    /// Nobody knows; it may have been done in any life up to this one.
    void lost(Id id, std::uint64_t life);
    void not_done(Id id) { calls_.at(id).not_done = true; }
    /// Something that it had lately; 0 if nobody knows of anything.
    [[nodiscard]] std::int64_t lately(const std::string& name) const;
    /// Throws a Violation unless all that was answered can have happened.
    void check() const;

    // ---- holds

    /// Throws unless the token of a hold that was asked for at `begun` is above those of all that
    /// were had before.
    void granted(const std::string& name, Token token, Time begun, Time now);

    // ---- conditions

    void notify_begins(const std::string& name, std::uint64_t up_to);
    void notify_ends(const std::string& name, std::uint64_t up_to, std::uint64_t woke);
    /// Throws unless somebody can have notified so many.
    void woken(const std::string& name);

    // ---- barriers

    Id arrives(const std::string& name, Time now);
    void leaves(const std::string& name, Id id, Time now);
    /// Throws unless enough others waited while this one did.
    void passes(const std::string& name, Id id, std::size_t parties, Time now);

private:
    struct Call {
        std::string name;
        Durability level = Durability::memory;
        Operation operation;
        std::uint64_t first_life = 0;
        std::uint64_t last_life = 0;  ///< 0: it is open
        bool not_done = false;
        Transaction told = 0;
    };
    struct Loss {
        std::uint64_t life = 0;  ///< that began after it
        Transaction left = 0;
    };
    struct Grant {
        Time had{};
        Token highest = 0;  ///< of those until then
    };
    struct Condition {
        std::uint64_t may_wake = 0;
        std::uint64_t woken = 0;
    };
    struct Wait {
        Time begun{};
        Time ended = never;
    };

    void check_versions() const;
    [[nodiscard]] Operation over_lives(const Call& call) const;
    [[nodiscard]] std::size_t part_of(std::uint64_t life) const;

    std::vector<Time> life_ends_;  ///< of each before the present one
    std::vector<Loss> losses_;
    std::vector<Call> calls_;
    std::map<std::string, std::int64_t> lately_;
    std::map<std::string, std::vector<Grant>> grants_;
    std::map<std::string, Condition> conditions_;
    std::map<std::string, std::vector<Wait>> barriers_;
};

}  // namespace handoff::core::sim
