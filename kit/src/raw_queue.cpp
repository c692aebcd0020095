#include "handoff/detail/raw_queue.hpp"

#include <algorithm>
#include <utility>

#include "answer.hpp"
#include "direct_whole.hpp"
#include "item_notes.hpp"
#include "public_stats.hpp"
#include "raw_items.hpp"
#include "raw_queue_state.hpp"
#include "raw_ref_state.hpp"

namespace handoff::detail {
namespace {

/// How many of the first items of a put went in.
std::size_t leading_puts(const core::Outcome& outcome) {
    const auto* done = std::get_if<core::PutDone>(&outcome.reply);
    if (done == nullptr) return 0;
    std::size_t leading = 0;
    for (const core::PutDone::Outcome& part : done->outcomes) {
        if (part.code != errc::ok) break;
        leading = static_cast<std::size_t>(part.positions.last);
    }
    return leading;
}

}  // namespace

void RawBatch::add(std::string_view payload) {
    core::append_item(run, payload);
    ++count;
}

// ---- the handle

core::QueueRef RawQueue::State::ref(ClientDriver& driver) {
    if (direct) refuse_direct("use of", "this call: it is made at one manager");
    if (const std::optional<core::QueueRef> known = known_ref_.get()) return *known;
    const core::QueueRef ref = driver.queue(name, options, makes);
    remember(ref);
    return ref;
}

void RawQueue::State::remember(core::QueueRef ref) noexcept {
    known_ref_.set(ref);
}

std::string RawQueue::State::describe(const std::string& what) const {
    const std::string queue = what + " queue \"" + name + "\"";
    if (direct) return queue + " (engine direct)";
    return queue + " at " + (part_at.empty() ? connection->config().connect.front() : part_at);
}

void add_token(std::vector<core::Range>& ranges, core::Token token) {
    if (!ranges.empty() && ranges.back().last + 1 == token) {
        ranges.back().last = token;
    } else {
        ranges.push_back({token, token});
    }
}

core::Columns columns_of(const PutOptions& options, std::uint32_t count, const std::string& what) {
    if (options.delay.count() < 0 || options.time_to_live.value_or(core::Millis{0}).count() < 0) {
        throw Error(errc::invalid_argument, what + ": delay and time_to_live cannot be negative");
    }
    core::Columns columns;
    columns.priority = options.priority;
    columns.delay = options.delay;
    columns.time_to_live = options.time_to_live;
    add_notes(columns, options, count, what);
    return columns;
}

void RawQueue::State::refuse_direct(const char* what, const char* why) const {
    if (!direct && part_at.empty()) return;
    throw Error(errc::unsupported, describe(what) + ": the direct engine does not offer " + why);
}

core::Columns RawQueue::State::columns(const PutOptions& given, std::uint32_t count,
                                       const char* what) const {
    if (!given.key.empty()) {
        refuse_direct(what, "keys: a producer does not know which of them came in at others");
    }
    return columns_of(given, count, describe(what));
}

RawQueue::RawQueue(std::shared_ptr<Connection> connection, std::string name, QueueOptions options)
    : state_(
          std::make_shared<State>(connection->way_to(name), std::move(name), std::move(options))) {
    open(state_->options);
}

RawQueue::RawQueue(std::shared_ptr<Connection> connection, const RawRef& reference) {
    const core::objects::Reference& wanted = reference.state().reference;
    state_ = std::make_shared<State>(std::move(connection), wanted.name, QueueOptions{});
    state_->makes = false;
    open({});
    if (state_->reference(*this) == wanted) return;
    throw Error(errc::stale_reference, state_->describe("open of") +
                                           ": what the reference names was destroyed, or is of "
                                           "an earlier life of the manager or of another one");
}

core::objects::Reference RawQueue::State::reference(const RawQueue& self) {
    refuse_direct("reference to", "references: it is not one of a manager");
    ClientDriver& driver = connection->driver();
    std::optional<core::objects::Reference> known = driver.reference_of(ref(driver));
    if (known) return *known;
    self.open(options);  // it was, in an earlier session
    known = driver.reference_of(ref(driver));
    if (known) return *known;
    throw Error(errc::session_lost, describe("reference to") + ": its session is over");
}

RawQueue::RawQueue(std::shared_ptr<State> state) noexcept : state_(std::move(state)) {}

RawQueue RawQueue::part_of_direct(std::shared_ptr<Connection> connection, std::string name,
                                  std::string shown) {
    auto state = std::make_shared<State>(std::move(connection), std::move(name), QueueOptions{});
    state->part_at = std::move(shown);
    return RawQueue(std::move(state));
}

void RawQueue::open(const QueueOptions& options) const {
    if (state().direct) return state_->direct->open(options);
    ClientDriver& driver = state().connection->driver();
    driver.queue(state_->name, options, state_->makes);
    const auto opened = reply_of<core::Opened>(
        driver.call(core::Open{state_->name, options, state_->makes}, Wait::forever()));
    state_->remember(opened.queue);
}

RawQueue RawQueue::for_puts() const {
    return state().direct ? state().direct->own_part() : *this;
}

DirectQueue* RawQueue::direct() const {
    return state().direct.get();
}

RawQueue::State& RawQueue::state() const {
    if (!state_)
        throw Error(errc::inert, "this Queue refers to no queue; get one from Client::queue");
    return *state_;
}

const std::string& RawQueue::name() const {
    return state().name;
}

std::string RawQueue::describe(const std::string& what) const {
    return state().describe(what);
}

Connection& RawQueue::connection() const {
    return *state().connection;
}

std::uint64_t RawQueue::ref() const {
    State& queue = state();
    return queue.ref(queue.connection->driver());
}

// ---- put

std::size_t RawQueue::put(RawBatch batch, const PutOptions& options, const Wait& wait) const {
    State& queue = state();
    if (queue.direct) return queue.direct->own_part().put(std::move(batch), options, wait);
    const core::Columns columns = queue.columns(options, batch.count, "put on");
    ClientDriver& driver = queue.connection->driver();
    const core::QueueRef ref = queue.ref(driver);
    const auto frame = static_cast<std::size_t>(driver.limits().frame_bytes_max);
    const auto owner = std::make_shared<const std::string>(std::move(batch.run));
    core::Slice rest(owner, owner->size(), *owner);
    std::size_t in_queue = 0;
    while (in_queue < batch.count) {
        const auto left = static_cast<std::uint32_t>(batch.count - in_queue);
        core::Run piece;
        piece.count = std::max(1u, core::items_within(rest.view(), left, frame));
        piece.bytes = rest.part(0, core::prefix_bytes(rest.view(), piece.count));
        rest = rest.part(piece.bytes.size());
        const std::uint32_t count = piece.count;
        const Answer answer = driver.put(ref, columns, std::move(piece), wait);
        if (answer.outcome.code == errc::ok) {
            in_queue += count;
            continue;
        }
        in_queue += leading_puts(answer.outcome);
        const bool limited = wait.once || wait.limit.has_value();
        const errc code = answer.outcome.code;
        if (limited && (code == errc::full || code == errc::cancelled)) break;
        std::string text = answer.outcome.text;
        if (batch.count > 1) {
            text += " (the first " + std::to_string(in_queue) + " of " +
                    std::to_string(batch.count) + " items are in it)";
        }
        throw Error(code, text);
    }
    return in_queue;
}

RawOperation RawQueue::put_later(RawBatch item, const PutOptions& options, const Wait& wait) const {
    const core::Columns columns = state().columns(options, 1, "put on");
    const auto owner = std::make_shared<const std::string>(std::move(item.run));
    return [queue = *this, columns, owner, wait](const RawHandler& handler) {
        ClientDriver& driver = queue.state().connection->driver();
        driver.put_async(queue.state().ref(driver), columns,
                         {1, core::Slice(owner, owner->size(), *owner)}, wait, done_by(handler));
    };
}

// ---- the whole queue

void RawQueue::close(bool at_once) const {
    State& queue = state();
    if (queue.direct) return queue.direct->close(at_once);
    ClientDriver& driver = queue.connection->driver();
    body_of(driver.call(core::Close{queue.ref(driver), at_once}, Wait::forever()));
}

bool RawQueue::join(const Wait& wait) const {
    State& queue = state();
    if (queue.direct) return join_all(*queue.direct, wait);
    ClientDriver& driver = queue.connection->driver();
    Answer answer = driver.call(core::Join{queue.ref(driver)}, wait);
    const errc code = answer.outcome.code;
    if (wait.limit && (code == errc::empty || code == errc::cancelled)) return false;
    body_of(std::move(answer));
    return true;
}

RawOperation RawQueue::join_later(const Wait& wait) const {
    return [queue = *this, wait](const RawHandler& handler) {
        ClientDriver& driver = queue.state().connection->driver();
        driver.call_async(core::Join{queue.state().ref(driver)}, wait, done_by(handler));
    };
}

QueueStats RawQueue::stats() const {
    State& queue = state();
    if (queue.direct) return stats_of_all(*queue.direct);
    ClientDriver& driver = queue.connection->driver();
    core::Stats wanted;
    wanted.queues = {queue.ref(driver)};
    const auto reply = reply_of<core::StatsReply>(driver.call(wanted, Wait::forever()));
    if (reply.queues.empty()) {
        throw Error(errc::stale_reference, queue.describe("stats of") + ": it was destroyed");
    }
    return public_stats(reply.queues.front());
}

std::vector<RawItem> RawQueue::peek(ItemState item_state, std::uint32_t items_max) const {
    State& queue = state();
    if (queue.direct) return peek_all(*queue.direct, item_state, items_max);
    ClientDriver& driver = queue.connection->driver();
    core::Peek wanted;
    wanted.queue = queue.ref(driver);
    wanted.state = static_cast<core::ItemState>(item_state);
    wanted.items_max = items_max;
    const auto reply = reply_of<core::Peeked>(driver.call(wanted, Wait::forever()));
    std::vector<RawItem> items;
    for_each_item(reply.parts, reply.runs, [&](RawItem item) { items.push_back(std::move(item)); });
    return items;
}

std::uint64_t RawQueue::purge() const {
    State& queue = state();
    if (queue.direct) return purge_all(*queue.direct);
    ClientDriver& driver = queue.connection->driver();
    return reply_of<core::Done>(driver.call(core::Purge{queue.ref(driver), true}, Wait::forever()))
        .count;
}

std::uint64_t RawQueue::kick(std::uint64_t items_max) const {
    State& queue = state();
    if (queue.direct) return kick_all(*queue.direct, items_max);
    ClientDriver& driver = queue.connection->driver();
    return reply_of<core::Done>(
               driver.call(core::Kick{queue.ref(driver), items_max}, Wait::forever()))
        .count;
}

void RawQueue::fail_type(const Error& cause, const ItemInfo& item) const {
    throw Error(errc::wrong_type,
                state().describe("item " + std::to_string(item.id) + " of") + ": " + cause.what());
}

}  // namespace handoff::detail
