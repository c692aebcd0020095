#include "core/objects/object_world.hpp"

#include <algorithm>
#include <utility>

#include "support/catch.hpp"

namespace handoff::core::objects::test {

std::string text_of(const Packed& value) {
    const std::string_view payload = payload_of(value);
    if (const std::optional<std::int64_t> number = integer_of(payload)) {
        return std::to_string(*number);
    }
    return payload == "\xc0" ? "nil" : std::string(payload.substr(1));
}

bool Called::waits() const {
    return !world_->result(ticket_);
}

const Result& Called::result() const {
    const std::optional<Result>& known = world_->result(ticket_);
    REQUIRE(known);
    return *known;
}

const Numbers& Called::numbers() const {
    INFO(result().text);
    REQUIRE(result().code == errc::ok);
    return result().numbers;
}

Texts Called::texts() const {
    Texts all;
    for (const Packed& value : result().values) all.push_back(text_of(value));
    return all;
}

ObjectWorld::ObjectWorld(ObjectKind kind, const ObjectOptions& options)
    : object(make_object(kind, in_force(kind, options))) {
    REQUIRE(fault_of(kind, options).empty());
}

Context ObjectWorld::context() {
    return {now,
            next_token,
            ended_,
            [](Holder session) { return "session " + std::to_string(session); },
            [this](ObjectHandle handle) {
                const auto other = others.find(handle);
                return other == others.end() ? nullptr : other->second;
            },
            page_bytes};
}

Called ObjectWorld::call(Holder session, Method method, Numbers numbers, Values values) {
    return make(session, true, {1, method, std::move(numbers), std::move(values)});
}

Called ObjectWorld::attempt(Holder session, Method method, Numbers numbers, Values values) {
    return make(session, false, {1, method, std::move(numbers), std::move(values)});
}

Called ObjectWorld::make(Holder session, bool may_wait, Call call) {
    const Ticket ticket = next_ticket_++;
    calls_[ticket].session = session;
    ++unanswered_;
    Context here = context();
    std::optional<Result> result = object->call(here, {session, ticket, may_wait}, call);
    REQUIRE((result || may_wait));
    if (result) {
        REQUIRE((result->code != errc::ok || result->text.empty()));
        REQUIRE((result->code == errc::ok || !result->text.empty()));
    }
    if (result) --unanswered_;
    calls_[ticket].result = std::move(result);
    note_ended();
    return {*this, ticket};
}

void ObjectWorld::note_ended() {
    for (Ended& each : std::exchange(ended_, {})) {
        Known& known = calls_.at(each.ticket);
        INFO("call " << each.ticket);
        REQUIRE_FALSE(known.result);     // a call ends once …
        REQUIRE_FALSE(known.forgotten);  // … and not when its session is over
        known.result = std::move(each.result);
        --unanswered_;
    }
    REQUIRE(object->waiting() == unanswered_);
}

void ObjectWorld::give_up(const Called& call, errc why) {
    Context here = context();
    object->give_up(here, call.ticket(), why);
    note_ended();
    REQUIRE_FALSE(call.waits());
}

void ObjectWorld::end_session(Holder session) {
    for (auto& [ticket, known] : calls_) {
        if (known.session != session || known.result || known.forgotten) continue;
        object->forget(ticket);
        known.forgotten = true;
        --unanswered_;
    }
    Context here = context();
    object->session_over(here, session);
    note_ended();
}

void ObjectWorld::pass(Millis time) {
    const Now end{now.boot + time, now.wall + time};
    for (;;) {
        const Deadlines next = object->next_deadline();
        if (next.boot > end.boot && next.wall > end.wall) break;
        const Time step =
            std::max(Time::zero(), std::min(next.boot - now.boot, next.wall - now.wall));
        now = {now.boot + step, now.wall + step};
        Context here = context();
        object->advance(here);
        note_ended();
    }
    now = end;
}

const std::optional<Result>& ObjectWorld::result(Ticket ticket) const {
    return calls_.at(ticket).result;
}

}  // namespace handoff::core::objects::test
