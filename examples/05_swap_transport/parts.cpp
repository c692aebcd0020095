#include "parts.hpp"

#include <unistd.h>

#include <exception>
#include <iostream>
#include <set>
#include <string>

#include "handoff/endpoint.hpp"
#include "handoff/patterns/worker.hpp"

namespace {

/// On its way it is told through which processes it goes.
struct Number {
    long number = 0;
    int producer = 0;
    MSGPACK_DEFINE(number, producer)
};

struct Square {
    Number of{};
    long square = 0;
    int worker = 0;
    MSGPACK_DEFINE(of, square, worker)
};

bool only_this_process(const handoff::Config& config) {
    const std::string& address = config.client.connect.front();
    return handoff::Endpoint::parse(address).scheme == handoff::Scheme::inproc;
}

int run(const handoff::Config& config, const Work& work) {
    try {
        handoff::Client client{config};
        return work(client);
    } catch (const std::exception& error) {
        std::cerr << "swap_transport: " << error.what() << '\n';
        return 1;
    }
}

}  // namespace

Part::Part(const handoff::Config& config, Work work)
    : process_{[=] { return run(config, work); },
               handoff::ProcessOptions{.die_with_parent = true, .name = "part"}} {
    if (only_this_process(config)) {
        thread_ = std::async(std::launch::async, [=] { return run(config, work); });
    } else {
        process_.start();
    }
}

int Part::end() {
    if (thread_.valid()) return thread_.get();
    process_.join();
    return process_.exit_code().value_or(1);
}

int produce(handoff::Client& client, long count) {
    auto numbers = client.queue<Number>("numbers");
    for (long number = 1; number <= count; ++number) numbers.put({number, ::getpid()});
    numbers.close();                          // workers drain it and end
    numbers.join();                           // every number is done, so its square is there:
    client.queue<Square>("squares").close();  // the collector drains that and ends
    return 0;
}

int work(handoff::Client& client) {
    handoff::patterns::run_worker(client.queue<Number>("numbers"), client.queue<Square>("squares"),
                                  [](const Number& of) {
                                      return Square{of, of.number * of.number, ::getpid()};
                                  });
    return 0;
}

int collect(handoff::Client& client, long count) {
    auto squares = client.queue<Square>("squares");
    std::set<int> processes{::getpid()};
    std::set<long> right;
    long sum = 0;
    for (auto square = squares.lease(); square; square = squares.lease()) {
        const long number = square->of.number;
        if (number > 0 && number <= count && square->square == number * number) {
            right.insert(number);
        }
        processes.insert({square->of.producer, square->worker});
        sum += square->square;
        square.ack();
    }
    std::cout << right.size() << " squares, sum " << sum << ", by " << processes.size()
              << (processes.size() == 1 ? " process" : " processes") << std::endl;
    // A square that came twice would be in the sum.
    const bool once = sum == count * (count + 1) * (2 * count + 1) / 6;
    return static_cast<long>(right.size()) == count && once ? 0 : 1;
}
