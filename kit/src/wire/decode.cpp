#include <algorithm>
#include <array>
#include <span>

#include "wire/codec.hpp"
#include "wire/fields.hpp"
#include "wire/layout.hpp"
#include "wire/opcode.hpp"

namespace handoff::wire {
namespace {

/// What there is to know of an opcode before its fields are read.
template <class Body>
struct Form {
    Opcode opcode{};
    std::string_view name;
    Body (*blank)() = nullptr;
};

template <class Body, class Message>
Body blank() {
    return Message{};
}

template <core::Verb verb>
core::RequestBody blank_settle() {
    return core::Settle{.verb = verb};
}

template <class Message>
constexpr auto request = blank<core::RequestBody, Message>;
template <class Message>
constexpr auto reply = blank<core::ReplyBody, Message>;

constexpr std::array<Form<core::RequestBody>, 26> request_forms{{
    {Opcode::hello, "HELLO", request<core::Hello>},
    {Opcode::heartbeat, "HEARTBEAT", request<core::Heartbeat>},
    {Opcode::goodbye, "GOODBYE", request<core::Goodbye>},
    {Opcode::cancel, "CANCEL", request<core::Cancel>},
    {Opcode::open, "OPEN", request<core::Open>},
    {Opcode::put, "PUT", request<core::Put>},
    {Opcode::withdraw, "WITHDRAW", request<core::Withdraw>},
    {Opcode::get, "GET", request<core::Get>},
    {Opcode::credit, "CREDIT", request<core::Credit>},
    {Opcode::ack, "ACK", blank_settle<core::Verb::ack>},
    {Opcode::release, "RELEASE", blank_settle<core::Verb::release>},
    {Opcode::bury, "BURY", blank_settle<core::Verb::bury>},
    {Opcode::extend, "EXTEND", blank_settle<core::Verb::extend>},
    {Opcode::giveback, "GIVEBACK", blank_settle<core::Verb::giveback>},
    {Opcode::commit, "COMMIT", request<core::Commit>},
    {Opcode::close, "CLOSE", request<core::Close>},
    {Opcode::join, "JOIN", request<core::Join>},
    {Opcode::peek, "PEEK", request<core::Peek>},
    {Opcode::purge, "PURGE", request<core::Purge>},
    {Opcode::kick, "KICK", request<core::Kick>},
    {Opcode::destroy, "DESTROY", request<core::Destroy>},
    {Opcode::stats, "STATS", request<core::Stats>},
    {Opcode::open_object, "OPEN_OBJECT", request<core::OpenObject>},
    {Opcode::call, "CALL", request<core::Calls>},
    {Opcode::let_go, "LET_GO", request<core::LetGo>},
    {Opcode::objects, "OBJECTS", request<core::Objects>},
}};

constexpr std::array<Form<core::ReplyBody>, 15> reply_forms{{
    {Opcode::welcome, "WELCOME", reply<core::Welcome>},
    {Opcode::alive, "ALIVE", reply<core::Alive>},
    {Opcode::done, "DONE", reply<core::Done>},
    {Opcode::failed, "FAILED", reply<core::Failed>},
    {Opcode::opened, "OPENED", reply<core::Opened>},
    {Opcode::put_done, "PUT_DONE", reply<core::PutDone>},
    {Opcode::deliver, "DELIVER", reply<core::Deliver>},
    {Opcode::settled, "SETTLED", reply<core::Settled>},
    {Opcode::recall, "RECALL", reply<core::Recall>},
    {Opcode::peeked, "PEEKED", reply<core::Peeked>},
    {Opcode::stats_reply, "STATS_REPLY", reply<core::StatsReply>},
    {Opcode::event, "EVENT", reply<core::Event>},
    {Opcode::object_opened, "OBJECT_OPENED", reply<core::ObjectOpened>},
    {Opcode::results, "RESULTS", reply<core::Results>},
    {Opcode::objects_reply, "OBJECTS_REPLY", reply<core::ObjectsReply>},
}};

/// The form of `opcode`; null if nobody knows it.
template <class Body>
const Form<Body>* find(std::span<const Form<Body>> forms, Opcode opcode) {
    const auto form = std::find_if(forms.begin(), forms.end(),
                                   [&](const Form<Body>& f) { return f.opcode == opcode; });
    return form == forms.end() ? nullptr : &*form;
}

// ------------------------------------------------------------------ rules of single messages

/// What is wrong with numbers `first`, `first + 1` … of `count` items.
bool countable(std::uint64_t first, std::uint32_t count) {
    return first != 0 && count != 0 && first <= unlimited - count;
}

void check(Decoding&, const auto&) {}

void check(Decoding& in, const core::Put& put) {
    if (!countable(put.first, put.items.count)) {
        in.fail(errc::invalid_argument, "first", "is out of range");
    }
    if (!put.columns.key.empty() && put.items.count != 1) {
        in.fail(errc::invalid_argument, "key", "is for a PUT of one item");
    }
}

void check(Decoding& in, const core::Get& get) {
    if (get.queues.empty()) in.fail(errc::invalid_argument, "queues", "are none");
    if (get.items_max == 0) in.fail(errc::invalid_argument, "items_max", "is 0");
}

void check(Decoding& in, const core::Commit& commit) {
    std::vector<core::QueueHandle> queues;
    queues.reserve(commit.acks.size());
    for (const core::Commit::Acks& acks : commit.acks) queues.push_back(acks.queue);
    std::sort(queues.begin(), queues.end());
    if (std::adjacent_find(queues.begin(), queues.end()) != queues.end()) {
        in.fail(errc::invalid_argument, "acks", "name a queue twice");
    }
    for (const core::Commit::Puts& puts : commit.puts) {
        if (!puts.columns.key.empty() && puts.items.count != 1) {
            in.fail(errc::invalid_argument, "key", "is for a put of one item");
        }
    }
}

void check(Decoding& in, const core::Calls& calls) {
    if (calls.calls.empty()) in.fail(errc::invalid_argument, "calls", "are none");
}

void check(Decoding& in, const core::Deliver& deliver) {
    for (const core::Part& part : deliver.parts) {
        if (!countable(part.token, part.count)) in.fail(errc::protocol, "token", "is out of range");
    }
}

// ------------------------------------------------------------------ runs

using Runs = std::vector<core::Run>;

void place_runs(Runs&&, auto&) {}

void place_runs(Runs&& runs, core::Put& put) {
    put.items = std::move(runs.front());
}

void place_runs(Runs&& runs, core::Commit& commit) {
    for (std::size_t i = 0; i < runs.size(); ++i) commit.puts[i].items = std::move(runs[i]);
}

void place_runs(Runs&& runs, AnyOf<core::Deliver, core::Peeked> auto& message) {
    message.runs.reserve(runs.size());
    for (core::Run& run : runs) message.runs.push_back(std::move(run.bytes));
}

void place_runs(Runs&& runs, core::Calls& message) {
    for (std::size_t i = 0; i < runs.size(); ++i) message.calls[i].values = core::items_of(runs[i]);
}

void place_runs(Runs&& runs, core::Results& message) {
    for (std::size_t i = 0; i < runs.size(); ++i)
        message.results[i].values = core::items_of(runs[i]);
}

/// Whether `run` is of the items that the head says.
bool hold_items(Decoding& in, core::Run& run) {
    const std::optional<core::RunShape> shape = core::measure(run.bytes.view());
    if (shape) {
        run.largest_payload = shape->largest_payload;
        run.each = shape->each;
    }
    if (!shape || shape->count != run.count) {
        in.fail(errc::protocol, "run", "is not of " + std::to_string(run.count) + " whole items");
    } else if (shape->largest_payload > in.limits.item_bytes_max) {
        in.fail(errc::too_large, "item",
                "has " + std::to_string(shape->largest_payload) + " bytes; item_bytes_max is " +
                    std::to_string(in.limits.item_bytes_max));
    }
    return !in.failed();
}

/// Cuts the runs that the head claims out of what follows it, which must be that and nothing else.
Runs cut_runs(Decoding& in, const core::Slice& second) {
    const std::size_t head_bytes = in.reader.position();
    if (!second.empty() && head_bytes != in.frame.size()) {
        in.fail(errc::protocol, "frame", "has bytes behind its head and a second frame follows");
        return {};
    }
    const core::Slice rest = second.empty() ? in.frame.part(head_bytes) : second;
    Runs runs;
    runs.reserve(in.runs.size());
    std::size_t at = 0;
    for (const Decoding::RunClaim& claim : in.runs) {
        if (claim.count == 0 && claim.bytes == 0) {  // of a call that has numbers only
            runs.emplace_back();
            continue;
        }
        if (claim.bytes > rest.size() - at) {
            in.fail(errc::protocol, "run", "is longer than what follows the head");
            return {};
        }
        runs.push_back({claim.count, rest.part(at, static_cast<std::size_t>(claim.bytes))});
        at += runs.back().bytes.size();
        if (!hold_items(in, runs.back())) return {};
    }
    if (at != rest.size()) in.fail(errc::protocol, "frame", "has bytes that belong to nothing");
    return runs;
}

/// Gives the message the items that belong to it.
template <class Body>
void take_runs(Decoding& in, const core::Slice& second, Body& any_body) {
    Runs runs = cut_runs(in, second);
    if (in.failed()) return;
    std::visit(
        [&](auto& body) {
            check(in, body);
            place_runs(std::move(runs), body);
        },
        any_body);
}

// ------------------------------------------------------------------ both directions

/// An unknown request has fields and runs that only its sender knows.
void unknown(Decoding&, Opcode opcode, core::Request& request) {
    request.body = core::UnknownRequest{static_cast<std::uint64_t>(opcode)};
}

void unknown(Decoding& in, Opcode opcode, core::Reply&) {
    in.fail(errc::unsupported, "opcode",
            std::to_string(static_cast<std::uint64_t>(opcode)) + " is no reply that we know");
}

/// Reads opcode, prefix and fields.
template <class Message, class Body>
Opcode read_head(Decoding& in, std::span<const Form<Body>> forms, Message& message) {
    Fields head(in, "head");
    std::uint64_t number = 0;
    head.required("opcode", number);
    const auto opcode = static_cast<Opcode>(number);
    const Form<Body>* form = find(forms, opcode);
    if (form != nullptr) in.message = form->name;
    prefix(head, message);
    if (in.failed()) return opcode;
    if (form == nullptr) {
        unknown(in, opcode, message);
    } else {
        message.body = form->blank();
        std::visit([&](auto& body) { fields(head, body); }, message.body);
    }
    return opcode;
}

template <class Message, class Body>
Decoded<Message> decode(Decoding in, const core::Slice& second, std::span<const Form<Body>> forms) {
    Message message;
    const Opcode opcode = read_head(in, forms, message);
    if (!in.failed() && find(forms, opcode) != nullptr) take_runs(in, second, message.body);
    if (!in.failed()) return message;
    return DecodeError{in.code, std::move(in.text), message.id, static_cast<std::uint64_t>(opcode)};
}

}  // namespace

Decoded<core::Request> decode_request(const core::Slice& first, const core::Slice& second,
                                      const DecodeLimits& limits) {
    return decode<core::Request, core::RequestBody>(Decoding{first, limits}, second, request_forms);
}

Decoded<core::Reply> decode_reply(const core::Slice& first, const core::Slice& second,
                                  const DecodeLimits& limits) {
    return decode<core::Reply, core::ReplyBody>(
        Decoding{.frame = first, .limits = limits, .skip_unknown_options = true}, second,
        reply_forms);
}

}  // namespace handoff::wire
