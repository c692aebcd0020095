#include "service.hpp"

#include <utility>

using namespace std::chrono_literals;

namespace {

/// After so long without a job a coroutine looks up: a real one would close a connection, say.
constexpr auto idle_after = 100ms;

}  // namespace

Service::Service(handoff::Client& client, std::function<void()> at_end)
    : out_{client.queue<Square>("out")}, at_end_{std::move(at_end)} {
    for (int queue = 0; queue < queues; ++queue) in_.push_back(client.queue<int>(name_of(queue)));
}

void Service::start() {
    running_ = queues;
    for (const handoff::Queue<int>& queue : in_) {
        handoff::spawn(serve(queue), [this](std::exception_ptr failure) { ended(failure); });
    }
}

handoff::Task<> Service::serve(handoff::Queue<int> in) {
    bool over = false;
    while (!over && !stop_.stop_requested()) {
        try {
            over = co_await serve_one(in);
        } catch (const handoff::Error& error) {
            // This process was stopped for longer than its session or a lease lives, and somebody
            // else has the job by now.
            const bool gone = error.code() == handoff::errc::lease_lapsed ||
                              error.code() == handoff::errc::session_lost;
            if (!gone) throw;
            ++late_;
        }
    }
    over_ += over ? 1 : 0;
}

/// True: nothing more will come.
handoff::Task<bool> Service::serve_one(handoff::Queue<int>& in) {
    handoff::Lease<int> job = co_await in.async_try_lease_for(idle_after, {}, stop_.get_token());
    if (job) {
        co_await job.async_ack_and_put(out_, {*job, *job * *job});
        ++served_;
    } else {
        ++idle_;
    }
    co_return job.over();
}

void Service::ended(std::exception_ptr failure) {
    if (failure && !failure_) failure_ = failure;
    if (failure) stop();
    if (--running_ == 0) at_end_();
}

std::string Service::report() const {
    if (failure_) std::rethrow_exception(failure_);
    return "served " + std::to_string(served_) + ", " + std::to_string(late_) + " too late; idle " +
           std::to_string(idle_) + " times; " + std::to_string(over_) + " queues closed, " +
           std::to_string(queues - over_) + " stopped";
}
