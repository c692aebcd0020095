// Counts primes with a worker beside the main thread. The manager, both queues and the worker are
// objects of this one program: nothing has to be started before it, and nothing is left after it.
//
//   embed [BELOW]

#include <algorithm>
#include <exception>
#include <iostream>
#include <stop_token>
#include <string>
#include <thread>

#include "handoff/handoff.hpp"
#include "handoff/patterns/worker.hpp"

namespace {

/// The numbers from `from` up to and without `end`.
struct Range {
    int from = 0;
    int end = 0;
    MSGPACK_DEFINE(from, end)
};

bool is_prime(int number) {
    if (number < 2) return false;
    for (int divisor = 2; divisor <= number / divisor; ++divisor) {
        if (number % divisor == 0) return false;
    }
    return true;
}

int count_primes(const Range& range) {
    int primes = 0;
    for (int number = range.from; number < range.end; ++number) primes += is_prime(number) ? 1 : 0;
    return primes;
}

/// What the program decides by itself. A file or the environment may still say otherwise.
handoff::Config settings() {
    handoff::Config config;
    config.manager.listen = {"inproc://embed"};
    return handoff::Config::load(config);
}

void run(int below) {
    const handoff::Manager manager{settings()};
    handoff::Client client{manager};
    // A put waits while the worker is so far behind; the client's queues are for every thread.
    auto ranges = client.queue<Range>("ranges", {.capacity = 16});
    auto counts = client.queue<int>("counts");
    const std::jthread worker{[&](std::stop_token stop) {
        handoff::patterns::run_worker(ranges, counts, count_primes, {}, stop);
    }};

    constexpr int step = 1000;
    for (int from = 0; from < below; from += step) {
        ranges.put({from, from + std::min(step, below - from)});
    }
    ranges.close();  // the worker ends when it has drained them,
    ranges.join();   // and here it has handed on what it counted
    counts.close();

    int primes = 0;
    while (auto count = counts.lease()) {
        primes += *count;
        count.ack();
    }
    std::cout << primes << " primes below " << below << ", counted over "
              << manager.endpoints().front() << '\n';
}

}  // namespace

int main(int argc, char** argv) {
    try {
        run(argc > 1 ? std::stoi(argv[1]) : 100'000);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "embed: " << error.what() << "\nusage: embed [BELOW]\n";
        return 1;
    }
}
