#include "core/manager_driver.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "support/catch.hpp"

namespace handoff::core::test {

using namespace std::chrono_literals;

namespace {

std::string text_of(Range range) {
    std::string text = std::to_string(range.first);
    if (range.last != range.first) text += "-" + std::to_string(range.last);
    return text;
}

void append_word(std::string& text, const std::string& word) {
    if (!text.empty()) text += ' ';
    text += word;
}

template <class Body>
Texts payloads_in(const Body& body) {
    Texts all;
    for (const Slice& run : body.runs) {
        for (std::string& payload : payloads_of(run.view())) all.push_back(std::move(payload));
    }
    return all;
}

Range tokens_of(const Deliver& deliver) {
    const Part& last = deliver.parts.back();
    return {deliver.parts.front().token, last.token + last.count - 1};
}

}  // namespace

// ------------------------------------------------------------------ Call

bool Call::answered() const {
    return answers() > 0;
}

std::size_t Call::answers() const {
    return static_cast<std::size_t>(
        std::count_if(client->inbox.begin(), client->inbox.end(),
                      [&](const Reply& reply) { return reply.id == request.id; }));
}

const ReplyBody& Call::answer() const {
    const auto found = std::find_if(client->inbox.rbegin(), client->inbox.rend(),
                                    [&](const Reply& reply) { return reply.id == request.id; });
    REQUIRE(found != client->inbox.rend());
    return found->body;
}

errc Call::code() const {
    const auto* failure = std::get_if<Failed>(&answer());
    return failure == nullptr ? errc::ok : failure->code;
}

std::string Call::text() const {
    return as<Failed>().text;
}

std::uint64_t Call::count() const {
    return as<Done>().count;
}

std::string Call::refused() const {
    std::string text;
    for (const Range range : as<Settled>().refused) append_word(text, text_of(range));
    return text;
}

Texts Call::items() const {
    if (const auto* peeked = std::get_if<Peeked>(&answer())) return payloads_in(*peeked);
    return payloads_in(as<Deliver>());
}

Range Call::tokens() const {
    return tokens_of(as<Deliver>());
}

std::uint32_t Call::deliveries() const {
    return as<Deliver>().parts.front().deliveries;
}

// ------------------------------------------------------------------ Client

Client::Client(ManagerTest& test, std::string given) : name(std::move(given)), test_(test) {}

Hello Client::next_hello() {
    Hello hello;
    hello.resume = session_;
    hello.fresh = test_.new_session_id();
    hello.connection_number = connection_number_ + 1;
    if (test_.have_keys) {
        hello.user = "key of " + name;
        hello.user_names = {name};
    }
    return hello;
}

const ReplyBody& Client::connect() {
    return say_hello(next_hello(), test_.new_connection());
}

const ReplyBody& Client::say_hello(Hello hello, ConnectionId on) {
    connection_ = on;
    connection_number_ = hello.connection_number;
    deaf_ = false;
    mute_ = false;
    const std::size_t before = inbox.size();
    send({0, 0, {}, {}, hello});
    REQUIRE(inbox.size() > before);
    const ReplyBody& answer = inbox[before].body;
    if (const auto* welcome = std::get_if<Welcome>(&answer)) {
        if (!welcome->resumed) session_ = hello.fresh;
    }
    return answer;
}

void Client::hang_up() {
    test_.machine.disconnected(connection_, test_.now);
    deaf_ = true;
}

void Client::come_back() {
    const auto* welcome = std::get_if<Welcome>(&connect());
    REQUIRE(welcome != nullptr);
    REQUIRE(welcome->resumed);
}

bool Client::resumed() const {
    for (auto it = inbox.rbegin(); it != inbox.rend(); ++it) {
        if (const auto* welcome = std::get_if<Welcome>(&it->body)) return welcome->resumed;
    }
    return false;
}

Call Client::ask(RequestBody body, Patience patience) {
    Call call{this, {next_request_++, done_below, patience, {}, std::move(body)}};
    send(call.request);
    return call;
}

void Client::again(const Call& call) {
    send(call.request);
}

void Client::send(Request request) {
    if (mute_) return;
    test_.machine.apply(connection_, std::move(request), test_.now);
    test_.end_turn();
}

QueueHandle Client::open(const std::string& queue, const QueueOptions& options) {
    return try_open(queue, options).as<Opened>().queue;
}

Call Client::try_open(const std::string& queue, const QueueOptions& options, bool create) {
    return ask(Open{queue, options, create});
}

Call Client::put(QueueHandle queue, const Texts& payloads, Patience patience,
                 const Columns& columns) {
    Position& next = next_position.try_emplace(queue, 1).first->second;
    Put put{queue, next, lowest_unconfirmed, columns, run_of(payloads)};
    next += payloads.size();
    return ask(std::move(put), patience);
}

Call Client::withdraw(QueueHandle queue, Range positions) {
    return ask(Withdraw{queue, positions});
}

Call Client::get(QueueHandle queue, Patience patience, std::uint32_t items_max) {
    return ask(Get{{queue}, items_max, {}}, patience);
}

Call Client::get_any(const std::vector<QueueHandle>& queues, Patience patience) {
    return ask(Get{queues, 1, {}}, patience);
}

Call Client::settle(Verb verb, QueueHandle queue, const std::vector<Range>& tokens) {
    Settle settle;
    settle.verb = verb;
    settle.queue = queue;
    settle.tokens = tokens;
    return ask(std::move(settle));
}

Call Client::credit(QueueHandle queue, std::uint32_t items, std::uint64_t bytes) {
    return ask(Credit{queue, items, bytes, {}, {}});
}

Call Client::cursor(QueueHandle queue, Token token) {
    return ask(Heartbeat{{{queue, token}}});
}

Call Client::ack_and_put(QueueHandle from, Range tokens, QueueHandle to, const Texts& payloads,
                         Patience patience) {
    Commit commit;
    commit.acks.push_back({from, {tokens}});
    commit.puts.push_back({to, {}, run_of(payloads)});
    return ask(std::move(commit), patience);
}

Texts Client::drain(QueueHandle queue) {
    Texts all;
    for (;;) {
        const Call get = this->get(queue, no_wait, 1000);
        if (get.code() != errc::ok) return all;
        for (std::string& payload : get.items()) all.push_back(std::move(payload));
        ack(queue, get.tokens());
    }
}

QueueStats Client::stats(QueueHandle queue) {
    return ask(Stats{{queue}, {}, 1}).as<StatsReply>().queues.at(0);
}

std::string Client::fate(QueueHandle queue) const {
    std::map<Position, PutDone::Outcome> known;
    for (const Reply& reply : inbox) {
        const auto* done = std::get_if<PutDone>(&reply.body);
        if (done == nullptr || done->queue != queue) continue;
        for (const PutDone::Outcome& outcome : done->outcomes) {
            for (Position at = outcome.positions.first; at <= outcome.positions.last; ++at) {
                known[at] = {{at, at}, outcome.code, outcome.level};
            }
        }
    }
    std::string text;
    for (auto it = known.begin(); it != known.end();) {
        PutDone::Outcome same = it->second;
        while (++it != known.end() && it->first == same.positions.last + 1 &&
               it->second.code == same.code) {
            same.positions.last = it->first;
        }
        append_word(text, text_of(same.positions) + " " + std::string(to_string(same.code)));
    }
    return text;
}

Texts Client::streamed() const {
    Texts all;
    for (const Reply& reply : inbox) {
        const auto* deliver = std::get_if<Deliver>(&reply.body);
        if (deliver == nullptr || reply.id != 0) continue;
        for (std::string& payload : payloads_in(*deliver)) all.push_back(std::move(payload));
    }
    return all;
}

Range Client::last_streamed() const {
    for (auto it = inbox.rbegin(); it != inbox.rend(); ++it) {
        const auto* deliver = std::get_if<Deliver>(&it->body);
        if (deliver != nullptr && it->id == 0) return tokens_of(*deliver);
    }
    FAIL("nothing came by credit");
    return {};
}

std::vector<std::uint32_t> Client::recalls() const {
    std::vector<std::uint32_t> items;
    for (const Reply& reply : inbox) {
        if (const auto* recall = std::get_if<Recall>(&reply.body)) items.push_back(recall->items);
    }
    return items;
}

const Reply* Client::last_reply() const {
    return inbox.empty() ? nullptr : &inbox.back();
}

// ------------------------------------------------------------------ ManagerTest

ManagerTest::ManagerTest(ManagerSettings settings, const Recovered& recovered)
    : machine(settings, now, recovered), settings_(settings) {}

Client& ManagerTest::client(const std::string& name) {
    for (Client& known : clients_) {
        if (known.name == name) return known;
    }
    Client& fresh = clients_.emplace_back(*this, name);
    REQUIRE(std::holds_alternative<Welcome>(fresh.connect()));
    return fresh;
}

void ManagerTest::pass(Millis time) {
    const Time end = now.boot + time;
    while (now.boot < end) {
        const Time nap = std::min<Time>(settings_.limits.session_limit / 8, end - now.boot);
        const Deadlines next = machine.next_deadline();
        const Time until_boot = std::max<Time>(next.boot - now.boot, 1ns);
        const Time until_wall = std::max<Time>(next.wall - now.wall, 1ns);
        const Time step = std::min(nap, std::min(until_boot, until_wall));
        now.boot += step;
        now.wall += step;
        for (Client& client : clients_) {
            if (client.frozen || client.mute_ || client.connection_ == 0) continue;
            machine.apply(client.connection_, {0, 0, {}, {}, Heartbeat{}}, now);
        }
        machine.tick(now);
        end_turn();
    }
}

void ManagerTest::stop_for(Millis time) {
    now.boot += time;
    now.wall += time;
}

void ManagerTest::restart(const Recovered& recovered) {
    ++settings_.epoch;
    machine = ManagerMachine(settings_, now, recovered);
}

void ManagerTest::end_turn() {
    const std::optional<Changes> changes = machine.take_changes();
    if (changes && on_changes) on_changes(*changes);
    const Turn turn = machine.end_turn();
    if (!stores_by_hand) machine.committed(turn);
    deliver_outgoing();
}

void ManagerTest::deliver_outgoing() {
    for (Outgoing& out : machine.take_outgoing()) {
        const auto owner =
            std::find_if(clients_.begin(), clients_.end(),
                         [&](const Client& client) { return client.connection_ == out.to; });
        if (owner == clients_.end()) {
            strays.push_back(std::move(out));
        } else if (!owner->deaf_ && !std::holds_alternative<Alive>(out.reply.body)) {
            owner->inbox.push_back(std::move(out.reply));
        }
    }
}

SessionId ManagerTest::new_session_id() {
    SessionId id{};
    id.back() = next_session_++;
    return id;
}

ManagerSettings with_limits(const Limits& limits) {
    ManagerSettings settings;
    settings.limits = limits;
    return settings;
}

QueueOptions with_capacity(std::uint64_t items) {
    QueueOptions options;
    options.capacity = items;
    return options;
}

QueueOptions with_dead_letter(const std::string& name, std::uint64_t deliveries_max) {
    QueueOptions options;
    options.dead_letter = name;
    options.deliveries_max = deliveries_max;
    return options;
}

}  // namespace handoff::core::test
