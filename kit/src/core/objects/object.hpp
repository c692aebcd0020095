#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/journal.hpp"
#include "core/objects/call.hpp"
#include "core/objects/line.hpp"
#include "core/time.hpp"
#include "handoff/object_options.hpp"

/// Shared objects as pure machines. docs/objects says what each of them does.
namespace handoff::core::objects {

class Object;

/// Who calls.
struct Caller {
    Holder session = 0;
    Ticket ticket = 0;     ///< under which the call waits, should it have to
    bool may_wait = true;  ///< false: it fails with errc::empty instead
};

/// A call that waited, and what came of it.
struct Ended {
    Ticket ticket = 0;
    Result result;
};

/// What an object is given each time that it is asked for something: the time and the world around
/// it. What follows for others goes out through here as well.
struct Context {
    Now now;
    Token& next_token;
    std::vector<Ended>& ended;  ///< calls that need not wait any longer, in the order of their luck
    /// What people call a session.
    std::function<std::string(Holder)> who;
    /// Another object; null if there is none.
    std::function<const Object*(ObjectHandle)> find;
    std::size_t page_bytes = 256u << 10;  ///< that an answer may have
    /// Tells a session that what it held under this token was taken from it.
    std::function<void(Holder, Token)> tell_broken = [](Holder, Token) {};

    Token new_token() { return next_token++; }
    void end(Ticket ticket, Result result) { ended.push_back({ticket, std::move(result)}); }
};

/// What somebody holds of an object.
struct Holding {
    Holder session = 0;
    Token token = 0;          ///< 0: it has none of its own
    std::uint64_t count = 1;  ///< how deep, or how many permits
    bool shared = false;
    Time since = never;  ///< never: not known
    Time ends = never;
};

/// What those who look after a manager are told of an object.
struct Report {
    std::uint64_t version = 0;
    /// Entries; free permits; 1 if an event is set; parties that have come to a barrier; what is
    /// left of a latch.
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    std::uint64_t held = 0;          ///< holds, or permits
    std::vector<Holding> holders{};  ///< some of them
};

/// A shared object. All that happens to it is one of these calls; none of them knows of the others'
/// objects, of connections or of messages.
///
/// Thread safety: none; one owner.
class Object {
public:
    Object() = default;
    virtual ~Object() = default;
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;

    /// Carries out a call. Empty: it waits, and Context::end() will be told, at once or later.
    /// Whatever fails has changed nothing.
    std::optional<Result> call(Context& context, const Caller& caller, const Call& call);

    /// Its client does not want to wait any longer (errc::cancelled) or may not (not_authorised),
    /// or its time has passed (errc::empty). Ends the call in one way or the other.
    virtual void give_up(Context& context, Ticket ticket, errc why) = 0;

    /// The session of this call is over; session_over() follows. Nobody is told anything yet.
    virtual void forget(Ticket ticket) = 0;
    /// What the session held goes to those who wait. 0: of nobody; calls were forgotten.
    virtual void session_over(Context& context, Holder session) = 0;

    /// When advance() has something to do.
    [[nodiscard]] virtual Deadlines next_deadline() const { return {}; }
    virtual void advance(Context& /*context*/) {}

    /// Calls that wait.
    [[nodiscard]] virtual std::size_t waiting() const = 0;

    /// Names at most so many holders.
    [[nodiscard]] virtual Report report(std::size_t /*holders_max*/) const { return {}; }

protected:
    /// The same as call(); throws an Error instead of answering with a failure. What it throws must
    /// come before what it changes.
    virtual std::optional<Result> carry_out(Context& context, const Caller& caller,
                                            const Call& call) = 0;
};

/// A method that this kind of object does not have.
[[noreturn]] void unsupported();

/// "Nothing came in time", for a call that does not wait.
[[nodiscard]] Result not_at_once();

/// How a call that waited ends without its result.
[[nodiscard]] Result gave_up(errc why);

/// The numbers and values of a call, counted and checked.
class Arguments {
public:
    /// Throws errc::invalid_argument for more numbers than so many, or fewer or more values.
    Arguments(const Call& call, std::size_t numbers_max, std::size_t values_min = 0,
              std::size_t values_max = 0);

    [[nodiscard]] bool has(std::size_t number) const noexcept {
        return number < call_.numbers.size();
    }
    /// Throws errc::invalid_argument if it is missing.
    [[nodiscard]] std::int64_t number(std::size_t index) const;
    [[nodiscard]] std::int64_t number(std::size_t index, std::int64_t otherwise) const noexcept;
    /// Throws errc::invalid_argument unless it is at least 1.
    [[nodiscard]] std::int64_t count(std::size_t index, std::int64_t otherwise) const;
    /// A duration; throws errc::invalid_argument for one below 1 or too long. Absent or -1: none.
    [[nodiscard]] std::optional<Millis> span(std::size_t index) const;
    [[nodiscard]] Token token(std::size_t index) const;

    [[nodiscard]] const std::vector<Packed>& values() const noexcept { return call_.values; }
    [[nodiscard]] const Packed& value(std::size_t index) const { return call_.values[index]; }

private:
    const Call& call_;
};

/// As the protocol has numbers.
[[nodiscard]] inline std::int64_t to_number(std::uint64_t number) noexcept {
    return static_cast<std::int64_t>(number);
}

/// The end of a span that begins now; never if there is none.
[[nodiscard]] inline Time end_of(const Context& context, std::optional<Millis> span) noexcept {
    return span ? later(context.now.boot, *span) : never;
}

}  // namespace handoff::core::objects
