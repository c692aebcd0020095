#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/patterns/task_worker.hpp"
#include "handoff/patterns/worker_pool.hpp"

namespace handoff::patterns {

/// One server of a service: methods, by name, that clients call.
///
///     handoff::patterns::Service service(client, "dictionary");
///     service.method("define", define);
///     service.stream("words", [](handoff::patterns::Parts<Word>& parts, std::string begin) { … });
///     service.run(stop);
///
/// Any number of servers, threads or programs on any hosts, serve one name; each request goes to
/// the next that is free. Methods are as the tasks of a Worker, which does the work here.
///
/// **Guarantee.** A request is acknowledged together with its answer. If its server dies, another
/// one is given it, with the same id, up to the caller's `deaths_max`.
///
/// **The manager.** When it dies run() throws, and the program begins anew. With
/// `options.durability`, which all servers and clients of the name say alike, the next manager has
/// the requests that wait, the answers, and those that are kept under a key; of a request that was
/// in work its server is taken for dead.
///
/// Thread safety: method() and stream() by one thread, before run(); run() by several.
class Service {
public:
    Service(Client& client, std::string name, TaskWorkerOptions options = {})
        : client_(client),
          name_(name),
          durability_(options.durability),
          worker_(client, std::move(name), options) {}

    template <typename Function>
    Service& method(const std::string& name, Function function) {
        worker_.task(name, std::move(function));
        return *this;
    }
    /// One whose answer comes in parts: its first parameter is a Parts<T>&, and it returns nothing.
    /// Should its server die, another one begins anew, and the caller passes over the parts that it
    /// has; so a stream should be the same each time.
    template <typename Function>
    Service& stream(const std::string& name, Function function) {
        worker_.stream(name, std::move(function));
        return *this;
    }

    /// Serves until the service is closed or it is stopped; a request in hand is finished first.
    /// Returns how many were served.
    std::uint64_t run(std::stop_token stop = {}) const;

private:
    Client& client_;
    std::string name_;
    std::optional<Durability> durability_;
    Worker worker_;
};

/// How a call is made.
struct CallOptions {
    /// For all of it: waiting for a server, work, retries.
    std::chrono::milliseconds deadline{10'000};
    std::uint32_t deaths_max = 2;  ///< so many servers of a request may die
    /// So many managers may die before the answer is in, and the request is begun again; it may be
    /// done twice then. 0, and always with a key: the call fails. A durable service needs it not.
    std::uint32_t manager_deaths_max = 0;
    std::uint32_t retries = 0;  ///< of a method that throws
    std::chrono::milliseconds retry_after{100};
    /// A call with a key is answered once, whoever makes it and how often, within ten minutes: the
    /// same program after an error, or its successor. All get that answer. (Only a server that dies
    /// before the answer is kept has its work done again.) Empty: none.
    std::string key{};
    /// Of an answer in parts: so many are sent before the first of them is taken, at least 1; then
    /// the method waits, until the deadline at most.
    std::uint64_t parts_max = 1000;
};

/// A service, as one of its clients sees it.
struct ServiceClientOptions {
    std::uint64_t window = 10'000;  ///< requests that may be under way; who would begin more, waits
    /// Of the service's requests and answers; its servers say the same, in TaskWorkerOptions.
    std::optional<Durability> durability{};
};

/// A service at one moment.
struct ServiceHealth {
    std::string name;
    std::uint64_t servers = 0;  ///< that live; the dead are not counted
    std::uint64_t waiting = 0;  ///< requests
    std::uint64_t in_work = 0;
    std::uint64_t served = 0;  ///< since the service was first opened
};

/// The parts of an answer, as they come. For one pass of a range-for, or next().
///
/// Thread safety: one thread at a time. It must not outlive its ServiceClient; destroyed before the
/// end it cancels the call.
template <typename T>
class PartsOfAnswer {
public:
    /// Waits for the next part; empty: that was all. Throws TaskError as a call does.
    std::optional<T> next();

    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = T;
        using difference_type = std::ptrdiff_t;
        const T& operator*() const { return *now_; }
        Iterator& operator++() {
            now_ = parts_->next();
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t /*end*/) const { return !now_; }

    private:
        friend class PartsOfAnswer;
        explicit Iterator(PartsOfAnswer& parts) : parts_(&parts), now_(parts.next()) {}
        PartsOfAnswer* parts_;
        std::optional<T> now_;
    };
    Iterator begin() { return Iterator{*this}; }
    [[nodiscard]] std::default_sentinel_t end() const { return {}; }

