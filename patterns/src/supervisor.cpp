#include "handoff/patterns/supervisor.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <mutex>

#include "handoff/error.hpp"

namespace handoff::patterns {

namespace {

using Clock = std::chrono::steady_clock;

std::string how_it_ended(std::optional<int> code) {
    if (!code) return "in a way that nobody saw";
    if (*code < 0) return "by signal " + std::to_string(-*code);
    return "with exit code " + std::to_string(*code);
}

}  // namespace

struct Supervisor::Impl {
    class Descriptor {
    public:
        Descriptor() : fd_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
            if (fd_ < 0) throw Error{errc::system, std::string{"eventfd: "} + std::strerror(errno)};
        }
        ~Descriptor() { ::close(fd_); }
        Descriptor(const Descriptor&) = delete;
        Descriptor& operator=(const Descriptor&) = delete;

        [[nodiscard]] int fd() const { return fd_; }

    private:
        int fd_;
    };

    struct Child {
        std::string name;
        std::function<int()> work;
        ChildOptions options;
        std::unique_ptr<Process> process;  // null: it does not run
        std::uint64_t restarts = 0;
    };

    explicit Impl(SupervisorOptions given) : options{std::move(given)} {}

    void start(Child& child);
    void stop(Child& child);
    void stop_all() noexcept;
    void wait(int stop_fd);
    bool take_end(Child& child);
    void restart(Child& child, std::optional<int> code);
    void count_restart(const Child& child, std::optional<int> code);
    void tell(ChildEvent::Kind kind, const Child& child, pid_t pid, std::optional<int> code) const {
        if (options.on_event) options.on_event({kind, child.name, pid, code});
    }
    [[nodiscard]] bool somebody_runs() const {
        return std::ranges::any_of(children, [](const Child& child) { return !!child.process; });
    }

    const SupervisorOptions options;
    mutable std::mutex mutex;  // of who runs, for children()
    std::deque<Child> children;
    std::deque<Clock::time_point> restarts;  // the latest of them
};

void Supervisor::Impl::start(Child& child) {
    auto process = std::make_unique<Process>(
        child.work, ProcessOptions{.die_with_parent = true, .name = child.name});
    process->start();
    const pid_t pid = process->pid();
    {
        const std::lock_guard lock{mutex};
        child.process = std::move(process);
    }
    tell(ChildEvent::Kind::started, child, pid, std::nullopt);
}

void Supervisor::Impl::stop(Child& child) {
    if (!child.process) return;
    Process& process = *child.process;
    process.terminate();
    if (!process.join(child.options.stop_limit)) {
        process.kill();
        process.join();
    }
    const pid_t pid = process.pid();
    const std::optional<int> code = process.exit_code();
    {
        const std::lock_guard lock{mutex};
        child.process.reset();
    }
    tell(ChildEvent::Kind::stopped, child, pid, code);
}

void Supervisor::Impl::stop_all() noexcept {
    for (auto child = children.rbegin(); child != children.rend(); ++child) {
        try {
            stop(*child);
        } catch (...) {
            // Of on_event, or of a process that does not answer: its destructor does what it can.
            const std::lock_guard lock{mutex};
            child->process.reset();
        }
    }
}

/// Until a child has ended or a stop was requested.
void Supervisor::Impl::wait(int stop_fd) {
    std::vector<pollfd> watched{{stop_fd, POLLIN, 0}};
    for (const Child& child : children) {
        if (!child.process) continue;
        if (child.process->fd() < 0) return;  // it had ended before it could be watched
        watched.push_back({child.process->fd(), POLLIN, 0});
    }
    while (::poll(watched.data(), watched.size(), -1) < 0) {
        if (errno != EINTR) throw Error{errc::system, std::string{"poll: "} + std::strerror(errno)};
    }
}

/// Whether the child has ended, and others may have changed because of it.
bool Supervisor::Impl::take_end(Child& child) {
    if (!child.process || child.process->is_alive()) return false;
    const pid_t pid = child.process->pid();
    const std::optional<int> code = child.process->exit_code();
    {
        const std::lock_guard lock{mutex};
        child.process.reset();
    }
    tell(ChildEvent::Kind::ended, child, pid, code);
    const bool again = child.options.restart == Restart::always ||
                       (child.options.restart == Restart::on_failure && code != 0);
    if (again) restart(child, code);
    return true;
}

void Supervisor::Impl::restart(Child& child, std::optional<int> code) {
    if (code != 0 || child.options.count_clean_ends) count_restart(child, code);
    if (options.strategy == Strategy::one_for_one) {
        ++child.restarts;
        start(child);
        return;
    }
    std::vector<Child*> missing;
    for (Child& each : children) {
        if (each.process || &each == &child) missing.push_back(&each);
    }
    for (auto each = missing.rbegin(); each != missing.rend(); ++each) stop(**each);
    for (Child* each : missing) {
        ++each->restarts;
        start(*each);
    }
}

/// Throws if there are too many.
void Supervisor::Impl::count_restart(const Child& child, std::optional<int> code) {
    const auto now = Clock::now();
    restarts.push_back(now);
    while (now - restarts.front() > options.within) restarts.pop_front();
    if (restarts.size() <= options.restarts_max) return;
    throw Error{errc::limit_exceeded,
                options.name + " gives up: more than " + std::to_string(options.restarts_max) +
                    " restarts within " + std::to_string(options.within.count()) +
                    " ms (restarts_max, within); the last was for \"" + child.name +
                    "\", which ended " + how_it_ended(code)};
}

Supervisor::Supervisor(SupervisorOptions options)
    : impl_{std::make_unique<Impl>(std::move(options))} {}

Supervisor::~Supervisor() = default;

Supervisor& Supervisor::add_child(std::string name, std::function<int()> work,
                                  ChildOptions options) {
    const std::lock_guard lock{impl_->mutex};
    impl_->children.push_back({std::move(name), std::move(work), options, nullptr, 0});
    return *this;
}

void Supervisor::run(std::stop_token stop) {
    Impl& impl = *impl_;
    const Impl::Descriptor stopped;  // readable for ever once a stop was requested
    const std::stop_callback wake{stop, [&] { ::eventfd_write(stopped.fd(), 1); }};
    impl.restarts.clear();
    try {
        for (Impl::Child& child : impl.children) {
            child.restarts = 0;
            impl.start(child);
        }
        while (!stop.stop_requested() && impl.somebody_runs()) {
            impl.wait(stopped.fd());
            for (Impl::Child& child : impl.children) {
                if (stop.stop_requested() || impl.take_end(child)) break;  // look anew
            }
        }
    } catch (...) {
        impl.stop_all();
        throw;
    }
    impl.stop_all();
}

std::vector<ChildStatus> Supervisor::children() const {
    std::vector<ChildStatus> all;
    const std::lock_guard lock{impl_->mutex};
    for (const Impl::Child& child : impl_->children) {
        all.push_back({child.name, child.process ? child.process->pid() : 0, child.restarts});
    }
    return all;
}

}  // namespace handoff::patterns
