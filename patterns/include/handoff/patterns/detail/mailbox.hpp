#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "handoff/client.hpp"
#include "handoff/lock.hpp"
#include "handoff/patterns/detail/lasting.hpp"
#include "handoff/queue.hpp"
#include "handoff/set.hpp"

namespace handoff::patterns::detail {

/// A name that nobody else has.
std::string fresh_name(const std::string& prefix);
/// The same of numbers; not 0.
std::uint64_t fresh_number();

/// So often the owner of a mailbox that lasts looks whether it is its owner still.
constexpr std::chrono::seconds owned_for{1};

/// Removes a mailbox that was listed in `all`.
void remove_mailbox(Client& client, Set<std::string>& all, const std::string& name);
/// The same unless its owner lives; returns whether it was removed. The owner of one that lasts may
/// be on its way to a new manager, which knows of no holds: for ten seconds it is waited for.
bool remove_mailbox_of_the_dead(Client& client, Set<std::string>& all, const std::string& name,
                                std::optional<Durability> durability = std::nullopt);

/// A queue for answers, or what it is called otherwise, that goes with its session: its owner holds
/// a lock beside it, and whoever opens a mailbox for the same purpose removes those whose lock is
/// free. One that lasts is there again after the manager was killed, and its owner opens it anew.
template <typename T>
class Mailbox {
public:
    Mailbox(Client& client, const std::string& purpose, const std::string& called = "answers",
            QueueOptions options = {})
        : client_(client),
          purpose_(purpose),
          name_(fresh_name(purpose + '.' + called + '.')),
          options_(std::move(options)) {
        insist(lasts(options_.durability) ? managers_max : 0, [this] {
            open();
            sweep();
        });
    }
    ~Mailbox() {
        try {
            remove_mailbox(client_, all_, name_);
            owner_.unlock();
            client_.destroy_object(name_ + ".owner", ObjectKind::lock);
        } catch (const Error&) {  // the manager is gone, or has begun anew: so is the queue
        }
    }
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;

    /// Makes it, and makes it anew where a manager has forgotten it. Returns whether all that came
    /// into it is there.
    bool open() {
        all_ =
            client_.set<std::string>(purpose_ + ".mailboxes", {.durability = options_.durability});
        owner_ = client_.lock(name_ + ".owner");
        // Who looks whether its owner lives has it for a moment; check() tells if it is not held.
        static_cast<void>(owner_.try_lock_for(owned_for));
        if (!all_.contains(name_)) {
            known_ = false;
            all_.add(name_);  // before it is there: who finds it not in the set removes it
        }
        queue_ = client_.queue<T>(name_, options_);
        return std::exchange(known_, true);
    }
    /// Opens what lasts again, after an error of it. False: what came into it may be lost.
    [[nodiscard]] bool open_again() {
        return insist(reopenings_max, [this] { return open(); });
    }
    /// Throws errc::lock_lost when it is to be opened again. Asks nobody.
    void check() const {
        try {
            owner_.check();
        } catch (const Error& error) {
            throw Error(errc::lock_lost, error.what());
        }
    }
    /// Does it, and if this lasts, again with the next manager. Throws errc::session_lost if that
    /// does not have all that came in.
    template <typename Do>
    auto outlive(Do act) {
        for (std::uint32_t again = 0;; ++again) {
            std::string why;
            try {
                if (lasts(options_.durability)) check();
                return act();
            } catch (const Error& error) {
                const bool over = session_ended(error.code()) || error.code() == errc::lock_lost;
                if (!lasts(options_.durability) || !over || again >= managers_max) throw;
                why = error.what();
            }
            if (!open_again()) throw Error(errc::session_lost, why);
        }
    }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] Queue<T>& queue() { return queue_; }

private:
    void sweep() {
        for (const std::string& name : all_.values()) {
            if (name == name_) continue;
            remove_mailbox_of_the_dead(client_, all_, name, options_.durability);
        }
    }

    Client& client_;
    std::string purpose_;
    std::string name_;
    QueueOptions options_;
    bool known_ = false;  ///< to the manager, all the time
    Set<std::string> all_;
    Lock owner_;
    Queue<T> queue_;
};

/// The mailboxes of others, for who puts answers into them.
template <typename T>
class Mailboxes {
public:
    Mailboxes(Client& client, const std::string& purpose,
              std::optional<Durability> durability = std::nullopt)
        : client_(client),
          durability_(durability),
          all_(client.set<std::string>(purpose + ".mailboxes", {.durability = durability})) {}

    /// Empty: its owner is gone.
    std::optional<Queue<T>> find(const std::string& name) {
        const auto known = open_.find(name);
        if (known != open_.end()) return known->second;
        // Which makes it, if it has gone.
        Queue<T> queue = client_.queue<T>(name, {.durability = durability_});
        if (!all_.contains(name)) {
            try {
                client_.destroy_queue(name);
            } catch (const Error& error) {
                if (error.code() != errc::stale_reference) throw;
            }
            return std::nullopt;
        }
        constexpr std::size_t open_max = 256;
        if (open_.size() >= open_max) open_.clear();
        open_.emplace(name, queue);
        return queue;
    }
    void forget(const std::string& name) { open_.erase(name); }

private:
    Client& client_;
    std::optional<Durability> durability_;
    Set<std::string> all_;
    std::map<std::string, Queue<T>> open_;
};

}  // namespace handoff::patterns::detail
