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
    open_object = 23,
    call = 24,
    let_go = 25,
    objects = 26,

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
    object_opened = 76,
    results = 77,
    objects_reply = 78,
};

/// The opcode of a message, by its type and, where several share one, by its verb.
struct OpcodeOf {
    constexpr Opcode operator()(const core::Hello&) const { return Opcode::hello; }
    constexpr Opcode operator()(const core::Heartbeat&) const { return Opcode::heartbeat; }
    constexpr Opcode operator()(const core::Goodbye&) const { return Opcode::goodbye; }
    constexpr Opcode operator()(const core::Cancel&) const { return Opcode::cancel; }
    constexpr Opcode operator()(const core::Open&) const { return Opcode::open; }
    constexpr Opcode operator()(const core::Put&) const { return Opcode::put; }
    constexpr Opcode operator()(const core::Withdraw&) const { return Opcode::withdraw; }
    constexpr Opcode operator()(const core::Get&) const { return Opcode::get; }
    constexpr Opcode operator()(const core::Credit&) const { return Opcode::credit; }
    constexpr Opcode operator()(const core::Commit&) const { return Opcode::commit; }
    constexpr Opcode operator()(const core::Close&) const { return Opcode::close; }
    constexpr Opcode operator()(const core::Join&) const { return Opcode::join; }
    constexpr Opcode operator()(const core::Peek&) const { return Opcode::peek; }
    constexpr Opcode operator()(const core::Purge&) const { return Opcode::purge; }
    constexpr Opcode operator()(const core::Kick&) const { return Opcode::kick; }
    constexpr Opcode operator()(const core::Destroy&) const { return Opcode::destroy; }
    constexpr Opcode operator()(const core::Stats&) const { return Opcode::stats; }
    constexpr Opcode operator()(const core::OpenObject&) const { return Opcode::open_object; }
    constexpr Opcode operator()(const core::Calls&) const { return Opcode::call; }
    constexpr Opcode operator()(const core::LetGo&) const { return Opcode::let_go; }
    constexpr Opcode operator()(const core::Objects&) const { return Opcode::objects; }

    constexpr Opcode operator()(const core::Settle& settle) const {
        switch (settle.verb) {
            case core::Verb::ack: return Opcode::ack;
            case core::Verb::release: return Opcode::release;
            case core::Verb::bury: return Opcode::bury;
            case core::Verb::extend: return Opcode::extend;
            case core::Verb::giveback: break;
        }
        return Opcode::giveback;
    }

    constexpr Opcode operator()(const core::UnknownRequest& unknown) const {
        return static_cast<Opcode>(unknown.opcode);
    }

    constexpr Opcode operator()(const core::Welcome&) const { return Opcode::welcome; }
    constexpr Opcode operator()(const core::Alive&) const { return Opcode::alive; }
    constexpr Opcode operator()(const core::Done&) const { return Opcode::done; }
    constexpr Opcode operator()(const core::Failed&) const { return Opcode::failed; }
    constexpr Opcode operator()(const core::Opened&) const { return Opcode::opened; }
    constexpr Opcode operator()(const core::PutDone&) const { return Opcode::put_done; }
    constexpr Opcode operator()(const core::Deliver&) const { return Opcode::deliver; }
    constexpr Opcode operator()(const core::Settled&) const { return Opcode::settled; }
    constexpr Opcode operator()(const core::Recall&) const { return Opcode::recall; }
    constexpr Opcode operator()(const core::Peeked&) const { return Opcode::peeked; }
    constexpr Opcode operator()(const core::StatsReply&) const { return Opcode::stats_reply; }
    constexpr Opcode operator()(const core::Event&) const { return Opcode::event; }
    constexpr Opcode operator()(const core::ObjectOpened&) const { return Opcode::object_opened; }
    constexpr Opcode operator()(const core::Results&) const { return Opcode::results; }
    constexpr Opcode operator()(const core::ObjectsReply&) const { return Opcode::objects_reply; }
};

}  // namespace handoff::wire
