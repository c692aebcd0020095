#include "bench/program/json.hpp"

#include <sys/utsname.h>

#include <fstream>
#include <stdexcept>
#include <thread>

#include <nlohmann/json.hpp>

#include "bench/baselines/contenders.hpp"
#include "bench/frame/statistics.hpp"
#include "handoff/version.hpp"

namespace handoff::bench {

namespace {

using Json = nlohmann::ordered_json;

std::string processor() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("model name")) continue;
        return line.substr(std::min(line.size(), line.find(':') + 2));
    }
    return "unknown";
}

double load() {
    std::ifstream file("/proc/loadavg");
    double minute = 0;
    file >> minute;
    return minute;
}

Json machine() {
    utsname system{};
    ::uname(&system);
    return {{"cores", std::thread::hardware_concurrency()},
            {"processor", processor()},
            {"kernel", std::string(system.sysname) + " " + system.release},
            {"load at the end", load()}};
}

Json run_of(const Entry& entry, const Outcome& run, double figure) {
    Json json{{"figure", figure}, {"seconds", run.seconds}};
    if (run.p50_us > 0) json["p50_us"] = run.p50_us;
    if (run.p99_us > 0) json["p99_us"] = run.p99_us;
    if (run.bytes_per_sync > 0) json["bytes_per_sync"] = run.bytes_per_sync;
    if (run.bytes_per_item > 0) json["bytes_per_item"] = run.bytes_per_item;
    if (run.manager_us > 0) {
        json["manager_us_per_item"] =
            run.manager_us / static_cast<double>(entry.contender.setting.count);
    }
    return json;
}

Json contender_of(const Comparison& comparison, const Entry& entry) {
    Json json{{"name", entry.contender.name}, {"count", entry.contender.setting.count}};
    if (entry.ours) json["type"] = entry.contender.setting.text ? "string" : "bytes";
    if (entry.at > 0) json["at"] = entry.at;
    if (!entry.beside.empty()) json["baseline"] = entry.beside;
    if (!entry.absent.empty()) {
        json["absent"] = entry.absent;
        return json;
    }
    const std::vector<double> figures = entry.figures(comparison.figure);
    json["median"] = median(figures);
    Json runs = Json::array();
    for (std::size_t i = 0; i < figures.size(); ++i) {
        runs.push_back(run_of(entry, entry.runs[i], figures[i]));
    }
    json["runs"] = std::move(runs);
    return json;
}

const char* unit_of(const Comparison& comparison) {
    switch (comparison.figure) {
        case Figure::roundtrip: return "us";
        case Figure::memory: return "bytes an item";
        case Figure::rate: break;
    }
    if (comparison.unit == "operations") return "operations/s";
    return comparison.unit == "items" ? "items/s" : "pairs/s";
}

}  // namespace

void write_json(const std::string& file, const std::vector<Comparison>& comparisons,
                const Options& options, const std::string& command) {
    Json results = Json::array();
    for (const Comparison& comparison : comparisons) {
        Json contenders = Json::array();
        for (const Entry& entry : comparison.entries) {
            contenders.push_back(contender_of(comparison, entry));
        }
        results.push_back({{"work", comparison.work},
                           {"size", options.size},
                           {"transport", to_string(options.transport)},
                           {"unit", unit_of(comparison)},
                           {"baseline", comparison.baseline},
                           {"contenders", std::move(contenders)}});
    }
    const Json all{{"command", command},
                   {"machine", machine()},
                   {"versions",
                    {{"handoff", version()}, {"libzmq", zmq_version()}, {"compiler", __VERSION__}}},
                   {"results", std::move(results)}};
    std::ofstream out(file);
    out << all.dump(2) << '\n';
    if (!out.flush()) throw std::runtime_error(file + ": cannot be written");
}

}  // namespace handoff::bench
