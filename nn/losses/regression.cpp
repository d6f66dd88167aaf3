#include "nn/losses/regression.hpp"

#include "autograd/ops.hpp"

namespace xgrad::nn {

Tensor mse(const Tensor& prediction, const Tensor& target, LossOptions options) {
  detail::check_same_shape("mse", prediction, target);
  return detail::reduce(square(sub(prediction, target)), options.reduction);
}

Tensor half_sse(const Tensor& prediction, const Tensor& target) {
  detail::check_same_shape("half_sse", prediction, target);
  return mul(sum(square(sub(prediction, target))), 0.5);
}

}  // namespace xgrad::nn
