#include "bench/program/report.hpp"

#include <algorithm>
#include <iomanip>
#include <sstream>
#include <string_view>

#include "bench/frame/statistics.hpp"

namespace handoff::bench {

namespace {

constexpr int name_width = 34;
constexpr int figure_width = 11;

std::string fixed(double value, int digits) {
    std::ostringstream text;
    text << std::fixed << std::setprecision(digits) << value;
    return text.str();
}

/// Three digits that matter: "2.31 M", "851 k".
std::string short_form(double value) {
    std::string_view unit = "";
    for (const std::string_view next : {" k", " M", " G"}) {
        if (value < 1000) break;
        value /= 1000;
        unit = next;
    }
    return fixed(value, value < 10 ? 2 : value < 100 ? 1 : 0) + std::string(unit);
}

std::string measured(Figure figure, double value) {
    switch (figure) {
        case Figure::rate: return short_form(value) + "/s";
        case Figure::roundtrip: return fixed(value, 1) + " us";
        case Figure::memory: return fixed(value, 1) + " B";
    }
    return {};
}

/// The median over the runs of one member; empty where it was not measured.
std::string median_of(const Entry& entry, double Outcome::*member) {
    std::vector<double> values;
    for (const Outcome& run : entry.runs) values.push_back(run.*member);
    const double value = median(values);
    return value > 0 ? fixed(value, 1) : "";
}

/// What is told besides the figure, where it was measured.
struct Column {
    const char* head;
    double Outcome::*member;
    bool of_rates = false;  ///< it is the figure of others
};

constexpr Column columns[] = {{"p50 us", &Outcome::p50_us},
                              {"p99 us", &Outcome::p99_us},
                              {"B a sync", &Outcome::bytes_per_sync},
                              {"B an item", &Outcome::bytes_per_item, true}};

bool is_told(const Column& column, const Comparison& comparison) {
    if (column.of_rates && comparison.figure != Figure::rate) return false;
    return std::ranges::any_of(comparison.entries, [&](const Entry& entry) {
        return !entry.runs.empty() && entry.runs.front().*column.member > 0;
    });
}

/// What this one is compared with; 0: it was not measured.
double baseline_of(const Comparison& comparison, const Entry& entry) {
    const std::string& name = entry.beside.empty() ? comparison.baseline : entry.beside;
    for (const Entry& other : comparison.entries) {
        if (other.contender.name == name && other.absent.empty()) {
            return median(other.figures(comparison.figure));
        }
    }
    return comparison.baseline_is;
}

void add_row(std::ostream& out, const Comparison& comparison, const Entry& entry) {
    const Figure figure = comparison.figure;
    out << std::left << std::setw(name_width) << entry.contender.name << std::right;
    if (!entry.absent.empty()) {
        out << "  " << entry.absent << '\n';
        return;
    }
    const std::vector<double> figures = entry.figures(figure);
    for (const double value :
         {median(figures), std::ranges::min(figures), std::ranges::max(figures)}) {
        out << std::setw(figure_width) << measured(figure, value);
    }
    const double baseline = baseline_of(comparison, entry);
    out << std::setw(8) << fixed(baseline > 0 ? median(figures) / baseline : 0, 2);
    for (const Column& column : columns) {
        if (is_told(column, comparison)) out << std::setw(10) << median_of(entry, column.member);
    }
    out << '\n';
}

}  // namespace

std::string table_of(const Comparison& comparison) {
    std::size_t runs = 0;
    for (const Entry& entry : comparison.entries) runs = std::max(runs, entry.runs.size());
    std::ostringstream out;
    out << comparison.title << ", " << runs << (runs == 1 ? " run" : " alternated runs")
        << ", ratios to " << comparison.baseline << "\n\n"
        << std::left << std::setw(name_width) << comparison.unit << std::right;
    for (const char* column : {"median", "least", "most"}) {
        out << std::setw(figure_width) << column;
    }
    out << std::setw(8) << "ratio";
    for (const Column& column : columns) {
        if (is_told(column, comparison)) out << std::setw(10) << column.head;
    }
    out << '\n';
    for (const Entry& entry : comparison.entries) {
        add_row(out, comparison, entry);
    }
    return out.str();
}

}  // namespace handoff::bench
