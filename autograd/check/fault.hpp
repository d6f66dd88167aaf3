#pragma once
/// What a wrong gradient looks like: its relation to the right one.

#include <string>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad::detail {

/// The relative error below which two gradients are the same: |d - a| <= rtol |a| + 1e-4 rtol max |a|.
bool same_gradient(const Tensor& derived, const Tensor& right, double rtol);

/// How `derived[i]` comes out of the right gradients `right` (each of its input's shape), in words; empty when nothing
/// is recognised. `inputs` are the points, `names` how to call them.
std::string describe_fault(std::size_t i, const std::vector<Tensor>& derived, const std::vector<Tensor>& right,
                           const std::vector<Tensor>& inputs, const std::vector<std::string>& names, double rtol);

}  // namespace xgrad::detail
