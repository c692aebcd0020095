#include "core/consumer_machine.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

#include "core/overload.hpp"

namespace handoff::core {
namespace {

/// Of the credit, what may be done and not yet acknowledged although something is under way: the
/// manager fills up in time, and a message still carries many.
constexpr std::uint64_t credit_share = 4;

/// The most ranges of one message.
constexpr std::size_t ranges_max = 65'536;

void add_token(std::vector<Range>& ranges, Token token) {
    if (!ranges.empty() && ranges.back().last + 1 == token) {
        ranges.back().last = token;
    } else {
        ranges.push_back({token, token});
    }
}

Token last_token(const Part& part) {
    return part.token + part.count - 1;
}

}  // namespace

void ConsumerMachine::set_credit(std::uint32_t items, std::uint64_t bytes,
                                 std::optional<Millis> lease) {
    credit_.queue = queue_;
    credit_.items = items;
    credit_.bytes = bytes;
    credit_.lease = lease;
    credit_said_ = false;
    ack_early_ = std::max<std::uint64_t>(1, items / credit_share);
    if (items == 0 && held_count_ > 0) give_back(held_count_);
}

// ------------------------------------------------------------------ the application's side

ConsumerMachine::Look ConsumerMachine::look(Now now) {
    notice_session();
    if (failure_.code != errc::ok) return Look::failed;
    if (held_.empty()) {
        if (!std::exchange(over_, false)) return Look::empty;
        credit_said_ = false;  // what was leased until now may have come back: who asks again, asks
        return Look::over;
    }
    if (question_) return Look::empty;
    if (client_.surely_holds(now)) return Look::item;
    Settle extend;
    extend.verb = Verb::extend;
    extend.queue = queue_;
    extend.tokens = {{held_.front().part.token + held_.front().taken,
                      held_.front().part.token + held_.front().taken}};
    extend.lease = credit_.lease;
    const Token last = last_token(held_.back().part);
    question_ = Question{begin(std::move(extend), now), last};
    return Look::empty;
}

void ConsumerMachine::take_front(std::size_t payload_bytes) {
    Held& front = held_.front();
    client_.taken_up_to(queue_, front.part.token + front.taken);
    front.rest.remove_prefix(item_bytes(payload_bytes));
    --held_count_;
    if (++front.taken == front.part.count) held_.pop_front();
}

void ConsumerMachine::ack(Token token) {
    add_token(gathered_, token);
    ++gathered_count_;
}

Outcome ConsumerMachine::take_failure() {
    credit_said_ = credit_said_ && failure_.code == errc::ok;
    return std::exchange(failure_, {});
}

// ------------------------------------------------------------------ the network's side

void ConsumerMachine::receive(ReplyBody body) {
    notice_session();
    std::visit(Overload{
                   [this](Deliver& delivery) {
                       gave_back_ = false;
                       for (std::size_t i = 0; i < delivery.parts.size(); ++i) {
                           held_count_ += delivery.parts[i].count;
                           held_.push_back({std::move(delivery.parts[i]), delivery.runs[i],
                                            delivery.runs[i].view(), 0});
                       }
                       if (credit_.items == 0) give_back(held_count_);
                   },
                   [this](const Recall& recall) { give_back(recall.items); },
                   [this](const Failed& failed) {
                       take_credit_end({failed.code, failed.text, {}});
                   },
                   [](const auto&) {},
               },
               body);
}

/// The newest first, and none that we have asked about: that one may be taken already.
void ConsumerMachine::give_back(std::uint64_t items, Verb verb) {
    Settle settle;
    settle.verb = verb;
    settle.queue = queue_;
    items = std::min(items, held_count_ - (question_ && held_count_ > 0 ? 1 : 0));
    while (items > 0) {
        Held& back = held_.back();
        const auto count = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(items, back.part.count - back.taken));
        const Token last = last_token(back.part);
        settle.tokens.push_back({last - count + 1, last});
        back.part.count -= count;
        if (back.part.count == back.taken) held_.pop_back();
        held_count_ -= count;
        items -= count;
    }
    std::reverse(settle.tokens.begin(), settle.tokens.end());
    gave_back_ = true;
    to_say_.push_back(std::move(settle));
}

void ConsumerMachine::take(const Completion& completion) {
    const Outcome& outcome = completion.outcome;
    if (completion.call == credit_call_) {
        credit_call_ = 0;
        return take_credit_end(outcome);
    }
    if (completion.call == probe_) {
        probe_ = 0;
        if (waiting_ > 0 && outcome.code == errc::unreachable) failure_ = outcome;
        return;
    }
    if (question_ && completion.call == question_->call) {
        const Question asked = *std::exchange(question_, std::nullopt);
        return take_question_end(asked, outcome);
    }
    const auto acks = acks_under_way_.extract(completion.call);
    if (!acks.empty()) take_ack_end(acks.mapped(), outcome);
}

