// Signals that come all the time, and what libzmq makes of them.
#include "net/uninterrupted.hpp"

#include <sys/time.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <string>

#include "net/dealer.hpp"
#include "net/router.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::net::Dealer;
using handoff::net::process_context;
using handoff::net::Router;
using namespace std::chrono_literals;

namespace {

std::atomic<unsigned> signals{0};

/// A signal for this thread every twenty microseconds, as long as this lives.
class Hail {
public:
    Hail() {
        struct sigaction counting {};
        counting.sa_handler = [](int) { ++signals; };  // without SA_RESTART
        ::sigaction(SIGALRM, &counting, &before_);
        every(20);
    }
    ~Hail() {
        every(0);
        ::sigaction(SIGALRM, &before_, nullptr);
    }
    Hail(const Hail&) = delete;
    Hail& operator=(const Hail&) = delete;

private:
    static void every(suseconds_t microseconds) {
        const itimerval timer{{0, microseconds}, {0, microseconds}};
        ::setitimer(ITIMER_REAL, &timer, nullptr);
    }
    struct sigaction before_ {};
};

/// Does this for a while; whether it never threw.
template <typename Work>
bool calm(Work work) {
    const auto end = std::chrono::steady_clock::now() + 300ms;
    const Hail hail;
    try {
        while (std::chrono::steady_clock::now() < end) work();
    } catch (const std::exception& error) {
        UNSCOPED_INFO(error.what());
        return false;
    }
    return true;
}

}  // namespace

TEST_CASE("signals do not disturb who asks for a socket's events") {
    const handoff::test::TemporaryFolder folder;
    const std::string nobody = "ipc://" + (folder.path() / "nobody").string();
    Dealer dealer(process_context(), nobody, {100ms, 100ms});
    const unsigned before = signals;
    CHECK(calm([&] { static_cast<void>(dealer.news()); }));
    CHECK(signals - before > 100);
}

TEST_CASE("signals do not disturb who binds, connects, and connects again") {
    const handoff::test::TemporaryFolder folder;
    const std::string address = "ipc://" + (folder.path() / "somebody").string();
    CHECK(calm([&] {
        Router router(process_context(), {});
        router.bind(address, 1);
        Dealer dealer(process_context(), address, {100ms, 100ms});
        dealer.reconnect(address);
        static_cast<void>(router.readable());
    }));
}
