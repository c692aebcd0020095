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

/// The keys in a folder, and what is wrong with it.
struct Listed {
    std::set<std::string> keys;
    std::vector<std::string> faults;
};

Listed list_of(const std::filesystem::path& folder) {
    Listed listed;
    std::error_code error;
    for (auto entry = std::filesystem::directory_iterator(folder, error);
         !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        if (entry->path().extension() != ".pub") continue;
        try {
            listed.keys.insert(read_public_key_file(entry->path()));
        } catch (const Error& fault) {
            listed.faults.emplace_back(fault.what());
        }
    }
    if (error) {
        listed.faults.push_back("cannot read the folder of clients' keys " + folder.string() +
                                ": " + error.message());
    }
    return listed;
}

}  // namespace

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

bool Admission::lists(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    return keys_.contains(key);
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
        admitted = keys_.contains(key);
        if (!admitted) note_refusal(key, address);
        log = std::exchange(news_.log, {});
    }
    // Whoever is told may be looking just now.
    for (core::LogEntry& entry : log) tell_(std::move(entry));
    return admitted;
}

/// A folder that cannot be read admits nobody.
void Admission::read_again() {
    Listed listed = list_of(folder_);
    read_at_ = Clock::now();
    news_.revoked = news_.revoked || !std::includes(listed.keys.begin(), listed.keys.end(),
                                                    keys_.begin(), keys_.end());
    keys_ = std::move(listed.keys);
    if (listed.faults == faults_) return;
    faults_ = std::move(listed.faults);
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
