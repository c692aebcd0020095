#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/commit_gate.hpp"
#include "core/extent.hpp"
#include "core/messages.hpp"
#include "core/objects/call.hpp"
#include "core/time.hpp"
#include "handoff/config.hpp"

/// What a manager tells its store: one batch of changes for each turn that changed something that
/// is to outlive the manager. docs/durability.md says what becomes of them.
namespace handoff::core {

/// Who holds a lease: a session's number within its manager; never used again.
using Holder = std::uint64_t;

// ------------------------------------------------------------------ items

/// Who has an item that was lent. So a restart of the manager gives no item to a second one.
struct Loan {
    Token token = 0;  ///< of the first of the items; those of the others follow. 0: nobody has them
    Holder holder = 0;
    Millis lease{0};
    bool held = false;  ///< prefetched, and not taken yet as far as anybody has said
    bool operator==(const Loan&) const = default;
};

/// Items that their queue has from now on, under ids that it did not have at this moment: new ones,
/// or such as went out before and come back as something else (dead, or alive again).
struct ItemsIn {
    QueueHandle queue = 0;
    Extent items;
    bool dead = false;
    Time due{};  ///< wall clock: delayed until then. 0: ready
    Loan loan;   ///< only of items that a store gives back
};

/// Items that their queue does not have any more.
struct ItemsOut {
    QueueHandle queue = 0;
    Range ids;
};

/// Items that are lent, to a session that goes on after a restart.
struct ItemsLent {
    QueueHandle queue = 0;
    Range ids;
    std::uint32_t deliveries = 0;
    Loan loan;
};

/// Items that were lent and came back: their bytes are what they were.
struct ItemsBack {
    QueueHandle queue = 0;
    Range ids;
    std::uint32_t deliveries = 0;
    Time due{};  ///< as above
};

// ------------------------------------------------------------------ queues

struct QueueMade {
    QueueHandle queue = 0;
    std::string name;
    QueueOptions options;  ///< in force, every field set
};

struct QueueClosed {
    QueueHandle queue = 0;
    bool discards = false;  ///< closed now: what comes back is dropped
};

/// With all that it had.
struct QueueGone {
    QueueHandle queue = 0;
};

/// An idempotence key that is remembered.
struct KeySeen {
    QueueHandle queue = 0;
    std::string key;
    Time until{};  ///< wall clock
};

struct KeyForgotten {
    QueueHandle queue = 0;
    std::string key;
};

// ------------------------------------------------------------------ sessions

struct SessionBegun {
    Holder session = 0;
    SessionId id{};
    std::string who;  ///< for people
    bool operator==(const SessionBegun&) const = default;
};

/// With all that is known of it.
struct SessionOver {
    Holder session = 0;
};

/// What became of one session's puts to one queue, so that a put that is sent again gets its first
/// answer again. All of it, each time.
struct PutsSeen {
    struct Refusal {
        Range positions;
        errc code = errc::ok;
        bool operator==(const Refusal&) const = default;
    };
    Holder session = 0;
    QueueHandle queue = 0;
    Position lowest = 1;
    Position next = 1;
    std::vector<Refusal> refused;
    std::vector<Range> waiting;  ///< for room: after a restart it is as if they had not come
    bool operator==(const PutsSeen&) const = default;
};

/// Items were lent in answer to a request. Which of them are left, their loans tell.
struct HandedOut {
    QueueHandle queue = 0;
    Range tokens;
    Millis lease{0};
    bool operator==(const HandedOut&) const = default;
};

/// The answer to a request that must not be carried out twice.
struct Answered {
    Holder session = 0;
    RequestId id = 0;
    std::variant<Done, Settled, HandedOut> answer;
    bool operator==(const Answered&) const = default;
};

/// The session waits for no answer to a request with a smaller id.
struct AnswersOver {
    Holder session = 0;
    RequestId below = 0;
};

// ------------------------------------------------------------------ shared objects

struct ObjectMade {
    objects::ObjectHandle object = 0;
    std::string name;
    ObjectKind kind{};
    ObjectOptions options;  ///< in force
    bool operator==(const ObjectMade&) const = default;
};

/// With all that it had.
struct ObjectGone {
    objects::ObjectHandle object = 0;
};

/// A call that changed an object. These calls make it again: in the order of their versions, each
/// at its time, on an object that has this version then.
struct ObjectChanged {
    objects::ObjectHandle object = 0;
    std::uint64_t version = 0;
    Time at{};  ///< wall clock
    objects::Call call;
    bool operator==(const ObjectChanged&) const = default;
};

/// What follows makes the object from nothing: changes below this version are not needed any more.
struct ObjectRemade {
    objects::ObjectHandle object = 0;
    std::uint64_t version = 0;
};

// ------------------------------------------------------------------ the manager

/// Numbers that may have been given: the next life begins with these.
struct Reserved {
    Token tokens_below = 1;
    QueueHandle handles_below = 1;
    bool operator==(const Reserved&) const = default;
};

using Change =
    std::variant<ItemsIn, ItemsOut, ItemsLent, ItemsBack, QueueMade, QueueClosed, QueueGone,
                 KeySeen, KeyForgotten, SessionBegun, SessionOver, PutsSeen, Answered, AnswersOver,
                 ObjectMade, ObjectGone, ObjectChanged, ObjectRemade, Reserved>;

/// What one turn changed, in the order in which it did. It is stored wholly or not at all.
struct Changes {
    Turn turn = 0;
    Durability level = Durability::memory;  ///< the highest that any of them asks for
    std::vector<Change> list;
    std::size_t bytes = 0;  ///< of what came in
};

/// Gathers the changes of the turn that is being computed. What neighbours say of neighbouring
/// items is joined: a thousand puts of one item each are a few changes.
///
/// Thread safety: none; one owner.
class Journal {
public:
    void items_in(Durability level, ItemsIn in);
    void items_out(Durability level, ItemsOut out);
    void add(Durability level, Change change);
    void object_changed(Durability level, ObjectChanged change);

