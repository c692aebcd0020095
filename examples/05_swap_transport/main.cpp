// Squares numbers: a producer, two workers and a collector. None of them knows what carries their
// queues, nor whether the others are threads or processes: the configuration file says that.
//
//   swap_transport CONFIG [COUNT]
#include "parts.hpp"

#include <chrono>
#include <exception>
#include <iostream>

namespace {

int run(const handoff::Config& config, long count) {
    const auto begin = std::chrono::steady_clock::now();
    const handoff::Manager manager{config};
    handoff::Config reached = config;
    reached.client.connect = {manager.endpoints().front()};

    Part collector{reached, [=](handoff::Client& client) { return collect(client, count); }};
    Part first{reached, work};
    Part second{reached, work};
    Part producer{reached, [=](handoff::Client& client) { return produce(client, count); }};
    const bool exact = producer.end() + first.end() + second.end() + collector.end() == 0;

    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::cout << (exact ? "exact" : "NOT EXACT") << " over " << manager.endpoints().front() << ", "
              << static_cast<long>(static_cast<double>(count) / took.count())
              << " numbers a second\n";
    return exact ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc < 2) throw std::invalid_argument("usage: swap_transport CONFIG [COUNT]");
        return run(handoff::Config::load(argv[1]), argc > 2 ? std::stol(argv[2]) : 10'000);
    } catch (const std::exception& error) {
        std::cerr << "swap_transport: " << error.what() << '\n';
        return 1;
    }
}
