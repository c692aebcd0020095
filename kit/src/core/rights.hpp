#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "handoff/config.hpp"

/// Who may do what: the decision alone. What each request needs is manager_rights.hpp's to say.
namespace handoff::core {

/// What can be allowed, of a queue or a shared object of some name.
enum class Right : std::uint8_t { put, get, create, destroy, admin };

/// As the configuration calls it.
[[nodiscard]] std::string_view to_string(Right right) noexcept;

/// A client as the manager knows it.
struct Principal {
    std::string key;                   ///< that its connection has shown; empty: it needed none
    std::vector<std::string> names{};  ///< of the files that hold the key, without .pub
};

using Roles = std::map<std::string, RoleOptions>;

/// Whether the pattern, in which `*` stands for any characters or none, is the name.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view name) noexcept;

/// What one client may do: whatever one of its roles allows, and nothing else. Where there are no
/// roles, and where no key is needed, it may do all.
///
/// Thread safety: as a plain value.
class Rights {
public:
    Rights() = default;  ///< all of them
    /// The roles must outlive it.
    Rights(const Roles& roles, const Principal& who);

    [[nodiscard]] bool limited() const noexcept { return limited_; }
    [[nodiscard]] bool may(Right right, std::string_view name) const;
    /// Whether it may do anything with what has this name.
    [[nodiscard]] bool may_any(std::string_view name) const;
    /// Whether there is any name with which it may do this.
    [[nodiscard]] bool may_somewhere(Right right) const;

    /// For texts: the client, and what in the configuration would allow it.
    [[nodiscard]] const std::string& who() const noexcept { return who_; }
    [[nodiscard]] std::string advice(Right right, std::string_view name) const;

private:
    bool limited_ = false;
    std::string who_;
    std::vector<std::pair<std::string_view, const RoleOptions*>> roles_;
};

}  // namespace handoff::core
