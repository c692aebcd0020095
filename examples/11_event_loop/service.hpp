#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <stop_token>
#include <string>
#include <vector>

#include "handoff/handoff.hpp"

/// What both programs serve: numbers come in through many queues, their squares go out through one.
struct Square {
    int number = 0;
    int square = 0;
    MSGPACK_DEFINE(number, square)
};

/// One coroutine for each queue, all of them in the thread that dispatches. Nothing here knows
/// which event loop that is.
class Service {
public:
    static constexpr int queues = 100;
    static std::string name_of(int queue) { return "in." + std::to_string(queue); }

    /// Opens the queues. `at_end` is called when the last coroutine has ended.
    Service(handoff::Client& client, std::function<void()> at_end);

    void start();

    /// Ends every coroutine where it waits.
    void stop() { stop_.request_stop(); }

    /// What was done, in a line. Throws what made a coroutine fail.
    [[nodiscard]] std::string report() const;

private:
    handoff::Task<> serve(handoff::Queue<int> in);
    handoff::Task<bool> serve_one(handoff::Queue<int>& in);
    void ended(std::exception_ptr failure);

    handoff::Queue<Square> out_;
    std::vector<handoff::Queue<int>> in_;
    std::function<void()> at_end_;
    std::stop_source stop_;
    std::exception_ptr failure_;
    int running_ = 0;
    int served_ = 0;
    int idle_ = 0;
    int late_ = 0;
    int over_ = 0;
};
