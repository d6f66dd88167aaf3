#include "nn/activation.hpp"

#include <fmt/format.h>

#include <cmath>
#include <typeinfo>

#include "autograd/create.hpp"
#include "nn/detail/arguments.hpp"
#include "nn/detail/weights.hpp"
#include "nn/pooling.hpp"

namespace xgrad::nn {

bool ReLU::joins(const Module& next) const {
  const auto* pool = dynamic_cast<const MaxPool*>(&next);
  return pool && pool->never_padded() && typeid(next) == typeid(MaxPool) && typeid(*this) == typeid(ReLU);
}
Tensor ReLU::joined(const Tensor& x, Module& next) { return x.dtype() == bool_ ? next((*this)(x)) : (*this)(next(x)); }

void LeakyReLU::arguments(detail::Arguments& a) { a.arg("negative_slope", slope_, 0.01); }
void ELU::arguments(detail::Arguments& a) { a.arg("alpha", alpha_, 1.); }
void Softmax::arguments(detail::Arguments& a) { a.arg("axis", axis_, -1); }
void LogSoftmax::arguments(detail::Arguments& a) { a.arg("axis", axis_, -1); }

PReLU::PReLU(std::int64_t weights, double init, DType dtype) : init_(init) {
  detail::check_least("PReLU", "weights", weights, 1);
  weight = full(detail::affordable({weights}), init, dtype).requires_grad_();
}
void PReLU::reset_parameters_here() { weight.copy_(full_like(weight, init_)); }
void PReLU::arguments(detail::Arguments& a) {
  std::int64_t weights = weight.numel();
  a.arg("weights", weights, 1).arg("init", init_, 0.25);
  if (a.reading()) *this = PReLU(weights, init_);
}

GELU::GELU(std::string approximate) : approximate_(std::move(approximate)) {
  if (approximate_ != "none" && approximate_ != "tanh")
    fail<ValueError>("GELU", fmt::format("approximate: got \"{}\"; expected \"none\" or \"tanh\"", approximate_));
}
void GELU::arguments(detail::Arguments& a) {
  a.arg("approximate", approximate_, "none");
  if (a.reading()) *this = GELU(approximate_);
}

Softplus::Softplus(double beta, double threshold) : beta_(beta), threshold_(threshold) {
  if (beta == 0 || std::isnan(beta))
    fail<ValueError>("Softplus", fmt::format("beta: got {}; expected other than 0", beta));
}
void Softplus::arguments(detail::Arguments& a) {
  a.arg("beta", beta_, 1.).arg("threshold", threshold_, 20.);
  if (a.reading()) *this = Softplus(beta_, threshold_);
}

Hardtanh::Hardtanh(double min_val, double max_val) : min_(min_val), max_(max_val) {
  if (!(min_val <= max_val))
    fail<ValueError>("Hardtanh", fmt::format("got {} and {}; expected min_val <= max_val", min_val, max_val));
}
void Hardtanh::arguments(detail::Arguments& a) {
  a.arg("min_val", min_, -1.).arg("max_val", max_, 1.);
  if (a.reading()) *this = Hardtanh(min_, max_);
}

}  // namespace xgrad::nn
