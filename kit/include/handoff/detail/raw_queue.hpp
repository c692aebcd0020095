#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "handoff/config.hpp"
#include "handoff/error.hpp"
#include "handoff/options.hpp"
#include "handoff/stats.hpp"

/// What Queue<T> and Lease<T> are made of, apart from T: payloads are bytes here. Not for
/// applications; its shape may change with any release.
namespace handoff::detail {

class Connection;
class DirectQueue;
struct RawAnswer;
class RawRef;
struct RefAccess;

/// How long a call may wait.
struct Wait {
    bool once = false;                              ///< not at all
    std::optional<std::chrono::nanoseconds> limit;  ///< unset: while the manager answers
    std::stop_token stop;

    static Wait forever(std::stop_token stop = {}) {
        return {false, std::nullopt, std::move(stop)};
    }
    static Wait never() { return {true, std::nullopt, {}}; }
    static Wait for_at_most(std::chrono::nanoseconds limit, std::stop_token stop = {}) {
        return {false, limit, std::move(stop)};
    }

    /// What is left of it for the next of several steps, the first of which began then.
    [[nodiscard]] Wait left_since(std::chrono::steady_clock::time_point begin) const {
        Wait left = *this;
        if (!limit) return left;
        const auto rest = *limit - (std::chrono::steady_clock::now() - begin);
        left.limit = rest.count() > 0 ? rest : std::chrono::nanoseconds{0};
        return left;
    }
};

/// Items on their way to a queue: payloads one behind the other with their length headers.
struct RawBatch {
    std::string run;
    std::uint32_t count = 0;

    void add(std::string_view payload);
};

/// What few items have: the others have none, and do not pay for it.
struct ItemNotes {
    std::string key;
    std::string reason;   ///< why it died
    std::string headers;  ///< as they travel
    std::string trace;
};

/// What the manager tells of an item beside its payload.
struct ItemInfo {
    std::uint64_t id = 0;
    std::uint64_t token = 0;
    std::uint32_t deliveries = 0;
    std::int32_t priority = 0;
    std::chrono::system_clock::time_point put_at;
    std::shared_ptr<const ItemNotes> notes;  ///< null: none
};

/// A delivered item. Its payload lives as long as it does.
struct RawItem {
    std::shared_ptr<const void> owner;
    std::string_view payload;
    ItemInfo info;
};

struct RawDone;
using RawHandler = std::function<void(RawDone)>;
/// A call that is described and has not begun: given a handler it begins, and the client's
/// dispatch() tells the handler how it ended. Begins once at most. Throws what is known at once.
using RawOperation = std::function<void(RawHandler)>;

/// Where a fair taker of several queues begins to look next.
using RawTurn = std::shared_ptr<std::atomic<std::size_t>>;

/// What to take.
struct RawTake {
    std::uint32_t items_max = 1;
    LeaseOptions lease;
    RawTurn turn;  ///< null: the first of the queues that has something
};

/// A queue by name, through a client. Copies share it.
class RawQueue {
public:
    RawQueue() noexcept = default;
    /// Opens it; throws what the manager says of its options.
    RawQueue(std::shared_ptr<Connection> connection, std::string name, QueueOptions options);
    /// What a reference names. Throws errc::stale_reference if that is not there any more.
    RawQueue(std::shared_ptr<Connection> connection, const RawRef& reference);

    /// The part of a direct queue that a producer has; `shown` is where, for people. Asks nobody.
    static RawQueue part_of_direct(std::shared_ptr<Connection> connection, std::string name,
                                   std::string shown);
    /// Opens it with these options as well.
    void open(const QueueOptions& options) const;

    /// Where puts from here go: this queue, or this process's own part of a direct queue.
    [[nodiscard]] RawQueue for_puts() const;
    /// Null: a queue of a manager.
    [[nodiscard]] DirectQueue* direct() const;

    [[nodiscard]] const std::string& name() const;

    /// How many leading items of the batch are in the queue; all, or fewer if the wait was limited.
    std::size_t put(RawBatch batch, const PutOptions& options, const Wait& wait) const;

    /// Leases of one of these queues, of one client: `items_max` at most, at least one unless the
    /// code says why there is none (errc::empty: not in time, or not at once). What it returns is
    /// surely held at that moment: a process that was stopped for long gets errc::session_lost.
    static RawDone take(std::span<const RawQueue> queues, const RawTake& what, const Wait& wait);

    // As operations; the first is of one item.
    [[nodiscard]] RawOperation put_later(RawBatch item, const PutOptions& options,
                                         const Wait& wait) const;
    static RawOperation take_later(std::vector<RawQueue> queues, const RawTake& what,
                                   const Wait& wait);
    [[nodiscard]] RawOperation join_later(const Wait& wait) const;

    /// Throws errc::invalid_argument unless take() can be asked of them together.
    static void check_together(std::span<const RawQueue> queues);

    void close(bool now) const;
    bool join(const Wait& wait) const;
    [[nodiscard]] QueueStats stats() const;
    [[nodiscard]] std::vector<RawItem> peek(ItemState state, std::uint32_t items_max) const;
    std::uint64_t purge() const;
    std::uint64_t kick(std::uint64_t items_max) const;

