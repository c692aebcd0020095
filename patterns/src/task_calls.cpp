#include <algorithm>
#include <atomic>
#include <deque>
#include <exception>
#include <iterator>
#include <map>
#include <thread>
#include <unordered_map>

#include "handoff/dict.hpp"
#include "handoff/patterns/detail/mailbox.hpp"
#include "handoff/patterns/detail/task_calls.hpp"
#include "handoff/patterns/supervisor.hpp"

namespace handoff::patterns::detail {

namespace {

TaskMessage message_of(const std::string& task, std::vector<std::string> arguments,
                       const TaskOptions& options) {
    constexpr std::chrono::milliseconds none{0};
    TaskMessage message;
    message.name = task;
    message.arguments = std::move(arguments);
    message.retries = options.retries;
    message.deaths_max = options.deaths_max;
    message.retry_after_ms = static_cast<std::uint64_t>(options.retry_after.count());
    message.timeout_ms = static_cast<std::uint64_t>(options.timeout.value_or(none).count());
    message.parts_max = std::max<std::uint64_t>(1, options.parts_max);
    return message;
}

/// After these a session begins anew by itself, and so does a worker.
bool goes_on_after(errc code) {
    return code == errc::manager_restarted || code == errc::session_lost ||
           code == errc::unreachable || code == errc::outcome_unknown;
}

PoolOptions complete(PoolOptions options) {
    if (!options.worker.durability) options.worker.durability = options.durability;
    return options;
}

/// What a child runs; what it returns says whether another is to take its place.
int work_in_child(const Config& config, const std::string& pool, const PoolOptions& options) {
    Client client{config};
    Worker worker{client, pool, options.worker};
    options.tasks(worker);
    return worker.run() < options.worker.tasks_max ? 0 : 1;
}

}  // namespace

struct TaskCalls::Impl {
    /// Tasks that are begun again with the next manager.
    struct Kept {
        TaskMessage message;
        PutOptions options;
        std::uint32_t manager_deaths_max = 0;
    };

    /// A call that has not ended.
    struct Begun {
        std::shared_ptr<TaskCall> call;
        std::map<std::uint64_t, Kept> kept{};  // not answered yet, by the number of their first
    };

    Impl(const Config& config, std::string name, PoolOptions given)
        : pool(std::move(name)),
          options(complete(std::move(given))),
          client(config),
          mailbox(client, pool, "answers", {.durability = options.durability}),
          tasks(client.queue<TaskMessage>(pool + ".tasks", task_queue_options(options.durability))),
          cancelled(client.dict<std::string, bool>(pool + ".cancelled",
                                                   {.durability = options.durability})),
          taken(client.dict<std::string, std::uint64_t>(pool + ".taken",
                                                        {.durability = options.durability})) {
        start_workers(config);
        callbacks_thread = std::jthread([this](std::stop_token stop) { call_back(stop); });
        receiver = std::jthread([this](std::stop_token stop) { receive(stop); });
    }

    void start_workers(const Config& config);
    void work_in_thread(const std::stop_token& stop);
    void supervise(const Config& config, const std::stop_token& stop);
    void receive(const std::stop_token& stop);
    [[nodiscard]] std::vector<TaskAnswer> next_answers(const std::stop_token& stop);
    void take(const TaskAnswer& answer);
    [[nodiscard]] bool begin_anew(const Error& why, const std::stop_token& stop);
    [[nodiscard]] std::vector<Kept> keep_or_fail(const Error& why);
    void break_off(const std::string& why);
    void call_back(const std::stop_token& stop);
    void fail_all(const TaskOutcome& outcome);
    [[nodiscard]] bool durable() const { return lasts(options.durability); }
    void ended(std::uint64_t count) {
        if (count == 0) return;
        {
            const std::lock_guard lock(mutex);
            unanswered -= std::min(unanswered, count);
        }
        room.notify_all();
    }

    const std::string pool;
    const PoolOptions options;
    Client client;
    Mailbox<TaskAnswer> mailbox;
    Queue<TaskMessage> tasks;
    Dict<std::string, bool> cancelled;
    Dict<std::string, std::uint64_t> taken;  // parts of answers, by the key of a cancellation

    std::mutex mutex;
    std::condition_variable_any room;
    std::uint64_t unanswered = 0;
    std::uint64_t last_call = 0;
    bool closed = false;
    std::string broken;  // why nothing is begun any more
    std::unordered_map<std::uint64_t, Begun> calls;

