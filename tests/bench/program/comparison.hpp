#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/frame/options.hpp"
#include "bench/frame/run.hpp"

namespace handoff::bench {

/// The figure by which contenders are compared.
enum class Figure : std::uint8_t {
    rate,       ///< items or operations a second; more is better
    roundtrip,  ///< median of the times of single operations; less is better
    memory,     ///< bytes an item; less is better
};

/// A contender, and what its runs have come to.
struct Entry {
    Contender contender;
    bool ours = false;
    std::uint64_t at = 0;    ///< depth, queues or clients, where these are what differs
    std::string batches_of;  ///< a contender before it, whose synced writes this one does again
    std::string beside;      ///< its own baseline, a contender; empty: that of the comparison
    std::string absent;      ///< why it cannot run here; empty: it can
    std::vector<Outcome> runs;

    /// Of each run, in order.
    [[nodiscard]] std::vector<double> figures(Figure figure) const;
};

/// One work, by several contenders.
struct Comparison {
    std::string work;
    std::string title;
    std::string unit = "items";  ///< what `rate` counts; or "put + get"
    Figure figure = Figure::rate;
    std::string baseline;    ///< a contender's name, or what else it is
    double baseline_is = 0;  ///< its figure, if it is no contender
    std::vector<Entry> entries;
};

/// The work of that name, ready to be run. `folder` is for sockets.
Comparison comparison_of(const std::string& work, const Options& options,
                         const std::string& folder);

}  // namespace handoff::bench
