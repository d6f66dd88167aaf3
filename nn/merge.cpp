#include "nn/merge.hpp"

#include <fmt/format.h>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/joining.hpp"
#include "nn/detail/arguments.hpp"

namespace xgrad::nn {

Tensor Add::forward(std::span<const Tensor> inputs) {
  if (inputs.empty()) fail<ValueError>("Add", "got no inputs; expected at least one");
  Tensor total = inputs[0];
  for (const Tensor& x : inputs.subspan(1)) {
    if (x.shape() != total.shape())
      fail<ShapeError>("the summands differ",
                       fmt::format("got {} and {}; expected the same shape", total.shape().str(), x.shape().str()));
    total = add(total, x);
  }
  return total;
}

Tensor Concat::forward(std::span<const Tensor> inputs) { return concat(inputs, axis_); }

void Concat::arguments(detail::Arguments& a) { a.arg("axis", axis_, 1); }

}  // namespace xgrad::nn