    std::mutex callbacks_mutex;
    std::condition_variable_any callbacks_changed;
    std::deque<std::function<void()>> callbacks;
    std::atomic<std::uint64_t> callbacks_failed{0};

    // The first to end are the workers, the last the receiver.
    std::jthread receiver;
    std::jthread callbacks_thread;
    std::vector<std::jthread> workers;
};

void TaskCalls::Impl::start_workers(const Config& config) {
    if (options.processes + options.threads > 0 && !options.tasks) {
        throw Error(errc::invalid_argument,
                    "pool \"" + pool + "\": workers of its own need `tasks`");
    }
    if (options.processes > 0) {
        workers.emplace_back([this, config](std::stop_token stop) { supervise(config, stop); });
    }
    for (unsigned i = 0; i < options.threads; ++i) {
        workers.emplace_back([this](std::stop_token stop) { work_in_thread(stop); });
    }
}

void TaskCalls::Impl::supervise(const Config& config, const std::stop_token& stop) {
    PoolOptions in_child = options;
    in_child.worker.exit_on_timeout = true;
    Supervisor supervisor{{.name = "pool \"" + pool + '"', .restarts_max = options.restarts_max}};
    for (unsigned i = 0; i < options.processes; ++i) {
        supervisor.add(pool,
                       [config, in_child, this] { return work_in_child(config, pool, in_child); },
                       {.restart = Restart::on_failure});
    }
    try {
        supervisor.run(stop);
    } catch (const std::exception& error) {
        break_off(error.what());
    }
}

void TaskCalls::Impl::work_in_thread(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        try {
            Worker worker{client, pool, options.worker};
            options.tasks(worker);
            if (worker.run(stop) < options.worker.tasks_max) return;
        } catch (const Error& error) {
            if (!goes_on_after(error.code())) return break_off(error.what());
        } catch (const std::exception& error) {
            return break_off(error.what());
        }
    }
}

void TaskCalls::Impl::receive(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        try {
            for (const TaskAnswer& answer : next_answers(stop)) take(answer);
            if (durable()) mailbox.check();
        } catch (const Error& error) {
            if (error.code() == errc::cancelled) return;
            if (!begin_anew(error, stop)) return;
        }
    }
}

/// A mailbox that lasts goes on with the next manager, and does not tell that its lock did not.
std::vector<TaskAnswer> TaskCalls::Impl::next_answers(const std::stop_token& stop) {
    constexpr std::uint32_t answers_max = 256;
    if (!durable()) return mailbox.queue().get_many(answers_max, stop);
    return mailbox.queue().try_get_many_for(answers_max, owned_for, stop);
}

void TaskCalls::Impl::take(const TaskAnswer& answer) {
    std::shared_ptr<TaskCall> call;
    {
        const std::lock_guard lock(mutex);
        const auto known = calls.find(answer.call);
        if (known == calls.end()) return;  // nobody waits for it any more
        call = known->second.call;
    }
    ended(call->answer(answer));
    const bool over = call->ended();
    const std::lock_guard lock(mutex);
    const auto known = calls.find(answer.call);
    if (known == calls.end()) return;
    if (over) {
        calls.erase(known);
        return;
    }
    std::map<std::uint64_t, Kept>& kept = known->second.kept;
    const auto behind = kept.upper_bound(answer.first);
    if (behind == kept.begin()) return;
    const auto these = std::prev(behind);
    if (!call->awaits(these->first, these->second.message.arguments.size())) kept.erase(these);
}

/// Of calls that were begun meanwhile, the answers may have found no mailbox; so they fail, or are
/// begun again, after it was opened, and not before. False: there is no going on.
bool TaskCalls::Impl::begin_anew(const Error& why, const std::stop_token& stop) {
    try {
        const bool kept = mailbox.open_again();
        if (durable() && kept) return true;  // tasks and answers are where they were
    } catch (const Error& error) {
        if (!goes_on_after(error.code())) {
            break_off(error.what());
            return false;
        }  // else the next round waits for a manager
        fail_all(outcome_of(TaskEnd::failed, why.what()));
        return true;
    }
    for (const Kept& each : keep_or_fail(why)) {
        try {
            insist(reopenings_max, [&] { tasks.put(each.message, each.options, stop); });
        } catch (const Error& error) {
            if (error.code() == errc::cancelled) return false;
            fail_all(outcome_of(TaskEnd::failed, error.what()));
            return true;
        }
    }
    return true;
}

