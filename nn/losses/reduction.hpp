#pragma once
/// How the losses of single elements or samples become one.

#include <string_view>

#include "autograd/tensor.hpp"

namespace xgrad::nn {

/// `mean` divides by the number of losses (what else counts, says the loss); of none it is NaN. `batchmean`, the sum
/// divided by the size of the first axis, is for kl_div alone (ValueError elsewhere).
enum class Reduction { mean, sum, none, batchmean };

struct LossOptions {
  Reduction reduction = Reduction::mean;
};

}  // namespace xgrad::nn
