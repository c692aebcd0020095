#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <functional>
#include <future>
#include <iomanip>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "handoff/endpoint.hpp"

#include "roles.hpp"

// Each part of this program is a process, and one more looks after them. That one has no threads,
// because it forks at any time. A manager has some, so it is a process of its own, too.

namespace word_count {

namespace {

using Role = int (*)(const handoff::Config&, const Settings&);

/// A manager in a process of its own, which lives as long as this object.
class ManagerProcess : public handoff::Process {
public:
    explicit ManagerProcess(handoff::Config config)
        : Process{handoff::ProcessOptions{.die_with_parent = true, .name = "manager"}},
          config_{std::move(config)} {
        if (::socketpair(AF_UNIX, SOCK_STREAM, 0, line_.data()) != 0) {
            throw std::runtime_error("cannot make a line to the manager");
        }
    }

    ~ManagerProcess() override {
        ::shutdown(line_[0], SHUT_WR);
        if (is_alive()) static_cast<void>(join(stop_limit));
        ::close(line_[0]);
    }

    /// Starts it, and returns the address at which it can be reached.
    std::string begin() {
        start();
        ::close(line_[1]);
        std::string endpoint(200, '\0');
        const ssize_t bytes = ::read(line_[0], endpoint.data(), endpoint.size());
        if (bytes <= 0) throw std::runtime_error("there is no manager");
        endpoint.resize(static_cast<std::size_t>(bytes));
        return endpoint;
    }

private:
    int run() override {
        const handoff::Manager manager{config_};
        const std::string& endpoint = manager.endpoints().front();
        if (::write(line_[1], endpoint.data(), endpoint.size()) < 0) return 1;
        char end = 0;
        return ::read(line_[1], &end, 1) == 0 ? 0 : 1;  // when the parent shuts its side
    }

    const handoff::Config config_;
    std::array<int, 2> line_{-1, -1};  // the parent's side and the manager's
};

/// The parts of this program, each in a process of its own.
class Crew {
public:
    Crew(handoff::Config config, Settings settings)
        : config_{std::move(config)}, settings_{std::move(settings)} {}

    void add(Role role, const std::string& name) {
        parts_.push_back({role, name, start(role, name)});
    }

    /// Waits for the end of all, and puts another worker in the place of each that is killed.
    /// False if one did not end well; the others are ended with this object.
    bool wait() {
        constexpr std::chrono::milliseconds look_again{10};
        while (!parts_.empty()) {
            for (Part& part : parts_) {
                if (part.process->is_alive()) continue;
                const int code = part.process->exit_code().value_or(1);
                part.process.reset();
                if (code == -SIGKILL && part.role == work) {
                    ++killed_;
                    part.process = start(work, part.name);
                } else if (code != 0) {
                    return false;
                }
            }
            std::erase_if(parts_, [](const Part& part) { return !part.process; });
            if (!parts_.empty()) static_cast<void>(parts_.front().process->join(look_again));
        }
        return true;
    }

    [[nodiscard]] int killed() const { return killed_; }

private:
    struct Part {
        Role role;
        std::string name;
        std::unique_ptr<handoff::Process> process;
    };

    std::unique_ptr<handoff::Process> start(Role role, const std::string& name) const {
        auto process = std::make_unique<handoff::Process>(
            [this, role] { return role(config_, settings_); },
            handoff::ProcessOptions{.die_with_parent = true, .name = name});
        process->start();
        return process;
    }

    const handoff::Config config_;
    const Settings settings_;
    std::vector<Part> parts_;
    int killed_ = 0;
};

int run_in_processes(handoff::Config config, const Settings& settings, std::string& how) {
    ManagerProcess manager{config};
    config.client.connect = {manager.begin()};
    Crew crew{config, settings};
    crew.add(collect, "collector");
    crew.add(produce, "producer");
    for (unsigned i = 0; i < settings.workers; ++i) crew.add(work, "worker");
    const int code = crew.wait() ? 0 : 1;
    how = "in processes over " + config.client.connect.front() + ", " +
          std::to_string(crew.killed()) + " times one was killed and replaced";
    return code;
}

/// For a manager that no other process can reach.
int run_in_threads(handoff::Config config, const Settings& settings, std::string& how) {
    const handoff::Manager manager{config};
    config.client.connect = {manager.endpoints().front()};
    const auto start = [&](Role role) {
        return std::async(std::launch::async, role, std::cref(config), std::cref(settings));
    };
    auto collector = start(collect);
    std::vector<std::future<int>> workers;
    for (unsigned i = 0; i < settings.workers; ++i) workers.push_back(start(work));
    start(produce).get();
    for (auto& worker : workers) worker.get();
    how = "in threads over " + config.client.connect.front();
    return collector.get();
}

}  // namespace

int run_all(const handoff::Config& config, const Settings& settings) {
    const auto begin = std::chrono::steady_clock::now();
    const std::string listen = config.effective().manager.listen.front();
    const bool threads = handoff::Endpoint::parse(listen).scheme == handoff::Scheme::inproc;
    if (threads && settings.die > 0) {
        throw std::invalid_argument("--die-after-computing needs workers that are processes");
    }
    std::string how;
    const int code = (threads ? run_in_threads : run_in_processes)(config, settings, how);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::cout << settings.workers << " workers " << how << ", " << std::setprecision(3)
              << took.count() << " s\n";
    return code;
}

}  // namespace word_count