/// What is to be begun again; the other calls fail.
std::vector<TaskCalls::Impl::Kept> TaskCalls::Impl::keep_or_fail(const Error& why) {
    std::vector<Kept> again;
    std::vector<std::shared_ptr<TaskCall>> failed;
    {
        const std::lock_guard lock(mutex);
        for (auto it = calls.begin(); it != calls.end();) {
            auto& kept = it->second.kept;
            const bool last = std::ranges::any_of(
                kept, [](const auto& each) { return each.second.manager_deaths_max == 0; });
            const bool none = kept.empty() && it->second.call->awaits(0, unlimited);
            const bool survives =
                (session_ended(why.code()) || why.code() == errc::lock_lost) && !last && !none;
            if (!survives) {
                failed.push_back(it->second.call);
                it = calls.erase(it);
                continue;
            }
            for (auto& each : kept) {
                --each.second.manager_deaths_max;
                each.second.message.parts_taken = it->second.call->parts_taken();
                // Where the queue remembers the key, the answer has gone with the mailbox.
                if (!each.second.options.key.empty()) each.second.options.key += '+';
                again.push_back(each.second);
            }
            ++it;
        }
    }
    for (const auto& call : failed) ended(call->end(outcome_of(TaskEnd::failed, why.what())));
    return again;
}

/// What is under way fails, and so does all that is begun later.
void TaskCalls::Impl::break_off(const std::string& why) {
    {
        const std::lock_guard lock(mutex);
        broken = why;
    }
    fail_all(outcome_of(TaskEnd::failed, why));
}

void TaskCalls::Impl::call_back(const std::stop_token& stop) {
    std::unique_lock lock(callbacks_mutex);
    for (;;) {
        callbacks_changed.wait(lock, stop, [this] { return !callbacks.empty(); });
        if (callbacks.empty()) return;
        const std::function<void()> callback = std::move(callbacks.front());
        callbacks.pop_front();
        lock.unlock();
        try {
            callback();
        } catch (...) {
            ++callbacks_failed;
        }
        lock.lock();
    }
}

void TaskCalls::Impl::fail_all(const TaskOutcome& outcome) {
    std::unordered_map<std::uint64_t, Begun> failed;
    {
        const std::lock_guard lock(mutex);
        failed.swap(calls);
    }
    for (const auto& each : failed) ended(each.second.call->end(outcome));
}

TaskCalls::TaskCalls(const Config& config, std::string pool, PoolOptions options)
    : impl_(std::make_unique<Impl>(config, std::move(pool), std::move(options))) {}

TaskCalls::~TaskCalls() {
    for (std::jthread& worker : impl_->workers) worker.request_stop();
    impl_->workers.clear();
    impl_->receiver = {};
    impl_->fail_all(outcome_of(TaskEnd::cancelled, "its pool was destroyed"));
    impl_->callbacks_thread = {};  // when all callbacks have returned
}

std::shared_ptr<TaskCall> TaskCalls::begin_call() {
    const std::lock_guard lock(impl_->mutex);
    const std::string name = "pool \"" + impl_->pool + '"';
    if (impl_->closed) throw Error(errc::closed, name + " is closed");
    if (!impl_->broken.empty()) {
        throw Error(errc::limit_exceeded, name + " has ended: " + impl_->broken);
    }
    auto call = std::make_shared<TaskCall>(++impl_->last_call);
    impl_->calls.emplace(call->id(), Impl::Begun{call});
    return call;
}

void TaskCalls::submit(TaskCall& call, const std::string& task, std::vector<std::string> arguments,
                       const TaskOptions& options, std::stop_token stop) {
    const std::uint64_t count = arguments.size();
    Impl::Kept kept{message_of(task, std::move(arguments), options),
                    {.time_to_live = options.time_to_live},
                    options.manager_deaths_max};
    kept.message.answer_to = impl_->mailbox.name();
    kept.message.call = call.id();
    {
        std::unique_lock lock(impl_->mutex);
        const auto over = [&] { return !impl_->calls.contains(call.id()); };
        const bool in_time = impl_->room.wait(lock, stop, [&] {
            return impl_->unanswered == 0 || impl_->unanswered + count <= impl_->options.window ||
                   over();
        });
        if (!in_time) throw Error(errc::cancelled, "task " + task + ": stopped");
        if (over()) throw Error(errc::outcome_unknown, "task " + task + ": its call has failed");
        impl_->unanswered += count;
        kept.message.first = call.begin_tasks(count);
        if (impl_->durable()) {
            kept.options.key = cancel_key(kept.message.answer_to, call.id()) + '/' +
                               std::to_string(kept.message.first);
        }
        if (kept.manager_deaths_max > 0) {
            impl_->calls.at(call.id()).kept.emplace(kept.message.first, kept);
        }
    }
    try {
        insist(impl_->durable() ? managers_max : kept.manager_deaths_max,
               [&] { impl_->tasks.put(kept.message, kept.options, stop); });
    } catch (const Error& error) {
        forget(call);
        impl_->ended(call.end(outcome_of(TaskEnd::failed, error.what())));
        throw;
    }
}

