#include "core/rights.hpp"

#include <algorithm>
#include <array>

#include "core/name.hpp"

namespace handoff::core {
namespace {

constexpr std::array all_rights{Right::put, Right::get, Right::create, Right::destroy,
                                Right::admin};

const std::vector<std::string>& patterns_of(const RoleOptions& role, Right right) {
    switch (right) {
        case Right::put: return role.put;
        case Right::get: return role.get;
        case Right::create: return role.create;
        case Right::destroy: return role.destroy;
        case Right::admin: break;
    }
    return role.admin;
}

bool is_of(const RoleOptions& role, const Principal& who) {
    return std::any_of(role.keys.begin(), role.keys.end(), [&](const std::string& key) {
        const bool named = std::any_of(who.names.begin(), who.names.end(),
                                       [&](const std::string& name) { return matches(key, name); });
        return key == who.key || named;
    });
}

}  // namespace

std::string_view to_string(Right right) noexcept {
    constexpr std::array<std::string_view, all_rights.size()> words{"put", "get", "create",
                                                                    "destroy", "admin"};
    return words.at(static_cast<std::size_t>(right));
}

/// Only the last star that was passed can have taken too few characters, so this goes back there,
/// and no further: at most one look at each character for each of the pattern.
bool matches(std::string_view pattern, std::string_view name) noexcept {
    std::size_t at = 0;
    std::size_t in_name = 0;
    std::size_t star = std::string_view::npos;
    std::size_t taken = 0;  // up to here by the star
    while (in_name < name.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            taken = in_name;
        } else if (at < pattern.size() && pattern[at] == name[in_name]) {
            ++at;
            ++in_name;
        } else if (star != std::string_view::npos) {
            at = star + 1;
            in_name = ++taken;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

Rights::Rights(const Roles& roles, const Principal& who)
    : limited_(!roles.empty() && !who.key.empty()) {
    if (!limited_) return;
    who_ = core::quoted(who.names.empty() ? who.key : who.names.front());
    for (const auto& [name, role] : roles) {
        if (is_of(role, who)) roles_.emplace_back(name, &role);
    }
}

bool Rights::may(Right right, std::string_view name) const {
    return !limited_ || std::any_of(roles_.begin(), roles_.end(), [&](const auto& role) {
        const std::vector<std::string>& patterns = patterns_of(*role.second, right);
        return std::any_of(patterns.begin(), patterns.end(),
                           [&](const std::string& pattern) { return matches(pattern, name); });
    });
}

bool Rights::may_any(std::string_view name) const {
    return std::any_of(all_rights.begin(), all_rights.end(),
                       [&](Right right) { return may(right, name); });
}

bool Rights::may_somewhere(Right right) const {
    return !limited_ || std::any_of(roles_.begin(), roles_.end(), [&](const auto& role) {
        return !patterns_of(*role.second, right).empty();
    });
}

std::string Rights::advice(Right right, std::string_view name) const {
    if (roles_.empty()) return "no role has this client in its keys";
    const std::string line =
        std::string(to_string(right)) + " of [roles." + std::string(roles_.front().first) + "]";
    if (name.empty()) return line + " does not allow it";
    return core::quoted(name) + " would have to be in " + line +
           (roles_.size() > 1 ? " or of another role of this client" : "");
}

}  // namespace handoff::core
