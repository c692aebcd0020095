#pragma once

#include <chrono>
#include <functional>

#include <poll.h>

#include "support/world.hpp"

namespace handoff::test {

/// An application's event loop in small: it polls the client's descriptor, and dispatches when that
/// is readable.
class Loop {
public:
    explicit Loop(Client& client) : client_(client), fd_(client.fd()) {}

    /// Goes round until the condition holds; false if that takes too long.
    bool until(const std::function<bool()>& condition, std::chrono::milliseconds limit = patience) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (!condition()) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(
                end - std::chrono::steady_clock::now());
            if (left.count() <= 0) return false;
            once(left);
        }
        return true;
    }

    /// Waits until the descriptor is readable, and dispatches. Returns how many handlers ran.
    std::size_t once(std::chrono::milliseconds limit = patience) {
        pollfd readable{fd_, POLLIN, 0};
        if (::poll(&readable, 1, static_cast<int>(limit.count())) <= 0) return 0;
        return client_.dispatch();
    }

private:
    Client& client_;
    int fd_;
};

/// Begins a call, and keeps how it ended.
template <typename R>
class Ended {
public:
    explicit Ended(Async<R> call) {
        call.then([ended = ended_](Result<R> result) {
            ++ended->times;
            ended->result.emplace(std::move(result));
        });
    }

    [[nodiscard]] int times() const { return ended_->times; }
    R get() { return ended_->result.value().get(); }
    /// The code of the Error that it ended with; errc::ok without one.
    errc code() {
        return code_of([this] {
            get();
            return 0;
        });
    }
    /// Lets go of what came, without a look at it.
    void drop() { ended_->result.reset(); }

private:
    struct State {
        int times = 0;
        std::optional<Result<R>> result;
    };
    std::shared_ptr<State> ended_ = std::make_shared<State>();
};

/// The same, gone round until its end.
template <typename R>
Ended<R> finish(Loop& loop, Async<R> call) {
    Ended<R> ended(std::move(call));
    if (!loop.until([&] { return ended.times() > 0; })) {
        throw std::runtime_error("the call does not end");
    }
    return ended;
}

}  // namespace handoff::test
