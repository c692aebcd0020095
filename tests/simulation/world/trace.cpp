#include "simulation/world/trace.hpp"

#include <array>
#include <cstdio>

namespace handoff::core::sim {

void Trace::write(Time now, std::string_view who, const std::string& text) {
    const long long micros = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    std::array<char, 64> head{};
    std::snprintf(head.data(), head.size(), "%7lld.%06lld  %-10.*s ", micros / 1'000'000 % 3600,
                  micros % 1'000'000, static_cast<int>(who.size()), who.data());
    reader_(head.data() + text + "\n");
}

}  // namespace handoff::core::sim
