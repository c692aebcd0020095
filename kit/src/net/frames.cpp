#include "net/frames.hpp"

#include <cerrno>
#include <memory>
#include <utility>

#if defined(__SANITIZE_THREAD__)
#define HANDOFF_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HANDOFF_TSAN 1
#endif
#endif

#ifdef HANDOFF_TSAN
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
#endif

namespace handoff::net {
namespace {

// libzmq hands messages from thread to thread in ways that the sanitizer cannot see: over inproc
// the receiver gets the very bytes that the sender wrote.
void bytes_given([[maybe_unused]] void* data) {
#ifdef HANDOFF_TSAN
    __tsan_release(data);
#endif
}

void bytes_taken([[maybe_unused]] void* data) {
#ifdef HANDOFF_TSAN
    __tsan_acquire(data);
#endif
}

void drop_slice(void*, void* hint) {
    bytes_taken(hint);
    delete static_cast<core::Slice*>(hint);
}

/// A message that shares the slice's bytes. libzmq drops it in a thread of its own, which a slice's
/// reference count bears.
zmq::message_t sharing(const core::Slice& slice) {
    auto* shared = new core::Slice(slice);
    bytes_given(shared);
    // libzmq takes a pointer to mutable bytes and never writes to them.
    void* data = const_cast<char*>(slice.view().data());
    return {data, slice.size(), drop_slice, shared};
}

zmq::message_t joined(std::string_view head, const std::vector<core::Slice>& runs,
                      std::size_t run_bytes) {
    zmq::message_t message(head.size() + run_bytes);
    char* out = message.data<char>();
    out += head.copy(out, head.size());
    for (const core::Slice& run : runs) out += run.view().copy(out, run.size());
    return message;
}

}  // namespace

bool receive(zmq::socket_t& socket, zmq::message_t& message) {
    for (;;) {
        const int bytes = zmq_msg_recv(message.handle(), socket.handle(), ZMQ_DONTWAIT);
        if (bytes >= 0) {
            bytes_taken(message.data());
            return true;
        }
        if (zmq_errno() == EAGAIN) return false;
        if (zmq_errno() != EINTR) throw zmq::error_t();
    }
}

bool send(zmq::socket_t& socket, zmq::message_t&& message, bool more) {
    bytes_given(message.data());
    for (;;) {
        const int flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0);
        if (zmq_msg_send(message.handle(), socket.handle(), flags) >= 0) return true;
        if (zmq_errno() == EAGAIN) return false;
        if (zmq_errno() != EINTR) throw zmq::error_t();
    }
}

core::Slice slice_of(zmq::message_t&& message) {
    const auto owner = std::make_shared<zmq::message_t>(std::move(message));
    const std::string_view view{owner->data<const char>(), owner->size()};
    return {owner, view.size() + sizeof(zmq::message_t), view};
}

Frames frames_of(zmq::socket_t& socket, zmq::message_t&& message) {
    bool more = message.more();
    Frames frames;
    frames.first = slice_of(std::move(message));
    while (more) {
        zmq::message_t next;
        // All frames of a message arrive together, so this one is there.
        if (!receive(socket, next)) break;
        more = next.more();
        if (++frames.count == 2) frames.second = slice_of(std::move(next));
    }
    return frames;
}

bool send_encoded(zmq::socket_t& socket, const wire::Encoded& encoded) {
    if (encoded.one_frame()) {
        return send(socket, joined(encoded.head, encoded.runs, encoded.run_bytes), false);
    }
    if (!send(socket, joined(encoded.head, {}, 0), true)) return false;
    // Behind a first frame that was accepted the second one always has room.
    return send(socket,
                encoded.runs.size() == 1 ? sharing(encoded.runs.front())
                                         : joined({}, encoded.runs, encoded.run_bytes),
                false);
}

}  // namespace handoff::net
