#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "handoff/config.hpp"

/// Where settings come from, and how they are checked once all have come.
namespace handoff::settings {

/// For each setting that a file or a variable gave, where that is, to open an error with:
/// "[manager] heartbeat" → "farm.toml:12: [manager] heartbeat". What is not in it was set in code.
using Origins = std::map<std::string, std::string>;

/// The origin of a setting, which is its own name if it was set in code.
std::string where(const Origins& origins, const std::string& setting);

/// Puts a file's settings into the config. Throws errc::config_invalid for the first that is wrong.
void read_file(const std::string& text, const std::string& name, Config& config, Origins& origins);

/// Does the same with the environment.
void read_environment(Config& config, Origins& origins);

/// All of it: the file over `base`, the environment over both, and the whole checked. The second
/// takes the file that HANDOFF_CONFIG names, if any.
Config load(const std::filesystem::path& file, Config base, Origins& origins);
Config load(Config base, Origins& origins);

/// Throws errc::config_invalid for the first setting that is wrong, or wrong beside another.
void check(const Config& config, const Origins& origins);

/// The heartbeat that goes with the config's session limit, see ManagerConfig::heartbeat.
std::chrono::milliseconds fitting_heartbeat(const ManagerConfig& manager);

}  // namespace handoff::settings
