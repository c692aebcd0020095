#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "store/store.hpp"
#include "storekeeper.hpp"

namespace handoff {

/// A store with a thread of its own. Turns that come while it commits are its next transaction, so
/// many of them share one sync.
class StoreThread final : public Storekeeper {
public:
    StoreThread(std::unique_ptr<store::Store> store, std::function<void()> wake);
    ~StoreThread() override;

    void store(core::Changes turn) override;
    [[nodiscard]] bool has_news() const noexcept override {
        return news_.load(std::memory_order_acquire);
    }
    [[nodiscard]] Report report() override;

private:
    void run();
    [[nodiscard]] std::vector<core::Changes> next_group();
    void tell(const std::vector<core::Changes>& group, const std::optional<Error>& failure);

    const std::unique_ptr<store::Store> store_;
    const std::function<void()> wake_;
    std::mutex mutex_;  // of what follows
    std::condition_variable arrived_;
    std::vector<core::Changes> waiting_;
    std::size_t waiting_bytes_ = 0;
    Report report_;
    bool stopping_ = false;
    std::atomic<bool> news_ = false;
    std::thread thread_;
};

}  // namespace handoff
