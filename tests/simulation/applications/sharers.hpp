#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/client_machine.hpp"
#include "simulation/promises/shared.hpp"

namespace handoff::core::sim {

struct World;
class ClientHost;

/// What a process does with shared objects. Its calls are the application's; what they mean is
/// known here and in Shared.
class Sharers {
public:
    Sharers(World& world, ClientHost& host) : world_(world), host_(host) {}

    /// One thing, drawn by lot.
    void act();
    /// False: the call was none of these.
    bool ended(const Completion& completion);
    void died();
    /// Looks at all registers.
    void read_all();
    /// At the end of a run; gives back what it holds.
    void let_go();

    // ---- for the checks
    struct Holds {
        std::size_t all = 0;
        std::size_t exclusive = 0;
    };
    /// So much of this lock it surely has at this moment.
    [[nodiscard]] Holds surely_holds(std::size_t lock) const;
    /// So much of it it may have, or may still be about to give back.
    [[nodiscard]] Holds may_hold(std::size_t lock) const;
    /// Its calls that wait for a lock that they will not share.
    [[nodiscard]] std::size_t writers_at(std::size_t lock) const;
    /// Its calls that wait for a lock, or at the barrier.
    [[nodiscard]] std::vector<CallId> waiting_for(std::size_t lock) const;
    [[nodiscard]] std::vector<CallId> at_barrier() const;

private:
    enum class Kind : std::uint8_t { reg, acquire, release, sleep, notify, wait, reset, fill };
    struct Use {
        Kind kind = Kind::reg;
        std::string name;
        std::size_t lock = 0;
        bool shared = false;  ///< it is to be held with others
        bool tries = false;   ///< it does not wait
        Time begun{};
        Shared::Id id = 0;        ///< of a register's call, or a wait at the barrier
        Operation operation{};    ///< of a register
        Token token = 0;          ///< of the hold that it is about
        std::uint64_t up_to = 0;  ///< of notify
    };
    enum class State : std::uint8_t { held, leaving, sleeping };
    struct Hold {
        std::size_t lock = 0;
        Token token = 0;
        std::uint64_t generation = 0;
        std::uint64_t life = 0;
        State state = State::held;
        bool shared = false;
    };
    /// An acquire that was granted.
    struct Grant {
        std::size_t lock = 0;
        CallId call = 0;
        Token token = 0;
        std::uint64_t generation = 0;
    };
    using Numbers = std::vector<std::int64_t>;
    using Values = std::vector<objects::Packed>;

    Use& call(QueueRef object, objects::Method method, Numbers numbers, Values values,
              const ClientMachine::Wait& wait, Use use);
    [[nodiscard]] QueueRef ref_of_lock(std::size_t lock);
    [[nodiscard]] QueueRef ref_of_barrier();
    Hold* draw_hold(bool of_lock);
    Hold* find(const Use& use);
    void forget_old_holds();

    void use_register();
    void use_register(std::size_t key, Operation operation);
    [[nodiscard]] QueueRef ref_of_dict();
    [[nodiscard]] QueueRef ref_of_value();
    void fill_up();
    void acquire();
    void release(Hold& hold);
    void wait_at_condition();
    void notify();
    void give_up(const Use& use, objects::Method method, std::int64_t number);
    void meet();

    void check_told_of_restart(const std::string& name, errc code);
    void register_ended(const Use& use, errc code, const objects::Result* result);
    void acquire_ended(const Use& use, const Completion& completion, const objects::Result* result);
    void release_ended(const Use& use, errc code);
    void sleep_ended(const Use& use, const Completion& completion, const objects::Result* result);
    void wait_ended(const Use& use, errc code);
    void check_turn(const Grant& grant);
    void has(const Hold& hold, const Use& use);

    World& world_;
    ClientHost& host_;
    std::map<CallId, Use> uses_;
    std::vector<Hold> holds_;
    std::vector<Grant> grants_;  ///< of this session
    std::int64_t written_ = 0;
    /// By name: the life in which the object answered last. 0: none, or it was said to be gone.
    std::map<std::string, std::uint64_t> lives_;
};

}  // namespace handoff::core::sim
