#include "core/client_fixture.hpp"

#include <algorithm>

namespace handoff::core::test {

using namespace std::chrono_literals;

ClientTest::ClientTest(ClientSettings settings) : client(std::move(settings), {clock, Time{}}) {}

ClientSettings ClientTest::default_settings() {
    ClientSettings settings;
    settings.endpoint = "ipc:///run/x.sock";
    settings.identity.name = "tester";
    return settings;
}

// ---- the application

CallId ClientTest::call(RequestBody body, const Wait& wait) {
    return client.call(std::move(body), wait, now());
}

CallId ClientTest::put(QueueRef queue, const Texts& items, const Wait& wait) {
    return put(queue, items, Columns{}, wait);
}

CallId ClientTest::put(QueueRef queue, const Texts& items, const Columns& columns,
                       const Wait& wait) {
    return client.put(queue, columns, run_of(items), wait, now());
}

bool ClientTest::has_ended(CallId call) {
    collect();
    return std::any_of(ended_.begin(), ended_.end(),
                       [&](const Completion& ended) { return ended.call == call; });
}

const Outcome& ClientTest::outcome(CallId call) {
    collect();
    const Outcome* found = nullptr;
    for (const Completion& ended : ended_) {
        if (ended.call != call) continue;
        REQUIRE(found == nullptr);  // a call ends once
        found = &ended.outcome;
    }
    REQUIRE(found != nullptr);
    return *found;
}

std::string ClientTest::outcomes(CallId call) {
    std::string text;
    for (const PutDone::Outcome& each : std::get<PutDone>(outcome(call).reply).outcomes) {
        if (!text.empty()) text += ", ";
        text += std::to_string(each.positions.first);
        if (each.positions.count() > 1) text += "-" + std::to_string(each.positions.last);
        text += " " + std::string(to_string(each.code));
    }
    return text;
}

Wait ClientTest::within(Millis limit) const {
    Wait wait;
    wait.until = clock + limit;
    return wait;
}

// ---- the network

void ClientTest::link_up() {
    cut_ = false;
    client.link_up(SessionId{++sessions_}, now());
}

void ClientTest::cut() {
    collect();
    sent_.clear();
    cut_ = true;
}

// ---- the manager

Request ClientTest::next_request() {
    collect();
    REQUIRE_FALSE(sent_.empty());
    Request request = std::move(sent_.front());
    sent_.pop_front();
    return request;
}

bool ClientTest::silent() {
    collect();
    return sent_.empty();
}

void ClientTest::tell(RequestId id, ReplyBody body) {
    client.receive({id, std::move(body)}, now());
}

void ClientTest::meet() {
    link_up();
    welcome(next<Hello>(), false);
}

void ClientTest::meet_again(bool resumed) {
    collect();
    sent_.clear();
    link_down();
    link_up();
    welcome(next<Hello>(), resumed);
}

void ClientTest::welcome(const Request& hello, bool resumed) {
    Welcome welcome;
    welcome.manager = manager;
    welcome.epoch = 1;
    welcome.resumed = resumed;
    welcome.connection_number = body_of<Hello>(hello).connection_number;
    welcome.limits = limits;
    answer(hello, welcome);
}

QueueHandle ClientTest::open_next() {
    const Request open = next<Open>();
    const QueueHandle handle = ++handles_;
    QueueOptions options;
    options.capacity = 1000;
    answer(open, Opened{handle, options});
    return handle;
}

QueueRef ClientTest::open(const std::string& name) {
    const QueueRef ref = queue(name);
    const CallId opening = call(Open{name, {}, true});
    open_next();
    REQUIRE(code(opening) == errc::ok);
    return ref;
}

void ClientTest::take(const Request& put) {
    const Put& body = body_of<Put>(put);
    answer(put, PutDone{body.queue, {outcome_of(body.first, body.first + body.items.count - 1)}});
}

void ClientTest::deliver(const Request& get, QueueHandle queue, Token token, const Texts& items) {
    Part part;
    part.token = token;
    part.id = token;
    part.count = static_cast<std::uint32_t>(items.size());
    part.deliveries = 1;
    answer(get, Deliver{queue, 30s, {part}, {run_of(items).bytes}});
}

// ---- time

void ClientTest::pass(Millis span) {
    collect();
    const Time end = clock + span;
    while (client.next_deadline() <= end) {
        clock = std::max(clock, client.next_deadline());
        client.tick(now());
        collect();
    }
    clock = end;
}

void ClientTest::collect() {
    for (Request& request : client.take_outbox()) {
        if (cut_) continue;
        if (std::holds_alternative<Heartbeat>(request.body) && request.id == 0) {
            ++heartbeats;
            if (answers_heartbeats) tell(0, Alive{});
        } else {
            sent_.push_back(std::move(request));
        }
    }
    for (Completion& completion : client.take_completions()) {
        ended_.push_back(std::move(completion));
    }
}

}  // namespace handoff::core::test
