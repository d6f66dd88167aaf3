#include "nn/detail/weights.hpp"

#include <fmt/format.h>

#include <string_view>

#include "autograd/create.hpp"
#include "autograd/record.hpp"

namespace xgrad::nn::detail {

void Weights::make(Tensor& weight, Tensor& bias, const Shape& shape, std::int64_t out, bool with_bias,
                   DType dtype) const {
  weight = zeros(affordable(shape), dtype);
  if (with_bias) bias = zeros(affordable({out}), dtype);
  if (weight.numel() > 0 && values_wanted()) draw(weight, bias);
  weight.requires_grad_();
  if (bias.defined()) bias.requires_grad_();
}

void Weights::draw(Tensor& weight, Tensor& bias) const {
  Generator& generator = default_generator();
  if (!weight_) init::pytorch_default(weight, bias, generator);
  else weight_(weight, generator);
  if (!bias.defined()) return;
  if (bias_) bias_(bias, generator);
  else if (weight_) init::zeros(bias, generator);
}

void Weights::fit(Tensor& weight, Tensor& bias, const Shape& shape) const {
  Tensor w = zeros(shape, weight.dtype()), b = bias.defined() ? zeros(bias.shape(), bias.dtype()) : Tensor();
  draw(w, b);
  weight.set_data(w.array());
  if (bias.defined()) bias.copy_(b);
}

Tensor filled_buffer(bool wanted, const Shape& shape, double value, DType dtype) {
  return wanted ? full(affordable(shape), value, dtype) : Tensor();
}
Tensor filled_parameter(bool wanted, const Shape& shape, double value, DType dtype) {
  Tensor made = filled_buffer(wanted, shape, value, dtype);
  return wanted ? made.requires_grad_() : made;
}

void check_least(std::string_view module, std::string_view what, std::int64_t value, std::int64_t least) {
  if (value < least) fail<ValueError>(module, fmt::format("{}: got {}; expected at least {}", what, value, least));
}

namespace {

struct Flattened {
  const void* data = nullptr;
  Shape from, to;
};
thread_local Flattened last;

}  // namespace

void note_flatten(const Tensor& from, const Tensor& to) noexcept {
  last.data = to.array().raw();
  last.from = from.shape();
  last.to = to.shape();
}

Shape before_flatten(const Tensor& x) {
  const auto* node = x.node();
  if (node && node->name && std::string_view(node->name) == "reshape" && node->n_inputs == 1 && node->inputs[0].node())
    return node->inputs[0].node()->shape;
  if (last.data == x.array().raw() && last.to == x.shape()) return last.from;
  return {};
}

}  // namespace xgrad::nn::detail
