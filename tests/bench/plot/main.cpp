#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

#include "bench/plot/chart.hpp"

// From what `handoff-bench --json` has written to pictures of it.
namespace handoff::bench {
namespace {

using Json = nlohmann::json;

/// Charts in the making, by title.
class Charts {
public:
    void add(const Json& result) {
        const std::string work = result.at("work");
        const std::string transport = result.at("transport");
        for (const Json& contender : result.at("contenders")) {
            if (!contender.contains("median")) continue;
            const std::string name = contender.at("name");
            const double median = contender.at("median");
            if (work == "throughput") {
                const double size = result.at("size");
                add_point({"Throughput over the size of items, " + transport,
                           "bytes an item",
                           "MB/s",
                           {}},
                          {name, contender.contains("type"), {{size, median * size / 1e6}}});
            } else if (contender.contains("at")) {
                add_point({"Cost of an item over the number of what is there",
                           "number of them",
                           "ns",
                           {}},
                          {what_grows(work) + ", " + transport,
                           true,
                           {{contender.at("at").get<double>(), 1e9 / median}}});
            }
        }
    }

    /// Throws if there is nothing that a picture can show.
    [[nodiscard]] std::vector<Chart> take() {
        std::vector<Chart> charts;
        for (auto& [title, chart] : charts_) {
            for (Line& line : chart.lines) std::ranges::sort(line.points);
            charts.push_back(std::move(chart));
        }
        if (charts.empty()) {
            throw std::runtime_error("no results of throughput, threads, or of a work that grows");
        }
        return charts;
    }

private:
    static std::string what_grows(const std::string& work) {
        return work == "depth" ? "items in the queue" : work;
    }

    void add_point(Chart empty, Line line) {
        // There is no place for others on a logarithmic axis.
        const auto [x, y] = line.points.front();
        if (!(x > 0 && y > 0)) return;
        Chart& chart = charts_.try_emplace(empty.title, std::move(empty)).first->second;
        const auto found = std::ranges::find(chart.lines, line.name, &Line::name);
        if (found == chart.lines.end()) {
            chart.lines.push_back(std::move(line));
        } else {
            found->points.push_back(line.points.front());
        }
    }

    std::map<std::string, Chart> charts_;
};

int plot(const std::vector<std::string>& files) {
    Charts charts;
    for (const std::string& file : files) {
        std::ifstream in(file);
        if (!in) throw std::runtime_error(file + ": cannot be read");
        const Json all = Json::parse(in);
        for (const Json& result : all.at("results")) charts.add(result);
    }
    std::fputs(svg_of(charts.take()).c_str(), stdout);
    return std::fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

constexpr const char* usage = R"(handoff-bench-plot FILE... > PICTURE.svg

Draws what `handoff-bench --json FILE` has written: throughput over the size of items, and the cost
of an item over the depth of its queue and the number of queues, clients, leases, waiters or
threads.

Example:
  for size in 16 100 1024 16384; do
      handoff-bench throughput --size $size --json throughput_$size.json
  done
  handoff-bench-plot throughput_*.json > throughput.svg
)";

}  // namespace
}  // namespace handoff::bench

int main(int argc, char** argv) {
    using namespace handoff::bench;
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.empty() || words.front() == "--help") {
        std::fputs(usage, words.empty() ? stderr : stdout);
        return words.empty() ? 2 : EXIT_SUCCESS;
    }
    try {
        return plot(words);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "handoff-bench-plot: %s\n", error.what());
        return EXIT_FAILURE;
    }
}
