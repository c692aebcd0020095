#pragma once

#include <string>
#include <utility>
#include <vector>

namespace handoff::bench {

/// One line of a chart: points by x, all greater than 0.
struct Line {
    std::string name;
    bool ours = false;  ///< drawn full; others are dashed
    std::vector<std::pair<double, double>> points;
};

/// Both axes are logarithmic.
struct Chart {
    std::string title;
    std::string x_title;
    std::string y_title;
    std::vector<Line> lines;
};

/// The charts below each other, as one SVG picture.
std::string svg_of(const std::vector<Chart>& charts);

}  // namespace handoff::bench
