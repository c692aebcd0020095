#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "core/client_machine.hpp"
#include "core/objects/reference.hpp"

namespace handoff::core::sim {

struct World;
class ClientHost;

/// What a process does with objects that have no name: makes them, stores references to them in a
/// dict that all share, reads these, opens what they name, and lets go what it has.
///
/// What somebody has a handle of is there. What nobody has is gone; World looks after that.
class Referrers {
public:
    Referrers(World& world, ClientHost& host) : world_(world), host_(host) {}

    /// One thing, drawn by lot.
    void act();
    /// False: the call was none of these.
    bool ended(const Completion& completion);
    /// At the end of a run.
    void let_go();
    void clear_row();

    /// At most so many objects are there on its account.
    [[nodiscard]] std::size_t may_have() const { return handles_.size() + uses_.size(); }

    /// Entries of the dict.
    static constexpr std::size_t keys = 3;

private:
    enum class Kind : std::uint8_t { make, put, read, open, clear };
    struct Use {
        Kind kind = Kind::make;
        objects::Reference object{};  ///< that it is about
        std::uint64_t generation = 0;
    };
    struct Handle {
        objects::Reference object;
        std::uint64_t generation = 0;
    };

    void call(RequestBody body, Use use);
    void call_row(objects::Method method, std::vector<objects::Packed> values, Use use);
    void make();
    void put();
    void read();
    void open();
    void drop();
    void has(const objects::Reference& object, std::uint64_t generation);
    void check_there(const Use& use, errc code);
    void opened(const Use& use, const Completion& completion);
    void forget_old_handles();

    World& world_;
    ClientHost& host_;
    std::map<CallId, Use> uses_;
    std::vector<Handle> handles_;
};

}  // namespace handoff::core::sim
