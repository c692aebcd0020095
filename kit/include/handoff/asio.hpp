#pragma once

#include <memory>
#include <utility>

#include "handoff/async.hpp"
#include "handoff/client.hpp"

// For programs whose event loop is Asio, the one of Boost or the one that stands alone. This
// header includes neither: what it needs of them comes with the types that it is given.
namespace handoff {

/// Dispatches for a client whenever it has something to do, in the thread that runs the loop.
///
///     boost::asio::io_context loop;
///     handoff::AsioDispatch<boost::asio::posix::stream_descriptor> dispatching(loop, client);
///     queue.async_get().then(…);
///     loop.run();
///
/// In a coroutine of Asio:
///
///     Job job = (co_await dispatching.begin(queue.async_get(), boost::asio::use_awaitable)).get();
///
/// The loop has work, and so runs, until stop(). What a handler throws leaves run(), as with
/// handlers of Asio; run() may be called again.
///
/// Thread safety: one thread, the one that runs the loop; destroy it before its client.
template <typename Descriptor>
class AsioDispatch {
public:
    /// `loop` is an io_context or one of its executors.
    template <typename Loop>
    AsioDispatch(Loop& loop, Client& client) : state_(std::make_shared<State>(loop, client)) {
        State::wait(state_);
    }
    ~AsioDispatch() { stop(); }
    AsioDispatch(const AsioDispatch&) = delete;
    AsioDispatch& operator=(const AsioDispatch&) = delete;

    /// No more dispatching, and nothing that keeps the loop from ending.
    void stop() { state_->stop(); }

    /// Begins a call with a completion token of this Asio; the signature is void(Result<R>). The
    /// handler runs on its own executor, and on this loop's if it has none. Another loop that it
    /// runs on needs work until then: a call that goes on here does not keep it from ending.
    template <typename R, typename Token>
    auto begin(Async<R> call, Token&& token) {
        auto start = [loop = state_->descriptor.get_executor()](auto handler, Async<R> begun) {
            begun.then([loop, handler = std::move(handler)](Result<R> result) mutable {
                // Found by the loop's type, and so in the Asio that this one is of.
                auto executor = get_associated_executor(handler, loop);
                dispatch(loop, Completion<decltype(handler), decltype(executor), R>{
                                   std::move(handler), executor, std::move(result)});
            });
        };
        return async_initiate<Token, void(Result<R>)>(std::move(start), token, std::move(call));
    }

private:
    /// A handler with its executor and what it is told, as Asio wants it.
    template <typename Handler, typename Executor, typename R>
    struct Completion {
        using executor_type = Executor;
        [[nodiscard]] executor_type get_executor() const noexcept { return executor; }
        void operator()() { std::move(handler)(std::move(result)); }

        Handler handler;
        Executor executor;
        Result<R> result;
    };

    struct State {
        template <typename Loop>
        State(Loop& loop, Client& owner) : client(&owner), descriptor(loop, owner.fd()) {}
        // The descriptor is the client's to close.
        ~State() { stop(); }
        State(const State&) = delete;
        State& operator=(const State&) = delete;

        void stop() {
            if (std::exchange(client, nullptr) != nullptr) static_cast<void>(descriptor.release());
        }

        static void wait(const std::shared_ptr<State>& state) {
            state->descriptor.async_wait(Descriptor::wait_read, [state](const auto& error) {
                if (!error && state->client != nullptr) dispatch(state);
            });
        }

        static void dispatch(const std::shared_ptr<State>& state) {
            try {
                state->client->dispatch();
            } catch (...) {
                if (state->client != nullptr) wait(state);
                throw;
            }
            if (state->client != nullptr) wait(state);
        }

        Client* client;
        Descriptor descriptor;
    };

    std::shared_ptr<State> state_;
};

}  // namespace handoff
