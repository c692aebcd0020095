#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "handoff/keys.hpp"
#include "support/world.hpp"

namespace handoff::test {

/// A manager with keys, and one client, ann, whom it lets in. Others have keys as well once they
/// are named.
class Protected {
public:
    Protected() {
        std::filesystem::create_directory(clients());
        write_key_files(KeyPair::make(), path("manager"));
        write_key_files(KeyPair::make(), path("eve"));
        write_key_files(KeyPair::make(), clients() / "ann");
        config_.manager.listen = {"tcp://127.0.0.1:*"};
        config_.manager.session_limit = std::chrono::seconds{2};
        config_.client.unreachable_after = std::chrono::milliseconds{500};
        config_.client.reconnect_max = std::chrono::milliseconds{100};
        config_.security.mechanism = Mechanism::curve;
        config_.security.manager_key = path("manager.key");
        config_.security.manager_public_key = path("manager.pub");
        config_.security.client_key = clients() / "ann.key";
        config_.security.clients = clients();
    }
    void start() {
        manager_ = std::make_unique<Manager>(config_, [this](const LogRecord& record) {
            const std::lock_guard lock(mutex_);
            log_.emplace_back(record.text);
        });
        config_.client.connect = {manager_->endpoints().front()};
    }
    Config& config() { return config_; }
    /// The settings of another client whom the manager lets in.
    Config client(const std::string& name) {
        if (!std::filesystem::exists(clients() / (name + ".pub"))) {
            write_key_files(KeyPair::make(), clients() / name);
        }
        Config config = config_;
        config.security.client_key = clients() / (name + ".key");
        config.client.unreachable_after = std::chrono::seconds{10};
        return config;
    }
    Manager& manager() { return *manager_; }
    [[nodiscard]] std::filesystem::path clients() const { return folder_.path() / "clients"; }
    [[nodiscard]] std::string path(const std::string& name) const { return folder_.path() / name; }

    bool log_tells(const std::string& text) {
        const auto told = [&] {
            const std::lock_guard lock(mutex_);
            return std::any_of(log_.begin(), log_.end(), [&](const std::string& line) {
                return line.find(text) != std::string::npos;
            });
        };
        return eventually(told);
    }

    /// How it ends to ask for the statistics with these settings.
    static errc outcome(const Config& config) {
        try {
            static_cast<void>(Client(config).stats());
            return errc::ok;
        } catch (const Error& error) {
            return error.code();
        }
    }

private:
    TemporaryFolder folder_;
    Config config_;
    std::mutex mutex_;
    std::vector<std::string> log_;
    std::unique_ptr<Manager> manager_;
};

}  // namespace handoff::test
