#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "core/commit_gate.hpp"
#include "core/messages.hpp"
#include "core/time.hpp"

namespace handoff::core::sim {

struct World;
using ClientIndex = std::size_t;

/// Between clients and the manager. Within a connection messages keep their order and none is lost
/// before others that arrive; it can be cut at any message, and be silent in either direction for a
/// while. Of what was sent when it is cut, some may still arrive, before or after the first
/// messages of the next connection.
class Network {
public:
    explicit Network(World& world) : world_(world) {}

    /// A new connection of this client, who has none; 0: it cannot be made now.
    ConnectionId connect(ClientIndex client);
    void send(ConnectionId over, Request request);
    void send(ConnectionId over, Reply reply);

    /// The manager hears of it a little later, or never.
    void cut(ClientIndex client, bool manager_hears);
    /// The manager's process is gone, and all connections with it.
    void cut_all();
    /// The client's process is gone; all that it said before may be lost, or only what comes last.
    void end_of(ClientIndex client, bool all_arrives, bool manager_hears);

    /// What is on its way in a direction waits until then.
    void silence(ClientIndex client, bool to_manager, bool to_client, Time until);
    void heal();

    [[nodiscard]] ConnectionId connection_of(ClientIndex client) const;

private:
    template <typename Message>
    struct Pipe {
        struct Parcel {
            Time arrives{};
            Message message;
        };
        std::deque<Parcel> parcels;
        Time last{};
    };
    struct Line {
        ClientIndex client = 0;
        bool cut = false;
        Pipe<Request> to_manager;
        Pipe<Reply> to_client;
    };
    /// How a client is reached, over whichever connection.
    struct Route {
        ConnectionId connection = 0;
        Time to_manager_silent{}, to_client_silent{};
    };

    template <typename Message>
    void post(ConnectionId over, Pipe<Message>& pipe, Message message);
    template <typename Message>
    void wake_at(Time when, ConnectionId over);
    template <typename Message>
    void flow(ConnectionId over);
    template <typename Message>
    Pipe<Message>& pipe_of(Line& line);
    template <typename Message>
    [[nodiscard]] Time silent_until(const Line& line);
    template <typename Message>
    void lose_some(Pipe<Message>& pipe);
    void tell_manager_of_end(ConnectionId over, const Line& line);
    void forget_if_empty(ConnectionId over);
    Route& route(ClientIndex client);

    World& world_;
    ConnectionId next_ = 1;
    std::map<ConnectionId, Line> lines_;
    std::vector<Route> routes_;
};

}  // namespace handoff::core::sim
