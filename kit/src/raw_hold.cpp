// Holds: from a grant of the manager to what a handle knows of it, and back.
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "handoff/detail/raw_object.hpp"
#include "os/host.hpp"
#include "raw_hold_book.hpp"
#include "raw_object_state.hpp"

namespace handoff::detail {
namespace {

/// How long it may take to have the lock again after a wait at its condition.
constexpr core::Millis relock_ms{10'000};

std::int64_t to_number(std::uint64_t token) {
    return static_cast<std::int64_t>(token);
}

/// Whether nothing is held any more after a call of the hold has failed so.
bool ends_hold(errc code) {
    switch (code) {
        case errc::lock_lost:
        case errc::not_owner:  // under our own token: it is another's by now
        case errc::session_lost:
        case errc::manager_restarted:
        case errc::stale_reference:
        case errc::outcome_unknown: return true;
        default: return false;
    }
}

/// Whether a hold with a time to live was waited for so long that half of that time, counted from
/// before the call, is over: when it began is not known here, so it is renewed once.
bool has_aged(const Hold& hold, core::Time begun) {
    return hold.ends != core::never && now().boot - begun > (hold.ends - begun) / 2;
}

[[noreturn]] void fail(const MethodDone& done) {
    const bool lost = done.code == errc::session_lost || done.code == errc::not_owner;
    throw Error(lost ? errc::lock_lost : done.code, done.text);
}

/// What the manager is told for a wait of so long.
std::int64_t patience_of(const Wait& wait, const std::string& what) {
    if (wait.once) return 0;
    if (!wait.limit) return -1;
    if (wait.limit->count() < 0) {
        throw Error(errc::invalid_argument, what + ": a call cannot wait for a negative time");
    }
    return std::chrono::ceil<std::chrono::milliseconds>(*wait.limit).count();
}

}  // namespace

struct RawHold::State {
    explicit State(RawObject of) : object(std::move(of)) {}
    ~State() {
        HoldBook* book = books.if_used();
        if (book == nullptr) return;
        for (const Hold& hold : book->holds()) {
            if (hold.away) continue;
            object.state().call_detached({Method::break_hold, {to_number(hold.token)}},
                                         hold.session_generation);
        }
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    [[nodiscard]] HoldBook& book() { return books.here(); }

    /// Of a hold that the manager gave or renewed after `begun`: not after its end there, whatever
    /// time the answer took.
    [[nodiscard]] core::Time end_of(core::Time begun,
                                    std::optional<std::chrono::milliseconds> ttl) const {
        if (!ttl) {
            ClientDriver& driver = object.state().connection->driver();
            const auto options = driver.object_in_force(object.state().ref(driver));
            if (options) ttl = options->ttl;
        }
        return ttl ? core::later(begun, *ttl) : core::never;
    }

    /// The caller's hold; throws errc::not_owner.
    Hold find(std::int64_t owner, bool goes_away, const char* what) {
        if (const auto hold = book().find(owner, thread_number(), goes_away)) return *hold;
        throw Error(errc::not_owner, object.describe(what) + ": it is not held here");
    }
    Hold find(const char* what) {
        if (const auto hold = book().find(thread_number())) return *hold;
        throw Error(errc::not_owner, object.describe(what) + ": it is not held here");
    }
    void forget(std::uint64_t token) {
        Hold nothing;
        nothing.depth = 0;
        book().replace(token, nothing);
    }

    /// Of a call with an outcome that nobody knows: it may be held still, and by now only here is
    /// known of it.
    void give_up(const Hold& hold) {
        forget(hold.token);
        object.state().call_detached({Method::break_hold, {to_number(hold.token)}},
                                     hold.session_generation);
    }

    [[nodiscard]] bool has_owners() const {
        return object.kind() == ObjectKind::lock || object.kind() == ObjectKind::recursive_lock;
    }

    /// Has the lock again as deep as before; throws errc::lock_lost.
    void take_again(const RawHold& self, const Hold& before);
    bool awake(Hold& hold, core::Time begun, const MethodDone& done);

    RawObject object;
    HoldBooks books;
};

RawHold::RawHold(RawObject object)
    : object_(object), state_(std::make_shared<State>(std::move(object))) {}

RawHold::State& RawHold::state() const {
    if (!state_) static_cast<void>(object_.name());  // throws errc::inert
    return *state_;
}

bool RawHold::acquire(RawCall acquire, const Wait& wait) {
    State& own = state();
    const std::int64_t owner =
        own.has_owners() && !acquire.numbers.empty() ? acquire.numbers.front() : 0;
    const core::Time begun = now().boot;
    const MethodDone done = object_.state().call(std::move(acquire), wait);
    if (done.gave_up()) return false;
    done.throw_unless_ok();
    const RawAnswer& granted = done.answer;
    const Hold hold{granted.number(0),
                    owner,
                    thread_number(),
                    done.session_generation,
                    1,
                    own.end_of(begun, std::nullopt),
                    false};
    own.book().enter(hold, granted.numbers.at(1) != 0);
    if (has_aged(hold, begun)) renew(std::nullopt);
    return true;
}

void RawHold::release(std::int64_t owner) {
    State& own = state();
    Hold hold = own.find(owner, true, "release of");
    RawCall call{Method::release, {to_number(hold.token)}};
    if (own.has_owners()) call.numbers.push_back(owner);
    const MethodDone done = object_.state().call(call, Wait::forever());
    const bool undone = done.code != errc::ok && !ends_hold(done.code);
    const bool given_up = (undone || done.code == errc::outcome_unknown) && hold.depth == 1;
    hold.away = false;
    if (given_up) {
        object_.state().call_detached(std::move(call), hold.session_generation);
        hold.depth = 0;
    } else if (done.code == errc::ok) {
        --hold.depth;
    } else if (!undone) {
        hold.depth = 0;
    }
    own.book().replace(hold.token, hold);
    if (done.code != errc::ok) fail(done);
}

void RawHold::release_soon(std::int64_t owner) {
    State& own = state();
    Hold hold = own.find(owner, true, "release of");
    RawCall call{Method::release, {to_number(hold.token)}};
    if (own.has_owners()) call.numbers.push_back(owner);
    object_.state().call_detached(std::move(call), hold.session_generation);
    hold.away = false;
    --hold.depth;
    own.book().replace(hold.token, hold);
}

void RawHold::renew(std::optional<std::chrono::milliseconds> ttl) {
    State& own = state();
    Hold hold = own.find("renew of");
    RawCall call{Method::renew, {to_number(hold.token)}};
    call.numbers.push_back(millis_or_none(ttl));
    const core::Time begun = now().boot;
    const MethodDone done = object_.state().call(std::move(call), Wait::forever());
    if (done.code == errc::outcome_unknown) {
        own.give_up(hold);
    } else if (ends_hold(done.code)) {
        own.forget(hold.token);
    }
    if (done.code != errc::ok) fail(done);
    hold.ends = own.end_of(begun, ttl);
    own.book().replace(hold.token, hold);
}

void RawHold::check() const {
    State& own = state();
    const Hold hold = own.find("check of");
    ClientDriver& driver = object_.state().connection->driver();
    if (!driver.session_surely_lives(hold.session_generation)) {
        throw Error(errc::lock_lost,
                    object_.describe("check of") + ": the session has ended, or may have");
    }
    if (driver.hold_is_broken(hold.token)) {
        throw Error(errc::lock_lost, object_.describe("check of") + ": somebody has broken it");
    }
    if (hold.ends <= now().boot) {
        throw Error(errc::lock_lost, object_.describe("check of") + ": its time has passed");
    }
}

// ---- conditions

bool RawHold::sleep(const std::string& condition, std::int64_t owner, const Wait& wait) {
    State& own = state();
    const std::int64_t patience = patience_of(wait, object_.describe("sleep of"));
    Hold hold = own.find(owner, true, "sleep of");
    RawCall call{Method::sleep, {to_number(hold.token), owner, patience, relock_ms.count()}};
    call.value(condition);
    const core::Time begun = now().boot;
    const MethodDone done = object_.state().call(std::move(call), Wait::forever(wait.stop));
    hold.away = false;
    bool notified = false;
    bool held = true;
    if (done.code == errc::ok) {
        notified = own.awake(hold, begun, done);
        if (has_aged(hold, begun)) renew(std::nullopt);
    } else if (done.code == errc::cancelled && done.begun) {
        own.take_again(*this, hold);
    } else if (done.code == errc::outcome_unknown) {
        held = false;
        own.give_up(hold);
    } else if (ends_hold(done.code)) {
        held = false;
        own.forget(hold.token);
    } else {
        own.book().replace(hold.token, hold);
    }
    if (notified) return true;
    if (!held || (done.code != errc::ok && done.code != errc::cancelled)) fail(done);
    if (!wait.limit && wait.stop.stop_requested()) {
        throw Error(errc::cancelled, object_.describe("sleep of") + ": stopped; it is held again");
    }
    return false;
}

/// The lock is held again, under another token; whether it was notified.
bool RawHold::State::awake(Hold& hold, core::Time begun, const MethodDone& done) {
    const std::uint64_t before = hold.token;
    hold.token = done.answer.number(0);
    hold.session_generation = done.session_generation;
    hold.ends = end_of(begun, std::nullopt);
    book().replace(before, hold);
    book().set_abandoned(done.answer.numbers.at(1) != 0);
    return done.answer.numbers.at(2) != 0;
}

void RawHold::State::take_again(const RawHold& self, const Hold& before) {
    forget(before.token);
    RawHold again = self;
    const auto begin = std::chrono::steady_clock::now();
    const Wait all = Wait::for_at_most(relock_ms);
    for (std::uint64_t depth = 0; depth < before.depth; ++depth) {
        if (again.acquire({Method::acquire, {before.owner}}, all.left_since(begin))) continue;
        throw Error(errc::lock_lost,
                    object.describe("sleep of") + ": stopped, and it could not be had again");
    }
}

std::uint64_t RawHold::notify(const std::string& condition, std::int64_t owner,
                              std::int64_t count) {
    State& own = state();
    const Hold hold = own.find(owner, false, "notify of");
    RawCall call{Method::notify, {to_number(hold.token), owner, count}};
    call.value(condition);
    const MethodDone done = object_.state().call(std::move(call), Wait::forever());
    if (ends_hold(done.code) && done.code != errc::outcome_unknown) own.forget(hold.token);
    if (done.code != errc::ok) fail(done);
    return done.answer.number(0);
}

// ---- what is known

std::uint64_t RawHold::token() const {
    const std::optional<Hold> hold = state().book().find(thread_number());
    return hold ? hold->token : 0;
}

bool RawHold::abandoned() const {
    return state().book().abandoned();
}

}  // namespace handoff::detail
