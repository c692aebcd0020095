#pragma once

#include <vector>

namespace handoff::bench {

/// The value below which this share of the values lies, the smallest at 0, the greatest at 1; 0 if
/// there are none. Sorts them.
double quantile(std::vector<double>& values, double share);

/// What is in the middle; of an even number the mean of both.
double median(std::vector<double> values);

}  // namespace handoff::bench
