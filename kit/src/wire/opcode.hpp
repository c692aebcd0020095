#pragma once

#include <cstdint>

#include "core/messages.hpp"

namespace handoff::wire {

/// The first number of every message. Above its lower 16 bits are flags; version 1 has none, so
/// that a message with one is an unknown message.
enum class Opcode : std::uint64_t {
    hello = 1,
    heartbeat = 2,
    goodbye = 3,
    cancel = 4,
    open = 5,
    put = 6,
    withdraw = 7,
    get = 8,
    credit = 9,
    ack = 10,
    release = 11,
    bury = 12,
    extend = 13,
    giveback = 14,
    commit = 15,
    close = 16,
    join = 17,
    peek = 18,
    purge = 19,
    kick = 20,
    destroy = 21,
    stats = 22,

    welcome = 64,
    alive = 65,
    done = 66,
    failed = 67,
    opened = 68,
    put_done = 69,
    deliver = 70,
    settled = 71,
    recall = 72,
    peeked = 73,
    stats_reply = 74,
    event = 75,
};

constexpr Opcode opcode(const core::Hello&) { return Opcode::hello; }
constexpr Opcode opcode(const core::Heartbeat&) { return Opcode::heartbeat; }
constexpr Opcode opcode(const core::Goodbye&) { return Opcode::goodbye; }
constexpr Opcode opcode(const core::Cancel&) { return Opcode::cancel; }
constexpr Opcode opcode(const core::Open&) { return Opcode::open; }
constexpr Opcode opcode(const core::Put&) { return Opcode::put; }
constexpr Opcode opcode(const core::Withdraw&) { return Opcode::withdraw; }
constexpr Opcode opcode(const core::Get&) { return Opcode::get; }
constexpr Opcode opcode(const core::Credit&) { return Opcode::credit; }
constexpr Opcode opcode(const core::Commit&) { return Opcode::commit; }
constexpr Opcode opcode(const core::Close&) { return Opcode::close; }
constexpr Opcode opcode(const core::Join&) { return Opcode::join; }
constexpr Opcode opcode(const core::Peek&) { return Opcode::peek; }
constexpr Opcode opcode(const core::Purge&) { return Opcode::purge; }
constexpr Opcode opcode(const core::Kick&) { return Opcode::kick; }
constexpr Opcode opcode(const core::Destroy&) { return Opcode::destroy; }
constexpr Opcode opcode(const core::Stats&) { return Opcode::stats; }

constexpr Opcode opcode(const core::Settle& settle) {
    switch (settle.verb) {
        case core::Verb::ack: return Opcode::ack;
        case core::Verb::release: return Opcode::release;
        case core::Verb::bury: return Opcode::bury;
        case core::Verb::extend: return Opcode::extend;
        case core::Verb::giveback: break;
    }
    return Opcode::giveback;
}

constexpr Opcode opcode(const core::UnknownRequest& request) {
    return static_cast<Opcode>(request.opcode);
}

constexpr Opcode opcode(const core::Welcome&) { return Opcode::welcome; }
constexpr Opcode opcode(const core::Alive&) { return Opcode::alive; }
constexpr Opcode opcode(const core::Done&) { return Opcode::done; }
constexpr Opcode opcode(const core::Failed&) { return Opcode::failed; }
constexpr Opcode opcode(const core::Opened&) { return Opcode::opened; }
constexpr Opcode opcode(const core::PutDone&) { return Opcode::put_done; }
constexpr Opcode opcode(const core::Deliver&) { return Opcode::deliver; }
constexpr Opcode opcode(const core::Settled&) { return Opcode::settled; }
constexpr Opcode opcode(const core::Recall&) { return Opcode::recall; }
constexpr Opcode opcode(const core::Peeked&) { return Opcode::peeked; }
constexpr Opcode opcode(const core::StatsReply&) { return Opcode::stats_reply; }
constexpr Opcode opcode(const core::Event&) { return Opcode::event; }

}  // namespace handoff::wire
