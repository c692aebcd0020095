#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "files.hpp"
#include "roles.hpp"

namespace word_count {

namespace {

struct Total {
    std::set<std::string> files{};
    Counts counts{};

    bool operator==(const Total&) const = default;
};

/// Says a few times a second how far we are, to somebody who sits at a terminal.
class Progress {
public:
    /// `what` makes the text, which may cost something.
    template <typename What>
    void show(What what) {
        const auto now = std::chrono::steady_clock::now();
        if (!shown_ || now - last_ < std::chrono::milliseconds{200}) return;
        last_ = now;
        std::cerr << '\r' << std::left << std::setw(60) << what() << std::flush;
    }
    ~Progress() {
        if (shown_) std::cerr << '\r' << std::string(60, ' ') << '\r';
    }

private:
    const bool shown_ = ::isatty(STDERR_FILENO) == 1;
    std::chrono::steady_clock::time_point last_{};
};

Total add_up(Queues& queues) {
    Total total;
    Progress progress;
    for (std::uint64_t done = 1; handoff::Lease<Tally> tally = queues.results.lease(); ++done) {
        total.files.insert(tally->file);
        add(total.counts, tally->counts);
        tally.ack();
        progress.show([&] {
            return std::to_string(done) + " chunks counted, " +
                   std::to_string(queues.jobs.stats().unfinished()) + " to go";
        });
    }
    return total;
}

Total count_plainly(const std::string& directory) {
    Total total;
    Progress progress;
    for (const std::string& file : files_below(directory)) {
        total.files.insert(file);
        add(total.counts, count_words(whole(file)));
        progress.show([&] {
            return "in one process: " + std::to_string(total.files.size()) + " files counted";
        });
    }
    return total;
}

void print(const Total& total) {
    std::uint64_t words = 0;
    std::vector<std::pair<std::string, std::uint64_t>> ranking(total.counts.begin(),
                                                               total.counts.end());
    for (const auto& ranked : ranking) words += ranked.second;
    const auto top = std::min<std::size_t>(10, ranking.size());
    std::partial_sort(ranking.begin(), ranking.begin() + static_cast<std::ptrdiff_t>(top),
                      ranking.end(),
                      [](const auto& a, const auto& b) { return a.second > b.second; });
    ranking.resize(top);
    std::cout << total.files.size() << " files, " << words << " words, " << total.counts.size()
              << " of them different; most often:\n";
    for (const auto& ranked : ranking) {
        std::cout << std::setw(10) << ranked.second << "  " << ranked.first << '\n';
    }
}

}  // namespace

int collect(const handoff::Config& config, const Settings& settings) {
    Queues queues{config};
    const Total total = add_up(queues);
    const bool equal = total == count_plainly(settings.directory);
    print(total);
    std::cout << (equal ? "the same as one process counts" : "ONE PROCESS COUNTS OTHERWISE")
              << '\n';
    return equal ? 0 : 1;
}

}  // namespace word_count
