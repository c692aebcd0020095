#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "handoff/client.hpp"
#include "handoff/dict.hpp"
#include "handoff/patterns/detail/lasting.hpp"

namespace handoff::patterns {

struct MirrorOptions {
    /// So often the manager is asked for a word while nothing changes, so that age() is small.
    std::chrono::milliseconds check{250};
    /// The least time from one reading of the dictionary to the next: changes that come faster are
    /// seen together.
    std::chrono::milliseconds interval{0};
    /// Of the dictionary, if this makes it; one that is set and differs throws. Say what its
    /// writers say.
    std::optional<Durability> durability{};
};

/// A copy of a shared Dict in this process, kept up to date by a thread of its own. Reading it asks
/// nobody and never waits for the manager.
///
///     handoff::patterns::Mirror<std::string, Rate> rates(config, "rates");
///     if (const auto rate = rates.get("EUR"); rate && rates.age() < 1s) …
///
/// **Guarantee.** What is read is the dictionary as it was at one moment, never a mixture; that
/// moment is less than age() ago, and never before that of an earlier reading. A change is seen as
/// soon as the manager has told of it and the dictionary was read again. While the manager is away
/// the copy stays as it was, and its age grows; when a manager has begun anew, the copy is what
/// that one has, and restarts() counts it. With `durability` the dictionary is the same one after
/// the manager was killed: nothing is counted, and versions go on.
///
/// Cost: a session and two threads, a call that waits at the manager, and a round trip each
/// `check`. After a change the whole dictionary is read: for large ones that change often set an
/// `interval`. Reads take a mutex and copy a value, or a pointer (view()).
///
/// Thread safety: safe.
template <typename K, typename V>
class Mirror {
public:
    using Map = std::map<K, V>;
    using Clock = std::chrono::steady_clock;

    /// Reads the dictionary, and makes it if there is none. Throws what that throws.
    Mirror(const Config& config, std::string name, const MirrorOptions& options = {})
        : client_(config), name_(std::move(name)), options_(options), dict_(open()) {
        read();
        following_ = std::jthread([this](const std::stop_token& stop) { follow(stop); });
    }

    // ---- reading

    [[nodiscard]] std::optional<V> get(const K& key) const {
        const std::shared_ptr<const Map> all = view();
        const auto found = all->find(key);
        if (found == all->end()) return std::nullopt;
        return found->second;
    }
    [[nodiscard]] bool contains(const K& key) const { return view()->contains(key); }
    [[nodiscard]] std::size_t size() const { return view()->size(); }
    /// All of it, which does not change any more.
    [[nodiscard]] std::shared_ptr<const Map> view() const {
        const std::lock_guard lock(mutex_);
        return all_;
    }

    // ---- how good it is

    /// So long ago it was, at most, what the manager has.
    [[nodiscard]] std::chrono::nanoseconds age() const {
        const std::lock_guard lock(mutex_);
        return Clock::now() - true_at_;
    }
    /// The dictionary's version, of the copy.
    [[nodiscard]] std::uint64_t version() const {
        const std::lock_guard lock(mutex_);
        return version_;
    }
    /// How often the dictionary was another one, with versions of its own: its manager had begun
    /// anew, or it had been destroyed.
    [[nodiscard]] std::uint64_t restarts() const {
        const std::lock_guard lock(mutex_);
        return restarts_;
    }
    /// Why it is not up to date; empty: it is, as far as is known.
    [[nodiscard]] std::string trouble() const {
        const std::lock_guard lock(mutex_);
        return trouble_;
    }
    /// Waits until the copy has this version, of Dict::version() after a change of one's own, say.
    /// False: not in that time, or stopped.
    [[nodiscard]] bool wait_until_version_for(std::uint64_t version, std::chrono::nanoseconds limit,
                                              std::stop_token stop = {}) const {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::move(stop), limit, [&] { return version_ >= version; });
    }

private:
    static constexpr std::chrono::milliseconds try_again{100};

    [[nodiscard]] Dict<K, V> open() {
        return client_.dict<K, V>(name_, {.durability = options_.durability});
    }

    void follow(const std::stop_token& stop) {
        bool another = false;
        while (!stop.stop_requested()) {
            try {
                if (another) {
                    dict_ = open();
                    read();
                    another = false;
                }
                look(stop);
            } catch (const Error& error) {
                const errc code = error.code();
                const bool gone =
                    code == errc::stale_reference ||
                    (code == errc::manager_restarted && !detail::lasts(options_.durability));
                another = another || gone;
                fail(error.what(), gone);
                if (!gone) rest(try_again, stop);
            }
        }
    }
    void look(const std::stop_token& stop) {
        if (dict_.wait_until_changed_for(version(), options_.check, stop)) {
            read();
            return rest(options_.interval, stop);
        }
        // It may not have changed, or there is no manager. A version that it has not is answered at
        // once by one that is there.
        const auto asked = Clock::now();
        const auto now = dict_.wait_until_changed_for(version() + 1, options_.check, stop);
        if (now == version()) {
            note_unchanged(asked);
        } else if (!now && !stop.stop_requested()) {
            fail("mirror of \"" + name_ + "\": the manager has not answered in time", false);
        }
    }
    void fail(const std::string& why, bool gone) {
        const std::lock_guard lock(mutex_);
        if (gone) ++restarts_;
        trouble_ = why;
    }
    void note_unchanged(Clock::time_point when) {
        const std::lock_guard lock(mutex_);
        true_at_ = when;
        trouble_.clear();
    }
    void read() {
        const auto begin = Clock::now();
        auto snapshot = dict_.snapshot();
        auto all = std::make_shared<Map>();
        for (const auto& [key, value] : snapshot) all->insert_or_assign(key, value);
        const std::lock_guard lock(mutex_);
        all_ = std::move(all);
        version_ = snapshot.version();
        true_at_ = begin;
        trouble_.clear();
        changed_.notify_all();
    }
    void rest(std::chrono::milliseconds time, const std::stop_token& stop) const {
        if (time.count() <= 0) return;
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, time, [] { return false; });
    }

    Client client_;
    std::string name_;
    MirrorOptions options_;
    Dict<K, V> dict_;  ///< of the thread, once that runs
    mutable std::mutex mutex_;
    mutable std::condition_variable_any changed_;
    std::shared_ptr<const Map> all_;
    std::uint64_t version_ = 0;
    std::uint64_t restarts_ = 0;
    Clock::time_point true_at_{};
    std::string trouble_;
    std::jthread following_;  // stops before the rest goes
};

}  // namespace handoff::patterns
