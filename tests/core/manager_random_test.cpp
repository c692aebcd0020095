#include <random>
#include <set>

#include "core/manager_driver.hpp"
#include "support/catch.hpp"

// Bad days by the dozen: clients do what they like, connections break in either direction, leases
// lapse, and at the end the books must balance. A seed replays exactly.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;

namespace {

/// A client that sends again what it has no answer to, as every client must.
class Actor {
public:
    Actor(Client& client, std::vector<QueueHandle> queues, std::mt19937& dice)
        : client_(client), queues_(std::move(queues)), dice_(dice) {}

    void act(int& next_payload) {
        switch (roll(12)) {
            case 0:
            case 1:
            case 2: put(next_payload); break;
            case 3:
            case 4: calls_.push_back(client_.get(any_queue(), patience(), roll(4) + 1)); break;
            case 5: calls_.push_back(client_.get_any(queues_, patience())); break;
            case 6:
            case 7: settle(); break;
            case 8: commit(next_payload); break;
            case 9: cancel(); break;
            case 10: lose_answers(); break;
            default: come_back(); break;
        }
        learn();
    }

    /// Back on a connection, with nothing left to wait for.
    void wind_up() {
        come_back();
        for (const Call& call : calls_) {
            if (!call.answered()) client_.cancel(call);
        }
        for (const auto& [queue, next] : client_.next_position) {
            if (next > 1) client_.withdraw(queue, {1, next - 1});
        }
        learn();
        for (const Lease& lease : leases_) client_.release(lease.queue, lease.tokens);
        leases_.clear();
    }

    /// Payloads that are surely in, and those that surely are not.
    void tell(std::multiset<std::string>& put, std::multiset<std::string>& refused) const {
        for (const auto& [queue, payloads] : sent_) {
            std::map<Position, errc> known;
            for (const Reply& reply : client_.inbox) {
                const auto* done = std::get_if<PutDone>(&reply.body);
                if (done == nullptr || done->queue != queue) continue;
                for (const PutDone::Outcome& outcome : done->outcomes) {
                    for (Position at = outcome.positions.first; at <= outcome.positions.last;
                         ++at) {
                        const auto [it, fresh] = known.emplace(at, outcome.code);
                        CHECK(it->second == outcome.code);  // the first answer, again and again
                    }
                }
            }
            REQUIRE(known.size() == payloads.size());
            for (const auto& [at, code] : known) {
                (code == errc::ok ? put : refused).insert(payloads.at(at - 1));
            }
        }
        for (const auto& [commit, payloads] : commits_) {
            auto& side = commit.code() == errc::ok ? put : refused;
            side.insert(payloads.begin(), payloads.end());
        }
    }

    /// Nobody stays away until its session is lost: what became of its puts could not be known.
    void come_back_in_time() {
        if (++steps_away_ > 4) come_back();
    }

    std::multiset<std::string> taken;  ///< acknowledged, and confirmed
    [[nodiscard]] bool connected() const { return connected_; }

private:
    struct Lease {
        QueueHandle queue = 0;
        Range tokens;
        Texts payloads;
    };
    struct Ack {
        Call call;
        Texts payloads;
        bool counted = false;
    };

    std::uint32_t roll(std::uint32_t sides) { return static_cast<std::uint32_t>(dice_()) % sides; }
    QueueHandle any_queue() { return queues_[roll(static_cast<std::uint32_t>(queues_.size()))]; }
    Patience patience() {
        const std::uint32_t choice = roll(3);
        return choice == 0 ? forever : choice == 1 ? no_wait : Patience{Millis{roll(3000)}};
    }
    Texts payloads(int& next) {
        Texts all;
        for (std::uint32_t i = roll(4) + 1; i > 0; --i) all.push_back(std::to_string(next++));
        return all;
    }

    void put(int& next) {
        const QueueHandle queue = any_queue();
        const Texts batch = payloads(next);
        Texts& all = sent_[queue];
        all.insert(all.end(), batch.begin(), batch.end());
        puts_.push_back(client_.put(queue, batch, patience()));
    }
    Lease some_lease() {
        const Lease lease = leases_.back();
        leases_.pop_back();
        return lease;
    }
    void settle() {
        if (leases_.empty()) return;
        const Lease lease = some_lease();
        const Verb verb = roll(3) == 0 ? Verb::release : Verb::ack;
        calls_.push_back(client_.settle(verb, lease.queue, {lease.tokens}));
        if (verb == Verb::ack) acks_.push_back({calls_.back(), lease.payloads});
    }
    void commit(int& next) {
        if (leases_.empty()) return;
        const Lease lease = some_lease();
        const Texts batch = payloads(next);
        calls_.push_back(
            client_.ack_and_put(lease.queue, lease.tokens, any_queue(), batch, patience()));
        acks_.push_back({calls_.back(), lease.payloads});
        commits_.emplace_back(calls_.back(), batch);
    }
    void cancel() {
        if (!calls_.empty()) {
            client_.cancel(calls_[roll(static_cast<std::uint32_t>(calls_.size()))]);
        }
    }
    void lose_answers() {
        if (!connected_) return;
        connected_ = false;
        steps_away_ = 0;
        client_.cut();
        if (roll(2) == 0) client_.mute();
        if (roll(2) == 0) client_.hang_up();
    }
    void come_back() {
        if (connected_) return;
        connected_ = true;
        client_.come_back();
        std::map<RequestId, Call> again;
        for (const Call& call : calls_) {
            if (!call.answered()) again.emplace(call.id(), call);
        }
        for (const Call& put : puts_) again.emplace(put.id(), put);
        for (const auto& [id, call] : again) client_.again(call);
    }

