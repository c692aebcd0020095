#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/client_machine.hpp"
#include "core/objects/packed.hpp"
#include "core/queue_fixture.hpp"
#include "fuzz/targets/dice.hpp"
#include "fuzz/targets/targets.hpp"
#include "wire/codec.hpp"

namespace handoff::fuzz {
namespace {

using namespace core;
using namespace std::chrono_literals;

core::Slice joined(const wire::Encoded& encoded) {
    std::string bytes = encoded.head;
    for (const core::Slice& run : encoded.runs) bytes += run.view();
    return core::Slice::copy(bytes);
}

/// A client whose application calls what it likes, and whose manager answers what it likes.
class Story {
public:
    explicit Story(std::string_view bytes) : dice_(bytes) {
        jobs_ = client_.queue("jobs", {});
        lock_ = client_.object("lock", ObjectKind::lock, {});
    }

    void tell() {
        client_.link_up(fresh(), now_);
        for (int step = 0; step < steps_max && !dice_.over(); ++step) {
            act();
            look();
        }
        end();
    }

private:
    static constexpr int steps_max = 500;

    void act() {
        switch (dice_.roll(12)) {
            case 0: return call();
            case 1: return put();
            case 2: return client_.link_down(now_);
            case 3: return client_.link_up(fresh(), now_);
            case 4: return pass(Millis{dice_.roll(2000)});
            case 5: return client_.cancel(dice_.roll(20), now_);
            case 6: return hear(core::Slice::copy(dice_.take(dice_.roll(60))));
            case 7: return welcome();
            default: return hear(joined(wire::encode(reply())));
        }
    }

    SessionId fresh() {
        SessionId id{};
        id[0] = ++sessions_;
        return id;
    }

    // ------------------------------------------------------------------ the application

    void call() {
        ClientMachine::Wait wait;
        if (dice_.roll(3) == 0) wait.until = now_.boot + Millis{dice_.roll(3000)};
        wait.try_once = dice_.roll(4) == 0;
        wait.detached = dice_.roll(5) == 0;
        const CallId id = client_.call(body(), wait, now_);
        if (!wait.detached) begun_[id] = 0;
    }

    RequestBody body() {
        switch (dice_.roll(9)) {
            case 0: return Credit{jobs_, dice_.roll(50), 1000, {}, {}};
            case 1: return Settle{Verb::ack, jobs_, {{number(), number() + 20}}, {}, {}, {}, {}};
            case 2: return Stats{};
            case 3: return Calls{{{lock_, objects::Method::acquire, {}, {}}}};
            case 4: return Calls{{{lock_, objects::Method::release, {number_signed()}, {}}}};
            case 5: return Peek{jobs_, ItemState::ready, 3};
            case 6: return Join{jobs_};
            default: return Get{{jobs_}, dice_.roll(4) + 1, {}};
        }
    }

    void put() {
        Run items = core::test::run_of(core::test::Texts(dice_.roll(5) + 1, "payload"));
        begun_[client_.put(jobs_, {}, std::move(items), {}, now_)] = 0;
    }

    // ------------------------------------------------------------------ the manager

    std::uint64_t number() {
        return dice_.roll(9) == 0 ? unlimited - dice_.roll(3) : dice_.roll(9);
    }
    std::int64_t number_signed() { return static_cast<std::int64_t>(number()); }
    errc code() { return static_cast<errc>(dice_.roll(90)); }

    /// Of a request that is under way, or of any.
    RequestId id() {
        if (asked_.empty() || dice_.roll(6) == 0) return number();
        return asked_[asked_.size() - 1 -
                      dice_.roll(
                          std::min<std::uint32_t>(8, static_cast<std::uint32_t>(asked_.size())))];
    }

    void welcome() {
        Welcome welcome;
        welcome.manager[0] = static_cast<std::uint8_t>(dice_.roll(2));
        welcome.resumed = dice_.roll(3) == 0;
        welcome.connection_number = client_.connection();
        if (dice_.roll(9) == 0) welcome.limits.requests_max = number();
        if (dice_.roll(9) == 0) welcome.limits.frame_bytes_max = number();
        if (dice_.roll(9) == 0) welcome.limits.heartbeat = Millis{dice_.roll(9)};
        hear(joined(wire::encode(Reply{0, welcome})));
    }

    Deliver deliver() {
        Deliver deliver;
        deliver.queue = number();
        deliver.lease = Millis{dice_.roll(1000)};
        for (std::uint32_t parts = dice_.roll(3) + 1; parts > 0; --parts) {
            const Run run = core::test::run_of(core::test::Texts(dice_.roll(4) + 1, "item"));
            Part part;
            part.token = number();
            part.id = number();
            part.count = run.count;
            deliver.parts.push_back(part);
            deliver.runs.push_back(run.bytes);
        }
        return deliver;
    }

    ReplyBody any_body() {
        switch (dice_.roll(12)) {
            case 0: return Alive{};
            case 1: return Done{number()};
            case 2: return Failed{code(), "text"};
            case 3: return Opened{number(), {}};
            case 4: return Settled{{{number(), number()}}, Durability::memory};
            case 5: return Recall{number(), dice_.roll(9)};
            case 6: return Event{};
            case 7: return ObjectOpened{number(), ObjectKind::lock, {}};
            case 8: return Results{{{code(), {number_signed()}, {objects::pack_integer(3)}, "t"}}};
            case 9: return StatsReply{};
            case 10: return deliver();
            default: {
                PutDone done;
                done.queue = number();
                for (std::uint32_t i = dice_.roll(3); i > 0; --i) {
                    const Position first = number();
                    done.outcomes.push_back({{first, number()}, code(), Durability::memory});
                }
                return done;
            }
        }
    }

    Reply reply() {
        const RequestId answered = id();
        return {answered, any_body()};
    }

    void hear(const core::Slice& frame) {
        wire::Decoded<Reply> decoded = wire::decode_reply(frame, {});
        if (auto* reply = std::get_if<Reply>(&decoded)) client_.receive(std::move(*reply), now_);
    }

    // ------------------------------------------------------------------ what comes of it

    void look() {
        for (const Request& request : client_.take_outbox()) {
            asked_.push_back(request.id);
            const wire::Decoded<Request> heard =
                wire::decode_request(joined(wire::encode(request)), {});
            require(std::holds_alternative<Request>(heard), "managers understand their clients");
        }
        for (const Completion& completion : client_.take_completions()) {
            const auto call = begun_.find(completion.call);
            if (call == begun_.end()) continue;
            require(++call->second == 1, "a call ends once");
        }
        static_cast<void>(client_.take_unsolicited());
        static_cast<void>(client_.take_log());
    }

    void pass(Millis time) {
        now_.boot += time;
        now_.wall += time;
        client_.tick(now_);
    }

    /// The manager is gone, and every wait ends.
    void end() {
        look();
        client_.link_down(now_);
        for (int second = 0; second < 30; ++second) {
            pass(1000ms);
            look();
        }
        for (const auto& [call, ends] : begun_) require(ends == 1, "every wait ends");
    }

    Dice dice_;
    Now now_{1h, std::chrono::hours{24 * 365 * 50}};
    ClientMachine client_{ClientSettings{}, now_};
    QueueRef jobs_ = 0;
    QueueRef lock_ = 0;
    std::uint8_t sessions_ = 0;
    std::vector<RequestId> asked_;
    std::map<CallId, int> begun_;
};

}  // namespace

void fuzz_client(std::string_view bytes) {
    Story(bytes).tell();
}

}  // namespace handoff::fuzz