void ConsumerMachine::take_credit_end(const Outcome& outcome) {
    if (outcome.code == errc::ok) return;
    credit_said_ = false;
    if (outcome.code == errc::closed) {
        over_ = true;
        credit_said_ = true;  // there is nothing more to say before somebody asks again
        return;
    }
    // Nothing was handed out of what is gone with a session: the stream goes on in the next one. Of
    // a manager that is away only those hear who wait.
    if (outcome.code == errc::session_lost) return;
    if (outcome.code == errc::unreachable && waiting_ == 0) return;
    failure_ = outcome;
}

void ConsumerMachine::take_question_end(const Question& asked, const Outcome& outcome) {
    const auto* settled = std::get_if<Settled>(&outcome.reply);
    if (outcome.code == errc::ok && settled != nullptr && settled->refused.empty()) {
        // The manager takes it for taken now.
        if (credit_.items == 0) give_back(1, Verb::release);
        return;
    }
    drop_held(asked.last_held);
    if (outcome.code == errc::unreachable || outcome.code == errc::outcome_unknown) {
        failure_ = outcome;
    }
}

void ConsumerMachine::take_ack_end(const std::vector<Range>& tokens, const Outcome& outcome) {
    if (outcome.code != errc::ok) return fail_all(tokens, outcome.code, outcome.text);
    if (const auto* settled = std::get_if<Settled>(&outcome.reply)) {
        fail_all(settled->refused, errc::lease_lapsed,
                 "its lease had ended, and it went back; lease it for longer, or extend it while "
                 "you work");
    }
}

void ConsumerMachine::fail_all(const std::vector<Range>& tokens, errc code,
                               const std::string& text) {
    for (const Range& range : tokens) {
        for (Token token = range.first; token <= range.last; ++token) {
            failures.add(token, code, text);
        }
    }
}

/// What was held under an earlier session, or on an earlier connection, comes again.
void ConsumerMachine::notice_session() {
    if (generation_ == client_.session_generation() && connection_ == client_.connection()) return;
    drop_held(std::numeric_limits<Token>::max());
    to_say_.clear();
    credit_said_ = false;
    connection_ = client_.connection();
    if (generation_ == client_.session_generation()) return;
    generation_ = client_.session_generation();
    over_ = false;
    fail_all(std::exchange(gathered_, {}), errc::session_lost,
             "the session that leased it has ended, and it went back");
    gathered_count_ = 0;
}

void ConsumerMachine::drop_held(Token up_to) {
    while (!held_.empty() && last_token(held_.front().part) <= up_to) {
        held_count_ -= held_.front().part.count - held_.front().taken;
        held_.pop_front();
    }
}

// ------------------------------------------------------------------ in its turn

std::vector<CallId> ConsumerMachine::advance(Now now) {
    notice_session();
    if (client_.welcomed()) {
        if (has_to_say_credit()) say_credit(now);
        for (Settle& settle : std::exchange(to_say_, {})) begin(std::move(settle), now, true);
    }
    if (next_deadline() <= now.boot) probe_ = begin(Heartbeat{}, now);
    if (may_advance()) send_acks(now);
    return std::exchange(begun_, {});
}

bool ConsumerMachine::has_to_say_credit() const noexcept {
    if (credit_call_ != 0 || failure_.code != errc::ok) return false;
    if (!credit_said_) return true;
    // Whoever has given items back is not served before others, unless it says that it waits.
    return gave_back_ && waiting_ > 0 && held_count_ == 0 && credit_.items > 0;
}

void ConsumerMachine::say_credit(Now now) {
    gave_back_ = false;
    credit_said_ = true;
    credit_call_ = begin(credit_, now);
}

void ConsumerMachine::send_acks(Now now) {
    Settle ack;
    ack.queue = queue_;
    ack.tokens = std::exchange(gathered_, {});
    gathered_count_ = 0;
    if (ack.tokens.size() > ranges_max) {
        const auto rest = std::next(ack.tokens.begin(), ranges_max);
        gathered_.assign(rest, ack.tokens.end());
        ack.tokens.erase(rest, ack.tokens.end());
        for (const Range& range : gathered_) gathered_count_ += range.count();
    }
    const std::vector<Range> tokens = ack.tokens;
    acks_under_way_.emplace(begin(std::move(ack), now), tokens);
}

CallId ConsumerMachine::begin(RequestBody body, Now now, bool detached) {
    ClientMachine::Wait how;
    how.detached = detached;
    if (std::holds_alternative<Heartbeat>(body)) probed_at_ = now.boot;
    const CallId call = client_.call(std::move(body), how, now);
    if (!detached) begun_.push_back(call);
    return call;
}

Time ConsumerMachine::next_deadline() const {
    if (waiting_ == 0 || probe_ != 0) return never;
    return later(probed_at_, client_.limits().heartbeat);
}

}  // namespace handoff::core
