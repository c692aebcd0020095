#include <chrono>
#include <csignal>
#include <functional>
#include <future>
#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "handoff/endpoint.hpp"

#include "roles.hpp"

namespace word_count {

namespace {

/// Runs the parts of this program, each in a process of its own and watched over by a thread; or
/// in that thread, if the manager can be reached from this process only.
class Crew {
public:
    using Part = std::function<int()>;
    enum class IfKilled { give_up, begin_anew };

    struct End {
        int code = 0;
        int killed = 0;  ///< how often it was killed and begun anew
    };

    explicit Crew(const handoff::Config& config)
        : config_{config},
          threads_{handoff::Endpoint::parse(config.client.connect.front()).scheme ==
                   handoff::Scheme::inproc} {}

    [[nodiscard]] bool in_threads() const { return threads_; }

    std::future<End> start(Part part, IfKilled if_killed) {
        return std::async(std::launch::async, [this, part = std::move(part), if_killed] {
            try {
                const End end = threads_ ? End{part()} : run(part, if_killed);
                if (end.code != 0) end_all();
                return end;
            } catch (...) {
                end_all();
                throw;
            }
        });
    }

private:
    static End run(const Part& part, IfKilled if_killed) {
        for (End end;; ++end.killed) {
            handoff::Process process{part, {.die_with_parent = true}};
            process.start();
            process.join();
            end.code = process.exit_code().value_or(1);
            if (end.code != -SIGKILL || if_killed == IfKilled::give_up) return end;
        }
    }

    /// Without one of the parts the others would wait for ever.
    void end_all() {
        Queues queues{config_};
        queues.jobs.close_now();
        queues.results.close_now();
    }

    const handoff::Config config_;
    const bool threads_;
};

}  // namespace

int run_all(handoff::Config config, const Settings& settings) {
    const auto begin = std::chrono::steady_clock::now();
    const handoff::Manager manager{config};
    config.client.connect = {manager.endpoints().front()};
    Crew crew{config};
    if (crew.in_threads() && settings.die > 0) {
        throw std::invalid_argument("--die-after-computing needs workers that are processes");
    }

    const auto start = [&](auto role, Crew::IfKilled if_killed) {
        return crew.start([&config, &settings, role] { return role(config, settings); }, if_killed);
    };
    auto collector = start(collect, Crew::IfKilled::give_up);
    auto producer = start(produce, Crew::IfKilled::give_up);
    std::vector<std::future<Crew::End>> workers;
    for (unsigned i = 0; i < settings.workers; ++i) {
        workers.push_back(start(work, Crew::IfKilled::begin_anew));
    }

    const int outcome = collector.get().code;
    bool good = producer.get().code == 0;
    int killed = 0;
    for (auto& worker : workers) {
        const Crew::End end = worker.get();
        good = good && end.code == 0;
        killed += end.killed;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::cout << settings.workers << " workers over " << config.client.connect.front() << ", "
              << killed << " times one was killed and replaced, " << std::setprecision(3)
              << took.count() << " s\n";
    return good ? outcome : 1;
}

}  // namespace word_count
