#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/client_machine.hpp"
#include "core/queue_fixture.hpp"
#include "support/catch.hpp"

// What the tests of the client's machine share: a client with a clock, and a manager who says what
// the test's script says, so that a test reads like a story.

namespace handoff::core::test {

using Wait = ClientMachine::Wait;

inline Wait at_once() {
    Wait wait;
    wait.try_once = true;
    return wait;
}

inline Wait detached() {
    Wait wait;
    wait.detached = true;
    return wait;
}

inline PutDone::Outcome outcome_of(Position first, Position last, errc code = errc::ok) {
    return {{first, last}, code, Durability::memory};
}

inline Settle settle_of(Verb verb, QueueRef queue, std::vector<Range> tokens) {
    Settle settle;
    settle.verb = verb;
    settle.queue = queue;
    settle.tokens = std::move(tokens);
    return settle;
}

inline Get get_from(std::vector<QueueRef> queues) {
    Get get;
    get.queues = std::move(queues);
    return get;
}

class ClientTest {
public:
    explicit ClientTest(ClientSettings settings = default_settings());

    static ClientSettings default_settings();

    // ---- the application

    QueueRef queue(const std::string& name, const QueueOptions& options = {}) {
        return client.queue(name, options);
    }
    CallId call(RequestBody body, const Wait& wait = {});
    CallId get(QueueRef queue, const Wait& wait = {}) { return call(get_from({queue}), wait); }
    CallId ack(QueueRef queue, Token token, const Wait& wait = {}) {
        return call(settle_of(Verb::ack, queue, {{token, token}}), wait);
    }
    CallId put(QueueRef queue, const Texts& items, const Wait& wait = {});
    CallId put(QueueRef queue, const Texts& items, const Columns& columns, const Wait& wait = {});
    void cancel(CallId call) { client.cancel(call, now()); }

    [[nodiscard]] bool has_ended(CallId call);
    /// How the call ended; the test fails if it has not.
    const Outcome& outcome(CallId call);
    errc code(CallId call) { return outcome(call).code; }
    std::string text(CallId call) { return outcome(call).text; }
    /// "1-3 ok, 4 full" of a put that has ended.
    std::string outcomes(CallId call);

    /// In force for `limit` from now.
    [[nodiscard]] Wait within(Millis limit) const;

    // ---- the network

    void link_up();
    void link_down() { client.link_down(now()); }
    /// What the client sends is lost from now on, until the next link_up().
    void cut();

    // ---- the manager

    /// The next message of the client that is not a heartbeat; the test fails if there is none, or
    /// another one.
    template <class Body>
    Request next() {
        const Request request = next_request();
        INFO("opcode " << request.body.index());
        REQUIRE(std::holds_alternative<Body>(request.body));
        return request;
    }
    Request next_request();
    [[nodiscard]] bool silent();

    void answer(const Request& request, ReplyBody body) { tell(request.id, std::move(body)); }
    void tell(RequestId id, ReplyBody body);
    void fail(const Request& request, errc code, const std::string& text = "no") {
        answer(request, Failed{code, text});
    }

    /// HELLO and WELCOME; the client may speak.
    void meet();
    /// The same after a connection was lost.
    void meet_again(bool resumed);
    void welcome(const Request& hello, bool resumed);
    /// Takes the OPEN that comes next and answers it with a handle: 101, 102, 103 …
    QueueHandle open_next();
    /// A queue that is open already.
    QueueRef open(const std::string& name);
    /// PUT_DONE: everything is in the queue.
    void take(const Request& put);
    void deliver(const Request& get, QueueHandle queue, Token token, const Texts& items);

    // ---- time

    [[nodiscard]] Now now() const { return {clock, Time{}}; }
    /// Time passes, and the client is woken when it wants to be.
    void pass(Millis span);

    Time clock = std::chrono::hours{1};
    ClientMachine client;
    bool answers_heartbeats = true;
    Limits limits;
    ManagerId manager{1};
    std::size_t heartbeats = 0;  ///< that the client has sent

private:
    void collect();

    std::deque<Request> sent_;
    std::vector<Completion> ended_;
    std::uint8_t sessions_ = 0;
    QueueHandle handles_ = 100;
    bool cut_ = false;
};

template <class Body>
const Body& body_of(const Request& request) {
    return std::get<Body>(request.body);
}

inline Texts items_of(const Request& put) {
    return payloads_of(std::get<Put>(put.body).items.bytes.view());
}

}  // namespace handoff::core::test
