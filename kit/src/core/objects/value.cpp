#include "core/objects/value.hpp"

#include <utility>

#include "core/objects/packed.hpp"

namespace handoff::core::objects {

std::int64_t sum_of(const std::optional<Packed>& value, std::int64_t n) {
    if (!value) return n;
    const std::optional<std::int64_t> number = integer_of(payload_of(*value));
    if (!number) throw Error(errc::wrong_type, "what is there is no integer of 64 bits");
    std::int64_t sum = 0;
    if (__builtin_add_overflow(*number, n, &sum)) {
        throw Error(errc::out_of_range, "the sum is no integer of 64 bits");
    }
    return sum;
}

std::optional<Result> Value::carry_out(Context& context, const Caller& caller, const Call& call) {
    switch (call.method) {
        case Method::get: {
            const Arguments none(call, 0);
            return Result{errc::ok, {to_number(version())}, values(), {}};
        }
        case Method::put: {
            const Arguments given(call, 0, 1, 1);
            return Result{errc::ok, {set(context, given.value(0))}, {}, {}};
        }
        case Method::exchange: {
            const Arguments given(call, 0, 1, 1);
            check(given.value(0));
            std::vector<Packed> old = values();
            return Result{errc::ok, {set(context, given.value(0))}, std::move(old), {}};
        }
        case Method::compare_exchange: return compare_exchange(context, call);
        case Method::add: return add(context, call);
        case Method::changed: return changed(caller, call);
        default: unsupported();
    }
}

Result Value::compare_exchange(Context& context, const Call& call) {
    const bool by_version = !call.numbers.empty();
    const std::size_t count = by_version ? 1 : 2;
    const Arguments given(call, 1, count, count);
    const Packed& desired = given.value(count - 1);
    check(desired);
    const bool is_so = by_version ? given.number(0) == to_number(version())
                                  : value_ && same(*value_, given.value(0));
    if (!is_so) return {errc::ok, {0, to_number(version())}, values(), {}};
    return {errc::ok, {1, set(context, desired)}, {}, {}};
}

Result Value::add(Context& context, const Call& call) {
    const std::int64_t sum = sum_of(value_, Arguments(call, 1).number(0, 1));
    return {errc::ok, {sum, set(context, pack_integer(sum))}, {}, {}};
}

void Value::check(const Packed& value) const {
    if (value.size() > bytes_max_) {
        throw Error(errc::limit_exceeded, "bytes_max is " + std::to_string(bytes_max_));
    }
}

std::int64_t Value::set(Context& context, const Packed& value) {
    check(value);
    value_ = to_keep(value);
    const std::uint64_t version = next_version();
    tell(context);
    return to_number(version);
}

std::vector<Packed> Value::values() const {
    return value_ ? std::vector<Packed>{*value_} : std::vector<Packed>{};
}

std::vector<Call> Value::remake(Time /*wall*/) const {
    if (!value_) return {};
    return {{0, Method::put, {}, {*value_}}};
}

}  // namespace handoff::core::objects
