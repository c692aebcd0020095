#include "handoff/detail/raw_object.hpp"

#include <atomic>
#include <memory>
#include <utility>

#include "answer.hpp"
#include "core/client_objects.hpp"
#include "core/name.hpp"
#include "core/objects/make.hpp"
#include "core/objects/packed.hpp"
#include "core/run.hpp"
#include "raw_object_state.hpp"
#include "raw_ref_state.hpp"

namespace handoff::detail {

std::size_t RawValues::open() {
    return core::open_item(bytes);
}

void RawValues::close(std::size_t opened_at) {
    core::close_item(bytes, opened_at);
}

core::objects::Call to_call(core::QueueRef object, RawCall&& given) {
    core::objects::Call call{object, given.method, std::move(given.numbers), {}};
    if (given.values.count == 0) return call;
    const auto bytes = std::make_shared<const std::string>(std::move(given.values.bytes));
    const core::Slice all{bytes, bytes->size(), *bytes};
    call.values = core::items_of({static_cast<std::uint32_t>(given.values.count), all});
    return call;
}

/// What the values of an answer live in, and what they refer to.
struct Told {
    std::vector<core::objects::Packed> values;
    std::vector<std::shared_ptr<HeldObject>> objects;
};

namespace {

/// What somebody may hold afterwards.
bool brings_hold(Method method) {
    return method == Method::acquire || method == Method::acquire_shared || method == Method::sleep;
}

}  // namespace

// ---- what copies share

core::QueueRef RawObject::State::ref(ClientDriver& driver) {
    if (const std::optional<core::QueueRef> known = known_ref.get()) return *known;
    if (name.empty()) {
        throw Error(errc::inert, describe("use of") +
                                     ": a forked child has no handle of an "
                                     "anonymous object; open a reference there");
    }
    const core::QueueRef ref = driver.object(name, kind, options, makes);
    known_ref.set(ref);
    return ref;
}

std::string RawObject::State::shown() const {
    return name.empty() ? "#" + std::to_string(anonymous.object) : core::quoted(name);
}

std::string RawObject::State::describe(const std::string& what) const {
    return what + " " + std::string(core::objects::to_string(kind)) + " " + shown() + " at " +
           connection->config().connect.front();
}

// ---- opening

void RawObject::State::open() {
    ClientDriver& driver = connection->driver();
    driver.object(name, kind, options, makes);
    const auto opened = reply_of<core::ObjectOpened>(
        driver.call(core::OpenObject{name, kind, options, makes, 0}, Wait::forever()));
    known_ref.set(opened.object);
}

void RawObject::State::open(const core::objects::Reference& wanted) {
    open();
    if (reference() == wanted) return;
    throw Error(errc::stale_reference, describe("open of") +
                                           ": what the reference names was destroyed, or is of an "
                                           "earlier life of the manager or of another one");
}

void RawObject::State::make_anonymous() {
    ClientDriver& driver = connection->driver();
    Answer answer = driver.call(core::OpenObject{{}, kind, options, true, 0}, Wait::forever());
    const std::uint64_t generation = answer.session_generation;
    const core::QueueRef ref = reply_of<core::ObjectOpened>(std::move(answer)).object;
    const std::optional<core::objects::Reference> made = driver.reference_of(ref);
    if (!made) throw Error(errc::session_lost, describe("making") + ": its session is over");
    anonymous = *made;
    held = HeldObject::of(anonymous);
    held->told(connection, generation);
    known_ref.set(ref);
}

void RawObject::State::open_anonymous(const core::objects::Reference& wanted) {
    anonymous = wanted;
    held = HeldObject::of(wanted);
    const core::QueueRef ref = held->refer(connection);
    Answer answer =
        connection->driver().call(core::OpenObject{{}, kind, {}, false, ref}, Wait::forever());
    const std::uint64_t generation = answer.session_generation;
    body_of(std::move(answer));
    held->told(connection, generation);
    known_ref.set(ref);
}

core::objects::Reference RawObject::State::reference() {
    if (name.empty()) return anonymous;
    ClientDriver& driver = connection->driver();
    std::optional<core::objects::Reference> known = driver.reference_of(ref(driver));
    if (known) return *known;
    open();  // it was, in an earlier session
    known = driver.reference_of(ref(driver));
    if (known) return *known;
    throw Error(errc::session_lost, describe("reference to") + ": its session is over");
}

// ---- calls

RawAnswer RawObject::State::to_answer(core::objects::Result&& result,
                                      std::uint64_t generation) const {
    RawAnswer answer;
    answer.numbers = std::move(result.numbers);
    if (result.values.empty()) return answer;
    const auto told = std::make_shared<Told>();
    told->values = std::move(result.values);
    answer.values.reserve(told->values.size());
    for (const core::objects::Packed& value : told->values) {
        answer.values.push_back(core::objects::payload_of(value));
        for (const auto& each : core::objects::references_told(answer.values.back())) {
            if (!each.anonymous) continue;
            told->objects.push_back(HeldObject::of(each));
            told->objects.back()->told(connection, generation);
        }
    }
    answer.owner = told;
    return answer;
}

MethodDone RawObject::State::call(RawCall given, const Wait& wait) {
    ClientDriver& driver = connection->driver();
    const core::objects::Call call = to_call(ref(driver), std::move(given));
    core::Calls body;
    body.calls.push_back(call);
    const bool holds = brings_hold(call.method);
    return done_by(call,
                   holds ? driver.take(std::move(body), wait) : driver.call(std::move(body), wait),
                   driver);
}

MethodDone RawObject::State::done_by(const core::objects::Call& call, Answer answer,
                                     ClientDriver& driver) {
    MethodDone done;
    done.session_generation = answer.session_generation;
    if (answer.outcome.code != errc::ok) {
        done.code = answer.outcome.code;
        done.text = std::move(answer.outcome.text);
        done.begun = done.code == errc::outcome_unknown;
        return done;
    }
    const bool gone_back = answer.gone_back;
    auto results = reply_of<core::Results>(std::move(answer)).results;
    if (results.size() != 1) {
        throw Error(errc::protocol,
                    describe("call of") + ": not one result but " + std::to_string(results.size()));
    }
    core::objects::Result& result = results.front();
    done.begun = true;
    if (result.code != errc::ok) {
        done.code = result.code;
        done.text = text_of(call, result);
    } else if (gone_back) {
        // If the session should live after all, nobody is left who knows of the hold.
        core::objects::Call back = core::client::giving_back(kind, call, result);
        driver.call_detached(core::Calls{{std::move(back)}, false}, done.session_generation);
        done.code = errc::session_lost;
        done.text = describe(std::string(core::objects::to_string(call.method)) + " of") +
                    ": this process was silent for longer than its session lives, so what it was "
                    "given has gone back";
    } else {
        done.answer = to_answer(std::move(result), done.session_generation);
    }
    return done;
}

RawDone RawObject::State::done_later(const core::objects::Call& call, Answer answer,
                                     ClientDriver& driver) {
    RawDone done;
    try {
        MethodDone ended = done_by(call, std::move(answer), driver);
        done.code = ended.code;
        done.text = std::move(ended.text);
        done.answer = std::make_shared<const RawAnswer>(std::move(ended.answer));
    } catch (const Error& error) {  // no answer to a call; whoever dispatches is not to blame
        done.code = error.code();
        done.text = error.what();
    }
    return done;
}

/// The manager names object and method, as far as it knows them.
std::string RawObject::State::text_of(const core::objects::Call& call,
                                      const core::objects::Result& result) const {
    if (result.code != errc::stale_reference) {
        return result.text + " (at " + connection->config().connect.front() + ")";
    }
    return describe(core::objects::method_of(call) + " of") + ": " + result.text;
}

void RawObject::State::call_detached(RawCall call, std::uint64_t session_generation) noexcept {
    try {
        ClientDriver& driver = connection->driver();
        core::Calls body{{to_call(ref(driver), std::move(call))}, false};
        driver.call_detached(std::move(body), session_generation);
    } catch (const Error&) {
        // The client is gone, and with its session whatever it held.
    }
}

// ---- the handle

RawObject::RawObject(std::shared_ptr<Connection> connection, ObjectKind kind, std::string name,
                     ObjectOptions options)
    : state_(std::make_shared<State>(std::move(connection), kind, std::move(name), options)) {
    state_->open();
}

RawObject::RawObject(std::shared_ptr<Connection> connection, ObjectKind kind, ObjectOptions options)
    : state_(std::make_shared<State>(std::move(connection), kind, std::string(), options)) {
    state_->make_anonymous();
}

RawObject::RawObject(std::shared_ptr<Connection> connection, const RawRef& reference) {
    const core::objects::Reference& wanted = reference.state().reference;
    state_ = std::make_shared<State>(std::move(connection), wanted.kind, wanted.name,
                                     ObjectOptions{}, false);
    if (wanted.anonymous) {
        state_->open_anonymous(wanted);
    } else {
        state_->open(wanted);
    }
}

RawObject::State& RawObject::state() const {
    if (!state_) {
        throw Error(errc::inert, "this handle refers to no object; get one from the Client");
    }
    return *state_;
}

const std::string& RawObject::name() const {
    return state().name;
}

ObjectKind RawObject::kind() const {
    return state().kind;
}

std::string RawObject::describe(const std::string& what) const {
    return state().describe(what);
}

RawAnswer RawObject::call(RawCall call, const Wait& wait) const {
    MethodDone done = state().call(std::move(call), wait);
    done.throw_unless_ok();
    return std::move(done.answer);
}

std::optional<RawAnswer> RawObject::try_call(RawCall call, const Wait& wait) const {
    MethodDone done = state().call(std::move(call), wait);
    if (done.gave_up()) return std::nullopt;
    done.throw_unless_ok();
    return std::move(done.answer);
}

RawOperation RawObject::call_later(RawCall call, const Wait& wait) const {
    return [object = *this, call = std::move(call), wait](const RawHandler& handler) {
        State& own = object.state();
        ClientDriver& driver = own.connection->driver();
        auto one = to_call(own.ref(driver), RawCall(call));
        core::Calls body{{one}, false};
        driver.call_async(std::move(body), wait,
                          [object, one = std::move(one), &driver, handler](Answer answer) {
                              handler(object.state().done_later(one, std::move(answer), driver));
                          });
    };
}

std::int64_t thread_number() noexcept {
    static std::atomic<std::int64_t> next = 1;
    thread_local const std::int64_t mine = next.fetch_add(1, std::memory_order_relaxed);
    return mine;
}

}  // namespace handoff::detail
