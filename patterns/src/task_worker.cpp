#include "handoff/patterns/task_worker.hpp"

#include "task_run.hpp"

namespace handoff::patterns {

struct Worker::Impl {
    Client& client;
    std::string pool;
    TaskWorkerOptions options;
    detail::Tasks tasks{};
    std::function<void()> initializer{};
};

Worker::Worker(Client& client, std::string pool, TaskWorkerOptions options)
    : impl_(new Impl{client, std::move(pool), options}) {}

Worker::~Worker() = default;

void Worker::add(const std::string& name, detail::TaskFunction function) {
    if (!impl_->tasks.emplace(name, std::move(function)).second) {
        throw Error(errc::invalid_argument,
                    "worker of pool \"" + impl_->pool + "\": there is a task " + name + " already");
    }
}

Worker& Worker::initializer(std::function<void()> function) {
    impl_->initializer = std::move(function);
    return *this;
}

std::uint64_t Worker::run(std::stop_token stop) const {
    if (impl_->initializer) impl_->initializer();
    detail::TaskRun run(impl_->client, impl_->pool, impl_->tasks, impl_->options);
    return run.work(std::move(stop));
}

}  // namespace handoff::patterns
