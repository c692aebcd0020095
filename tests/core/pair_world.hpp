#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/client_fixture.hpp"
#include "core/manager_machine.hpp"
#include "core/streams.hpp"

// A manager and clients, real ones, and between them a network without sockets. Every message that
// arrives is one event, and each event can be the one at which the connection breaks.

namespace handoff::core::test {

class PairWorld;

/// A client of the world: its machine, its streaming ends, its connection, and how its calls ended.
class Peer {
public:
    Peer(PairWorld& world, std::uint8_t number);

    QueueRef queue(const std::string& name) { return client.queue(name, {}); }
    CallId put(QueueRef queue, const Texts& items, const Wait& wait = {},
               const Columns& columns = {});
    CallId call(RequestBody body, const Wait& wait = {});
    CallId get(QueueRef queue, const Wait& wait = {}) { return call(get_from({queue}), wait); }
    void cancel(CallId call);

    [[nodiscard]] bool has_ended(CallId call) const { return outcomes.count(call) > 0; }
    /// The test fails if the call has not ended.
    [[nodiscard]] const Outcome& outcome(CallId call) const;
    [[nodiscard]] errc code(CallId call) const { return outcome(call).code; }
    /// Of a get that has ended well: its items, and the tokens of the first part.
    [[nodiscard]] Texts items(CallId call) const;
    [[nodiscard]] Range tokens(CallId call) const;

    [[nodiscard]] bool connected() const { return connection != 0; }

    ClientMachine client;
    Streams streams;
    std::map<CallId, Outcome> outcomes;
    std::size_t ended_twice = 0;
    /// Is told of every end, when it comes.
    std::function<void(CallId, const Outcome&)> on_end;

private:
    friend class PairWorld;
    PairWorld& world_;
    std::uint8_t number_ = 0;
    std::uint8_t sessions_ = 0;
    ConnectionId connection = 0;
    std::deque<Request> to_manager_;
    std::deque<Reply> to_client_;
};

class PairWorld {
public:
    explicit PairWorld(Limits limits = {});

    static Limits quick_limits();

    Peer& add_client();

    // ---- connections
    void connect(Peer& peer);
    /// All that is on its way is lost. The manager hears of it at once, or never.
    void cut(Peer& peer, bool manager_hears = true);
    /// The manager begins a new life, knowing nothing.
    void restart_manager();

    // ---- one thing after the other
    /// What the client has to say is on its way.
    void send_all(Peer& peer);
    /// The oldest message on its way to the manager, or to the client, arrives; false if there is
    /// none.
    bool arrive_at_manager(Peer& peer);
    bool arrive_at_client(Peer& peer);
    void tick();
    void tick_manager();
    void tick_client(Peer& peer);
    /// Messages arrive, in turns, until there are none. With `cut_at`, the event of that number
    /// does not happen: the connection of `victim` breaks instead and is made again at once.
    void settle();
    /// Time passes; everybody is woken when he wants to be, and all messages arrive.
    void pass(Millis span);

    [[nodiscard]] Now now() const { return {clock, clock}; }
    [[nodiscard]] QueueStats stats(const std::string& queue);

    Time clock = std::chrono::hours{1};
    std::unique_ptr<ManagerMachine> manager;
    std::deque<Peer> peers;
    Limits limits;

    Peer* victim = nullptr;
    std::optional<std::size_t> cut_at;
    bool manager_hears = true;
    std::size_t events = 0;  ///< messages of the victim that arrived

private:
    friend class Peer;
    bool breaks_now(Peer& peer);
    void route();
    void collect(Peer& peer);

    std::uint8_t lives_ = 0;
    Token next_token_ = 1;
    ConnectionId next_connection_ = 1;
};

/// Tells the story without a cut to see how many messages of the victim it takes, and then with
/// each one cut. A Scene has a `world` with a victim, and says in check() what holds at the end of
/// every story.
template <class Scene, class Story>
void cut_everywhere(const Story& story) {
    std::size_t messages = 0;
    {
        Scene whole;
        story(whole);
        messages = whole.world.events;
    }
    REQUIRE(messages > 0);
    for (const bool manager_hears : {true, false}) {
        for (std::size_t at = 1; at <= messages; ++at) {
            INFO("cut at message " << at << " of " << messages << ", and the manager "
                                   << (manager_hears ? "hears" : "does not hear") << " of it");
            Scene scene;
            scene.world.cut_at = at;
            scene.world.manager_hears = manager_hears;
            story(scene);
            scene.check();
        }
    }
}

}  // namespace handoff::core::test
