#include "core/consumer_machine.hpp"

#include <algorithm>
#include <iterator>

#include "core/overload.hpp"

namespace handoff::core {
namespace {

/// Of the credit, what may be done and not yet acknowledged although something is under way: the
/// manager fills up in time, and a message still carries many.
constexpr std::uint64_t credit_share = 4;

/// The most ranges of one message.
constexpr std::size_t ranges_max = 65'536;

/// Items are done in any order; a message names them ascending and without overlap.
void put_in_order(std::vector<Range>& ranges) {
    const auto before = [](const Range& a, const Range& b) { return a.first < b.first; };
    if (std::is_sorted(ranges.begin(), ranges.end(), before)) return;
    std::sort(ranges.begin(), ranges.end(), before);
    std::vector<Range> joined;
    for (const Range& range : ranges) {
        if (!joined.empty() && joined.back().last + 1 == range.first) {
            joined.back().last = range.last;
        } else {
            joined.push_back(range);
        }
    }
    ranges = std::move(joined);
}

Token last_token(const Part& part) {
    return part.token + part.count - 1;
}

}  // namespace

void ConsumerMachine::set_credit(std::uint32_t items, std::uint64_t bytes,
                                 std::optional<Millis> lease, bool renews) {
    renews_ = renews;
    credit_.queue = queue_;
    credit_.items = items;
    credit_.bytes = bytes;
    credit_.lease = lease;
    credit_said_ = false;
    ack_early_ = std::max<std::uint64_t>(1, items / credit_share);
    if (items > 0) return;
    if (held_count_ > 0) give_back(held_count_);
    release_asked_about();
}

// ------------------------------------------------------------------ the application's side

ConsumerMachine::Look ConsumerMachine::look_again(Now now) {
    if (failure_.code != errc::ok) return Look::failed;
    if (question_ && question_->yes && question_->lease_ends <= now.boot) {
        drop_front(item_bytes(first_payload(held_.front().rest).size()));
    }
    if (held_.empty()) {
        if (!std::exchange(over_, false)) return Look::empty;
        // What was leased until now may have come back: who asks again, asks. Unasked, it would
        // come to somebody who has stopped listening.
        credit_said_ = false;
        told_over_ = true;
        return Look::over;
    }
    if (asks()) return Look::empty;
    const bool sure = question_ ? client_.surely_alive(now) && now.boot < question_->fresh_until
                                : now.boot < sure_until_;
    if (sure) return Look::item;
    ask(now);
    return Look::empty;
}

void ConsumerMachine::ask(Now now) {
    const Token token = held_.front().part.token + held_.front().taken;
    Settle extend;
    extend.verb = Verb::extend;
    extend.queue = queue_;
    extend.tokens = {{token, token}};
    extend.lease = credit_.lease;
    const QueueOptions* queue = client_.in_force(queue_);
    const Millis shortest = queue != nullptr ? queue->lease.value_or(Millis{0}) : Millis{0};
    Question question;
    question.again = question_.has_value();
    question.last_held = last_token(held_.back().part);
    const Millis lease = credit_.lease.value_or(shortest);
    question.lease_ends = later(now.boot, lease);
    question.fresh_until = later(now.boot, lease / 2);
    question.call = begin(std::move(extend), now);
    question_ = question;
}

void ConsumerMachine::take_front(std::size_t payload_bytes) {
    const Held& front = held_.front();
    taken_ = front.part.token + front.taken;
    if (renews_) client_.renew(queue_, {taken_, taken_}, credit_.lease);
    drop_front(item_bytes(payload_bytes));
}

void ConsumerMachine::drop_front(std::size_t bytes) {
    Held& front = held_.front();
    front.rest.remove_prefix(bytes);
    question_.reset();
    --held_count_;
    if (++front.taken == front.part.count) held_.pop_front();
}

Outcome ConsumerMachine::take_failure() {
    credit_said_ = credit_said_ && failure_.code == errc::ok;
    return std::exchange(failure_, {});
}

// ------------------------------------------------------------------ the network's side

void ConsumerMachine::receive(Unsolicited news) {
    notice_session();
    std::visit(Overload{
                   [&](Deliver& delivery) {
                       if (held_.empty()) silences_ = news.silences;
                       gave_back_ = false;
                       for (std::size_t i = 0; i < delivery.parts.size(); ++i) {
                           held_count_ += delivery.parts[i].count;
                           held_.push_back({std::move(delivery.parts[i]), delivery.runs[i],
                                            delivery.runs[i].view(), 0});
                       }
                       if (credit_.items == 0) give_back(held_count_);
                   },
                   [this](const Recall& recall) {
                       recalled_ += recall.items;
                       answer_recall();
                   },
                   [this](const Failed& failed) {
                       take_credit_end({failed.code, failed.text, {}});
                   },
                   [](const auto&) {},
               },
               news.body);
}

/// Whoever waits here has as good as taken the next items: while they are there, this is answered
/// when they are taken. Else two that wait could send an item to and fro.
void ConsumerMachine::answer_recall() {
    if (recalled_ == 0) return;
    const std::uint64_t kept = std::min<std::uint64_t>(held_count_, waiting_);
    if (kept > 0 && held_count_ - kept < recalled_) return;
    give_back(std::exchange(recalled_, 0));
}

/// The newest first, and none that we have asked about: that one counts as taken.
void ConsumerMachine::give_back(std::uint64_t items) {
    Settle settle;
    settle.verb = Verb::giveback;
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
    if (asks() && completion.call == question_->call) {
        const Question asked = *std::exchange(question_, std::nullopt);
        return take_question_end(asked, completion);
    }
    const auto acks = acks_under_way_.extract(completion.call);
    if (!acks.empty()) take_ack_end(acks.mapped(), outcome);
}

void ConsumerMachine::take_credit_end(const Outcome& outcome) {
    if (outcome.code == errc::ok || failure_.code != errc::ok) return;
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

void ConsumerMachine::take_question_end(const Question& asked, const Completion& completion) {
    const Outcome& outcome = completion.outcome;
    const auto* settled = std::get_if<Settled>(&outcome.reply);
    if (outcome.code == errc::ok && settled != nullptr && settled->refused.empty()) {
        if (held_.empty()) return;
        question_ = asked;
        question_->yes = true;
        // If it was only held until then, neither was what is behind it taken back.
        if (!asked.again) silences_ = completion.silences;
        if (credit_.items == 0) release_asked_about();
        return;
    }
    give_up(asked.last_held);
    if (outcome.code == errc::unreachable || outcome.code == errc::outcome_unknown) {
        failure_ = outcome;
    }
}

/// Nobody will take it, and for the manager it is taken already.
void ConsumerMachine::release_asked_about() {
    if (!question_ || !question_->yes) return;
    const Token token = held_.front().part.token + held_.front().taken;
    Settle settle;
    settle.verb = Verb::release;
    settle.queue = queue_;
    settle.tokens = {{token, token}};
    to_say_.push_back(std::move(settle));
    question_.reset();
    drop_held();
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

/// What was held under an earlier session, or on an earlier connection, comes again. Not so the one
/// that was asked about: if it is still ours, the manager takes it for taken.
void ConsumerMachine::notice_session() {
    const bool same_session = generation_ == client_.session_generation();
    if (same_session && connection_ == client_.connection()) return;
    if (same_session && question_ && held_count_ > 0) {
        keep_asked_about();
    } else {
        question_.reset();
        drop_held();
    }
    std::erase_if(to_say_, [&](const Settle& settle) {
        return !same_session || settle.verb == Verb::giveback;
    });
    credit_said_ = false;
    recalled_ = 0;
    over_ = false;  // as what was held comes again, and so does this
    connection_ = client_.connection();
    if (same_session) return;
    taken_ = 0;
    generation_ = client_.session_generation();
    fail_all(std::exchange(gathered_, {}), errc::session_lost,
             "the session that leased it has ended, and it went back");
    gathered_count_ = 0;
}

void ConsumerMachine::keep_asked_about() {
    Held& front = held_.front();
    front.part.count = front.taken + 1;
    held_.erase(std::next(held_.begin()), held_.end());
    held_count_ = 1;
    question_->last_held = last_token(front.part);
}

void ConsumerMachine::drop_held() {
    held_.clear();
    held_count_ = 0;
}

/// The first of these is not ours any more. Others that came later may be, for all we know: they go
/// back.
void ConsumerMachine::give_up(Token up_to) {
    Settle settle;
    settle.verb = Verb::giveback;
    settle.queue = queue_;
    for (; !held_.empty() && last_token(held_.front().part) <= up_to; held_.pop_front()) {
        const Held& front = held_.front();
        settle.tokens.push_back({front.part.token + front.taken, last_token(front.part)});
        held_count_ -= settle.tokens.back().count();
    }
    if (settle.tokens.empty()) return;
    gave_back_ = true;
    to_say_.push_back(std::move(settle));
}

// ------------------------------------------------------------------ in its turn

std::vector<CallId> ConsumerMachine::advance(Now now) {
    notice_session();
    answer_recall();
    sure_until_ = silences_ == client_.silences() ? client_.hold_ends() : Time{0};
    if (taken_ != 0) client_.taken_up_to(queue_, std::exchange(taken_, 0));
    if (client_.welcomed()) {
        if (!credit_said_ && has_to_say_credit()) say_credit(now);
        for (Settle& settle : std::exchange(to_say_, {})) {
            gave_back_ = gave_back_ || settle.verb == Verb::giveback;
            begin(std::move(settle), now, Answered::to_nobody);
        }
        // Behind what goes back: for the manager that says the opposite of waiting.
        if (has_to_say_credit()) say_credit(now);
    }
    if (next_deadline() <= now.boot) probe_ = begin(Heartbeat{}, now);
    if (may_advance()) send_acks(now);
    return std::exchange(begun_, {});
}

bool ConsumerMachine::has_to_say_credit() const noexcept {
    if (credit_call_ != 0) return false;
    if (failure_.code != errc::ok) return !credit_said_;
    if (!credit_said_) return !told_over_ || waiting_ > 0;
    // Whoever has given items back is not served before others, unless it says that it waits.
    return gave_back_ && waiting_ > 0 && held_count_ == 0 && credit_.items > 0;
}

void ConsumerMachine::say_credit(Now now) {
    gave_back_ = false;
    credit_said_ = true;
    over_ = false;  // the manager says it again if it is so
    told_over_ = false;
    Credit credit = credit_;
    // Until somebody hears of the failure nobody takes anything: others are to have it, also what
    // was held on an earlier connection.
    if (failure_.code != errc::ok) credit.items = 0;
    credit_call_ = begin(std::move(credit), now);
}

void ConsumerMachine::send_acks(Now now) {
    Settle ack;
    ack.queue = queue_;
    ack.tokens = std::exchange(gathered_, {});
    gathered_count_ = 0;
    put_in_order(ack.tokens);
    if (ack.tokens.size() > ranges_max) {
        const auto rest = std::next(ack.tokens.begin(), ranges_max);
        gathered_.assign(rest, ack.tokens.end());
        ack.tokens.erase(rest, ack.tokens.end());
        for (const Range& range : gathered_) gathered_count_ += range.count();
    }
    const std::vector<Range> tokens = ack.tokens;
    // With nothing left to take, the next acknowledgement comes after the next items, and this
    // answer may come with them. Else more of them gather behind it, and would come again after a
    // crash.
    const Answered answered = held_count_ == 0 ? Answered::unhurried : Answered::at_once;
    acks_under_way_.emplace(begin(std::move(ack), now, answered), tokens);
}

CallId ConsumerMachine::begin(RequestBody body, Now now, Answered answered) {
    ClientMachine::Wait how;
    how.detached = answered == Answered::to_nobody;
    how.unhurried = answered == Answered::unhurried;
    if (std::holds_alternative<Heartbeat>(body)) probed_at_ = now.boot;
    const CallId call = client_.call(std::move(body), how, now);
    if (!how.detached) begun_.push_back(call);
    return call;
}

Time ConsumerMachine::next_deadline() const {
    if (waiting_ == 0 || probe_ != 0) return never;
    return later(probed_at_, client_.limits().heartbeat);
}

}  // namespace handoff::core
