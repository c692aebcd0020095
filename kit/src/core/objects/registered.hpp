#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "core/objects/object.hpp"

namespace handoff::core::objects {

// What a registered type asks of whoever has the machine: its methods run elsewhere, and take their
// time. An errand is named by the object and its number there.

/// Runs a method; Registered::done() is owed for it.
struct RunMethod {
    ObjectHandle object = 0;
    std::uint64_t number = 0;
    Holder instance = 0;  ///< the session that has an instance of its own; 0: the one of all
    std::string method;
    std::vector<Packed> arguments;
};

/// Nobody waits for that run any more: if it was not begun, it is not to be, and ends with `why`;
/// else its method may be told. done() is owed all the same.
struct StopMethod {
    ObjectHandle object = 0;
    std::uint64_t number = 0;
    errc why = errc::cancelled;
};

/// No further method runs on this instance; with `instance` 0, on none of this object.
struct DropInstance {
    ObjectHandle object = 0;
    Holder instance = 0;
};

using Errand = std::variant<RunMethod, StopMethod, DropInstance>;

/// How a registered type is served.
struct TypeSettings {
    bool per_session = false;         ///< each session has an instance of its own
    std::uint64_t calls_max = 65536;  ///< that wait for one instance, the running one included
};

/// A class of the manager's program whose methods clients call. What the methods do happens
/// elsewhere: this keeps the calls of each instance in order, and lets one of them run at a time.
class Registered final : public Object {
public:
    /// Errands are put into `errands`, which outlives this.
    Registered(ObjectHandle self, std::vector<Errand>& errands) : self_(self), errands_(errands) {}

    /// From now on calls are carried out, those that have come already first.
    void begin(const TypeSettings& settings);
    /// The object is about to go: what runs may be told, and no result is waited for.
    void end();
    /// The run of this number has ended. Of one that nobody knows any more nothing follows.
    void done(Context& context, std::uint64_t number, Result result);

    /// A call whose method runs goes on waiting: only its method can end it.
    void give_up(Context& context, Ticket ticket, errc why) override;
    void forget(Ticket ticket) override;
    void session_over(Context& context, Holder session) override;
    [[nodiscard]] std::size_t waiting() const override { return places_.size(); }

private:
    struct Want {
        Holder session = 0;
        std::string method;
        std::vector<Packed> arguments;
    };
    /// An instance, and the calls that wait for it.
    struct Bench {
        Line<Want> line;
        std::uint64_t running = 0;  ///< the number of the run; 0: none
        bool used = false;
    };
    struct Place {
        Holder bench = 0;
        std::uint64_t number = 0;  ///< of its run; 0: it stands in line
    };
    struct Run {
        Holder bench = 0;
        Ticket ticket = 0;  ///< 0: nobody waits for it any more
    };

    std::optional<Result> carry_out(Context& context, const Caller& caller,
                                    const Call& call) override;
    void run_next(Holder key, Bench& bench);

    const ObjectHandle self_;
    std::vector<Errand>& errands_;
    TypeSettings settings_;
    bool begun_ = false;
    std::map<Holder, Bench> benches_;  ///< by instance; all calls at 0 before the beginning
    std::map<Ticket, Place> places_;
    std::map<std::uint64_t, Run> runs_;
    std::vector<std::uint64_t> forsaken_;  ///< runs whose callers are gone, to be told so
    std::uint64_t next_number_ = 1;
};

}  // namespace handoff::core::objects
