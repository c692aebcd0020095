#include "handoff/patterns/service.hpp"

#include <string_view>
#include <utility>

#include "handoff/rw_lock.hpp"

namespace handoff::patterns {

namespace {

constexpr std::string_view serving = ".serving";

TaskOptions task_options(const CallOptions& options) {
    return {.timeout = options.deadline,
            .retries = options.retries,
            .retry_after = options.retry_after,
            .deaths_max = options.deaths_max,
            .manager_deaths_max = options.manager_deaths_max,
            .time_to_live = options.deadline,
            .parts_max = options.parts_max};
}

detail::TaskOutcome too_late(const CallOptions& options) {
    return {static_cast<std::uint8_t>(TaskEnd::timed_out),
            "no answer within " + std::to_string(options.deadline.count()) + " ms (deadline)"};
}

/// What tells that a server lives. A std::shared_lock would throw from its destructor when the
/// manager that had the lock is gone.
class Serving {
public:
    Serving(RwLock lock, const std::stop_token& stop) : lock_(std::move(lock)) {
        lock_.lock_shared(stop);
    }
    ~Serving() {
        try {
            lock_.unlock_shared();
        } catch (const Error&) {  // it went with its manager, or with our session
        }
    }
    Serving(const Serving&) = delete;
    Serving& operator=(const Serving&) = delete;

private:
    RwLock lock_;
};

/// Every server holds the lock as a reader for as long as it lives.
ServiceHealth health_of(Client& client, const std::string& name, std::uint64_t servers) {
    const QueueStats requests =
        client.queue<detail::TaskMessage>(name + ".tasks", {.deliveries_max = unlimited}).stats();
    return {name, servers, requests.ready + requests.delayed, requests.leased, requests.acks};
}

}  // namespace

std::uint64_t Service::run(std::stop_token stop) const {
    // Before others see that it is served, and ask for its statistics.
    static_cast<void>(client_.queue<detail::TaskMessage>(name_ + ".tasks",
                                                         detail::task_queue_options(durability_)));
    const Serving held(client_.rw_lock(name_ + std::string{serving}), stop);
    return worker_.run(std::move(stop));
}

std::shared_ptr<detail::TaskCall> ServiceClient::begin(const std::string& method,
                                                       std::string arguments,
                                                       const CallOptions& options) {
    auto call = calls_.begin_call();
    calls_.submit(*call, method, {std::move(arguments)}, task_options(options), {});
    call->seal();
    return call;
}

detail::TaskOutcome ServiceClient::ask(const std::string& method, const std::string& arguments,
                                       const CallOptions& options) {
    const auto deadline = std::chrono::steady_clock::now() + options.deadline;
    const auto call = begin(method, arguments, options);
    if (call->wait_until_ended(deadline)) return call->take(0);
    calls_.cancel(*call);
    return too_late(options);
}

detail::TaskOutcome ServiceClient::ask_once(const std::string& method, const std::string& arguments,
                                            const CallOptions& options) {
    TaskOptions once = task_options(options);
    once.time_to_live.reset();  // who asks again later wants the answer of this
    return calls_.do_once(options.key, method, arguments, once, options.deadline)
        .value_or(too_late(options));
}

ServiceHealth ServiceClient::health() {
    const auto lock = calls_.client().find_object(name_ + std::string{serving});
    return health_of(calls_.client(), name_, lock ? lock->held : 0);
}

std::vector<ServiceHealth> services(Client& client) {
    std::vector<ServiceHealth> all;
    for (const ObjectStats& object : client.objects()) {
        if (object.kind != ObjectKind::rw_lock || !object.name.ends_with(serving)) continue;
        const std::string name = object.name.substr(0, object.name.size() - serving.size());
        all.push_back(health_of(client, name, object.held));
    }
    return all;
}

}  // namespace handoff::patterns