std::optional<TaskOutcome> TaskCalls::do_once(const std::string& key, const std::string& task,
                                              std::string arguments, const TaskOptions& options,
                                              std::chrono::nanoseconds limit) {
    TaskMessage message = message_of(task, {std::move(arguments)}, options);
    message.key = key;
    auto answers = impl_->client.dict<std::string, TaskOutcome>(
        impl_->pool + ".answered", {.durability = impl_->options.durability});
    const std::string whole_key = task + '/' + key;
    const auto end = std::chrono::steady_clock::now() + limit;
    const auto left = [&] {
        return std::max<std::chrono::nanoseconds>(end - std::chrono::steady_clock::now(),
                                                  std::chrono::nanoseconds{0});
    };
    return insist(impl_->durable() ? managers_max : 0, [&]() -> std::optional<TaskOutcome> {
        // A key that the queue knows is of a call that is under way, or was answered.
        if (!impl_->tasks.try_put_for(message, left(), {.key = whole_key})) return std::nullopt;
        const auto answer = answers.wait_until_changed_for(whole_key, 0, left());
        return answer ? answer->value : std::nullopt;
    });
}

void TaskCalls::part_taken(const TaskCall& call, std::uint64_t parts_max) {
    constexpr std::chrono::minutes remembered{10};
    const std::uint64_t count = call.parts_taken();
    if (count % std::max<std::uint64_t>(1, parts_max / 2) != 0) return;
    try {
        insist(reopenings_max, [&] {
            impl_->taken.put(cancel_key(impl_->mailbox.name(), call.id()), count,
                             {.ttl = remembered});
        });
    } catch (const Error&) {  // the call ends by its deadline, or with the manager
    }
}

void TaskCalls::cancel(TaskCall& call) {
    forget(call);
    impl_->ended(call.end(outcome_of(TaskEnd::cancelled, "it was cancelled")));
    constexpr std::chrono::minutes remembered{10};
    impl_->cancelled.put(cancel_key(impl_->mailbox.name(), call.id()), true, {.ttl = remembered});
}

void TaskCalls::forget(const TaskCall& call) {
    const std::lock_guard lock(impl_->mutex);
    impl_->calls.erase(call.id());
}

void TaskCalls::run_callback(std::function<void()> callback) {
    {
        const std::lock_guard lock(impl_->callbacks_mutex);
        impl_->callbacks.push_back(std::move(callback));
    }
    impl_->callbacks_changed.notify_all();
}

void TaskCalls::close() {
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->closed = true;
    }
    static_cast<void>(join_for(std::nullopt));
    impl_->tasks.close();
}

bool TaskCalls::join_for(std::optional<std::chrono::nanoseconds> limit) {
    std::unique_lock lock(impl_->mutex);
    const auto all = [this] { return impl_->unanswered == 0; };
    if (limit) return impl_->room.wait_for(lock, *limit, all);
    impl_->room.wait(lock, all);
    return true;
}

std::uint64_t TaskCalls::chunk_for(std::uint64_t count, const TaskOptions& given) const {
    if (given.chunk) return std::max<std::uint64_t>(1, *given.chunk);
    constexpr std::uint64_t chunk_max = 256;
    constexpr std::uint64_t workers_elsewhere = 4;  // a guess, if there are none here
    const std::uint64_t own = impl_->options.processes + impl_->options.threads;
    const std::uint64_t workers = own > 0 ? own : workers_elsewhere;
    return std::clamp<std::uint64_t>(count / (4 * workers), 1, chunk_max);
}

const PoolOptions& TaskCalls::options() const {
    return impl_->options;
}

Client& TaskCalls::client() {
    return impl_->client;
}

std::uint64_t TaskCalls::callbacks_failed() const {
    return impl_->callbacks_failed;
}

}  // namespace handoff::patterns::detail
