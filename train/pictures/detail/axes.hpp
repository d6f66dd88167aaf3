#pragma once
/// Ranges and tics, found here and not by gnuplot, so that single points, constants and wild values have axes too.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad::train::plot::detail {

struct Range {
  double low, high;
};

/// From the least to the largest of what is finite (and positive, for a logarithmic axis); none where nothing is.
class Extent {
 public:
  explicit Extent(bool log = false) : log_(log) {}
  void take(double value);
  void take(std::span<const double> values) {
    for (const double v : values) take(v);
  }
  bool empty() const { return !range_; }
  /// With some room on either side, never of no length. ValueError naming `op` where nothing was taken.
  Range padded(const char* op, double room = 0.05) const;
  const std::optional<Range>& exact() const { return range_; }

 private:
  bool log_;
  std::optional<Range> range_;
};

/// `set xrange` with tics for a linear or logarithmic axis, called "x" or "y": about so many of them.
std::string axis(const std::string& name, Range range, bool log, int tics = 5);
/// `set xrange` with tics at whole numbers.
std::string counting_axis(const std::string& name, Range range);

/// The elements of a tensor. ValueError naming `op` where it is undefined.
std::vector<double> doubles(const char* op, const Tensor& tensor);

}  // namespace xgrad::train::plot::detail
