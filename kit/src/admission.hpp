#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/log_book.hpp"
#include "net/doorkeeper.hpp"

namespace handoff {

/// A public key in a folder, and what tells whether its file has changed.
struct KeyFile {
    std::filesystem::file_time_type written;
    std::uintmax_t bytes = 0;
    std::string key;
};
using KeyFiles = std::map<std::string, KeyFile>;  ///< by path

/// The keys in the folder now, given those that were there; adds what is wrong with it.
KeyFiles key_files_in(const std::filesystem::path& folder, const KeyFiles& known,
                      std::vector<std::string>& faults);

/// Whom a manager lets in: those whose public keys are files `*.pub` of a folder. It is read again
/// at most once a second.
///
/// Thread safety: any thread.
class Admission {
public:
    /// tell: called in the doorkeeper's thread, with who was refused (once a minute each), and what
    /// is wrong with the folder. Throws errc::config_invalid if there is no such folder.
    using Tell = std::function<void(core::LogEntry)>;
    Admission(net::Doorkeeper& doorkeeper, std::filesystem::path folder, Tell tell);
    ~Admission();
    Admission(const Admission&) = delete;
    Admission& operator=(const Admission&) = delete;

    /// The names of the files that hold this key, without .pub. None: it is not let in.
    [[nodiscard]] std::vector<std::string> names_of(const std::string& key) const;

    /// What a look at the folder has found, if it is time for one.
    struct News {
        bool changed = false;  ///< some keys are gone, or of other names
        std::vector<core::LogEntry> log;
    };
    News look();

    /// For the listeners.
    [[nodiscard]] const std::string& domain() const noexcept { return domain_; }

private:
    using Clock = std::chrono::steady_clock;

    bool admits(const std::string& key, const std::string& address);
    void read_again();
    void note_refusal(const std::string& key, const std::string& address);

    net::Doorkeeper& doorkeeper_;
    const std::filesystem::path folder_;
    const Tell tell_;
    mutable std::mutex mutex_;  // of what follows
    KeyFiles files_;
    std::map<std::string, std::vector<std::string>> names_;  ///< by the keys that are in them
    Clock::time_point read_at_;
    std::map<std::string, Clock::time_point> told_;  ///< refusals, by key
    std::vector<std::string> faults_;                ///< of the folder, when it was read
    News news_;                                      ///< that nobody has been told of
    std::string domain_;
};

}  // namespace handoff
