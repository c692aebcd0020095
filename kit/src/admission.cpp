#include "admission.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "handoff/error.hpp"
#include "handoff/keys.hpp"

namespace handoff {
namespace {

using namespace std::chrono_literals;

constexpr auto read_pause = 1s;
constexpr auto telling_pause = 1min;
/// Strangers of whom it is remembered that they were told of.
constexpr std::size_t told_max = 1000;

/// The same file as before need not be read again.
bool unchanged(const KeyFile& before, const KeyFile& now) {
    return before.written == now.written && before.bytes == now.bytes;
}

}  // namespace

/// Where the folder or a file cannot be read, as one that is being written, what was known of it
/// counts: a fault is no reason to end sessions.
KeyFiles key_files_in(const std::filesystem::path& folder, const KeyFiles& known,
                      std::vector<std::string>& faults) {
    KeyFiles files;
    std::error_code error;
    for (auto entry = std::filesystem::directory_iterator(folder, error);
         !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        if (entry->path().extension() != ".pub") continue;
        std::error_code gone;
        KeyFile file{entry->last_write_time(gone), entry->file_size(gone), {}};
        if (gone) continue;
        const auto before = known.find(entry->path().string());
        if (before != known.end() && unchanged(before->second, file)) {
            files.insert(*before);
            continue;
        }
        try {
            file.key = read_public_key_file(entry->path());
            files.emplace(entry->path().string(), std::move(file));
        } catch (const Error& fault) {
            faults.emplace_back(fault.what());
            if (before != known.end()) files.insert(*before);
        }
    }
    if (!error) return files;
    faults.push_back("cannot read the folder of clients' keys " + folder.string() + ": " +
                     error.message());
    return known;
}

Admission::Admission(net::Doorkeeper& doorkeeper, std::filesystem::path folder, Tell tell)
    : doorkeeper_(doorkeeper), folder_(std::move(folder)), tell_(std::move(tell)) {
    if (!std::filesystem::is_directory(folder_)) {
        throw Error(errc::config_invalid,
                    "[security] clients: there is no folder " + folder_.string());
    }
    read_again();
    domain_ = doorkeeper_.open([this](const std::string& key, const std::string& address) {
        return admits(key, address);
    });
}

Admission::~Admission() {
    doorkeeper_.close(domain_);
}

std::vector<std::string> Admission::names_of(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = names_.find(key);
    return found == names_.end() ? std::vector<std::string>() : found->second;
}

Admission::News Admission::look() {
    const std::lock_guard lock(mutex_);
    if (Clock::now() - read_at_ >= read_pause) read_again();
    return std::exchange(news_, {});
}

bool Admission::admits(const std::string& key, const std::string& address) {
    std::vector<core::LogEntry> log;
    bool admitted = false;
    {
        const std::lock_guard lock(mutex_);
        if (Clock::now() - read_at_ >= read_pause) read_again();
        admitted = names_.contains(key);
        if (!admitted) note_refusal(key, address);
        log = std::exchange(news_.log, {});
    }
    // Whoever is told may be looking just now.
    for (core::LogEntry& entry : log) tell_(std::move(entry));
    return admitted;
}

void Admission::read_again() {
    std::vector<std::string> faults;
    files_ = key_files_in(folder_, files_, faults);
    read_at_ = Clock::now();
    const auto before = std::exchange(names_, {});
    for (const auto& [path, file] : files_) {
        names_[file.key].push_back(std::filesystem::path(path).stem().string());
    }
    for (const auto& [key, names] : before) {
        const auto now = names_.find(key);
        if (now == names_.end() || now->second != names) news_.changed = true;
    }
    if (faults == faults_) return;
    faults_ = std::move(faults);
    for (const std::string& fault : faults_) news_.log.push_back({LogLevel::warning, fault});
}

void Admission::note_refusal(const std::string& key, const std::string& address) {
    const Clock::time_point time = Clock::now();
    std::erase_if(told_, [&](const auto& each) { return time - each.second >= telling_pause; });
    if (told_.contains(key) || told_.size() >= told_max) return;
    told_.emplace(key, time);
    news_.log.push_back({LogLevel::warning, "refused a client from " + address + " whose key " +
                                                key + " is not in " + folder_.string()});
}

}  // namespace handoff
