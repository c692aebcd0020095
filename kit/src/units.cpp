#include "units.hpp"

#include <array>
#include <charconv>
#include <span>

#include "core/name.hpp"
#include "handoff/error.hpp"

namespace handoff {

namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

/// What can be measured: its units, each list from the largest to the smallest, and its bound.
struct Quantity {
    std::span<const Unit> units;
    std::string_view examples;
    std::uint64_t max;
    std::string_view max_name;
    std::string_view zero;
};

constexpr std::array duration_units{
    Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1'000}, Unit{"ms", 1},
};

constexpr std::array size_units{
    Unit{"TiB", std::uint64_t{1} << 40},
    Unit{"TB", 1'000'000'000'000},
    Unit{"GiB", std::uint64_t{1} << 30},
    Unit{"GB", 1'000'000'000},
    Unit{"MiB", std::uint64_t{1} << 20},
    Unit{"MB", 1'000'000},
    Unit{"KiB", std::uint64_t{1} << 10},
    Unit{"kB", 1'000},
    Unit{"B", 1},
};

constexpr Quantity durations{
    .units = duration_units,
    .examples = "\"200ms\", \"30s\" or \"5m\"",
    .max = static_cast<std::uint64_t>(duration_max.count()),
    .max_name = "10 years",
    .zero = "0s",
};

constexpr Quantity sizes{
    .units = size_units,
    .examples = "\"64MiB\" or \"10kB\"",
    .max = size_max,
    .max_name = "1 EiB",
    .zero = "0B",
};

std::string unit_names(const Quantity& quantity) {
    std::string out;
    for (auto unit = quantity.units.rbegin(); unit != quantity.units.rend(); ++unit) {
        if (!out.empty()) out += ", ";
        out += unit->name;
    }
    return out;
}

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
    throw Error(errc::invalid_argument, core::quoted(text) + " " + why);
}

std::uint64_t parse(std::string_view text, const Quantity& quantity) {
    const std::string such_as =
        "a whole number and a unit, such as " + std::string(quantity.examples);
    if (text.starts_with('-')) refuse(text, "is negative; write " + such_as);

    std::uint64_t number = 0;
    const auto [rest, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault == std::errc::invalid_argument) refuse(text, "is not " + such_as);

    const std::string_view name = text.substr(static_cast<std::size_t>(rest - text.data()));
    if (name.empty()) refuse(text, "has no unit; units are " + unit_names(quantity));
    if (name.starts_with('.') || name.starts_with(',')) refuse(text, "is not " + such_as);
    for (const Unit& unit : quantity.units) {
        if (unit.name != name) continue;
        if (fault == std::errc::result_out_of_range || number > quantity.max / unit.factor) {
            refuse(text, "is more than " + std::string(quantity.max_name));
        }
        return number * unit.factor;
    }
    refuse(text,
           "has the unknown unit " + core::quoted(name) + "; units are " + unit_names(quantity));
}

std::string format(std::uint64_t value, const Quantity& quantity) {
    if (value == 0) return std::string(quantity.zero);
    const Unit* unit = &quantity.units.front();
    while (value % unit->factor != 0) ++unit;  // the last factor is 1
    return std::to_string(value / unit->factor) + std::string(unit->name);
}

}  // namespace

std::chrono::milliseconds parse_duration(std::string_view text) {
    return std::chrono::milliseconds{static_cast<std::int64_t>(parse(text, durations))};
}

std::uint64_t parse_size(std::string_view text) {
    return parse(text, sizes);
}

std::string format_duration(std::chrono::milliseconds duration) {
    if (duration.count() < 0) return std::to_string(duration.count()) + "ms";
    return format(static_cast<std::uint64_t>(duration.count()), durations);
}

std::string format_size(std::uint64_t bytes) {
    return format(bytes, sizes);
}

std::string format_count(std::uint64_t count) {
    std::string out = std::to_string(count);
    for (std::size_t end = out.size(); end > 3; end -= 3) out.insert(end - 3, 1, '_');
    return out;
}

}  // namespace handoff
