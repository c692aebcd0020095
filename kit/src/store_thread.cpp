#include "store_thread.hpp"

#include <algorithm>
#include <utility>

#include "os/quiet_thread.hpp"

namespace handoff {
namespace {

/// Enough for one sync to be cheap, and no more, so that nobody waits for megabytes of others.
constexpr std::size_t group_bytes_max = 8 << 20;

}  // namespace

StoreThread::StoreThread(std::unique_ptr<store::Store> store, std::function<void()> wake)
    : store_(std::move(store)), wake_(std::move(wake)) {
    report_.room = store_->room();
    news_ = true;
    thread_ = quiet_thread([this] { run(); });
}

StoreThread::~StoreThread() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    arrived_.notify_one();
    thread_.join();
}

void StoreThread::store(core::Changes turn) {
    {
        const std::lock_guard lock(mutex_);
        waiting_bytes_ += turn.bytes;
        waiting_.push_back(std::move(turn));
    }
    arrived_.notify_one();
}

Storekeeper::Report StoreThread::report() {
    const std::lock_guard lock(mutex_);
    news_ = false;
    Report report = report_;
    // What waits will take some of it.
    report.room -= std::min<std::uint64_t>(report.room, waiting_bytes_);
    return report;
}

/// Empty at the end.
std::vector<core::Changes> StoreThread::next_group() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    std::size_t bytes = 0;
    auto end = waiting_.begin();
    while (end != waiting_.end() && bytes < group_bytes_max) bytes += (end++)->bytes;
    std::vector<core::Changes> group(std::make_move_iterator(waiting_.begin()),
                                     std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    return group;
}

void StoreThread::run() {
    for (;;) {
        const std::vector<core::Changes> group = next_group();
        if (group.empty()) return;
        std::optional<Error> failure;
        try {
            store_->commit(group);
        } catch (const Error& error) {
            failure = error;
        }
        tell(group, failure);
        if (failure) return;  // what else was given is never stored
    }
}

void StoreThread::tell(const std::vector<core::Changes>& group,
                       const std::optional<Error>& failure) {
    const std::uint64_t room = failure ? 0 : store_->room();
    {
        const std::lock_guard lock(mutex_);
        for (const core::Changes& turn : group) waiting_bytes_ -= turn.bytes;
        if (!failure) report_.committed = group.back().turn;
        report_.failure = failure;
        report_.room = room;
        news_ = true;
    }
    wake_();
}

}  // namespace handoff