    /// Somebody will wait for this turn to be stored, whether or not it changes anything itself.
    void ask_for(Durability level) noexcept {
        asked_ = true;
        if (level > level_) level_ = level;
    }

    /// All of them, and then begins anew; empty if nobody has to store this turn.
    [[nodiscard]] std::optional<Changes> take(Turn turn);

    /// Of the items and values that came in since the turn began.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    bool asked_ = false;
    Durability level_ = Durability::memory;
    std::vector<Change> list_;
    std::size_t bytes_ = 0;
};

/// Where a queue says what becomes of its items: nowhere, unless it is durable.
class ItemJournal {
public:
    ItemJournal() = default;
    ItemJournal(Journal& journal, QueueHandle queue, Durability level)
        : journal_(&journal), queue_(queue), level_(level) {}

    [[nodiscard]] bool on() const noexcept { return journal_ != nullptr; }

    void in(const Extent& items, bool dead = false, Time due = {}) const {
        if (on()) journal_->items_in(level_, {queue_, items, dead, due, {}});
    }
    void out(const Extent& items) const {
        if (on()) journal_->items_out(level_, {queue_, {items.id, items.id + items.count - 1}});
    }
    void lent(const Extent& items, const Loan& loan) const {
        if (!on()) return;
        const Range ids{items.id, items.id + items.count - 1};
        // A loss of power ends the loan; so it need not be synced.
        journal_->add(Durability::os, ItemsLent{queue_, ids, items.deliveries, loan});
    }
    void back(const Extent& items, Time due) const {
        if (!on()) return;
        const Range ids{items.id, items.id + items.count - 1};
        journal_->add(level_, ItemsBack{queue_, ids, items.deliveries, due});
    }
    void key(const std::string& key, Time until) const {
        if (on()) journal_->add(level_, KeySeen{queue_, key, until});
    }
    void key_forgotten(const std::string& key) const {
        if (on()) journal_->add(level_, KeyForgotten{queue_, key});
    }

private:
    Journal* journal_ = nullptr;
    QueueHandle queue_ = 0;
    Durability level_ = Durability::memory;
};

// ------------------------------------------------------------------ and back

/// What a store knows when it is opened: what earlier lives of the manager left. Items are in the
/// order of their ids.
struct Recovered {
    struct Queue {
        QueueMade made;
        bool closed = false;
        bool discards = false;
        std::uint64_t next_id = 1;
        std::vector<ItemsIn> items;
        std::vector<KeySeen> keys;
    };
    struct Session {
        SessionBegun begun;
        std::vector<PutsSeen> puts;
        std::vector<Answered> answers;
    };
    /// Its changes are in the order of their versions.
    struct Object {
        ObjectMade made;
        std::uint64_t version = 0;  ///< it has had, at least
        std::vector<ObjectChanged> changes;
    };
    std::uint64_t epoch = 1;  ///< of the life that begins
    Reserved reserved;
    std::vector<Queue> queues;
    std::vector<Object> objects;
    std::vector<Session> sessions;
};

}  // namespace handoff::core
