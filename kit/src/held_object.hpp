#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "connection.hpp"
#include "core/objects/reference.hpp"

namespace handoff::detail {

/// An anonymous object of which this process has handles or references: all of them share one of
/// these. With the last one it goes, and the clients that were told of the object let it go.
///
/// Thread safety: safe, also in a forked child, where those that were inherited do nothing.
class HeldObject {
public:
    /// The one of this object. Made if there is none.
    static std::shared_ptr<HeldObject> of(const core::objects::Reference& object);

    explicit HeldObject(core::objects::Reference object);
    ~HeldObject();
    HeldObject(const HeldObject&) = delete;
    HeldObject& operator=(const HeldObject&) = delete;

    /// The number under which this client can open it.
    core::QueueRef refer(const std::shared_ptr<Connection>& connection);
    /// This client was told of it, by a session with this generation.
    void told(const std::shared_ptr<Connection>& connection, std::uint64_t generation);

private:
    void note_handle(const std::shared_ptr<Connection>& connection);

    const core::objects::Reference object_;
    const std::uint64_t maker_;  ///< the fork generation of the process that made this
    std::mutex mutex_;           // guards all below
    /// How many handles each client's machine counts.
    std::vector<std::pair<std::weak_ptr<Connection>, std::uint64_t>> handles_;
};

}  // namespace handoff::detail
