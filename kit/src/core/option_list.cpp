#include "core/option_list.hpp"

#include <array>
#include <utility>

#include "core/name.hpp"
#include "core/time.hpp"

namespace handoff {

std::string_view to_string(Durability durability) noexcept {
    switch (durability) {
        case Durability::memory: return "memory";
        case Durability::os: return "os";
        case Durability::fsync: return "fsync";
    }
    return "unknown durability";
}

}  // namespace handoff

namespace handoff::core {
namespace {

std::string text_of(std::uint64_t value) {
    return value == unlimited ? "unlimited" : std::to_string(value);
}
std::string text_of(Millis value) {
    return std::to_string(value.count()) + " ms";
}
std::string text_of(const std::string& value) {
    return value.empty() ? "none" : core::quoted(value);
}
std::string text_of(Order value) {
    constexpr std::array names{"fifo", "lifo", "priority"};
    return names.at(static_cast<std::size_t>(value));
}
std::string text_of(Durability value) {
    return std::string(to_string(value));
}

/// Calls `use(name, option of a, option of b)` for each option.
template <class A, class B, class Use>
void for_each_option(A& a, B& b, Use use) {
    use("capacity", a.capacity, b.capacity);
    use("capacity_bytes", a.capacity_bytes, b.capacity_bytes);
    use("order", a.order, b.order);
    use("lease", a.lease, b.lease);
    use("deliveries_max", a.deliveries_max, b.deliveries_max);
    use("dead_letter", a.dead_letter, b.dead_letter);
    use("durability", a.durability, b.durability);
    use("key_window", a.key_window, b.key_window);
    use("keys_max", a.keys_max, b.keys_max);
}

}  // namespace

QueueOptions merged(QueueOptions stronger, const QueueOptions& weaker) {
    for_each_option(stronger, weaker, [](const char*, auto& ours, const auto& theirs) {
        if (!ours) ours = theirs;
    });
    return stronger;
}

std::string mismatch(const QueueOptions& wanted, const QueueOptions& in_force) {
    std::string text;
    for_each_option(wanted, in_force, [&](const char* name, const auto& ours, const auto& theirs) {
        if (!ours || !theirs || ours == theirs || !text.empty()) return;
        text = std::string(name) + " is " + text_of(*theirs) + ", not " + text_of(*ours);
    });
    return text;
}

}  // namespace handoff::core
