#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/journal.hpp"

// What outlives a manager, item by item: what a store should know after some changes, told in
// another way than the store does it, and changes by chance.

namespace handoff::test {

struct Item {
    std::string payload;
    std::int32_t priority = 0;
    std::string key;
    std::string reason;
    bool dead = false;
    std::uint32_t deliveries = 0;
    core::Time put_at{};
    core::Time expires_at{};
    core::Time due{};
    core::Loan loan;
    bool operator==(const Item&) const = default;
};

struct KnownQueue {
    std::string name;
    QueueOptions options;
    bool closed = false;
    bool discards = false;
    std::uint64_t next = 1;
    std::map<std::uint64_t, Item> items;
    std::map<std::string, core::Time> keys;
    bool operator==(const KnownQueue&) const = default;
};

struct KnownSession {
    core::SessionBegun begun;
    std::map<core::QueueHandle, core::PutsSeen> puts;
    std::map<core::RequestId, core::Answered> answers;
    bool operator==(const KnownSession&) const = default;
};

struct KnownObject {
    core::ObjectMade made;
    std::uint64_t version = 0;
    std::map<std::uint64_t, core::ObjectChanged> changes;
    bool operator==(const KnownObject&) const = default;
};

struct Known {
    std::map<core::QueueHandle, KnownQueue> queues;
    std::map<core::Holder, KnownSession> sessions;
    std::map<core::objects::ObjectHandle, KnownObject> objects;
    core::Reserved reserved;
    bool operator==(const Known&) const = default;

    void apply(const core::Changes& changes);
};

[[nodiscard]] Known known_of(const core::Recovered& recovered);
/// What a store that knows this gives to the next life of its manager.
[[nodiscard]] core::Recovered recovered_of(const Known& known);

/// "2 queues, 17 items, 1 session": for a test that failed.
[[nodiscard]] std::string summary(const Known& known);

// ------------------------------------------------------------------ changes by hand

[[nodiscard]] core::QueueMade queue_made(core::QueueHandle queue,
                                         Durability durability = Durability::fsync);
[[nodiscard]] core::ItemsIn items_in(core::QueueHandle queue, std::uint64_t first,
                                     const std::vector<std::string>& payloads);
[[nodiscard]] core::Changes turn_of(std::vector<core::Change> list,
                                    Durability level = Durability::fsync);

/// `count` payloads, different from each other, of so many bytes.
[[nodiscard]] std::vector<std::string> payloads(std::uint64_t first, std::uint32_t count,
                                                std::size_t bytes);

// ------------------------------------------------------------------ changes by chance

/// Turns of a manager that does all that it can do, but not for any reason.
class Workload {
public:
    explicit Workload(std::uint32_t seed, bool also_os = false)
        : random_(seed), also_os_(also_os) {}

    [[nodiscard]] core::Changes next();
    /// After all turns so far.
    [[nodiscard]] const Known& known() const noexcept { return known_; }
    void go_on_from(Known known) { known_ = std::move(known); }

private:
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    [[nodiscard]] core::QueueHandle some_queue();
    void change(std::vector<core::Change>& list);
    void put(std::vector<core::Change>& list);
    void change_items(std::vector<core::Change>& list);
    void change_session(std::vector<core::Change>& list);
    void change_object(std::vector<core::Change>& list);
    void do_it(std::vector<core::Change>& list, core::Change change);

    std::mt19937 random_;
    bool also_os_;
    Known known_;
    core::QueueHandle next_queue_ = 1;
    core::Holder next_session_ = 1;
};

}  // namespace handoff::test
