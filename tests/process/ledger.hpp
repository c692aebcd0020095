#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <thread>

#include "process/children.hpp"

/// What processes did with items, written down by each as it does it, and summed up when they are
/// dead. A note is in the pipe before note() returns, so killing its writer does not take it back.
class Ledger {
public:
    using Item = std::uint64_t;

    enum class Deed : std::uint8_t {
        begins_to_put,  ///< from now on the item may be in the queue
        has_put,        ///< confirmed
        was_given,      ///< leased it, or got it
        has_finished,   ///< its acknowledgement was confirmed
    };

    /// How the items fared.
    struct Sums {
        // Faults.
        std::uint64_t lost = 0;            ///< confirmed, and nobody was given it
        std::uint64_t unexpected = 0;      ///< given to somebody, and nobody put it
        std::uint64_t finished_twice = 0;  ///< acknowledged, and acknowledged again

        std::uint64_t ok = 0;          ///< confirmed, and given once
        std::uint64_t duplicated = 0;  ///< given again, as whoever had it did not finish
        std::uint64_t recovered = 0;   ///< its producer died without an answer, and it was given
        std::uint64_t vanished = 0;    ///< its producer died without an answer, and it was not
    };

    Ledger();
    ~Ledger();
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;

    /// From any process and thread.
    void note(Deed deed, Item item) const;

    /// Waits until no other process has the ledger any more, and sums up.
    [[nodiscard]] Sums close();

private:
    struct Entry {
        std::uint32_t begun = 0;
        std::uint32_t put = 0;
        std::uint32_t given = 0;
        std::uint32_t finished = 0;
    };
    void read();

    Pipe pipe_;
    std::map<Item, Entry> entries_;  // the reader's, until it has ended
    std::thread reader_;
};

std::ostream& operator<<(std::ostream& out, const Ledger::Sums& sums);
