#include "bench/frame/board.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <new>
#include <stdexcept>
#include <system_error>

namespace handoff::bench {

namespace {

timespec to_timespec(Board::Clock::time_point time) {
    const auto since = time.time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
    return {static_cast<time_t>(seconds.count()),
            static_cast<long>(std::chrono::nanoseconds(since - seconds).count())};
}

template <std::size_t size>
void copy_text(char (&to)[size], std::string_view text) noexcept {
    const std::size_t length = std::min(text.size(), size - 1);
    std::memcpy(to, text.data(), length);
    to[length] = '\0';
}

}  // namespace

/// A role may be killed while it has the lock; what it was writing is not needed any more then.
class Board::Lock {
public:
    explicit Lock(pthread_mutex_t& mutex) noexcept : mutex_(mutex) {
        taken(::pthread_mutex_lock(&mutex));
    }
    ~Lock() { ::pthread_mutex_unlock(&mutex_); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

    void wait(pthread_cond_t& changed, const timespec& until) noexcept {
        taken(::pthread_cond_timedwait(&changed, &mutex_, &until));
    }

private:
    void taken(int result) noexcept {
        if (result == EOWNERDEAD) ::pthread_mutex_consistent(&mutex_);
    }

    pthread_mutex_t& mutex_;
};

Board* Board::make(std::chrono::seconds limit) {
    void* memory =
        ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::system_error(errno, std::generic_category(), "memory to share");
    }
    return new (memory) Board(limit);
}

void Board::destroy() noexcept {
    ::munmap(this, sizeof(Board));
}

Board::Board(std::chrono::seconds limit) : deadline_(Clock::now() + limit) {
    pthread_mutexattr_t mutex;
    ::pthread_mutexattr_init(&mutex);
    ::pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    ::pthread_mutexattr_setrobust(&mutex, PTHREAD_MUTEX_ROBUST);
    ::pthread_mutex_init(&mutex_, &mutex);
    ::pthread_mutexattr_destroy(&mutex);
    pthread_condattr_t condition;
    ::pthread_condattr_init(&condition);
    ::pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
    ::pthread_condattr_setclock(&condition, CLOCK_MONOTONIC);
    ::pthread_cond_init(&changed_, &condition);
    ::pthread_condattr_destroy(&condition);
}

void Board::wait(Lock& held, const char* what, const std::function<bool()>& condition,
                 const std::function<void()>& look) {
    constexpr std::chrono::milliseconds between_looks{100};
    while (!condition()) {
        if (failure_[0] != '\0') throw std::runtime_error(failure_);
        const Clock::time_point now = Clock::now();
        if (now >= deadline_) {
            throw std::runtime_error(std::string("the run takes too long: no end of waiting for ") +
                                     what);
        }
        const timespec until =
            to_timespec(look ? std::min(deadline_, now + between_looks) : deadline_);
        held.wait(changed_, until);
        if (look) look();
    }
}

const Board::Entry* Board::find(std::string_view name) const {
    const auto* end = entries_ + entries_used_;
    const auto* found = std::find_if(entries_, end, [&](const Entry& e) { return e.name == name; });
    return found == end ? nullptr : found;
}

void Board::publish(std::string_view name, std::string_view text) {
    const Lock lock(mutex_);
    if (entries_used_ == std::size(entries_) || name.size() >= sizeof(Entry::name) ||
        text.size() >= sizeof(Entry::text)) {
        throw std::runtime_error("no room on the board for " + std::string(name));
    }
    Entry& entry = entries_[entries_used_++];
    copy_text(entry.name, name);
    copy_text(entry.text, text);
    ::pthread_cond_broadcast(&changed_);
}

std::string Board::look_up(std::string_view name) {
    Lock lock(mutex_);
    wait(lock, "an address", [&] { return find(name) != nullptr; });
    return find(name)->text;
}

void Board::ready() {
    Lock lock(mutex_);
    ++ready_;
    ::pthread_cond_broadcast(&changed_);
    wait(lock, "the start", [&] { return going_; });
}

void Board::begins() {
    const Clock::time_point now = Clock::now();
    const Lock lock(mutex_);
    begin_ = std::min(begin_, now);
}

void Board::arrived(const Tally& tally, Clock::time_point last) {
    const Lock lock(mutex_);
    outcome_.count += tally.count();
    outcome_.sum += tally.sum();
    outcome_.disordered += tally.disordered();
    outcome_.damaged += tally.damaged();
    last_ = std::max(last_, last);
    ++arrived_;
    ::pthread_cond_broadcast(&changed_);
}

unsigned Board::one_more_done() {
    const Lock lock(mutex_);
    return ++done_;
}

void Board::note_latencies(double p50_us, double p99_us) {
    const Lock lock(mutex_);
    outcome_.p50_us = p50_us;
    outcome_.p99_us = p99_us;
}

void Board::note_manager_time(double us) {
    const Lock lock(mutex_);
    outcome_.manager_us = us;
}

void Board::note_sync_bytes(double bytes_per_sync) {
    const Lock lock(mutex_);
    outcome_.bytes_per_sync = bytes_per_sync;
}

void Board::note_memory(double bytes_per_item) {
    const Lock lock(mutex_);
    outcome_.bytes_per_item = bytes_per_item;
}

void Board::note_seconds(double seconds) {
    const Lock lock(mutex_);
    outcome_.seconds = seconds;
}

void Board::wait_for_end() {
    Lock lock(mutex_);
    wait(lock, "the end", [&] { return over_.load(); });
}

void Board::wait_until_alone() {
    Lock lock(mutex_);
    wait(lock, "the others to leave", [&] { return alone_; });
}

void Board::fail(std::string_view why) noexcept {
    const Lock lock(mutex_);
    if (failure_[0] == '\0') copy_text(failure_, why.empty() ? "no reason given" : why);
    over_ = true;
    ::pthread_cond_broadcast(&changed_);
}

void Board::wait_until_ready(unsigned roles, const std::function<void()>& look) {
    Lock lock(mutex_);
    wait(
        lock, "all to be ready", [&] { return ready_ == roles; }, look);
}

void Board::go() {
    const Lock lock(mutex_);
    going_ = true;
    ::pthread_cond_broadcast(&changed_);
}

void Board::wait_until_arrived(unsigned consumers, const std::function<void()>& look) {
    Lock lock(mutex_);
    wait(
        lock, "all items to arrive", [&] { return arrived_ == consumers; }, look);
}

void Board::end() {
    const Lock lock(mutex_);
    over_ = true;
    ::pthread_cond_broadcast(&changed_);
}

void Board::leave_servers_alone() {
    const Lock lock(mutex_);
    alone_ = true;
    ::pthread_cond_broadcast(&changed_);
}

std::string Board::failure() {
    const Lock lock(mutex_);
    return failure_;
}

Outcome Board::outcome() {
    const Lock lock(mutex_);
    Outcome outcome = outcome_;
    if (outcome.seconds == 0)
        outcome.seconds = std::chrono::duration<double>(last_ - begin_).count();
    return outcome;
}

}  // namespace handoff::bench
