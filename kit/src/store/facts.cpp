#include "store/facts.hpp"

#include "store/bytes.hpp"
#include "store/crc32c.hpp"

namespace handoff::store {

Facts::Facts(sqlite3* database, Totals& totals)
    : totals_(totals),
      sum_of_(database, "SELECT crc FROM facts WHERE key = ?1"),
      sums_between_(database, "SELECT crc FROM facts WHERE key >= ?1 AND key < ?2"),
      put_(database, "INSERT OR REPLACE INTO facts (key, value, crc) VALUES (?1, ?2, ?3)"),
      erase_(database, "DELETE FROM facts WHERE key = ?1"),
      erase_between_(database, "DELETE FROM facts WHERE key >= ?1 AND key < ?2"),
      all_(database, "SELECT key, value, crc FROM facts ORDER BY key") {}

void Facts::put(std::string key, std::string value) {
    changed_.insert_or_assign(std::move(key), std::move(value));
}

void Facts::erase(std::string key) {
    changed_.insert_or_assign(std::move(key), std::nullopt);
}

void Facts::erase_between(std::string first, std::string end) {
    changed_.erase(changed_.lower_bound(first), changed_.lower_bound(end));
    erased_.emplace_back(std::move(first), std::move(end));
}

void Facts::forget_sum(const std::string& key) {
    sum_of_.bind(1, key);
    if (!sum_of_.step()) return;
    totals_.take(static_cast<std::uint32_t>(sum_of_.integer(0)));
    sum_of_.reset();
}

void Facts::write() {
    for (const auto& [first, end] : erased_) {
        sums_between_.bind(1, first).bind(2, end);
        while (sums_between_.step()) {
            totals_.take(static_cast<std::uint32_t>(sums_between_.integer(0)));
        }
        erase_between_.bind(1, first).bind(2, end).run();
    }
    for (const auto& [key, value] : changed_) {
        forget_sum(key);
        if (value) {
            const std::uint32_t crc = crc32c(*value, crc32c(key));
            put_.bind(1, key).bind(2, *value).bind(3, std::int64_t{crc}).run();
            totals_.add(crc);
        } else {
            erase_.bind(1, key).run();
        }
    }
    erased_.clear();
    changed_.clear();
}

void Facts::write_totals() {
    ByteWriter out;
    out.number(totals_.rows);
    out.number(totals_.sum);
    const std::string key = key_of(Kind::totals);
    const std::uint32_t crc = crc32c(out.bytes(), crc32c(key));
    put_.bind(1, key).bind(2, out.bytes()).bind(3, std::int64_t{crc}).run();
}

Totals Facts::load(const Use& use, const OnDamage& damage) {
    Totals stored;
    while (all_.step()) {
        const std::string_view key = all_.bytes(0);
        const std::string_view value = all_.bytes(1);
        const std::uint32_t crc = crc32c(value, crc32c(key));
        if (key.empty() || all_.integer(2) != std::int64_t{crc}) {
            damage("a fact does not match its check sum");
            continue;
        }
        const Kind kind{static_cast<std::uint8_t>(key.front())};
        if (kind == Kind::totals) {
            ByteReader in(value);
            stored.rows = in.number<std::uint64_t>();
            stored.sum = in.number<std::uint64_t>();
            continue;
        }
        totals_.add(crc);
        use(kind, key.substr(1), value);
    }
    return stored;
}

}  // namespace handoff::store