    /// Takes notice of what has been answered.
    void learn() {
        for (const Call& call : calls_) {
            if (!std::holds_alternative<Get>(call.request.body) || !call.answered()) continue;
            const auto* deliver = std::get_if<Deliver>(&call.answer());
            if (deliver == nullptr || !seen_.insert(call.id()).second) continue;
            leases_.push_back({deliver->queue, call.tokens(), call.items()});
        }
        for (Ack& ack : acks_) {
            if (ack.counted || !ack.call.answered()) continue;
            ack.counted = true;
            const auto* settled = std::get_if<Settled>(&ack.call.answer());
            const bool done =
                settled != nullptr ? settled->refused.empty() : ack.call.code() == errc::ok;
            if (done) taken.insert(ack.payloads.begin(), ack.payloads.end());
        }
    }

    Client& client_;
    std::vector<QueueHandle> queues_;
    std::mt19937& dice_;
    bool connected_ = true;
    int steps_away_ = 0;
    std::vector<Call> calls_;
    std::vector<Call> puts_;
    std::vector<Ack> acks_;
    std::vector<std::pair<Call, Texts>> commits_;
    std::vector<Lease> leases_;
    std::set<RequestId> seen_;
    std::map<QueueHandle, Texts> sent_;
};

void check_books(const StatsReply& report, bool all_connected) {
    for (const QueueStats& queue : report.queues) {
        const std::uint64_t here = queue.ready + queue.leased + queue.delayed + queue.dead;
        CHECK(here <= *queue.options.capacity);
        CHECK(queue.puts == here + queue.acks + queue.expired + queue.purged);
        // Nobody waits while something is ready.
        if (all_connected && queue.ready > 0) CHECK(queue.waiting_gets == 0);
    }
}

void live_through(std::uint32_t seed) {
    ManagerTest test;
    std::mt19937 dice(seed);
    const std::vector<QueueHandle> queues{
        test.client("ann").open("wide", with_capacity(20)),
        test.client("ann").open("narrow", with_capacity(4)),
    };
    std::vector<Actor> actors;
    for (const char* name : {"ann", "bob", "eve"}) {
        actors.emplace_back(test.client(name), queues, dice);
    }
    int next_payload = 1;
    for (int step = 0; step < 300; ++step) {
        actors[dice() % actors.size()].act(next_payload);
        if (dice() % 8 == 0) {
            for (Actor& actor : actors) actor.come_back_in_time();
            test.pass(Millis{dice() % 1500});
        }
        const bool all_connected =
            std::all_of(actors.begin(), actors.end(), [](const Actor& a) { return a.connected(); });
        check_books(test.machine.report(test.now), all_connected);
    }
    for (Actor& actor : actors) actor.wind_up();

    std::multiset<std::string> put;
    std::multiset<std::string> refused;
    std::multiset<std::string> seen;
    for (Actor& actor : actors) {
        actor.tell(put, refused);
        seen.insert(actor.taken.begin(), actor.taken.end());
    }
    Client& last = test.client("last");
    test.pass(31s);
    for (const QueueHandle queue : queues) {
        for (const std::string& payload : last.drain(queue)) seen.insert(payload);
        const QueueStats stats = last.stats(queue);
        CHECK(stats.ready + stats.leased + stats.delayed == 0);
        for (const Call dead = last.ask(Peek{queue, ItemState::dead, 1000});
             const std::string& payload : dead.items()) {
            seen.insert(payload);
        }
    }
    CHECK(seen == put);  // nothing lost, nothing twice, nothing that was refused
    CHECK(put.size() + refused.size() == static_cast<std::size_t>(next_payload - 1));
}

}  // namespace

TEST_CASE("whatever clients do and whatever connections break, the books balance") {
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
        INFO("seed " << seed);
        live_through(seed);
    }
}
