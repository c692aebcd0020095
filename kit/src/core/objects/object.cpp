#include "core/objects/object.hpp"

#include <chrono>
#include <string>

namespace handoff::core::objects {
namespace {

/// Longest time that a hold, a wait or an entry may be asked to last: a year.
constexpr Millis span_max = std::chrono::hours{365 * 24};

[[noreturn]] void invalid(const std::string& what) {
    throw Error(errc::invalid_argument, what);
}

}  // namespace

std::optional<Result> Object::call(Context& context, const Caller& caller, const Call& call) {
    try {
        return carry_out(context, caller, call);
    } catch (const Error& error) {
        return failure(error.code(), error.what());
    }
}

void unsupported() {
    throw Error(errc::unsupported, "an object of this kind has no such method");
}

Result not_at_once() {
    return failure(errc::empty, "not at once");
}

Result gave_up(errc why) {
    switch (why) {
        case errc::cancelled: return failure(why, "withdrawn by its caller");
        case errc::not_authorised: return failure(why, "roles do not allow it any more");
        default: return failure(why, "not in time");
    }
}

Arguments::Arguments(const Call& call, std::size_t numbers_max, std::size_t values_min,
                     std::size_t values_max)
    : call_(call) {
    if (call.numbers.size() > numbers_max) {
        invalid("more than " + std::to_string(numbers_max) + " numbers");
    }
    if (call.values.size() < values_min) {
        invalid("fewer than " + std::to_string(values_min) + " values");
    }
    if (call.values.size() > values_max) {
        invalid("more than " + std::to_string(values_max) + " values");
    }
}

std::int64_t Arguments::number(std::size_t index) const {
    if (!has(index)) invalid("number " + std::to_string(index + 1) + " is missing");
    return call_.numbers[index];
}

std::int64_t Arguments::number(std::size_t index, std::int64_t otherwise) const noexcept {
    return has(index) ? call_.numbers[index] : otherwise;
}

std::int64_t Arguments::count(std::size_t index, std::int64_t otherwise) const {
    const std::int64_t given = number(index, otherwise);
    if (given < 1) invalid("a count below 1");
    return given;
}

std::optional<Millis> Arguments::span(std::size_t index) const {
    const std::int64_t given = number(index, -1);
    if (given == -1) return std::nullopt;
    if (given < 1 || given > span_max.count()) invalid("a duration out of range");
    return Millis{given};
}

Token Arguments::token(std::size_t index) const {
    return static_cast<Token>(number(index));
}

}  // namespace handoff::core::objects
