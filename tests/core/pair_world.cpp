#include "core/pair_world.hpp"

#include <algorithm>

namespace handoff::core::test {

using namespace std::chrono_literals;

namespace {

ClientSettings settings_of_peer(std::uint8_t number) {
    ClientSettings settings;
    settings.endpoint = "inproc://pair";
    settings.identity.name = "peer " + std::to_string(number);
    return settings;
}

}  // namespace

// ------------------------------------------------------------------ peers

Peer::Peer(PairWorld& world, std::uint8_t number)
    : client(settings_of_peer(number), world.now()),
      streams(client),
      world_(world),
      number_(number) {}

CallId Peer::put(QueueRef queue, const Texts& items, const Wait& wait, const Columns& columns) {
    return client.put(queue, columns, run_of(items), wait, world_.now());
}

CallId Peer::call(RequestBody body, const Wait& wait) {
    return client.call(std::move(body), wait, world_.now());
}

void Peer::cancel(CallId call) {
    client.cancel(call, world_.now());
}

const Outcome& Peer::outcome(CallId call) const {
    const auto found = outcomes.find(call);
    INFO("peer " << int(number_) << ", call " << call);
    REQUIRE(found != outcomes.end());
    return found->second;
}

Texts Peer::items(CallId call) const {
    INFO(outcome(call).text);
    REQUIRE(code(call) == errc::ok);
    Texts all;
    for (const Slice& run : std::get<Deliver>(outcome(call).reply).runs) {
        for (std::string& item : payloads_of(run.view())) all.push_back(std::move(item));
    }
    return all;
}

Range Peer::tokens(CallId call) const {
    INFO(outcome(call).text);
    REQUIRE(code(call) == errc::ok);
    const Part& part = std::get<Deliver>(outcome(call).reply).parts.front();
    return {part.token, part.token + part.count - 1};
}

// ------------------------------------------------------------------ the world

PairWorld::PairWorld(Limits given) : limits(given) {
    restart_manager();
}

Limits PairWorld::quick_limits() {
    Limits quick;
    quick.heartbeat = 100ms;
    quick.session_limit = 1000ms;
    return quick;
}

Peer& PairWorld::add_client() {
    peers.emplace_back(*this, static_cast<std::uint8_t>(peers.size() + 1));
    connect(peers.back());
    return peers.back();
}

void PairWorld::connect(Peer& peer) {
    peer.connection = next_connection_++;
    SessionId fresh{};
    fresh[0] = peer.number_;
    fresh[1] = ++peer.sessions_;
    peer.client.link_up(fresh, now());
}

void PairWorld::cut(Peer& peer, bool hears) {
    if (peer.connection == 0) return;
    if (hears) manager->disconnected(peer.connection, now());
    peer.connection = 0;
    peer.to_manager_.clear();
    peer.to_client_.clear();
    peer.client.link_down(now());
}

void PairWorld::restart_manager() {
    for (Peer& peer : peers) cut(peer);
    ManagerSettings settings;
    settings.id = ManagerId{++lives_};
    settings.limits = limits;
    settings.first_token = next_token_;
    next_token_ += 1'000'000;
    manager = std::make_unique<ManagerMachine>(settings, now());
}

void PairWorld::send_all(Peer& peer) {
    peer.streams.turn(now());
    for (Request& request : peer.client.take_outbox()) {
        if (peer.connection != 0) peer.to_manager_.push_back(std::move(request));
    }
}

bool PairWorld::breaks_now(Peer& peer) {
    if (&peer != victim || ++events != cut_at) return false;
    cut(peer, manager_hears);
    connect(peer);
    return true;
}

bool PairWorld::arrive_at_manager(Peer& peer) {
    send_all(peer);
    if (peer.to_manager_.empty()) return false;
    if (breaks_now(peer)) return true;
    Request request = std::move(peer.to_manager_.front());
    peer.to_manager_.pop_front();
    manager->apply(peer.connection, std::move(request), now());
    route();
    return true;
}

bool PairWorld::arrive_at_client(Peer& peer) {
    if (peer.to_client_.empty()) return false;
    if (breaks_now(peer)) return true;
    Reply reply = std::move(peer.to_client_.front());
    peer.to_client_.pop_front();
    peer.client.receive(std::move(reply), now());
    collect(peer);
    return true;
}

void PairWorld::route() {
    manager->committed(manager->end_turn());
    for (Outgoing& out : manager->take_outgoing()) {
        for (Peer& peer : peers) {
            if (peer.connection == out.to) peer.to_client_.push_back(std::move(out.reply));
        }
    }
}

void PairWorld::collect(Peer& peer) {
    for (Completion& ended : peer.client.take_completions()) {
        if (peer.streams.take(ended, now())) continue;
        const auto [known, first] = peer.outcomes.emplace(ended.call, std::move(ended.outcome));
        if (!first) ++peer.ended_twice;
        if (peer.on_end) peer.on_end(known->first, known->second);
    }
}

void PairWorld::tick() {
    tick_manager();
    for (Peer& peer : peers) tick_client(peer);
}

void PairWorld::tick_manager() {
    manager->tick(now());
    route();
}

void PairWorld::tick_client(Peer& peer) {
    peer.client.tick(now());
    collect(peer);
    peer.streams.turn(now());
}

void PairWorld::settle() {
    for (bool moved = true; moved;) {
        moved = false;
        for (Peer& peer : peers) {
            while (arrive_at_manager(peer)) moved = true;
            while (arrive_at_client(peer)) moved = true;
            collect(peer);
        }
    }
}

void PairWorld::pass(Millis span) {
    const Time end = clock + span;
    for (;;) {
        settle();
        const Deadlines managers = manager->next_deadline();
        Time next = std::min(managers.boot, managers.wall);
        for (Peer& peer : peers) {
            next = std::min({next, peer.client.next_deadline(), peer.streams.next_deadline()});
        }
        if (next > end) break;
        clock = std::max(clock, next);
        tick();
    }
    clock = end;
}

QueueStats PairWorld::stats(const std::string& queue) {
    for (const QueueStats& each : manager->report(now()).queues) {
        if (each.name == queue) return each;
    }
    return {};
}

}  // namespace handoff::core::test
