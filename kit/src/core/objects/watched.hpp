#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/objects/object.hpp"

namespace handoff::core::objects {

/// What a container may hold.
struct Bounds {
    std::uint64_t entries_max = 1'000'000;
    std::uint64_t bytes_max = 64u << 20;
};

/// An object with data: its version, which grows with every change, and those who wait for one.
class Watched : public Object {
public:
    void give_up(Context& context, Ticket ticket, errc why) final;
    void forget(Ticket ticket) final;
    void session_over(Context& context, Holder session) final;
    [[nodiscard]] std::size_t waiting() const final { return watchers_.size() + of_keys_.size(); }
    [[nodiscard]] Report report(std::size_t holders_max) const final;

    [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
    void set_version(std::uint64_t version) noexcept { version_ = version; }

    // What is stored of an object are calls: done again on a new one, each at its time and at the
    // version that it had then, they make it what it was.

    /// What to store of a call that is about to be carried out: one that will do the same, whatever
    /// else there is then. Throws an Error if there is none.
    [[nodiscard]] virtual Call to_store(const Context& context, const Call& call) const;
    /// Calls that make all that there is; they take a version each.
    [[nodiscard]] virtual std::vector<Call> remake(Time wall) const = 0;

protected:
    /// Waits until the version is another than the one that the caller knows.
    std::optional<Result> changed(const Caller& caller, const Call& call);
    /// The same of one key, whose entry has the version `now`; 0: there is none.
    std::optional<Result> changed(const Caller& caller, const std::string& key, std::uint64_t known,
                                  std::uint64_t now);

    /// Something is about to change: all of it gets this version.
    std::uint64_t next_version() noexcept { return ++version_; }
    /// It has: those who wait for that are told.
    void tell(Context& context);
    /// The entry of this key has changed to this version; 0: it is gone.
    void tell(Context& context, const std::string& key, std::uint64_t version);
    [[nodiscard]] bool anybody_waits_for_keys() const noexcept { return !of_keys_.empty(); }

    /// Of its entries, and their bytes.
    struct Extent {
        std::size_t entries = 0;
        std::size_t bytes = 0;
    };
    [[nodiscard]] virtual Extent extent() const = 0;

    /// What a session had besides calls that wait.
    virtual void drop_session(Holder /*session*/) {}

private:
    struct Nothing {};
    std::uint64_t version_ = 0;
    Line<Nothing> watchers_;  ///< all know the present version
    std::map<std::string, Line<Nothing>> keys_;
    std::map<Ticket, std::string> of_keys_;
};

}  // namespace handoff::core::objects
