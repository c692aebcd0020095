#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/database.hpp"
#include "store/layout.hpp"

namespace handoff::store {

/// How many rows there are in all tables together, and the sum of their check sums. It is stored
/// with every commit, so that a row that is missing, or is an older one, is noticed.
struct Totals {
    std::uint64_t rows = 0;
    std::uint64_t sum = 0;

    void add(std::uint32_t crc) noexcept {
        ++rows;
        sum += crc;
    }
    void take(std::uint32_t crc) noexcept {
        --rows;
        sum -= crc;
    }
    bool operator==(const Totals&) const = default;
};

/// Told what is damaged. It may throw.
using OnDamage = std::function<void(const std::string& what)>;

/// All that is stored besides items, as small pairs of key and value. Changes gather in memory and
/// are written together, each once.
///
/// Thread safety: none; one owner.
class Facts {
public:
    Facts(sqlite3* database, Totals& totals);

    void put(std::string key, std::string value);
    void erase(std::string key);
    /// Those from `first` on and before `end`.
    void erase_between(std::string first, std::string end);

    /// Within the caller's transaction.
    void write();
    void write_totals();

    /// Calls `use(kind, rest of the key, value)` for each, in the order of their keys, and counts
    /// them; except for the totals, which it returns. Those that are damaged are left out.
    using Use = std::function<void(Kind, std::string_view key, std::string_view value)>;
    Totals load(const Use& use, const OnDamage& damage);

private:
    void forget_sum(const std::string& key);

    Totals& totals_;
    std::vector<std::pair<std::string, std::string>> erased_;  ///< ranges; done first
    std::map<std::string, std::optional<std::string>> changed_;
    Statement sum_of_;
    Statement sums_between_;
    Statement put_;
    Statement erase_;
    Statement erase_between_;
    Statement all_;
};

}  // namespace handoff::store
