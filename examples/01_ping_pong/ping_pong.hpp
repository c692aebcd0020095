#pragma once

#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <utility>

#include "handoff/endpoint.hpp"
#include "handoff/handoff.hpp"

using Messages = handoff::Queue<std::string>;

/// Puts into a queue.
class OutMe {
public:
    explicit OutMe(Messages out) : out_{std::move(out)} {}

    /// Returns when the manager has the message.
    void do_put(const std::string& message) { out_.put(message); }

private:
    Messages out_;
};

/// Receives from a queue.
class QMe {
public:
    static constexpr std::chrono::seconds timeout{20};

    explicit QMe(Messages in) : in_{std::move(in)} {}

    /// The next message. Throws if none comes in time.
    std::string rec() {
        if (auto message = in_.try_get_for(timeout)) return *std::move(message);
        throw std::runtime_error{"nothing came into " + in_.name() + " in 20 s"};
    }

private:
    Messages in_;
};

/// The other player: answers each "Put" with "Received", until something else comes.
class MProc : public handoff::Process, public QMe {
public:
    MProc(Messages in, Messages out)
        : Process{handoff::ProcessOptions{.die_with_parent = true, .name = "MProc"}},
          QMe{std::move(in)},
          out_{std::move(out)} {}

    /// In a process of its own; in a thread if only this process can reach the manager.
    void begin(handoff::Scheme scheme) {
        if (scheme == handoff::Scheme::inproc) {
            thread_ = std::async(std::launch::async, [this] { return run(); });
        } else {
            start();
        }
    }

    /// Waits for the end; returns 0 if it was a good one.
    int end() {
        if (thread_.valid()) return thread_.get();
        join();
        return exit_code().value_or(1);
    }

private:
    int run() override {
        while (rec() == "Put") out_.do_put("Received");
        return 0;
    }

    OutMe out_;
    std::future<int> thread_;
};
