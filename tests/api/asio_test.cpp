// The adapter for Asio, with the one of Boost.
#include <utility>  // boost/asio.hpp of 1.74 forgets it

#include <boost/asio.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <optional>
#include <stdexcept>
#include <vector>

#include "handoff/asio.hpp"
#include "handoff/client.hpp"
#include "handoff/queue.hpp"
#include "support/world.hpp"

using handoff::Queue;
using handoff::Result;
using handoff::test::patience;
using handoff::test::World;

namespace {

using Dispatch = handoff::AsioDispatch<boost::asio::posix::stream_descriptor>;

/// A loop that dispatches for the client of a world. It ends by itself should a case hang.
struct Loop {
    explicit Loop(World& world) : dispatch(io, world.client()) {}

    /// Runs until stop().
    void run() { io.run_for(patience); }
    void stop() { dispatch.stop(); }

    boost::asio::io_context io;
    Dispatch dispatch;
};

}  // namespace

TEST_CASE("an Asio loop calls the handlers, and ends when it is told to stop") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world);
    std::vector<int> got;
    for (int i = 0; i < 3; ++i) {
        queue.async_get().then([&](Result<int> result) {
            got.push_back(result.get());
            if (got.size() == 3) loop.stop();
        });
        queue.async_put(i).then([](Result<void> put) { put.get(); });
    }
    loop.run();
    CHECK(got == std::vector{0, 1, 2});
    CHECK(loop.io.stopped());
}

TEST_CASE("what a handler throws leaves run() of an Asio loop, which may run again") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world);
    queue.async_put(1).then([](Result<void>) { throw std::domain_error("odd"); });
    CHECK_THROWS_AS(loop.run(), std::domain_error);
    bool told = false;
    queue.async_put(2).then([&](Result<void> put) {
        put.get();
        told = true;
        loop.stop();
    });
    loop.run();
    CHECK(told);
}

TEST_CASE("an Asio loop can outlive what dispatched for it") {
    World world;
    auto queue = world.queue<int>("jobs");
    boost::asio::io_context io;
    {
        Dispatch dispatch(io, world.client());
        queue.put(1);
    }
    io.run_for(patience);
    CHECK(io.stopped());
    CHECK(queue.get() == 1);
}

TEST_CASE("a call begins with a completion token of Asio") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world);
    auto put = loop.dispatch.begin(queue.async_put(7), boost::asio::use_future);
    std::future<Result<int>> got = loop.dispatch.begin(queue.async_get(), boost::asio::use_future);
    while (got.wait_for(std::chrono::seconds{0}) != std::future_status::ready) {
        REQUIRE(loop.io.run_one_for(patience) == 1);
    }
    put.get().get();
    CHECK(got.get().get() == 7);
    CHECK(queue.try_join_for(patience));
}

#ifdef BOOST_ASIO_HAS_CO_AWAIT
TEST_CASE("coroutines of Asio await calls") {
    World world;
    auto queue = world.queue<int>("jobs");
    Loop loop(world);
    std::optional<int> got;
    const auto play = [&]() -> boost::asio::awaitable<void> {
        const auto& awaiting = boost::asio::use_awaitable;
        (co_await loop.dispatch.begin(queue.async_put(7), awaiting)).get();
        got = (co_await loop.dispatch.begin(queue.async_get(), awaiting)).get();
        loop.stop();
    };
    boost::asio::co_spawn(loop.io, play, boost::asio::detached);
    loop.run();
    CHECK(got == 7);
}
#else
TEST_CASE("coroutines of Asio await calls") {
    HANDOFF_SKIP("this compiler has no coroutines that this Boost knows of");
}
#endif
