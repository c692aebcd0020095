#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <zmq.hpp>

#include "net/lock_file.hpp"

namespace handoff::net {

class Doorkeeper;

/// What a process has once: its ZeroMQ context, which inproc endpoints live in, and beside it the
/// table of ipc paths that it has locked. Made when first needed, gone with its last user. A forked
/// child gets its own; the inherited one is never touched again, not even destroyed.
struct ProcessContext {
    ProcessContext();
    ~ProcessContext();
    ProcessContext(const ProcessContext&) = delete;
    ProcessContext& operator=(const ProcessContext&) = delete;

    LockTable locks;
    zmq::context_t zmq;
    std::mutex mutex;                              // of the next two
    std::unique_ptr<Doorkeeper> doorkeeper;        ///< null: nobody asked for one yet
    std::vector<std::function<void()>> last_acts;  ///< of a forked child: see end_of_child()
};

/// Thread safety: any thread, also in a forked child. Throws errc::system when the process is out
/// of descriptors.
std::shared_ptr<ProcessContext> process_context();

/// Does the last acts of this process, if it has used the kit. A child made by Process runs no
/// destructors, and what they would have waited for would be lost.
void end_of_child();

}  // namespace handoff::net
