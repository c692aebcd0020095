#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "handoff/object_options.hpp"

/// What references are made of, apart from their types. Not for applications; its shape may change
/// with any release.
namespace handoff::detail {

class Connection;
class RawObject;
class RawQueue;

/// The msgpack ext type of a reference; docs/protocol-objects.md, 1.2.
inline constexpr std::int8_t reference_ext = 72;

/// A reference to an object or a queue. Copies share it, and keep an anonymous object alive where
/// this process was told of it.
class RawRef {
public:
    /// Refers to nothing.
    RawRef() noexcept = default;
    /// Throws what the manager says if it does not know them any more.
    explicit RawRef(const RawObject& object);
    explicit RawRef(const RawQueue& queue);

    /// The content of the ext. Throws errc::inert if it refers to nothing, and errc::unsupported
    /// for an anonymous object unless a WithinObject is there.
    [[nodiscard]] std::string pack() const;
    /// Throws errc::wrong_type if the content is no reference to an object of this kind.
    static RawRef unpack(std::string_view content, ObjectKind kind);

    [[nodiscard]] bool empty() const noexcept { return !state_; }
    [[nodiscard]] bool is_anonymous() const noexcept;
    /// Empty: it is anonymous, or refers to nothing.
    [[nodiscard]] const std::string& name() const noexcept;
    [[nodiscard]] bool operator==(const RawRef& other) const noexcept;

private:
    friend class RawObject;
    friend class RawQueue;
    struct State;
    [[nodiscard]] const State& state() const;
    std::shared_ptr<const State> state_;
};

/// While one exists, this thread packs values of shared objects. Nobody counts references to
/// anonymous objects anywhere else.
class WithinObject {
public:
    WithinObject() noexcept;
    ~WithinObject();
    WithinObject(const WithinObject&) = delete;
    WithinObject& operator=(const WithinObject&) = delete;

    [[nodiscard]] static bool here() noexcept;

private:
    bool before_;
};

}  // namespace handoff::detail
