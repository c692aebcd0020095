#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "core/journal.hpp"
#include "store/database.hpp"
#include "store/facts.hpp"
#include "store/marks.hpp"

namespace handoff::store {

/// The items of all queues, in rows of neighbours. Which row has which items, and which of these
/// are left, is kept in memory as well: a hundred bytes a row, so that writing needs no reading.
///
/// Changes gather and are written together. Items that come and go between two writes never reach
/// the disk; a row of which nothing is left is deleted, and its space is used again.
///
/// Thread safety: none; one owner.
class Batches {
public:
    /// A row ends with the item that brings it to this.
    static constexpr std::size_t row_bytes_max = 256 << 10;
    static constexpr std::uint32_t row_items_max = 4096;

    Batches(sqlite3* database, Totals& totals, Facts& facts);

    void in(core::ItemsIn items);
    void out(const core::ItemsOut& items);
    void lent(const core::ItemsLent& items);
    void back(const core::ItemsBack& items);
    void forget(core::QueueHandle queue);

    /// The next id of a queue that is known from before; without this it is 1.
    void know(core::QueueHandle queue, std::uint64_t next_id);
    [[nodiscard]] std::uint64_t next_id(core::QueueHandle queue) const;

    /// Within the caller's transaction. Returns the queues of which rows have gone: their next ids
    /// can no longer be told by the rows that are left.
    std::set<core::QueueHandle> write();

    /// What marks() said of a row, before load().
    void know_marks(std::int64_t row, std::string_view value);

    /// Reads and counts all rows, and gives `use` what is left of each; queues that are not known
    /// are damage, and so is a row that does not match its sum.
    using Use = std::function<void(core::ItemsIn)>;
    void load(const Use& use, const OnDamage& damage);

    /// Bytes that wait for write().
    [[nodiscard]] std::size_t unwritten_bytes() const noexcept { return unwritten_bytes_; }

private:
    struct Batch {
        std::int64_t row = 0;
        std::uint32_t count = 0;
        std::uint32_t left = 0;
        std::uint32_t crc = 0;
        std::unique_ptr<Marks> marks;  ///< null: nothing is gone, nothing came back
    };
    using ById = std::map<std::uint64_t, Batch>;  ///< by the first id
    struct Rows {
        ById fresh;  ///< as they were put: without overlap
        ById moved;  ///< items that went out and came in again, one a row
        std::uint64_t next = 1;
        std::int64_t open = 0;  ///< the row, not written yet, that the next items join
    };
    struct NewRow {
        core::QueueHandle queue = 0;
        std::uint64_t first = 0;
        std::uint32_t count = 0;
        std::size_t bytes = 0;
        std::vector<core::ItemsIn> parts;
    };
    struct Place {
        core::QueueHandle queue = 0;
        std::uint64_t first = 0;
        bool moved = false;
        auto operator<=>(const Place&) const = default;
    };

    void add_fresh(Rows& rows, core::ItemsIn items);
    void add_moved(Rows& rows, core::ItemsIn items);
    NewRow& new_row(core::QueueHandle queue, std::uint64_t first);
    void take_out(core::QueueHandle queue, Rows& rows, bool moved, core::Range ids);
    void mark(core::QueueHandle queue, core::Range ids, Marks::Back mark);
    static ById::iterator first_with(ById& rows, std::uint64_t id);
    [[nodiscard]] Batch* find(const Place& place);
    Marks& marks_of(Batch& batch);
    void drop(const Place& place, Batch& batch);
    void write_row(std::int64_t row, const NewRow& fresh);
    [[nodiscard]] static std::uint32_t crc_of(std::int64_t row, core::QueueHandle queue,
                                              std::uint64_t first, std::uint32_t count,
                                              std::string_view bytes);
    void load_row(const Use& use, const OnDamage& damage);

    Totals& totals_;
    Facts& facts_;
    std::map<core::QueueHandle, Rows> queues_;
    std::int64_t next_row_ = 1;
    std::map<std::int64_t, NewRow> unwritten_;
    std::size_t unwritten_bytes_ = 0;
    std::vector<std::pair<std::int64_t, std::uint32_t>> gone_;  ///< rows and their sums
    std::set<core::QueueHandle> shortened_;
    std::set<Place> marked_;
    std::map<std::int64_t, std::string> loaded_marks_;
    Statement insert_;
    Statement delete_;
    Statement all_;
};

}  // namespace handoff::store
