#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include "core/messages.hpp"

/// The fields of every message in the order in which they travel: docs/protocol.md as code.
///
/// Each function below describes one message, for both directions: `io` is a counter or a writer
/// (then `m` is const), or a reader (then `m` is filled). A field that is `optional` may be missing
/// at the end of what a peer sent; it then keeps the default that it has in core/messages.hpp.
/// Texts, keys, headers and traces of items are optional, names are not.
namespace handoff::wire {

template <class T, class... Messages>
concept AnyOf = (std::same_as<std::remove_const_t<T>, Messages> || ...);

// ------------------------------------------------------------------ what several have in common

void fields(auto& io, AnyOf<core::Columns> auto& m) {
    io.optional("priority", m.priority);
    io.optional("delay", m.delay);
    io.optional("time_to_live", m.time_to_live);
    io.key("key", m.key);
    io.headers("headers", m.headers);
    io.item_trace("trace", m.trace);
}

/// Numbered, not placed: an option that is unset does not travel.
void options(auto& io, AnyOf<QueueOptions> auto& m) {
    io.option(1, "capacity", m.capacity);
    io.option(2, "capacity_bytes", m.capacity_bytes);
    io.option(3, "order", m.order);
    io.option(4, "lease", m.lease);
    io.option(5, "deliveries_max", m.deliveries_max);
    io.option(6, "dead_letter", m.dead_letter);
    io.option(7, "durability", m.durability);
    io.option(8, "key_window", m.key_window);
    io.option(9, "keys_max", m.keys_max);
}

void options(auto& io, AnyOf<ObjectOptions> auto& m) {
    io.option(1, "count", m.count);
    io.option(2, "ttl", m.ttl);
    io.option(3, "action", m.action);
    io.option(4, "entries_max", m.entries_max);
    io.option(5, "bytes_max", m.bytes_max);
    io.option(6, "durability", m.durability);
}

/// A part of a DELIVER or PEEKED; `run_bytes` is the length of its run.
void part_fields(auto& io, AnyOf<core::Part> auto& m, AnyOf<std::uint64_t> auto& run_bytes) {
    io.required("token", m.token);
    io.required("id", m.id);
    io.required("count", m.count);
    io.required("run_bytes", run_bytes);
    io.required("deliveries", m.deliveries);
    io.optional("priority", m.priority);
    io.timestamp("put_at", m.put_at);
    io.key("key", m.key);
    io.text("reason", m.reason);
    io.headers("headers", m.headers);
    io.item_trace("trace", m.trace);
}

// ------------------------------------------------------------------ client to manager

void prefix(auto& io, AnyOf<core::Request> auto& m) {
    io.required("id", m.id);
    io.required("done_below", m.done_below);
    io.required("remaining", m.remaining);
    io.trace("trace", m.trace);
}

void fields(auto& io, AnyOf<core::Hello> auto& m) {
    io.magic();
    io.required("role", m.role);
    io.required("version_min", m.version_min);
    io.required("version_max", m.version_max);
    io.speaks(m.version_min, m.version_max);
    io.required("features_optional", m.features_optional);
    io.required("features_required", m.features_required);
    io.required("resume", m.resume);
    io.required("fresh", m.fresh);
    io.required("connection_number", m.connection_number);
    io.text("boot_id", m.boot_id);
    io.optional("pid_namespace", m.pid_namespace);
    io.optional("pid", m.pid);
    io.optional("start_time", m.start_time);
    io.text("name", m.name);
}

void fields(auto& io, AnyOf<core::Heartbeat> auto& m) {
    io.optional("cursors", m.cursors);
    io.optional("answered", m.answered);
}

void fields(auto&, AnyOf<core::Goodbye, core::Alive, core::UnknownRequest> auto&) {}

void fields(auto& io, AnyOf<core::Cancel> auto& m) {
    io.required("target", m.target);
}

void fields(auto& io, AnyOf<core::Open> auto& m) {
    io.name("name", m.name);
    io.optional("options", m.options);
    io.optional("create", m.create);
}

void fields(auto& io, AnyOf<core::Put> auto& m) {
    io.required("queue", m.queue);
    io.required("first", m.first);
    io.required("lowest_unconfirmed", m.lowest_unconfirmed);
    io.run(m.items);
    io.structure("columns", m.columns);
}

void fields(auto& io, AnyOf<core::Withdraw> auto& m) {
    io.required("queue", m.queue);
    io.range("positions", m.positions);
}

void fields(auto& io, AnyOf<core::Get> auto& m) {
    io.required("queues", m.queues);
    io.optional("items_max", m.items_max);
    io.optional("lease", m.lease);
}

void fields(auto& io, AnyOf<core::Credit> auto& m) {
    io.required("queue", m.queue);
    io.required("items", m.items);
    io.required("bytes", m.bytes);
    io.optional("lease", m.lease);
    io.optional("cursor", m.cursor);
}

/// ACK, RELEASE, BURY, EXTEND and GIVEBACK: the opcode is the verb.
void fields(auto& io, AnyOf<core::Settle> auto& m) {
    io.required("queue", m.queue);
    io.required("tokens", m.tokens);
    io.optional("cursor", m.cursor);
    if (m.verb == core::Verb::release) io.optional("delay", m.delay);
    if (m.verb == core::Verb::bury) io.text("reason", m.reason);
    if (m.verb == core::Verb::extend) io.optional("lease", m.lease);
}

void fields(auto& io, AnyOf<core::Commit::Acks> auto& m) {
    io.required("queue", m.queue);
    io.required("tokens", m.tokens);
}

void fields(auto& io, AnyOf<core::Commit::Puts> auto& m) {
    io.required("queue", m.queue);
    io.run(m.items);
    io.structure("columns", m.columns);
}

void fields(auto& io, AnyOf<core::Commit> auto& m) {
    io.list("acks", m.acks);
    io.list("puts", m.puts);
}

void fields(auto& io, AnyOf<core::Close> auto& m) {
    io.required("queue", m.queue);
    io.optional("now", m.now);
}

void fields(auto& io, AnyOf<core::Join, core::Destroy> auto& m) {
    io.required("queue", m.queue);
}

void fields(auto& io, AnyOf<core::Peek> auto& m) {
    io.required("queue", m.queue);
    io.optional("state", m.state);
    io.optional("items_max", m.items_max);
}

void fields(auto& io, AnyOf<core::Purge> auto& m) {
    io.required("queue", m.queue);
    io.optional("dead", m.dead);
}

void fields(auto& io, AnyOf<core::Kick> auto& m) {
    io.required("queue", m.queue);
    io.optional("items_max", m.items_max);
}

void fields(auto& io, AnyOf<core::Stats> auto& m) {
    io.required("queues", m.queues);
    io.name("after", m.after);
    io.optional("queues_max", m.queues_max);
}

void fields(auto& io, AnyOf<core::OpenObject> auto& m) {
    io.name("name", m.name);
    io.required("kind", m.kind);
    io.optional("options", m.options);
    io.optional("create", m.create);
    io.optional("object", m.object);
}

void fields(auto& io, AnyOf<core::objects::Call> auto& m) {
    io.required("object", m.object);
    io.required("method", m.method);
    io.required("numbers", m.numbers);
    io.values(m.values);
}

void fields(auto& io, AnyOf<core::Calls> auto& m) {
    io.list("calls", m.calls);
    io.optional("stop", m.stop);
}

void fields(auto& io, AnyOf<core::LetGo> auto& m) {
    io.required("objects", m.objects);
}

void fields(auto& io, AnyOf<core::Objects> auto& m) {
    io.name("name", m.name);
    io.optional("after", m.after);
    io.optional("objects_max", m.objects_max);
    io.optional("people_max", m.people_max);
}

// ------------------------------------------------------------------ manager to client

void prefix(auto& io, AnyOf<core::Reply> auto& m) {
    io.required("id", m.id);
}

void fields(auto& io, AnyOf<core::Limits> auto& m) {
    io.optional("heartbeat", m.heartbeat);
    io.optional("session_limit", m.session_limit);
    io.optional("hold", m.hold);
    io.optional("item_bytes_max", m.item_bytes_max);
    io.optional("frame_bytes_max", m.frame_bytes_max);
    io.optional("requests_max", m.requests_max);
    io.optional("session_bytes_max", m.session_bytes_max);
}

void fields(auto& io, AnyOf<core::Welcome> auto& m) {
    io.magic();
    io.required("version", m.version);
    io.speaks(m.version, m.version);
    io.required("features", m.features);
    io.required("manager", m.manager);
    io.required("epoch", m.epoch);
    io.required("resumed", m.resumed);
    io.required("connection_number", m.connection_number);
    io.structure("limits", m.limits);
}

void fields(auto& io, AnyOf<core::Done> auto& m) {
    io.optional("count", m.count);
}

void fields(auto& io, AnyOf<core::Failed> auto& m) {
    io.required("code", m.code);
    io.text("text", m.text);
}

void fields(auto& io, AnyOf<core::Opened> auto& m) {
    io.required("queue", m.queue);
    io.required("options", m.options);
}

void fields(auto& io, AnyOf<core::PutDone> auto& m) {
    io.required("queue", m.queue);
    io.required("outcomes", m.outcomes);
    io.reserved("credit");
}

void fields(auto& io, AnyOf<core::Deliver> auto& m) {
    io.required("queue", m.queue);
    io.required("lease", m.lease);
    io.parts("parts", m.parts, m.runs);
}

void fields(auto& io, AnyOf<core::Settled> auto& m) {
    io.required("refused", m.refused);
    io.optional("level", m.level);
}

void fields(auto& io, AnyOf<core::Recall> auto& m) {
    io.required("queue", m.queue);
    io.required("items", m.items);
}

void fields(auto& io, AnyOf<core::Peeked> auto& m) {
    io.parts("parts", m.parts, m.runs);
}

void fields(auto& io, AnyOf<core::ManagerStats> auto& m) {
    io.required("manager", m.manager);
    io.required("epoch", m.epoch);
    io.optional("sessions", m.sessions);
    io.optional("sessions_lost", m.sessions_lost);
    io.optional("queues", m.queues);
    io.optional("requests", m.requests);
    io.optional("frames_dropped", m.frames_dropped);
    io.optional("uptime", m.uptime);
    io.optional("objects", m.objects);
    io.optional("requests_refused", m.requests_refused);
}

void fields(auto& io, AnyOf<core::QueueStats> auto& m) {
    io.name("name", m.name);
    io.required("queue", m.queue);
    io.required("options", m.options);
    io.optional("closed", m.closed);
    for (auto* counter :
         {&m.ready, &m.leased, &m.delayed, &m.dead, &m.bytes, &m.waiting_gets, &m.waiting_puts,
          &m.puts, &m.deliveries, &m.redeliveries, &m.acks, &m.releases, &m.lapses, &m.buried,
          &m.expired, &m.purged, &m.dead_lettered, &m.duplicates}) {
        io.optional("counters", *counter);
    }
}

void fields(auto& io, AnyOf<core::StatsReply> auto& m) {
    io.structure("manager", m.manager);
    io.list("queues", m.queues);
    io.optional("more", m.more);
}

void fields(auto& io, AnyOf<core::ObjectOpened> auto& m) {
    io.required("object", m.object);
    io.required("kind", m.kind);
    io.optional("options", m.options);
}

void fields(auto& io, AnyOf<core::objects::Result> auto& m) {
    io.required("code", m.code);
    io.required("numbers", m.numbers);
    io.values(m.values);
    io.text("text", m.text);
}

void fields(auto& io, AnyOf<core::Results> auto& m) {
    io.list("results", m.results);
}

void fields(auto& io, AnyOf<core::ObjectStats::Hold> auto& m) {
    io.required("session", m.session);
    io.text("who", m.who);
    io.optional("token", m.token);
    io.optional("count", m.count);
    io.optional("shared", m.shared);
    io.optional("held_for", m.held_for);
    io.optional("ttl_left", m.ttl_left);
}

void fields(auto& io, AnyOf<core::ObjectStats::Wait> auto& m) {
    io.required("session", m.session);
    io.text("who", m.who);
    io.optional("method", m.method);
    io.optional("waited", m.waited);
}

void fields(auto& io, AnyOf<core::ObjectStats> auto& m) {
    io.name("name", m.name);
    io.required("object", m.object);
    io.required("kind", m.kind);
    io.required("options", m.options);
    for (auto* number : {&m.version, &m.count, &m.bytes, &m.held, &m.waiting}) {
        io.required("numbers", *number);
    }
    io.list("holders", m.holders);
    io.list("waiters", m.waiters);
}

void fields(auto& io, AnyOf<core::ObjectsReply> auto& m) {
    io.list("objects", m.objects);
    io.optional("more", m.more);
}

void fields(auto& io, AnyOf<core::Event> auto& m) {
    io.required("kind", m.kind);
    io.optional("token", m.token);
}

}  // namespace handoff::wire