    ~PartsOfAnswer();
    PartsOfAnswer(PartsOfAnswer&&) noexcept = default;
    PartsOfAnswer& operator=(PartsOfAnswer&&) = delete;

private:
    friend class ServiceClient;
    PartsOfAnswer(detail::TaskCalls& calls, std::shared_ptr<detail::TaskCall> call,
                  std::string method, std::chrono::steady_clock::time_point deadline,
                  std::uint64_t parts_max)
        : calls_(&calls),
          call_(std::move(call)),
          method_(std::move(method)),
          deadline_(deadline),
          parts_max_(parts_max) {}

    detail::TaskCalls* calls_;
    std::shared_ptr<detail::TaskCall> call_;
    std::string method_;
    std::chrono::steady_clock::time_point deadline_;
    std::uint64_t parts_max_;
};

/// Calls the methods of a service.
///
///     handoff::patterns::ServiceClient dictionary(config, "dictionary");
///     auto text = dictionary.call<std::string>("define", "queue");
///     for (const Word& word : dictionary.stream<Word>("words", "q")) …
///
/// **Guarantee.** A call ends by its deadline: with an answer, or with a TaskError that says how it
/// ended. Until then it outlives servers that die, and waits for one if there is none. What was not
/// begun by the deadline will not be; what runs then is asked to stop.
///
/// **The manager.** When it dies, calls under way fail, unless CallOptions::manager_deaths_max says
/// otherwise. With `durability` they outlive managers that are killed and begun again on their
/// data, until their deadline; the caller sees nothing but the wait, with a key or without. A
/// manager that stays away for longer than `unreachable_after` fails them.
///
/// **Idempotence.** A request is done again only if its server died before its answer was in. Where
/// that must not be, and where a caller that has got an error asks again, give the call a key.
///
/// Cost: a round trip to put the request; a message for the answer. Two for the server. With a key,
/// two more on either side. Parts that are not taken are kept in memory, `parts_max` of a call at
/// most; for each half of that which is taken, a round trip.
///
/// Thread safety: safe.
class ServiceClient {
public:
    /// Connects to the manager of this configuration.
    ServiceClient(const Config& config, std::string name, const ServiceClientOptions& options = {})
        : name_(name),
          calls_(config, std::move(name),
                 {.window = options.window, .durability = options.durability}) {}

    template <typename R, typename... Args>
    R call(const std::string& method, const Args&... args) {
        return call_with<R>({}, method, args...);
    }
    template <typename R, typename... Args>
    R call_with(const CallOptions& options, const std::string& method, const Args&... args) {
        const std::string arguments = detail::encode_arguments(args...);
        const detail::TaskOutcome outcome = options.key.empty()
                                                ? ask(method, arguments, options)
                                                : ask_once(method, arguments, options);
        return detail::result_of<R>(method, outcome);
    }

    /// The answer of a method that gives it in parts. No keys.
    template <typename T, typename... Args>
    PartsOfAnswer<T> stream(const std::string& method, const Args&... args) {
        return stream_with<T>({}, method, args...);
    }
    template <typename T, typename... Args>
    PartsOfAnswer<T> stream_with(const CallOptions& options, const std::string& method,
                                 const Args&... args) {
        const auto deadline = std::chrono::steady_clock::now() + options.deadline;
        auto call = begin(method, detail::encode_arguments(args...), options);
        return {calls_, std::move(call), method, deadline, options.parts_max};
    }

    [[nodiscard]] ServiceHealth health();
    /// Ends the service for all: servers end when what waits is done, calls throw errc::closed.
    void close() { calls_.close(); }

private:
    std::shared_ptr<detail::TaskCall> begin(const std::string& method, std::string arguments,
                                            const CallOptions& options);
    detail::TaskOutcome ask(const std::string& method, const std::string& arguments,
                            const CallOptions& options);
    detail::TaskOutcome ask_once(const std::string& method, const std::string& arguments,
                                 const CallOptions& options);

    std::string name_;
    detail::TaskCalls calls_;
};

/// The services of a manager, by name, each that has had a server.
[[nodiscard]] std::vector<ServiceHealth> services(Client& client);

template <typename T>
std::optional<T> PartsOfAnswer<T>::next() {
    if (const std::optional<std::string> part = call_->take_part(deadline_)) {
        calls_->part_taken(*call_, parts_max_);
        return Codec<T>::decode(*part);
    }
    if (!call_->ended()) {
        calls_->cancel(*call_);
        throw TaskError(TaskEnd::timed_out, method_ + ": no end by its deadline");
    }
    detail::result_of<void>(method_, call_->take(0));
    return std::nullopt;
}

template <typename T>
PartsOfAnswer<T>::~PartsOfAnswer() {
    if (!call_ || call_->ended()) return;
    try {
        calls_->cancel(*call_);
    } catch (const Error&) {  // there is no manager to tell
    }
}

}  // namespace handoff::patterns
