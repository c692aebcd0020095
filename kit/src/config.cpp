#include "handoff/config.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include "config_sources.hpp"
#include "handoff/endpoint.hpp"
#include "handoff/error.hpp"

namespace handoff {

namespace {

constexpr std::size_t file_bytes_max = 1u << 20;

/// The variable's value, empty if it is not set.
std::string variable(const char* name) {
    const char* text = std::getenv(name);
    return text == nullptr ? "" : text;
}

/// `named_by` opens the text of an error.
std::string read_text(const std::filesystem::path& path, const std::string& named_by) {
    const std::string name = named_by + path.string();
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::string text(file_bytes_max + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file.is_open() || file.bad()) {
        throw Error(errc::config_invalid,
                    name + ": cannot be read: " + std::generic_category().message(errno));
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > file_bytes_max) {
        throw Error(errc::config_invalid, name + ": is larger than 1MiB");
    }
    return text;
}

/// The settings in text over those in `config`, the environment over both.
Config load_text(const std::string& text, const std::string& name, Config config,
                 settings::Origins& origins) {
    settings::read_file(text, name, config, origins);
    settings::read_environment(config, origins);
    settings::check(config, origins);
    return config;
}

}  // namespace

Config settings::load(const std::filesystem::path& file, Config base, Origins& origins) {
    if (file.empty()) {
        throw Error(errc::config_invalid, "the name of the configuration file is empty");
    }
    return load_text(read_text(file, ""), file.string(), std::move(base), origins);
}

Config settings::load(Config base, Origins& origins) {
    const std::string file = variable("HANDOFF_CONFIG");
    if (file.empty()) return load_text("", "", std::move(base), origins);
    return load_text(read_text(file, "HANDOFF_CONFIG: "), file, std::move(base), origins);
}

Config Config::load(const std::filesystem::path& file) {
    return load(file, Config{});
}

Config Config::load(const std::filesystem::path& file, Config base) {
    settings::Origins origins;
    return settings::load(file, std::move(base), origins);
}

Config Config::load() {
    return load(Config{});
}

Config Config::load(Config base) {
    settings::Origins origins;
    return settings::load(std::move(base), origins);
}

Config Config::parse(const std::string& text, const std::string& name) {
    Config config;
    settings::Origins origins;
    settings::read_file(text, name, config, origins);
    settings::check(config, origins);
    return config;
}

void Config::check() const {
    settings::check(*this, {});
}

Config Config::effective() const {
    Config config = *this;
    if (manager.listen.empty()) config.manager.listen = {default_endpoint()};
    config.check();
    config.manager.heartbeat = settings::fitting_heartbeat(manager);
    if (!client.connect.empty()) return config;

    for (const std::string& address : config.manager.listen) {
        if (Endpoint::parse(address).connectable()) config.client.connect.push_back(address);
    }
    if (config.client.connect.empty()) config.client.connect = {default_endpoint()};
    config.check();  // the default address comes from the environment
    return config;
}

std::string default_endpoint() {
    std::filesystem::path folder = variable("XDG_RUNTIME_DIR");
    if (folder.is_absolute()) {
        folder /= "handoff";
    } else {
        std::error_code fault;
        folder = std::filesystem::temp_directory_path(fault);
        if (fault) folder = "/tmp";
        folder /= "handoff-" + std::to_string(::geteuid());
    }
    return "ipc://" + (folder / "main.sock").string();
}

}  // namespace handoff
