// A program with an event loop: it never waits in Handoff, and needs no further thread.
#include <poll.h>

#include <chrono>
#include <exception>
#include <iostream>
#include <stop_token>
#include <string>

#include "handoff/handoff.hpp"

using namespace std::chrono_literals;

/// The event loop: yours watches other descriptors as well.
void run(handoff::Client& client, const bool& over) {
    pollfd watched{client.fd(), POLLIN, 0};
    while (!over) {
        poll(&watched, 1, -1);
        client.dispatch();  // calls the handlers of what has ended
    }
}

void use_handlers(handoff::Client& client) {
    auto numbers = client.queue<int>("numbers");
    bool over = false;
    numbers.async_get().then([&over](handoff::Result<int> number) {
        std::cout << "got " << number.get() << '\n';  // get() throws what went wrong
        over = true;
    });
    numbers.async_put(7).then([](handoff::Result<void> put) {
        put.get();
        std::cout << "put\n";
    });
    run(client, over);
}

void wait_for_a_while(handoff::Client& client) {
    auto nothing = client.queue<int>("nothing");
    bool over = false;
    nothing.async_try_get_for(50ms).then([&over](handoff::Result<std::optional<int>> number) {
        std::cout << (number.get() ? "something\n" : "nothing in time\n");
        over = true;
    });
    run(client, over);
}

void change_your_mind(handoff::Client& client) {
    auto nothing = client.queue<int>("nothing");
    std::stop_source stop;
    bool over = false;
    nothing.async_get(stop.get_token()).then([&over](handoff::Result<int> number) {
        try {
            std::cout << number.get() << '\n';
        } catch (const handoff::Error& error) {
            std::cout << to_string(error.code()) << '\n';
        }
        over = true;
    });
    stop.request_stop();
    run(client, over);
}

handoff::Task<> square(handoff::Queue<int> numbers, handoff::Queue<int> squares) {
    while (auto number = co_await numbers.async_lease()) {
        co_await number.async_ack_and_put(squares, *number * *number);
    }
}

handoff::Task<> add(handoff::Queue<int> numbers, handoff::Queue<int> squares) {
    for (int number = 1; number <= 4; ++number) co_await numbers.async_put(number);
    numbers.close();
    int sum = 0;
    for (int i = 0; i < 4; ++i) sum += co_await squares.async_get();
    std::cout << "sum of squares " << sum << '\n';
}

void use_coroutines(handoff::Client& client) {
    auto numbers = client.queue<int>("more numbers");
    auto squares = client.queue<int>("squares");
    bool over = false;
    handoff::spawn(square(numbers, squares));
    handoff::spawn(add(numbers, squares), [&over](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
        over = true;
    });
    run(client, over);
}

struct Order {
    int number = 0;
    std::string what;
    MSGPACK_DEFINE(number, what)
};

handoff::Task<> order(handoff::Queue<Order> orders, bool& over) {
    auto put = orders.async_put({17, "two pears"}, {.key = "order-17"});
    co_await put;
    auto order = co_await orders.async_get();
    std::cout << order.what << " ordered\n";
    over = true;
}

void put_what_holds_text(handoff::Client& client) {
    bool over = false;
    handoff::spawn(order(client.queue<Order>("orders"), over));
    run(client, over);
}

int main() {
    const handoff::Config config = handoff::Config::load();
    handoff::Manager manager{config};
    handoff::Client client{config};

    use_handlers(client);
    wait_for_a_while(client);
    change_your_mind(client);
    use_coroutines(client);
    put_what_holds_text(client);
}
