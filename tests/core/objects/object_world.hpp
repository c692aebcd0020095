#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/objects/make.hpp"
#include "core/objects/packed.hpp"

// What the tests of shared objects have in common: one object with a clock and tokens, and sessions
// that call it.

namespace handoff::core::objects::test {

using Numbers = std::vector<std::int64_t>;
using Values = std::vector<Packed>;
using Texts = std::vector<std::string>;

/// Sessions, by the names of who has them.
inline constexpr Holder ann = 1;
inline constexpr Holder bob = 2;
inline constexpr Holder cat = 3;
inline constexpr Holder dan = 4;

/// Values.
inline Packed text(const std::string& content) {
    return pack_text(content);
}
inline Packed number(std::int64_t content) {
    return pack_integer(content);
}
inline Values texts(const Texts& contents) {
    Values values;
    for (const std::string& content : contents) values.push_back(text(content));
    return values;
}
/// The text that a short value is.
std::string text_of(const Packed& value);

class ObjectWorld;

/// A call that was made, and what came of it.
class Called {
public:
    Called(ObjectWorld& world, Ticket ticket) : world_(&world), ticket_(ticket) {}

    [[nodiscard]] bool waits() const;
    [[nodiscard]] const Result& result() const;  ///< the test fails while it waits
    [[nodiscard]] errc code() const { return result().code; }
    [[nodiscard]] const Numbers& numbers() const;  ///< the test fails unless it succeeded
    [[nodiscard]] std::int64_t at(std::size_t index) const { return numbers().at(index); }
    [[nodiscard]] Texts texts() const;
    [[nodiscard]] std::int64_t token() const { return at(0); }
    [[nodiscard]] Ticket ticket() const { return ticket_; }

private:
    ObjectWorld* world_;
    Ticket ticket_;
};

/// Time stands still unless it is told to pass; the first token is 100.
class ObjectWorld {
public:
    explicit ObjectWorld(ObjectKind kind, const ObjectOptions& options = {});

    Called call(Holder session, Method method, Numbers numbers = {}, Values values = {});
    /// The same without waiting.
    Called attempt(Holder session, Method method, Numbers numbers = {}, Values values = {});

    void cancel(const Called& call) { give_up(call, errc::cancelled); }
    void time_out(const Called& call) { give_up(call, errc::empty); }
    /// The session ends: its calls are forgotten, and what it held goes to others.
    void end_session(Holder session);
    /// Time passes, and deadlines fire when they are due.
    void pass(Millis time);

    [[nodiscard]] const std::optional<Result>& result(Ticket ticket) const;
    [[nodiscard]] std::size_t waiting() const { return object->waiting(); }
    [[nodiscard]] Context context();

    std::unique_ptr<Object> object;
    std::map<ObjectHandle, const Object*> others;  ///< that it can find
    Now now{std::chrono::hours{1}, std::chrono::hours{24 * 365 * 50}};
    Token next_token = 100;
    std::size_t page_bytes = 256u << 10;

private:
    struct Known {
        Holder session = 0;
        std::optional<Result> result;
        bool forgotten = false;
    };
    void give_up(const Called& call, errc why);
    Called make(Holder session, bool may_wait, Call call);
    void note_ended();

    std::map<Ticket, Known> calls_;
    std::size_t unanswered_ = 0;
    Ticket next_ticket_ = 1;
    std::vector<Ended> ended_;
};

}  // namespace handoff::core::objects::test
