#include "nn/dense.hpp"

#include <fmt/format.h>

#include "autograd/create.hpp"
#include "autograd/ops/product.hpp"

namespace xgrad::nn {

Dense::Dense(std::int64_t in, std::int64_t out, DenseOptions options)
    : weight_init_(std::move(options.weight_init)), bias_init_(std::move(options.bias_init)) {
  if (in < 1 || out < 1) fail<ValueError>("Dense", fmt::format("got sizes {} and {}; expected 1 or more", in, out));
  weight = empty({out, in}, options.dtype);
  if (options.bias) bias = empty({out}, options.dtype);
  reset_parameters_here();
  weight.requires_grad_();
  if (bias.defined()) bias.requires_grad_();
}

void Dense::reset_parameters_here() {
  Generator& generator = default_generator();
  if (!weight_init_) init::pytorch_default(weight, bias, generator);
  else weight_init_(weight, generator);
  if (bias.defined() && (weight_init_ || bias_init_)) (bias_init_ ? bias_init_ : init::zeros)(bias, generator);
}

Tensor Dense::forward(const Tensor& x) {
  const std::int64_t in = weight.shape()[1], out = weight.shape()[0];
  if (x.dim() == 0 || x.shape().back() != in) {
    std::int64_t flat = 1;
    for (int i = 1; i < x.dim(); ++i) flat *= x.shape()[i];
    const std::string remedy = x.dim() == 0 ? ""
                               : x.dim() > 2 && flat == in
                                   ? "; put a Flatten() in front"
                                   : fmt::format("; for this input use Dense({}, {})", x.shape().back(), out);
    fail<ShapeError>("linear",
                     fmt::format("input features: got {}; expected [..., {}]{}", x.shape().str(), in, remedy));
  }
  return linear(x, weight, bias);
}

std::string Dense::repr() const {
  return fmt::format("Dense({}, {}{})", weight.shape()[1], weight.shape()[0],
                     bias.defined() ? "" : ", {.bias = false}");
}

}  // namespace xgrad::nn