    /// Throws errc::wrong_type naming queue and item.
    [[noreturn]] void fail_type(const Error& cause, const ItemInfo& item) const;

    /// For the text of errors: `put on queue "jobs" at ipc:///run/x.sock`.
    [[nodiscard]] std::string describe(const std::string& what) const;
    [[nodiscard]] Connection& connection() const;
    /// The queue's number in this process's driver.
    [[nodiscard]] std::uint64_t ref() const;

private:
    friend class RawCommit;
    friend class RawLease;
    friend class RawRef;
    friend class RawConsumer;
    friend class RawProducer;
    struct State;
    struct Taking;
    explicit RawQueue(std::shared_ptr<State> state) noexcept;
    [[nodiscard]] State& state() const;
    std::shared_ptr<State> state_;
};

/// The right to one delivered item, in the session and the process that got it. Moves; settles
/// once; whatever is asked of it afterwards, or in a forked child, is errc::inert.
class RawLease {
public:
    RawLease() noexcept = default;
    /// `ref` is the queue's number in the driver of this process.
    RawLease(RawQueue queue, std::uint64_t ref, std::uint64_t session_generation, RawItem item);
    ~RawLease();  ///< held still: the item goes back
    RawLease(RawLease&& other) noexcept;
    RawLease& operator=(RawLease&& other) noexcept;

    [[nodiscard]] bool held() const noexcept { return held_; }
    [[nodiscard]] bool of_this_process() const noexcept;
    /// Held by this process, in a session that surely lives.
    [[nodiscard]] bool surely_held() const;
    [[nodiscard]] const RawItem& item() const noexcept { return item_; }
    [[nodiscard]] const RawQueue& queue() const noexcept { return queue_; }
    [[nodiscard]] const std::string& queue_name() const noexcept;
    [[nodiscard]] const ItemNotes& notes() const noexcept;
    [[nodiscard]] Headers headers() const;

    void ack();
    /// Acknowledges the first `count` of leases that came together; they hold nothing afterwards.
    static void ack_without_waiting(std::vector<RawLease>& leases, std::size_t count) noexcept;
    void release(std::chrono::milliseconds delay);
    void bury(const std::string& reason);
    void extend(std::optional<std::chrono::milliseconds> ttl);
    /// They have just been given for `ttl`, and are renewed from now on.
    static void renew(const std::vector<RawLease>& leases,
                      std::optional<std::chrono::milliseconds> ttl);

    // As operations. Those that end the lease take it out of this object; if they never begin, it
    // goes back.
    RawOperation ack_later();
    RawOperation release_later(std::chrono::milliseconds delay);
    RawOperation bury_later(const std::string& reason);
    [[nodiscard]] RawOperation extend_later(std::optional<std::chrono::milliseconds> ttl) const;

private:
    friend class RawCommit;
    friend class RawConsumer;
    struct Settlement;
    /// Holds what a consumer hands out; holds nothing before.
    void refill(const RawQueue& queue, void* consumer, std::uint64_t ref,
                std::uint64_t session_generation);
    void ack_streamed();
    [[nodiscard]] Settlement acking() const;
    [[nodiscard]] Settlement releasing(std::chrono::milliseconds delay) const;
    [[nodiscard]] Settlement burying(const std::string& reason) const;
    [[nodiscard]] Settlement extending(std::optional<std::chrono::milliseconds> ttl) const;
    RawOperation ending_later(Settlement settlement);
    void require_held(const char* what) const;
    void drop() noexcept;

    RawQueue queue_;
    std::uint64_t ref_ = 0;
    std::uint64_t session_generation_ = 0;
    std::uint64_t fork_generation_ = 0;
    RawItem item_;
    bool held_ = false;
    /// Set: of this process's driver; it handed this out, and ack() does not wait.
    void* consumer_ = nullptr;
};

/// How a call ended that hands out items, or an operation.
struct RawDone {
    errc code = errc::ok;
    std::string text;  ///< unless ok
    std::vector<RawLease> leases;
    std::size_t index = 0;  ///< of the queue that they come from, among those that were asked
    std::shared_ptr<const RawAnswer> answer{};  ///< of a shared object, if ok

    void throw_unless_ok() const {
        if (code != errc::ok) throw Error(code, text);
    }
    /// For who takes it later than it was told: no leases any more, and a code that says why, if
    /// they are not surely held.
    void give_up_what_went_back();
};

/// Acks and puts that happen together or not at all.
class RawCommit {
public:
    void ack(RawLease& lease);
    void put(const RawQueue& queue, RawBatch batch, const PutOptions& options);
    /// False: surely not done, in the time given. Throws what went wrong.
    bool run(const Wait& wait);
    /// As an operation; its leases, and this, must stay until it has ended.
    RawOperation run_later(const Wait& wait);

private:
    struct Message;
    [[nodiscard]] Message message() const;
    void forget_leases() noexcept;

    struct Put {
        RawQueue queue;
        RawBatch batch;
        PutOptions options;
    };
    std::vector<RawLease*> acks_;
    std::vector<Put> puts_;
};

}  // namespace handoff::detail
