#pragma once
/// How the losses of single elements or samples become one.

#include "autograd/tensor.hpp"

namespace xgrad::nn {

enum class Reduction { mean, sum, none };

namespace detail {
/// The mean, the sum, or the losses themselves.
Tensor reduce(const Tensor& losses, Reduction reduction);
/// Throws ShapeError naming `op` unless prediction and target have the same shape: silent broadcasting of [N] against
/// [N, 1] to [N, N] is the commonest way to a wrong loss (PyTorch warns, Keras squeezes).
void check_same_shape(std::string_view op, const Tensor& prediction, const Tensor& target);
}  // namespace detail

}  // namespace xgrad::nn
