#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

/// What settings come from, for cases about them: variables and a file.
namespace handoff::test {

/// An environment without the kit's variables, which a test may set. The old one comes back.
class Environment {
public:
    Environment() {
        for (char** entry = ::environ; *entry != nullptr; ++entry) {
            const std::string line = *entry;
            const std::string name = line.substr(0, line.find('='));
            if (name.starts_with("HANDOFF_")) save(name);
        }
        for (const std::string name : {"XDG_RUNTIME_DIR", "TMPDIR"}) save(name);
        for (const Saved& saved : saved_) ::unsetenv(saved.name.c_str());
    }

    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

    ~Environment() {
        for (auto saved = saved_.rbegin(); saved != saved_.rend(); ++saved) {
            if (saved->value) {
                ::setenv(saved->name.c_str(), saved->value->c_str(), 1);
            } else {
                ::unsetenv(saved->name.c_str());
            }
        }
    }

    void set(const std::string& name, const std::string& value) {
        save(name);
        ::setenv(name.c_str(), value.c_str(), 1);
    }

private:
    struct Saved {
        std::string name;
        std::optional<std::string> value;
    };

    void save(const std::string& name) {
        const char* value = ::getenv(name.c_str());
        saved_.push_back({name, value ? std::optional<std::string>(value) : std::nullopt});
    }

    std::vector<Saved> saved_;
};

/// A folder in the system's temporary directory, removed with what is in it.
class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "handoff-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }

    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    ~Folder() { std::filesystem::remove_all(path_); }

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    [[nodiscard]] std::filesystem::path file(const std::string& text) const {
        const std::filesystem::path path = path_ / "farm.toml";
        std::ofstream(path) << text;
        return path;
    }

private:
    std::filesystem::path path_;
};

}  // namespace handoff::test
