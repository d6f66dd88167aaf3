#pragma once
/// What a wrong gradient looks like: its relation to the right one.

#include <string>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad::detail {

/// A size that a mean may have been taken over, and where it was met: "the size of axis 0 of a".
struct MetSize {
  std::int64_t n;
  std::string where;
};

/// The sizes of axes of whatever y was computed from.
std::vector<MetSize> sizes_met(const Tensor& y);

/// How a gradient comes out of the right ones.
struct Fault {
  std::string text;       ///< in words; empty when nothing is recognised
  bool relation = false;  ///< it claims more than these numbers: that the derivation is right but for this
  double factor = 1.;     ///< of the relation
};

/// What `derived[i]` is to the right gradients `right` (each of its input's shape). `inputs` are the points, `names`
/// how to call them, `met` further sizes. Two gradients are the same when |d - a| <= rtol |a| + 1e-4 rtol max |a|.
Fault describe_fault(std::size_t i, const std::vector<Tensor>& derived, const std::vector<Tensor>& right,
                     const std::vector<Tensor>& inputs, const std::vector<std::string>& names,
                     const std::vector<MetSize>& met, double rtol);

}  // namespace xgrad::detail
