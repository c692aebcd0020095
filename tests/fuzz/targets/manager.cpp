#include <algorithm>
#include <deque>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "core/manager_machine.hpp"
#include "core/nonsense.hpp"
#include "fuzz/targets/dice.hpp"
#include "fuzz/targets/targets.hpp"
#include "wire/codec.hpp"

namespace handoff::fuzz {
namespace {

using namespace core;
using core::test::Nonsense;

core::Slice joined(const wire::Encoded& encoded) {
    std::string bytes = encoded.head;
    for (const core::Slice& run : encoded.runs) bytes += run.view();
    return core::Slice::copy(bytes);
}

ManagerSettings settings() {
    ManagerSettings settings;
    settings.limits.requests_max = 50;
    settings.limits.session_bytes_max = 20'000;
    settings.queues_max = 6;
    settings.objects_max = 6;
    settings.sessions_max = 5;
    settings.waiters_max = 10;
    settings.store = true;
    return settings;
}

/// A manager, and four connections on which anybody says anything. The bytes are the story: who
/// says what, which connections break, what the store has written, and how time passes.
class Story {
public:
    explicit Story(std::string_view bytes)
        : dice_(bytes), nonsense_([this](std::uint32_t sides) { return dice_.roll(sides); }) {
        type_ = machine_.expose("type");
        machine_.begin_type(type_, {.per_session = dice_.roll(2) == 0, .calls_max = 3});
    }

    void tell() {
        for (int step = 0; step < steps_max && !dice_.over(); ++step) {
            act();
            if (dice_.roll(4) != 0) end_turn();
            check_books();
        }
        end();
    }

private:
    static constexpr int steps_max = 500;
    static constexpr std::uint32_t connections = 4;
    static constexpr ConnectionId first_connection = 100;

    ConnectionId somebody() { return first_connection + dice_.roll(connections); }

    void act() {
        switch (dice_.roll(16)) {
            case 0: return machine_.disconnected(somebody(), now_);
            case 1:
            case 2: return pass(Millis{dice_.roll(3000)});
            case 3: return say(core::Slice::copy(dice_.take(dice_.roll(60))));
            case 4: return greet();
            case 5: return run_methods();
            case 6: return machine_.process_ended(dice_.roll(8), now_);
            case 7: return store();
            default: return say(joined(wire::encode(nonsense_.request())));
        }
    }

    /// As a manager's loop takes it from a socket.
    void say(const core::Slice& frame) {
        const ConnectionId from = somebody();
        wire::Decoded<Request> decoded = wire::decode_request(frame, {});
        if (auto* request = std::get_if<Request>(&decoded)) {
            machine_.apply(from, std::move(*request), now_);
        } else {
            const auto& error = std::get<wire::DecodeError>(decoded);
            machine_.malformed(from, error.id, error.code, error.text);
        }
    }

    /// A decent HELLO, so that stories get beyond their beginnings.
    void greet() {
        Hello hello;
        const auto name = static_cast<std::uint8_t>(dice_.roll(8));
        hello.fresh[0] = name;
        if (dice_.roll(2) == 0) hello.resume = hello.fresh;
        hello.connection_number = ++hellos_;
        if (dice_.roll(4) == 0) hello.pid = 7, hello.boot_id = "here";
        if (dice_.roll(8) == 0) hello.user = "somebody";
        machine_.apply(somebody(), {0, 0, {}, {}, hello}, now_);
    }

    /// What runs comes to an end, or not yet.
    void run_methods() {
        for (objects::Errand& errand : machine_.take_errands()) {
            if (const auto* run = std::get_if<objects::RunMethod>(&errand)) {
                runs_.push_back(*run);
            }
        }
        if (runs_.empty()) return;
        const objects::RunMethod run = runs_.front();
        runs_.pop_front();
        if (dice_.roll(4) == 0) {
            machine_.object_returned(run.object, run.number, {}, now_);
        } else {
            machine_.method_done(run.object, run.number, {errc::ok, {}, run.arguments, {}}, now_);
        }
    }

    void pass(Millis time) {
        while (time > Millis{0}) {
            const Millis step = std::min(time, Millis{1000});
            now_.boot += step;
            now_.wall += step;
            time -= step;
            machine_.tick(now_);
        }
    }

    void end_turn() {
        static_cast<void>(machine_.take_changes());
        ended_ = machine_.end_turn();
        if (dice_.roll(3) != 0) store();
        static_cast<void>(machine_.take_log());
        static_cast<void>(machine_.take_watches());
        for (const Outgoing& out : machine_.take_outgoing()) {
            const wire::Decoded<Reply> heard =
                wire::decode_reply(joined(wire::encode(out.reply)), {});
            const auto* reply = std::get_if<Reply>(&heard);
            require(reply != nullptr && *reply == out.reply, "clients understand their manager");
        }
    }

    void store() { machine_.committed(ended_); }

    void check_books() {
        for (const QueueStats& queue : machine_.report(now_).queues) {
            const std::uint64_t here = queue.ready + queue.leased + queue.delayed + queue.dead;
            require(here <= *queue.options.capacity, "a queue has no more than its capacity");
            require(queue.bytes <= *queue.options.capacity_bytes, "nor more bytes");
            require(queue.puts ==
                        here + queue.acks + queue.expired + queue.purged + queue.dead_lettered,
                    "what came in is there, or left by one of the ways out");
        }
    }

    /// Once all of them have gone, nothing is left of them but items and objects.
    void end() {
        end_turn();
        pass(Millis{11'000});
        end_turn();
        store();
        end_turn();
        const StatsReply report = machine_.report(now_);
        require(report.manager.sessions == 0, "sessions end by silence");
        require(report.queues.size() <= settings().queues_max, "queues are limited");
        require(report.manager.objects <= settings().objects_max + 1, "objects are limited");
        for (const QueueStats& queue : report.queues) {
            require(queue.waiting_gets == 0 && queue.waiting_puts == 0, "nobody dead waits");
            require(queue.leased == 0, "nothing is held by the dead");
        }
    }

    Dice dice_;
    Nonsense nonsense_;
    Now now_{std::chrono::hours{1}, std::chrono::hours{24 * 365 * 50}};
    ManagerMachine machine_{settings(), now_};
    objects::ObjectHandle type_ = 0;
    std::deque<objects::RunMethod> runs_;
    std::uint32_t hellos_ = 20;
    Turn ended_ = 0;
};

}  // namespace

void fuzz_manager(std::string_view bytes) {
    Story(bytes).tell();
}

std::vector<std::string> story_seeds() {
    std::vector<std::string> seeds;
    std::mt19937 random(20'241);
    for (const std::size_t size : {20, 100, 400, 400, 1000, 2000, 4000}) {
        std::string& seed = seeds.emplace_back(size, '\0');
        for (char& byte : seed) byte = static_cast<char>(random() & 0xff);
    }
    return seeds;
}

}  // namespace handoff::fuzz
