#pragma once

#include <string>
#include <vector>

#include "bench/frame/run.hpp"

/// The same work without Handoff. One producer and one consumer in all of them.
namespace handoff::bench {

// ---- throughput

/// One socket of the kernel's, Unix or TCP, written 64 KiB at a time.
std::vector<Role> raw_socket(const Setting& setting);
/// The same through a process that reads and writes on.
std::vector<Role> raw_relay(const Setting& setting);
/// PUSH to PULL, an item a message.
std::vector<Role> push_pull(const Setting& setting);
/// PUSH to PULL, 100 items a message.
std::vector<Role> packed_push_pull(const Setting& setting);
/// PAIR to PAIR, an item a message.
std::vector<Role> pair(const Setting& setting);
/// PUSH to PULL to PUSH to PULL, with zmq_proxy in a process between.
std::vector<Role> proxied_push_pull(const Setting& setting);
/// A queue as it is first written on ZeroMQ: a ROUTER, an item a message, each acknowledged.
std::vector<Role> router_queue(const Setting& setting);
/// multiprocessing.Manager().Queue().
std::vector<Role> python_queue(const Setting& setting);

// ---- there and back, one at a time

std::vector<Role> raw_roundtrip(const Setting& setting);
std::vector<Role> req_rep(const Setting& setting);
std::vector<Role> push_pull_roundtrip(const Setting& setting);
std::vector<Role> pair_roundtrip(const Setting& setting);
std::vector<Role> router_roundtrip(const Setting& setting);
std::vector<Role> python_roundtrip(const Setting& setting);

// ---- put and get, one thread, one at a time

std::vector<Role> router_sync(const Setting& setting);
std::vector<Role> python_sync(const Setting& setting);

// ---- what a multiprocessing.Manager() shares, one operation at a time

/// Lock(): acquire() and release().
std::vector<Role> python_lock(const Setting& setting);
/// Value(): value += 1, which are two calls.
std::vector<Role> python_add(const Setting& setting);
/// Value(): set(), which is one.
std::vector<Role> python_set(const Setting& setting);
/// dict(): an entry is set and read.
std::vector<Role> python_dict(const Setting& setting);

// ---- on the disk

/// A loop of write and fdatasync: so many bytes at a time.
std::vector<Role> disk_writes(const Setting& setting);
/// What was written before is read.
std::vector<Role> disk_read(const Setting& setting);

/// Of libzmq.
std::string zmq_version();

/// Whether there is a Python to compare with.
bool python_is_there();

}  // namespace handoff::bench
