#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// What a process does with items, written down as it does it. The file is mapped, so what was
/// written stays when the writer is killed, and neighbours that fare alike share one record that
/// grows: ten million items fit into a few megabytes.
namespace chaos {

/// Nanoseconds of CLOCK_MONOTONIC, which is the same for all processes.
using Nanoseconds = std::int64_t;
constexpr Nanoseconds millisecond = 1'000'000;
constexpr Nanoseconds second = 1'000 * millisecond;
Nanoseconds now_ns();

/// An item is its producer's life and its number in that.
struct ItemName {
    std::uint32_t producer = 0;
    std::uint64_t number = 0;
};

enum class Kind : std::uint32_t {
    put,      ///< `begun` of the items were sent; `finished` are confirmed, less those below
    unknown,  ///< of those put: the outcome is unknown
    refused,  ///< of those put: surely not in the queue
    given,    ///< `count` items were handed out; `begun` were acknowledged, `finished` confirmed
    undone,   ///< of those given: the acknowledgement was refused, or its outcome is not known
    released  ///< of those given: given back on purpose
};

/// A run of one producer's items. What may change stands in atomics, and each is written before the
/// deed that it tells of begins, or after what it tells of has come.
struct Record {
    Kind kind = Kind::put;
    std::uint32_t producer = 0;
    std::uint64_t first = 0;
    std::uint64_t token = 0;       ///< given: of the first item, the others follow; 0: a get
    std::int32_t code = 0;         ///< of the error that told so
    std::uint32_t first_time = 0;  ///< given: these were never delivered before
    std::atomic<std::uint64_t> count{0};
    std::atomic<std::uint64_t> begun{0};
    std::atomic<std::uint64_t> finished{0};
    Nanoseconds began = 0;
    std::atomic<Nanoseconds> ended{0};
};

/// Of a process, for those who look at it while it lives.
struct Header {
    std::atomic<std::uint64_t> records{0};
    std::atomic<std::uint32_t> ready{0};
    std::atomic<std::uint32_t> told_to_end{0};  ///< by the field: do no more, settle, and end
    std::atomic<std::uint32_t> ended{0};        ///< all is settled
    std::atomic<std::uint32_t> port{0};         ///< a manager's
    std::atomic<std::uint32_t> get_runs{0};     ///< an item may be gone that nobody noted
    std::atomic<Nanoseconds> call_since{0};     ///< a call of the kit began then; 0: none runs
    std::atomic<std::uint64_t> progress{0};     ///< items confirmed, or handed out
};

class History {
public:
    static constexpr std::uint64_t records_max = 400'000;

    /// Maps the file, and makes it if there is none.
    explicit History(const std::filesystem::path& file);
    ~History();
    History(const History&) = delete;
    History& operator=(const History&) = delete;

    [[nodiscard]] Header& header() const { return *header_; }
    [[nodiscard]] std::uint64_t size() const { return header_->records.load(); }
    [[nodiscard]] Record& at(std::uint64_t index) const { return records_[index]; }
    /// Whether its writer had better end.
    [[nodiscard]] bool almost_full() const { return size() + 20'000 > records_max; }

    /// A new record, of which the rest is filled in before it counts.
    template <typename Fill>
    Record& add(Kind kind, ItemName item, Fill fill) {
        Record& record = next();
        record.kind = kind;
        record.producer = item.producer;
        record.first = item.number;
        record.began = now_ns();
        record.ended.store(record.began);
        fill(record);
        header_->records.fetch_add(1, std::memory_order_release);
        return record;
    }

private:
    Record& next();

    Header* header_ = nullptr;
    Record* records_ = nullptr;
};

/// Notes that a call of the kit is under way.
class InCall {
public:
    explicit InCall(const History& history) : header_{history.header()} {
        header_.call_since.store(now_ns());
    }
    ~InCall() { header_.call_since.store(0); }
    InCall(const InCall&) = delete;
    InCall& operator=(const InCall&) = delete;

private:
    Header& header_;
};

}  // namespace chaos
