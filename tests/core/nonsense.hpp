#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/messages.hpp"

namespace handoff::core::test {

/// Requests with any numbers in them, in any order: what clients that keep to no rule might say.
/// Small numbers are more frequent, so that many of them meet a queue, a token or a request that is
/// there.
class Nonsense {
public:
    /// Returns a number below `sides`; it decides everything.
    using Roll = std::function<std::uint32_t(std::uint32_t sides)>;

    explicit Nonsense(Roll roll) : roll_(std::move(roll)) {}

    Request request();
    std::uint32_t roll(std::uint32_t sides) { return roll_(sides); }

private:
    std::uint64_t number();
    std::uint32_t small() { return static_cast<std::uint32_t>(number()); }
    Millis time();
    std::vector<Range> ranges();
    std::optional<Cursor> cursor();
    std::optional<Millis> lease();
    std::string name();
    Columns columns();
    Run run();
    QueueOptions options();
    ObjectOptions object_options();
    ObjectKind kind();
    Hello hello();
    Commit commit();
    objects::Packed value();
    objects::Call call();
    Calls calls();
    RequestBody body();
    RequestBody body_of_queues();
    RequestBody body_of_objects();

    Roll roll_;
};

}  // namespace handoff::core::test
