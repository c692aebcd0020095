// Counts the primes below a number with a pool of worker processes; more of them may be started by
// hand, on any host:   worker_pool count [BELOW] [PROCESSES]   |   worker_pool work
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <tuple>
#include <vector>

#include "handoff/patterns/worker_pool.hpp"

namespace {

constexpr long slice = 20'000;

bool is_prime(long n) {
    if (n < 4) return n > 1;
    if (n % 2 == 0) return false;
    for (long d = 3; d * d <= n; d += 2) {
        if (n % d == 0) return false;
    }
    return true;
}

/// What the workers can do.
void tasks(handoff::patterns::Worker& worker) {
    worker.task("primes between", [](long from, long below) {
        long count = 0;
        for (long n = from; n < below; ++n) count += is_prime(n) ? 1 : 0;
        return count;
    });
}

void show(long done, long all) {
    if (::isatty(STDERR_FILENO) == 0) return;
    const std::string bar(static_cast<std::size_t>(40 * done / all), '#');
    std::cerr << '\r' << bar << std::string(40 - bar.size(), '.') << ' ' << 100 * done / all
              << " %";
    if (done == all) std::cerr << '\n';
}

int count(const handoff::Config& config, long below, unsigned processes) {
    handoff::patterns::WorkerPool pool(config, "primes", {.processes = processes, .tasks = tasks});
    std::vector<std::tuple<long, long>> slices;
    for (long from = 0; from < below; from += slice) {
        slices.emplace_back(from, std::min(below, from + slice));
    }
    const auto all = static_cast<long>(slices.size());
    long primes = 0;
    long done = 0;
    for (long some : pool.istarmap_unordered<long>("primes between", slices)) {
        primes += some;
        show(++done, all);
    }
    std::cout << "there are " << primes << " primes below " << below << '\n';
    return 0;
}

int work(const handoff::Config& config) {
    handoff::Client client{config};
    handoff::patterns::Worker worker{client, "primes"};
    tasks(worker);
    worker.run();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const auto config = handoff::Config::load(WORKER_POOL_FOLDER "/handoff.toml");
    if (argc > 1 && std::string{argv[1]} == "work") return work(config);
    const long below = argc > 2 ? std::stol(argv[2]) : 2'000'000;
    return count(config, below, argc > 3 ? static_cast<unsigned>(std::stoul(argv[3])) : 2);
}
