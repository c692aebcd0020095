#pragma once

#include <memory>

#include <zmq.hpp>

#include "net/lock_file.hpp"

namespace handoff::net {

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
};

/// Thread safety: any thread, also in a forked child. Throws errc::system when the process is out
/// of descriptors.
std::shared_ptr<ProcessContext> process_context();

}  // namespace handoff::net
