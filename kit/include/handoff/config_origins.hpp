#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "handoff/config.hpp"

namespace handoff {

/// One setting that is in force, and where its value came from.
struct Setting {
    std::string section;  ///< its table, as a file writes it: `manager`, `queues."jobs.dead"`
    std::string table;    ///< the name of the queue or the role; empty in the other sections
    std::string key;      ///< `session_limit`
    std::string value;    ///< as a file writes it: `"10s"`; empty if it has none
    /// `farm.toml:12`, the name of a variable, `code`, `default`; of a value that goes by another
    /// setting, `from session_limit` or `from listen`.
    std::string origin;
    /// Nobody has said: the first client to open the queue may, and `value` is for when it does
    /// not. Only settings of queues can be undecided.
    bool undecided = false;
};

/// Loads a Config and remembers where its values came from, to show it to people:
///
///     handoff::ConfigOrigins origins;
///     const handoff::Config config = origins.load("farm.toml");
///     for (const handoff::Setting& setting : origins.settings(config)) …
///
/// `handoff config show` prints them.
///
/// Thread safety: as a plain value; load() as Config::load().
class ConfigOrigins {
public:
    /// As Config::load(file, base).
    Config load(const std::filesystem::path& file, Config base = {});

    /// As Config::load(base).
    Config load(Config base = {});

    /// What `config.effective()` puts in force: every setting that this version supports, section
    /// by section, queue by queue. A value that is not the one that was loaded came from code.
    /// Throws errc::config_invalid as effective() does.
    [[nodiscard]] std::vector<Setting> settings(const Config& config) const;

private:
    Config loaded_;
    std::map<std::string, std::string> origins_;  ///< of what a file or a variable gave
};

}  // namespace handoff
