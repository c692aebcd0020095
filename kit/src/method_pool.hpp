#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "core/objects/registered.hpp"
#include "handoff/detail/served_type.hpp"

namespace handoff {

/// Runs the methods of registered types, in threads that are made when there is work for them. The
/// order of an object's calls is the machine's business: what is given here may run at once.
///
/// Thread safety: safe from every thread.
class MethodPool {
public:
    using Types = std::map<core::objects::ObjectHandle, std::shared_ptr<const detail::ServedType>>;

    /// `wake` is called, from any thread, when there is something to take.
    MethodPool(std::uint64_t threads_max, std::function<void()> wake);
    ~MethodPool();  ///< finish()
    MethodPool(const MethodPool&) = delete;
    MethodPool& operator=(const MethodPool&) = delete;

    /// `instance`: the one that there is already; null: it is made when it is needed.
    void offer(core::objects::ObjectHandle object, std::shared_ptr<const detail::ServedType> type,
               std::shared_ptr<void> instance = nullptr);
    /// An instance that is not needed: a thread of this pool lets it go.
    void discard(std::shared_ptr<void> instance);

    /// Does not wait for methods. Callbacks of stop tokens are called by this thread.
    void take(std::vector<core::objects::Errand> errands);

    /// A run that has ended, or was stopped before it was begun.
    struct Done {
        core::objects::ObjectHandle object = 0;
        std::uint64_t number = 0;
        core::objects::Result result;
        std::optional<detail::ReturnedObject> returned{};  ///< the result, if it is to be kept
    };
    [[nodiscard]] bool has_news() const noexcept { return news_.load(std::memory_order_acquire); }
    [[nodiscard]] std::vector<Done> take_done();

    /// Another life of the manager: nothing of the last one is begun or told any more, its
    /// instances go, and objects have other handles. Returns what is to be stopped of it.
    [[nodiscard]] std::vector<std::stop_source> begin_anew();

    /// Those that run are told to stop, and waited for; no other is begun.
    void finish();

private:
    /// An instance, once it is made. Whoever runs a method on it is alone with it.
    struct Slot {
        std::shared_ptr<void> instance;
    };
    using SlotPtr = std::shared_ptr<Slot>;
    using Id = std::pair<core::objects::ObjectHandle, std::uint64_t>;

    /// A method to run, or without a type only a slot to let go.
    struct Job {
        std::shared_ptr<const detail::ServedType> type;
        SlotPtr slot;
        core::objects::RunMethod what;
        std::uint64_t life = 0;
    };

    void work();
    void run(std::unique_lock<std::mutex>& lock, Job job);
    void enqueue(core::objects::RunMethod what);
    void drop(const core::objects::DropInstance& what);
    void let_go(SlotPtr slot);
    [[nodiscard]] std::stop_source stop(const core::objects::StopMethod& what);
    void start_threads();
    void tell(Done done);

    const std::uint64_t threads_max_;
    const std::function<void()> wake_;
    std::mutex mutex_;  // of what follows
    std::condition_variable arrived_;
    Types types_;
    std::map<Id, SlotPtr> slots_;  // by object and session
    std::deque<Job> jobs_;
    std::map<Id, std::stop_source> running_;  // by object and number
    std::vector<Done> done_;
    std::vector<std::thread> threads_;
    std::size_t busy_ = 0;  // of these
    std::uint64_t life_ = 0;
    bool finishing_ = false;
    std::atomic<bool> news_ = false;
};

}  // namespace handoff
