#pragma once
/// Padding.

#include <cstdint>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad {

/// What stands beyond the edges of a b c d: `constant` value value | a b c d, `reflect` c b | a b c d,
/// `replicate` a a | a b c d, `circular` c d | a b c d.
enum class PadMode { constant, reflect, replicate, circular };

/// x with entries added at the ends of its last axes. `amounts` is in PyTorch's order, a pair (before, after) for each
/// axis from the last one on: {left, right}, {left, right, top, bottom}, ... Negative amounts cut entries off.
///
/// Throws ValueError for an odd number of amounts, and ShapeError for more pairs than axes, for cutting off more than
/// there is, and where a mode has too little to copy from: reflect pads by less than the axis' size, circular by at
/// most the size, replicate needs an entry. `value` is for the constant mode and must fit x's dtype (ValueError
/// otherwise). The gradient of an entry is the sum over all its copies. (PyTorch takes the other modes only for the
/// last 1 to 3 of 2 to 5 axes; numpy.pad has pairs from the first axis on, and calls them edge and wrap.)
Tensor pad(const Tensor& x, const std::vector<std::int64_t>& amounts, PadMode mode = PadMode::constant,
           Scalar value = 0);

}  // namespace xgrad
