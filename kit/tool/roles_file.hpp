#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "handoff/config.hpp"
#include "handoff/log.hpp"
#include "handoff/manager.hpp"

namespace handoff::tool {

/// Takes over the roles of a manager's configuration file when it has changed. A file with an error
/// leaves those in force that are, and is told of once.
class RolesFile {
public:
    /// An empty path: there is no file.
    RolesFile(std::string path, Manager& manager, Log log);

    /// To be called now and then. What has changed counts once it is the same in two looks, as
    /// somebody may be writing it just now.
    void look();

private:
    /// What is different whenever the file is; empty: it cannot be looked at.
    struct Stamp {
        dev_t device = 0;
        ino_t number = 0;
        off_t bytes = 0;
        timespec changed{};
    };
    using Seen = std::optional<Stamp>;
    static bool same(const Seen& one, const Seen& other);
    [[nodiscard]] Seen stamp() const;
    void take_over();

    const std::string path_;
    Manager& manager_;
    const Log log_;
    Seen seen_;   ///< at the last look
    Seen taken_;  ///< whose roles are in force, or were refused
};

}  // namespace handoff::tool
