#pragma once

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "bench/frame/item.hpp"

namespace handoff::bench {

/// What one run has come to.
struct Outcome {
    std::uint64_t count = 0;       ///< items that arrived
    std::uint64_t sum = 0;         ///< their checksums, added up
    std::uint64_t disordered = 0;  ///< of them, behind a later one of the same producer
    std::uint64_t damaged = 0;     ///< of them, made by nobody
    double seconds = 0;            ///< from the start of the first producer to the last receipt
    double p50_us = 0;             ///< of single operations, where these are timed
    double p99_us = 0;
    double manager_us = 0;      ///< processor time of the manager's process meanwhile
    double bytes_per_sync = 0;  ///< of items, where something is written to a disk
    double bytes_per_item = 0;  ///< of the manager's memory, where that is measured
};

/// The place where the roles of one run meet: memory that their processes share.
///
/// The order of things: each role makes itself ready and says so; all are told to go; the consumers
/// write down what has arrived; all are told that it is over, and leave, servers last. Every wait
/// ends by the run's time limit at the latest, or when another role has failed, with an exception.
///
/// Thread safety: safe, from every process that was forked after it was made.
class Board {
public:
    using Clock = std::chrono::steady_clock;  // one clock for all processes of a host

    static Board* make(std::chrono::seconds limit);
    void destroy() noexcept;
    Board(const Board&) = delete;
    Board& operator=(const Board&) = delete;

    // ---- for roles

    /// Tells the others something by a name, such as an address; once for each name.
    void publish(std::string_view name, std::string_view text);
    /// Waits until it has been told.
    std::string look_up(std::string_view name);

    /// "I am ready"; waits until all are.
    void ready();
    /// The first item is about to leave. The earliest counts.
    void begins();
    /// This consumer will receive no more, and the last came at that time.
    void arrived(const Tally& tally, Clock::time_point last);
    /// How many parts of the work are done now, this one included: the last producer closes up.
    unsigned one_more_done();
    /// Adds to what all consumers together have received, for those that share a stream.
    std::uint64_t add_received(std::uint64_t items) noexcept { return received_ += items; }

    void note_latencies(double p50_us, double p99_us);
    void note_manager_time(double us);
    /// Something that was written is on the disk.
    void count_sync() noexcept { ++syncs_; }
    [[nodiscard]] std::uint64_t syncs() const noexcept { return syncs_; }
    void note_sync_bytes(double bytes_per_sync);
    void note_memory(double bytes_per_item);
    /// For work that ends itself: the time that it took, if it is not from begins() to arrived().
    void note_seconds(double seconds);

    /// Waits until the run is over.
    void wait_for_end();
    /// For servers: waits until all others have left as well, as these wind up their affairs.
    void wait_until_alone();
    [[nodiscard]] bool over() const noexcept { return over_; }

    /// Ends the run: it was wrong. The first reason counts.
    void fail(std::string_view why) noexcept;

    // ---- for whoever directs the run; `look` is called now and then, and may throw

    void wait_until_ready(unsigned roles, const std::function<void()>& look);
    void go();
    void wait_until_arrived(unsigned consumers, const std::function<void()>& look);
    void end();
    void leave_servers_alone();
    [[nodiscard]] std::string failure();
    [[nodiscard]] Outcome outcome();
    [[nodiscard]] Clock::time_point deadline() const noexcept { return deadline_; }

private:
    struct Entry {
        char name[32];
        char text[224];
    };
    class Lock;

    explicit Board(std::chrono::seconds limit);
    void wait(Lock& lock, const char* what, const std::function<bool()>& condition,
              const std::function<void()>& look = {});
    [[nodiscard]] const Entry* find(std::string_view name) const;

    pthread_mutex_t mutex_{};
    pthread_cond_t changed_{};
    Clock::time_point deadline_;
    std::atomic<bool> over_ = false;
    std::atomic<std::uint64_t> received_ = 0;
    std::atomic<std::uint64_t> syncs_ = 0;

    // All below under the mutex.
    Entry entries_[8] = {};
    unsigned entries_used_ = 0;
    unsigned ready_ = 0;
    unsigned done_ = 0;
    unsigned arrived_ = 0;
    bool going_ = false;
    bool alone_ = false;
    Clock::time_point begin_ = Clock::time_point::max();
    Clock::time_point last_ = Clock::time_point::min();
    Outcome outcome_;
    char failure_[256] = {};
};

}  // namespace handoff::bench
