#pragma once

#include <memory>
#include <utility>

#include "handoff/async.hpp"
#include "handoff/client.hpp"

/// For programs whose event loop is Asio, the one of Boost or the one that stands alone. This
/// header includes neither: what it needs of them comes with the types that it is given.
namespace handoff {

/// Dispatches for a client whenever it has something to do, in the thread that runs the loop.
///
///     boost::asio::io_context loop;
///     handoff::AsioDispatch<boost::asio::posix::stream_descriptor> dispatching(loop, client);
///     queue.async_get().then(…);
///     loop.run();
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

private:
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

/// Begins a call with a completion token of Asio; its signature is void(Result<R>).
///
///     Job job = (co_await handoff::with_token(queue.async_get(),
///     boost::asio::use_awaitable)).get();
///
/// The handler runs on its own executor, which need not be the loop that dispatches.
template <typename R, typename Token>
auto with_token(Async<R> call, Token&& token) {
    auto begin = [](auto handler, Async<R> begun) {
        begun.then([handler = std::move(handler)](Result<R> result) mutable {
            auto executor = get_associated_executor(handler);
            dispatch(executor,
                     [handler = std::move(handler), result = std::move(result)]() mutable {
                         std::move(handler)(std::move(result));
                     });
        });
    };
    return async_initiate<Token, void(Result<R>)>(std::move(begin), token, std::move(call));
}

}  // namespace handoff
