#pragma once

#include <vector>

#include "bench/frame/run.hpp"

/// Handoff's own paths.
namespace handoff::bench {

// ---- throughput: many items from producers to consumers

std::vector<Role> put_many_get_many(const Setting& setting);
std::vector<Role> put_many_lease_many(const Setting& setting);

/// Producer and Consumer.
std::vector<Role> streams(const Setting& setting);
/// The consumer acknowledges an item by asking for the next.
std::vector<Role> streams_auto_ack(const Setting& setting);

/// Threads of one client that call plain put, and threads of another that call plain get.
std::vector<Role> plain_threads(const Setting& setting);

// ---- one operation after the other

/// There by one queue, back by another.
std::vector<Role> managed_roundtrip(const Setting& setting);
/// The same with Producer and Consumer.
std::vector<Role> streams_roundtrip(const Setting& setting);
/// One thread puts an item and gets it, again and again.
std::vector<Role> managed_sync(const Setting& setting);
/// The same with lease and ack.
std::vector<Role> managed_sync_lease(const Setting& setting);

// ---- shared objects: as many threads of one client as producers

/// Locks and unlocks.
std::vector<Role> object_lock(const Setting& setting);
std::vector<Role> object_guard(const Setting& setting);
/// Adds 1 to a value; `many` additions in one message.
std::vector<Role> object_add(const Setting& setting);
/// Puts an entry into a dictionary and gets it; `many` entries in one call.
std::vector<Role> object_dict(const Setting& setting);
/// Puts and gets of one entry each; `many` of both in one message.
std::vector<Role> object_dict_calls(const Setting& setting);

// ---- queues that outlive their manager

/// A Producer whose items are confirmed as lasting.
std::vector<Role> durable_stream(const Setting& setting);
/// As many clients as producers, each with one put at a time.
std::vector<Role> durable_puts(const Setting& setting);
/// A manager that begins with what another one has left.
std::vector<Role> durable_recovery(const Setting& setting);

// ---- size of what is there

/// Throughput at a queue in which many items are already.
std::vector<Role> managed_depth(const Setting& setting);
/// One after the other, in turn over many queues.
std::vector<Role> managed_queues(const Setting& setting);
/// One after the other, in turn by many clients.
std::vector<Role> managed_clients(const Setting& setting);
/// One after the other, while many items are leased.
std::vector<Role> managed_leases(const Setting& setting);
/// One after the other, while many calls wait.
std::vector<Role> managed_waiters(const Setting& setting);
/// The memory of queued items.
std::vector<Role> managed_memory(const Setting& setting);

}  // namespace handoff::bench
