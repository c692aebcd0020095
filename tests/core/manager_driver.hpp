#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/manager_machine.hpp"
#include "core/queue_fixture.hpp"

// What the tests of the manager's machine share: a manager with a clock, and clients who talk to
// it, so that a test reads like a story.

namespace handoff::core::test {

class ManagerTest;
class Client;

/// How long a request may wait in the manager.
using Patience = std::optional<Millis>;
inline constexpr Patience forever{};
inline constexpr Patience no_wait{Millis{0}};

/// A request that was made, and what has come back.
class Call {
public:
    [[nodiscard]] RequestId id() const { return request.id; }
    [[nodiscard]] bool answered() const;
    /// How often.
    [[nodiscard]] std::size_t answers() const;

    /// The last answer; the test fails if there is none.
    [[nodiscard]] const ReplyBody& answer() const;
    template <class Body>
    [[nodiscard]] const Body& as() const {
        return std::get<Body>(answer());
    }
    /// errc::ok unless it is FAILED.
    [[nodiscard]] errc code() const;
    [[nodiscard]] std::string text() const;
    [[nodiscard]] std::uint64_t count() const;       ///< of DONE
    [[nodiscard]] std::string refused() const;       ///< of SETTLED: "3-5 9"
    [[nodiscard]] Texts items() const;               ///< of DELIVER or PEEKED
    [[nodiscard]] Range tokens() const;              ///< of DELIVER, from the first to the last
    [[nodiscard]] std::uint32_t deliveries() const;  ///< of the first part

    Client* client = nullptr;
    Request request;
};

/// One client with one session. It keeps what it was sent.
class Client {
public:
    Client(ManagerTest& test, std::string name);

    // ---- connections

    /// HELLO on a new connection; goes on with the session if it has one.
    const ReplyBody& connect();
    /// The same with whatever the test changes in the HELLO.
    const ReplyBody& say_hello(Hello hello, ConnectionId on);
    [[nodiscard]] Hello next_hello();
    /// From now on nothing that the manager sends arrives, though it hears everything.
    void cut() { deaf_ = true; }
    /// From now on nothing arrives at the manager either.
    void mute() { mute_ = true; }
    /// The manager learns that the connection is gone.
    void hang_up();
    /// A new connection for the same session; the test fails if that is lost.
    void come_back();
    /// The client's process stands still: no heartbeats.
    void freeze() { frozen = true; }

    [[nodiscard]] ConnectionId connection() const { return connection_; }
    [[nodiscard]] bool resumed() const;

    // ---- requests

    Call ask(RequestBody body, Patience patience = forever);
    /// The same request once more: id, positions and all.
    void again(const Call& call);
    void send(Request request);

    QueueHandle open(const std::string& name, const QueueOptions& options = {});
    Call try_open(const std::string& name, const QueueOptions& options = {}, bool create = true);
    Call put(QueueHandle queue, const Texts& payloads, Patience patience = forever,
             const Columns& columns = {});
    Call withdraw(QueueHandle queue, Range positions);
    Call get(QueueHandle queue, Patience patience = forever, std::uint32_t items_max = 1);
    Call get_any(const std::vector<QueueHandle>& queues, Patience patience = forever);
    Call settle(Verb verb, QueueHandle queue, const std::vector<Range>& tokens);
    Call ack(QueueHandle queue, Range tokens) { return settle(Verb::ack, queue, {tokens}); }
    Call release(QueueHandle queue, Range tokens) { return settle(Verb::release, queue, {tokens}); }
    Call bury(QueueHandle queue, Range tokens) { return settle(Verb::bury, queue, {tokens}); }
    Call give_back(QueueHandle queue, Range tokens) {
        return settle(Verb::giveback, queue, {tokens});
    }
    Call credit(QueueHandle queue, std::uint32_t items, std::uint64_t bytes = 1u << 20);
    Call cursor(QueueHandle queue, Token token);
    Call cancel(const Call& call) { return ask(Cancel{call.id()}); }
    /// Acks `tokens` of `from` and puts `payloads` into `to`.
    Call ack_and_put(QueueHandle from, Range tokens, QueueHandle to, const Texts& payloads,
                     Patience patience = forever);
    Call close(QueueHandle queue, bool now = false) { return ask(Close{queue, now}); }
    Call join(QueueHandle queue, Patience patience = forever) { return ask(Join{queue}, patience); }

    /// Takes and acknowledges all that is ready.
    Texts drain(QueueHandle queue);
    [[nodiscard]] QueueStats stats(QueueHandle queue);

    // ---- what came back

    /// What is known of the client's puts to a queue: "1-2 ok 3 full", without those that wait.
    [[nodiscard]] std::string fate(QueueHandle queue) const;
    /// The payloads that came by credit, and the tokens of the last such delivery.
    [[nodiscard]] Texts streamed() const;
    [[nodiscard]] Range last_streamed() const;
    /// The number of items of each RECALL.
    [[nodiscard]] std::vector<std::uint32_t> recalls() const;
    [[nodiscard]] const Reply* last_reply() const;
    void forget_inbox() { inbox.clear(); }

    std::string name;
    bool frozen = false;
    std::vector<Reply> inbox;
    RequestId done_below = 0;
    Position lowest_unconfirmed = 0;
    std::map<QueueHandle, Position> next_position;

private:
    friend class ManagerTest;
    ManagerTest& test_;
    ConnectionId connection_ = 0;
    std::uint32_t connection_number_ = 0;
    std::optional<SessionId> session_;
    RequestId next_request_ = 1;
    bool deaf_ = false;
    bool mute_ = false;
};

class ManagerTest {
public:
    explicit ManagerTest(ManagerSettings settings = {}, const Recovered& recovered = {});

    /// The client of this name; it says HELLO when it is first mentioned.
    Client& client(const std::string& name);

    /// Time passes as it does in a manager that runs: deadlines fire when they are due, and clients
    /// that are not frozen send their heartbeats.
    void pass(Millis time);
    /// Time passes, and this manager does not run.
    void stop_for(Millis time);

    /// Another life of the manager, which knows this. Clients have not heard of it yet.
    void restart(const Recovered& recovered);

    /// The turn ends; unless the test stores turns itself, it is stored at once.
    void end_turn();
    void deliver_outgoing();

    ConnectionId new_connection() { return next_connection_++; }
    SessionId new_session_id();

    Now now{std::chrono::hours{1}, std::chrono::hours{24 * 365 * 50}};
    ManagerMachine machine;
    bool stores_by_hand = false;
    bool have_keys = false;                          ///< clients show keys, in files of their names
    std::function<void(const Changes&)> on_changes;  ///< of each turn, before it ends
    std::vector<Outgoing> strays;                    ///< to connections that no client has

private:
    ManagerSettings settings_;
    std::deque<Client> clients_;
    ConnectionId next_connection_ = 1;
    std::uint8_t next_session_ = 1;
};

/// Settings with the limits that a test changes.
ManagerSettings with_limits(const Limits& limits);

QueueOptions with_capacity(std::uint64_t items);
QueueOptions with_dead_letter(const std::string& name, std::uint64_t deliveries_max = 16);

}  // namespace handoff::core::test
