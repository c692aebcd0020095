#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "client_driver.hpp"
#include "connection.hpp"
#include "core/objects/reference.hpp"
#include "handoff/detail/raw_object.hpp"
#include "held_object.hpp"
#include "known_ref.hpp"

namespace handoff::detail {

/// How a call of a method ended.
struct MethodDone {
    errc code = errc::ok;
    std::string text;  ///< unless ok
    RawAnswer answer;
    /// The manager has the call, or may have it; else it was surely never begun.
    bool begun = false;
    std::uint64_t session_generation = 0;

    /// Ended by its limit or by a stop, without having been done.
    [[nodiscard]] bool gave_up() const noexcept {
        return code == errc::empty || code == errc::cancelled;
    }
    void throw_unless_ok() const {
        if (code != errc::ok) throw Error(code, text);
    }
};

[[nodiscard]] core::objects::Call to_call(core::QueueRef object, RawCall&& given);

/// What the copies of a handle share.
struct RawObject::State {
    State(std::shared_ptr<Connection> way, ObjectKind object_kind, std::string object_name,
          ObjectOptions object_options, bool may_make = true)
        : connection(std::move(way)),
          kind(object_kind),
          name(std::move(object_name)),
          options(object_options),
          makes(may_make) {}

    /// Opens it by its name.
    void open();
    /// The same of what a reference names. Throws errc::stale_reference if it is another by now.
    void open(const core::objects::Reference& wanted);
    void make_anonymous();
    void open_anonymous(const core::objects::Reference& wanted);
    [[nodiscard]] core::objects::Reference reference();

    /// The object's number in this process's driver.
    core::QueueRef ref(ClientDriver& driver);

    /// `release of lock "gpu" at ipc:///run/x.sock`
    [[nodiscard]] std::string describe(const std::string& what) const;

    MethodDone call(RawCall call, const Wait& wait);
    RawDone done_later(const core::objects::Call& call, Answer answer, ClientDriver& driver);
    RawAnswer to_answer(core::objects::Result&& result, std::uint64_t generation) const;
    /// What the manager says of a failure.
    [[nodiscard]] std::string text_of(const core::objects::Call& call,
                                      const core::objects::Result& result) const;
    /// Calls in this session if it still lives, and does not wait.
    void call_detached(RawCall call, std::uint64_t session_generation) noexcept;

    const std::shared_ptr<Connection> connection;
    const ObjectKind kind;
    const std::string name;
    const ObjectOptions options;
    const bool makes;  ///< it, if there is none
    KnownRef known_ref;
    std::shared_ptr<HeldObject> held;    ///< of an anonymous one; never changed once it is open
    core::objects::Reference anonymous;  ///< likewise

private:
    MethodDone done_by(const core::objects::Call& call, Answer answer, ClientDriver& driver);
    [[nodiscard]] std::string shown() const;
};

}  // namespace handoff::detail
