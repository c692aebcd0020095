#include "simulation/world/network.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "simulation/world/world.hpp"

namespace handoff::core::sim {

Network::Route& Network::route(ClientIndex client) {
    if (routes_.size() <= client) routes_.resize(client + 1);
    return routes_[client];
}

ConnectionId Network::connection_of(ClientIndex client) const {
    return client < routes_.size() ? routes_[client].connection : 0;
}

ConnectionId Network::connect(ClientIndex client) {
    Route& route = this->route(client);
    const Time now = world_.schedule.now();
    const bool silent = now < route.to_manager_silent || now < route.to_client_silent;
    if (!world_.manager.is_up() || silent) return 0;
    route.connection = next_++;
    lines_[route.connection].client = client;
    return route.connection;
}

template <typename Message>
Network::Pipe<Message>& Network::pipe_of(Line& line) {
    if constexpr (std::is_same_v<Message, Request>) {
        return line.to_manager;
    } else {
        return line.to_client;
    }
}

template <typename Message>
Time Network::silent_until(const Line& line) {
    const Route& route = this->route(line.client);
    return std::is_same_v<Message, Request> ? route.to_manager_silent : route.to_client_silent;
}

void Network::send(ConnectionId over, Request request) {
    const auto line = lines_.find(over);
    if (line == lines_.end() || line->second.cut) return;
    post(over, line->second.to_manager, std::move(request));
}

void Network::send(ConnectionId over, Reply reply) {
    const auto line = lines_.find(over);
    if (line == lines_.end() || line->second.cut) return;
    post(over, line->second.to_client, std::move(reply));
}

template <typename Message>
void Network::post(ConnectionId over, Pipe<Message>& pipe, Message message) {
    const Plan& plan = world_.plan;
    const Time takes = plan.delay_min + world_.lots.within(plan.delay_max - plan.delay_min);
    pipe.last = std::max(pipe.last, world_.schedule.now() + takes);
    pipe.parcels.push_back({pipe.last, std::move(message)});
    wake_at<Message>(pipe.last, over);
}

template <typename Message>
void Network::wake_at(Time when, ConnectionId over) {
    world_.schedule.at(when, [this, over] { flow<Message>(over); });
}

template <typename Message>
void Network::flow(ConnectionId over) {
    const auto found = lines_.find(over);
    if (found == lines_.end()) return;
    Line& line = found->second;
    const Time now = world_.schedule.now();
    Pipe<Message>& pipe = pipe_of<Message>(line);
    const Time silent = silent_until<Message>(line);
    if (now < silent) {
        if (!pipe.parcels.empty()) wake_at<Message>(silent, over);
        return;
    }
    while (!pipe.parcels.empty() && pipe.parcels.front().arrives <= now) {
        Message message = std::move(pipe.parcels.front().message);
        pipe.parcels.pop_front();
        if constexpr (std::is_same_v<Message, Request>) {
            world_.manager.arrive(over, std::move(message));
        } else {
            world_.clients[line.client].arrive(over, std::move(message));
        }
    }
    forget_if_empty(over);
}

template <typename Message>
void Network::lose_some(Pipe<Message>& pipe) {
    const std::size_t left =
        world_.plan.late_frames ? world_.lots.below(pipe.parcels.size() + 1) : 0;
    pipe.parcels.erase(pipe.parcels.begin() + static_cast<std::ptrdiff_t>(left),
                       pipe.parcels.end());
}

void Network::forget_if_empty(ConnectionId over) {
    const auto line = lines_.find(over);
    if (line == lines_.end() || !line->second.cut) return;
    if (line->second.to_manager.parcels.empty() && line->second.to_client.parcels.empty()) {
        lines_.erase(line);
    }
}

void Network::cut(ClientIndex client, bool manager_hears) {
    const ConnectionId over = std::exchange(route(client).connection, 0);
    if (over == 0) return;
    Line& line = lines_.at(over);
    line.cut = true;
    lose_some(line.to_manager);
    lose_some(line.to_client);
    if (manager_hears) tell_manager_of_end(over, line);
    world_.clients[client].link_lost();
    forget_if_empty(over);
}

void Network::tell_manager_of_end(ConnectionId over, const Line& line) {
    const Time now = world_.schedule.now();
    const Time last = world_.lots.one_in(2) ? now : std::max(now, line.to_manager.last);
    world_.schedule.at(last + world_.lots.within(world_.plan.delay_max),
                       [this, over] { world_.manager.hear_gone(over); });
}

void Network::end_of(ClientIndex client, bool all_arrives, bool manager_hears) {
    const ConnectionId over = std::exchange(route(client).connection, 0);
    for (auto& [connection, line] : lines_) {
        if (line.client == client) line.to_client.parcels.clear();
    }
    if (over == 0) return;
    Line& line = lines_.at(over);
    line.cut = true;
    if (!all_arrives) lose_some(line.to_manager);
    if (manager_hears) tell_manager_of_end(over, line);
    forget_if_empty(over);
}

void Network::cut_all() {
    for (ClientIndex client = 0; client < routes_.size(); ++client) cut(client, false);
    for (auto& [connection, line] : lines_) line.to_manager.parcels.clear();
}

void Network::silence(ClientIndex client, bool to_manager, bool to_client, Time until) {
    Route& route = this->route(client);
    if (to_manager) route.to_manager_silent = until;
    if (to_client) route.to_client_silent = until;
}

void Network::heal() {
    for (Route& route : routes_) {
        route.to_manager_silent = {};
        route.to_client_silent = {};
    }
    for (const auto& [connection, line] : lines_) {
        wake_at<Request>(world_.schedule.now(), connection);
        wake_at<Reply>(world_.schedule.now(), connection);
    }
}

}  // namespace handoff::core::sim
