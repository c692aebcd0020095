#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "handoff/codec.hpp"
#include "handoff/config.hpp"

namespace handoff::patterns {

/// How a task ended.
enum class TaskEnd : std::uint8_t {
    done = 0,
    threw = 1,         ///< its function threw, also when tried again
    worker_died = 2,   ///< each worker that had it died
    timed_out = 3,     ///< its function took longer than its timeout
    unknown_task = 4,  ///< the worker has no task of that name, or the arguments are of other types
    cancelled = 5,     ///< by its caller
    failed = 6,        ///< the manager is gone or has begun anew: it may have been done
};

namespace detail {

/// Tasks of one call, with consecutive numbers, as they travel.
struct TaskMessage {
    std::string answer_to;
    std::uint64_t call = 0;
    std::uint64_t first = 0;  ///< number of the first of them within the call
    std::string name;
    std::vector<std::string> arguments;  ///< of each of them, encoded
    std::uint32_t failures = 0;          ///< so often it has thrown
    std::uint32_t retries = 0;
    std::uint32_t deaths_max = 0;
    std::uint64_t retry_after_ms = 0;
    std::uint64_t timeout_ms = 0;  ///< 0: none
    /// One of them killed a worker, or took too long: one at a time, so that it is told apart.
    bool careful = false;
    /// Of a service's call: its answer is kept under this, and not sent.
    std::string key;
    std::uint64_t parts_max = 0;    ///< so many may be sent and not taken
    std::uint64_t parts_taken = 0;  ///< by the caller, when it was put
    MSGPACK_DEFINE(answer_to, call, first, name, arguments, failures, retries, deaths_max,
                   retry_after_ms, timeout_ms, careful, key, parts_max, parts_taken)
};

struct TaskOutcome {
    std::uint8_t end = 0;  ///< a TaskEnd
    std::string value;     ///< encoded, or why there is none
    MSGPACK_DEFINE(end, value)
};

inline TaskOutcome outcome_of(TaskEnd end, std::string value) {
    return {static_cast<std::uint8_t>(end), std::move(value)};
}

struct TaskAnswer {
    static constexpr std::uint8_t comes_later = 255;  ///< in place of a TaskEnd: it is tried again
    std::uint64_t call = 0;
    std::uint64_t first = 0;
    std::vector<TaskOutcome> outcomes;  ///< of the tasks from the first on
    /// Or a part of the answer of the first task, and its number.
    std::vector<std::string> parts{};
    std::uint64_t part = 0;
    MSGPACK_DEFINE(call, first, outcomes, parts, part)
};

inline QueueOptions task_queue_options(std::optional<Durability> durability) {
    return {.deliveries_max = unlimited, .durability = durability};
}

/// By which its cancellation is told to workers.
inline std::string cancel_key(const std::string& answer_to, std::uint64_t call) {
    return answer_to + '/' + std::to_string(call);
}

/// What a task's function may be given beside its arguments.
struct TaskContext {
    std::stop_token stop;
    std::function<void(std::string)> send_part;
};

/// A task's function whose types are forgotten.
using TaskFunction = std::function<std::string(const std::string&, const TaskContext&)>;

template <typename R>
std::string encode_result(const R& result) {
    std::string out;
    Codec<R>::encode(result, out);
    return out;
}

template <typename R, typename... Args, std::size_t... I>
TaskFunction forget_types(std::function<R(Args...)> function, std::index_sequence<I...> /*given*/) {
    using All = std::tuple<std::decay_t<Args>...>;
    using Given = std::tuple<std::tuple_element_t<I, All>...>;
    return [function = std::move(function)](const std::string& arguments,
                                            const TaskContext& context) -> std::string {
        Given given = Codec<Given>::decode(arguments);
        const auto call = [&]() -> R {
            if constexpr (sizeof...(I) < sizeof...(Args)) {
                return function(std::get<I>(given)..., context.stop);
            } else {
                return function(std::get<I>(given)...);
            }
        };
        if constexpr (std::is_void_v<R>) {
            call();
            return {};
        } else {
            return encode_result<std::decay_t<R>>(call());
        }
    };
}

template <typename R, typename... Args>
TaskFunction forget_types(std::function<R(Args...)> function) {
    constexpr std::size_t count = sizeof...(Args);
    if constexpr (count > 0) {
        using Last = std::tuple_element_t<count - 1, std::tuple<std::decay_t<Args>...>>;
        constexpr std::size_t given = std::is_same_v<Last, std::stop_token> ? count - 1 : count;
        return forget_types(std::move(function), std::make_index_sequence<given>());
    } else {
        return forget_types(std::move(function), std::make_index_sequence<0>());
    }
}

}  // namespace detail

/// Where a method puts the parts of its answer, one after the other.
template <typename T>
class Parts {
public:
    explicit Parts(const detail::TaskContext& context) : context_(context) {}
    /// Returns when the manager has it; waits while the caller has not taken `parts_max` of those
    /// before. Throws what ends the call: its deadline, or that nobody wants the parts any more.
    void send(const T& part) { context_.send_part(detail::encode_result(part)); }
    /// A stop is requested when the caller does not want any more.
    [[nodiscard]] std::stop_token stop() const { return context_.stop; }

private:
    const detail::TaskContext& context_;
};

namespace detail {

/// The part's type, of a method whose first parameter is Parts<T>&.
template <typename T, typename... Args>
TaskFunction forget_types_of_stream(std::function<void(Parts<T>&, Args...)> function) {
    return [function = std::move(function)](const std::string& arguments,
                                            const TaskContext& context) -> std::string {
        auto given = Codec<std::tuple<std::decay_t<Args>...>>::decode(arguments);
        Parts<T> parts{context};
        std::apply([&](auto&... each) { function(parts, each...); }, given);
        return {};
    };
}

}  // namespace detail
}  // namespace handoff::patterns
