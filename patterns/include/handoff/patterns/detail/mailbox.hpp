#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "handoff/client.hpp"
#include "handoff/lock.hpp"
#include "handoff/queue.hpp"
#include "handoff/set.hpp"

namespace handoff::patterns::detail {

/// A name that nobody else has.
std::string fresh_name(const std::string& prefix);

/// Removes a mailbox that was listed in `all`.
void remove_mailbox(Client& client, Set<std::string>& all, const std::string& name);
/// The same unless its owner lives; returns whether it was removed.
bool remove_mailbox_of_the_dead(Client& client, Set<std::string>& all, const std::string& name);

/// A queue for answers, or what it is called otherwise, that goes with its session: its owner holds
/// a lock beside it, and whoever opens a mailbox for the same purpose removes those whose lock is
/// free.
template <typename T>
class Mailbox {
public:
    Mailbox(Client& client, const std::string& purpose, const std::string& called = "answers",
            QueueOptions options = {})
        : client_(client),
          purpose_(purpose),
          name_(fresh_name(purpose + '.' + called + '.')),
          options_(std::move(options)) {
        open();
        sweep();
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

    /// Makes it, and makes it anew where a manager has forgotten it.
    void open() {
        all_ = client_.set<std::string>(purpose_ + ".mailboxes");
        owner_ = client_.lock(name_ + ".owner");
        static_cast<void>(owner_.try_lock());  // false: it is held, by this object
        all_.add(name_);  // before it is there: who finds it not in the set removes it
        queue_ = client_.queue<T>(name_, options_);
    }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] Queue<T>& queue() { return queue_; }

private:
    void sweep() {
        for (const std::string& name : all_.values()) {
            if (name != name_) remove_mailbox_of_the_dead(client_, all_, name);
        }
    }

    Client& client_;
    std::string purpose_;
    std::string name_;
    QueueOptions options_;
    Set<std::string> all_;
    Lock owner_;
    Queue<T> queue_;
};

/// The mailboxes of others, for who puts answers into them.
template <typename T>
class Mailboxes {
public:
    Mailboxes(Client& client, const std::string& purpose)
        : client_(client), all_(client.set<std::string>(purpose + ".mailboxes")) {}

    /// Empty: its owner is gone.
    std::optional<Queue<T>> find(const std::string& name) {
        const auto known = open_.find(name);
        if (known != open_.end()) return known->second;
        Queue<T> queue = client_.queue<T>(name);  // which makes it, if it has gone
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
    Set<std::string> all_;
    std::map<std::string, Queue<T>> open_;
};

}  // namespace handoff::patterns::detail
