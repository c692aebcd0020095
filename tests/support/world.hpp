#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include "handoff/client.hpp"
#include "handoff/config.hpp"
#include "handoff/error.hpp"
#include "handoff/keys.hpp"
#include "handoff/manager.hpp"
#include "handoff/queue.hpp"
#include "support/catch.hpp"
#include "support/errors.hpp"

/// What the cases that need a manager share: one on the transport under test, with an endpoint of
/// its own, and ways to wait for what other threads do.
namespace handoff::test {

/// How long a case waits for what should come at once. It ends a hang and measures nothing.
inline constexpr std::chrono::seconds patience{20};

/// The scheme under test, from HANDOFF_TEST_TRANSPORT; "inproc" without it.
std::string transport();

/// Whether the queue "jobs" of each World is carried by its producers: the transport under test is
/// "direct", which is over ipc.
bool direct_engine();
/// Settings under which a lost manager is noticed soon.
Config impatient();

/// Whether queues are durable: HANDOFF_TEST_TRANSPORT is "durable", which is ipc and a store. Every
/// manager of a World then keeps the queues that the World opens at durability fsync.
bool durable();
/// Whether managers and clients have keys: HANDOFF_TEST_TRANSPORT is "curve", which is tcp.
bool curve();

/// A folder below the system's temporary directory, removed with all that is in it.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

/// A manager and its clients, on the transport under test.
class World {
public:
    /// Starts a manager with these settings, on an endpoint that nobody else has.
    explicit World(Config config = {});

    struct Later {};
    /// Chooses the endpoint only: start_manager() makes the manager, also several times.
    World(Later later, Config config);

    World(const World&) = delete;
    World& operator=(const World&) = delete;

    void start_manager();
    void stop_manager() { manager_.reset(); }
    [[nodiscard]] Manager& manager() { return *manager_; }

    /// What clients go by: the settings given, connecting to the manager's endpoint.
    [[nodiscard]] const Config& config() const noexcept { return config_; }
    [[nodiscard]] const std::string& endpoint() const { return config_.client.connect.front(); }

    /// The client of most cases; made when it is first asked for.
    [[nodiscard]] Client& client();
    [[nodiscard]] std::unique_ptr<Client> another_client() const;

    template <typename T>
    [[nodiscard]] Queue<T> queue(const std::string& name, const QueueOptions& options = {}) {
        return client().queue<T>(name, with_durability(name, options));
    }
    /// What is asked for, and durable if that is under test, the queue is a manager's, and nothing
    /// else is said.
    [[nodiscard]] QueueOptions with_durability(const std::string& queue,
                                               QueueOptions options) const;

    /// A free endpoint of the transport under test, by its full name.
    [[nodiscard]] std::string another_endpoint() const;

private:
    void make_jobs_direct();
    void make_durable();
    void make_keys();

    TemporaryFolder folder_;
    Config config_;
    std::unique_ptr<Manager> manager_;
    std::unique_ptr<Client> client_;  // ends before its manager
};

/// Whether the condition comes true in time. For what can only be asked for, not waited for.
bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit = patience);

template <typename T>
bool gets_wait(const Queue<T>& queue, std::uint64_t count) {
    return eventually([&] { return queue.stats().waiting_gets == count; });
}

template <typename T>
bool puts_wait(const Queue<T>& queue, std::uint64_t count) {
    return eventually([&] { return queue.stats().waiting_puts == count; });
}

template <typename Call>
std::chrono::milliseconds time_of(Call&& call) {
    const auto begin = std::chrono::steady_clock::now();
    static_cast<void>(std::forward<Call>(call)());
    return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
}

/// A call in a thread of its own, which is given a stop token. The case fetches what came of it,
/// as checks belong into the case's thread. Destroyed before its end, the call is stopped.
template <typename Result>
class Background {
public:
    template <typename Work>
    explicit Background(Work work) {
        std::promise<Ending> promise;
        end_ = promise.get_future();
        thread_ = std::jthread([work = std::move(work), promise = std::move(promise)](
                                   std::stop_token stop) mutable { run(work, stop, promise); });
    }

    void stop() { thread_.request_stop(); }

    [[nodiscard]] bool done() const {
        return end_.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
    }

    /// Waits for what the call returns, or throws.
    Result result() {
        if (end_.wait_for(patience) != std::future_status::ready) {
            throw std::runtime_error("the call in the background does not end");
        }
        Ending ending = end_.get();
        if (ending.code != errc::ok) throw Error(ending.code, ending.text);
        if (!ending.result) throw std::runtime_error(ending.text);
        return std::move(*ending.result);
    }

    /// Waits for the code of the Error that the call throws; errc::ok if it throws none.
    errc code() {
        return code_of([this] { return result(); });
    }

private:
    /// Exceptions do not travel themselves: two threads would share one object, by a count that
    /// thread sanitizers cannot see.
    struct Ending {
        std::optional<Result> result;
        errc code = errc::ok;
        std::string text;
    };

    template <typename Work>
    static void run(Work& work, const std::stop_token& stop, std::promise<Ending>& promise) {
        Ending ending;
        try {
            ending.result.emplace(work(stop));
        } catch (const Error& error) {
            ending.code = error.code();
            ending.text = error.what();
        } catch (const std::exception& error) {
            ending.text = error.what();
        }
        promise.set_value(std::move(ending));
    }

    std::future<Ending> end_;
    std::jthread thread_;
};

template <typename Work>
Background(Work) -> Background<std::invoke_result_t<Work, std::stop_token>>;

}  // namespace handoff::test

template <>
struct Catch::StringMaker<handoff::errc> {
    static std::string convert(handoff::errc code) { return std::string(handoff::to_string(code)); }
};

template <typename T>
struct Catch::StringMaker<std::optional<T>> {
    static std::string convert(const std::optional<T>& value) {
        return value ? Catch::Detail::stringify(*value) : "nothing";
    }
};
