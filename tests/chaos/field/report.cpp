#include <array>
#include <cstdio>

#include "chaos/field/field.hpp"

namespace chaos {

namespace {

/// 12345678 as "12,345,678".
std::string digits(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
    return text;
}

std::string seconds(Nanoseconds time) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.2f s", static_cast<double>(time) / 1e9);
    return text.data();
}

std::string row(const std::string& what, const std::string& value) {
    return "| " + what + " | " + value + " |\n";
}

}  // namespace

std::string table(const Settings& settings, const Tally& tally, const Verdict& verdict) {
    std::string text = "| what | how much |\n|---|---:|\n";
    text += row("time under faults", seconds(std::chrono::nanoseconds{settings.time}.count()));
    text += row("worker processes", digits(tally.processes));
    text += row("killed (-9)", digits(tally.kills));
    for (const auto& [kind, count] : tally.faults) text += row(kind, digits(count));
    for (const auto& [kind, why] : tally.skipped) text += row(kind, "skipped: " + why);
    text += row("items confirmed", digits(verdict.confirmed));
    text += row("ok: confirmed, handed out once", digits(verdict.ok));
    text += row("recovered: outcome unknown, and it came", digits(verdict.recovered));
    text += row("outcome unknown, and it did not come", digits(verdict.vanished));
    text += row("got by a process that was killed in that instant", digits(verdict.taken));
    for (const auto& [reason, count] : verdict.duplicated) {
        text += row("handed out again: " + reason, digits(count));
    }
    text += row("**lost**", "**" + digits(verdict.lost) + "**");
    text += row("**unexpected**", "**" + digits(verdict.unexpected) + "**");
    text += row("**handed out again without a reason**", "**" + digits(verdict.unexplained) + "**");
    text += row("**out of order**", "**" + digits(verdict.out_of_order) + "**");
    text += row("longest time without progress", seconds(tally.gap_longest));
    text += row("longest wait in a call", seconds(tally.call_longest));
    text += row("longest recovery from the kill of a manager", seconds(tally.recovery_longest));
    text += row("from the end of the faults until all was drained", seconds(tally.drain));
    return text;
}

}  // namespace chaos
