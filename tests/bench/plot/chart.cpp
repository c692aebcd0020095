#include "bench/plot/chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <sstream>
#include <string_view>

namespace handoff::bench {

namespace {

// The picture in its own units, which viewers show as pixels.
constexpr double width = 900;
constexpr double chart_height = 420;
constexpr double left = 80;  ///< of the plot, within its chart
constexpr double right = 610;
constexpr double top = 50;
constexpr double bottom = 350;
constexpr double legend_left = right + 20;
constexpr double legend_step = 20;

// The first seven are told apart also by those who see fewer colours (Okabe and Ito's, without
// their yellow).
constexpr std::array colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
                             "#000000", "#7f7f7f", "#8b4513", "#6a3d9a", "#9acd32", "#dc143c"};

std::string escaped(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        if (c == '&') {
            safe += "&amp;";
        } else if (c == '<') {
            safe += "&lt;";
        } else {
            safe += c;
        }
    }
    return safe;
}

/// One axis: whole decades from the smallest value to the greatest.
class Axis {
public:
    Axis(const Chart& chart, double begin, double end, double std::pair<double, double>::*member)
        : begin_(begin), end_(end) {
        double least = std::numeric_limits<double>::max();
        double most = 0;
        for (const Line& line : chart.lines) {
            for (const auto& point : line.points) {
                least = std::min(least, point.*member);
                most = std::max(most, point.*member);
            }
        }
        first_ = static_cast<int>(std::floor(std::log10(least)));
        last_ = std::max(first_ + 1, static_cast<int>(std::ceil(std::log10(most))));
    }

    [[nodiscard]] int first() const noexcept { return first_; }
    [[nodiscard]] int last() const noexcept { return last_; }
    [[nodiscard]] double at(double value) const {
        return begin_ + (std::log10(value) - first_) / (last_ - first_) * (end_ - begin_);
    }
    [[nodiscard]] double at_decade(int decade) const { return at(std::pow(10.0, decade)); }

private:
    double begin_;
    double end_;
    int first_ = 0;
    int last_ = 1;
};

/// 0.1, 1, 10, 100, 1 k, 10 k …
std::string decade_name(int decade) {
    constexpr std::array units{"", " k", " M", " G", " T"};
    if (decade < 0) {
        std::ostringstream text;
        text << std::pow(10.0, decade);
        return text.str();
    }
    const auto unit = std::min<std::size_t>(static_cast<std::size_t>(decade) / 3, units.size() - 1);
    return "1" + std::string(static_cast<std::size_t>(decade) - 3 * unit, '0') + units[unit];
}

class Drawing {
public:
    void text(double x, double y, std::string_view text, std::string_view attributes = "") {
        out_ << "<text x=\"" << x << "\" y=\"" << y << "\" " << attributes << '>' << escaped(text)
             << "</text>\n";
    }
    void rule(double x1, double y1, double x2, double y2, std::string_view attributes) {
        out_ << "<line x1=\"" << x1 << "\" y1=\"" << y1 << "\" x2=\"" << x2 << "\" y2=\"" << y2
             << "\" " << attributes << "/>\n";
    }
    std::ostream& raw() { return out_; }
    [[nodiscard]] std::string str() const { return out_.str(); }

private:
    std::ostringstream out_;
};

void draw_axes(Drawing& drawing, const Chart& chart, const Axis& x, const Axis& y) {
    constexpr std::string_view faint = "stroke=\"#dddddd\"";
    for (int decade = x.first(); decade <= x.last(); ++decade) {
        const double at = x.at_decade(decade);
        drawing.rule(at, top, at, bottom, faint);
        drawing.text(at, bottom + 18, decade_name(decade), "text-anchor=\"middle\"");
    }
    for (int decade = y.first(); decade <= y.last(); ++decade) {
        const double at = y.at_decade(decade);
        drawing.rule(left, at, right, at, faint);
        drawing.text(left - 8, at + 4, decade_name(decade), "text-anchor=\"end\"");
    }
    drawing.text(left, top - 26, chart.title, "font-size=\"16\" font-weight=\"bold\"");
    drawing.text(left - 8, top - 12, chart.y_title, "text-anchor=\"end\" fill=\"#555555\"");
    drawing.text(right, bottom + 38, chart.x_title, "text-anchor=\"end\" fill=\"#555555\"");
}

void draw_line(Drawing& drawing, const Line& line, std::size_t index, const Axis& x,
               const Axis& y) {
    const std::string colour = colours[index % colours.size()];
    const std::string stroke = "stroke=\"" + colour + "\" stroke-width=\"" +
                               (line.ours ? "3\"" : "1.5\" stroke-dasharray=\"6 3\"");
    drawing.raw() << "<polyline fill=\"none\" " << stroke << " points=\"";
    for (const auto& [px, py] : line.points) drawing.raw() << x.at(px) << ',' << y.at(py) << ' ';
    drawing.raw() << "\"/>\n";
    for (const auto& [px, py] : line.points) {
        drawing.raw() << "<circle cx=\"" << x.at(px) << "\" cy=\"" << y.at(py)
                      << "\" r=\"3\" fill=\"" << colour << "\"/>\n";
    }
    const double legend = top + 10 + legend_step * static_cast<double>(index);
    drawing.rule(legend_left, legend - 4, legend_left + 30, legend - 4, stroke);
    drawing.text(legend_left + 38, legend, line.name);
}

}  // namespace

std::string svg_of(const std::vector<Chart>& charts) {
    Drawing drawing;
    const double height = chart_height * static_cast<double>(charts.size());
    drawing.raw() << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << width << ' '
                  << height << "\" width=\"" << width << "\" height=\"" << height
                  << "\" font-family=\"sans-serif\" font-size=\"13\">\n"
                  << "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
    for (std::size_t i = 0; i < charts.size(); ++i) {
        const Chart& chart = charts[i];
        const Axis x(chart, left, right, &std::pair<double, double>::first);
        const Axis y(chart, bottom, top, &std::pair<double, double>::second);
        drawing.raw() << "<g transform=\"translate(0 " << chart_height * static_cast<double>(i)
                      << ")\">\n";
        draw_axes(drawing, chart, x, y);
        for (std::size_t line = 0; line < chart.lines.size(); ++line) {
            draw_line(drawing, chart.lines[line], line, x, y);
        }
        drawing.raw() << "</g>\n";
    }
    drawing.raw() << "</svg>\n";
    return drawing.str();
}

}  // namespace handoff::bench
