#include "nn/activation.hpp"

#include <fmt/format.h>

#include "autograd/ops/functions.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/ops/softmax.hpp"

namespace xgrad::nn {

Tensor ReLU::forward(const Tensor& x) { return relu(x); }
Tensor Sigmoid::forward(const Tensor& x) { return sigmoid(x); }
Tensor Tanh::forward(const Tensor& x) { return tanh(x); }
Tensor Softmax::forward(const Tensor& x) { return softmax(x, axis_); }
Tensor Flatten::forward(const Tensor& x) { return flatten(x, start_, end_); }

std::string Softmax::repr() const { return axis_ == -1 ? "Softmax()" : fmt::format("Softmax({})", axis_); }

std::string Flatten::repr() const {
  if (end_ != -1) return fmt::format("Flatten({}, {})", start_, end_);
  return start_ == 1 ? "Flatten()" : fmt::format("Flatten({})", start_);
}

}  // namespace xgrad::nn
