#include "nn/activation.hpp"

#include <fmt/format.h>

#include <cmath>
#include <typeinfo>

#include "autograd/create.hpp"
#include "nn/detail/weights.hpp"

namespace xgrad::nn {

// A subclass may have a forward of its own.
Epilogue ReLU::as_epilogue() const { return typeid(*this) == typeid(ReLU) ? Epilogue::relu : Epilogue::none; }
Epilogue Sigmoid::as_epilogue() const { return typeid(*this) == typeid(Sigmoid) ? Epilogue::sigmoid : Epilogue::none; }
Epilogue Tanh::as_epilogue() const { return typeid(*this) == typeid(Tanh) ? Epilogue::tanh : Epilogue::none; }

namespace {

/// "ELU()" for the default, else "ELU(0.5)".
template <class T>
std::string with(const char* name, T value, T by_default) {
  return value == by_default ? fmt::format("{}()", name) : fmt::format("{}({})", name, value);
}

}  // namespace

std::string LeakyReLU::repr() const { return with("LeakyReLU", slope_, 0.01); }
std::string ELU::repr() const { return with("ELU", alpha_, 1.); }
std::string Softmax::repr() const { return with<std::int64_t>("Softmax", axis_, -1); }
std::string LogSoftmax::repr() const { return with<std::int64_t>("LogSoftmax", axis_, -1); }

PReLU::PReLU(std::int64_t weights, double init, DType dtype) : init_(init) {
  detail::check_least("PReLU", "weights", weights, 1);
  weight = full({weights}, init, dtype).requires_grad_();
}
void PReLU::reset_parameters_here() { weight.copy_(full_like(weight, init_)); }
std::string PReLU::repr() const {
  return init_ == 0.25 ? with<std::int64_t>("PReLU", weight.numel(), 1)
                       : fmt::format("PReLU({}, {})", weight.numel(), init_);
}

GELU::GELU(std::string approximate) : approximate_(std::move(approximate)) {
  if (approximate_ != "none" && approximate_ != "tanh")
    fail<ValueError>("GELU", fmt::format("approximate: got \"{}\"; expected \"none\" or \"tanh\"", approximate_));
}
std::string GELU::repr() const { return approximate_ == "none" ? "GELU()" : fmt::format("GELU(\"{}\")", approximate_); }

Softplus::Softplus(double beta, double threshold) : beta_(beta), threshold_(threshold) {
  if (beta == 0 || std::isnan(beta))
    fail<ValueError>("Softplus", fmt::format("beta: got {}; expected other than 0", beta));
}
std::string Softplus::repr() const {
  return threshold_ == 20 ? with("Softplus", beta_, 1.) : fmt::format("Softplus({}, {})", beta_, threshold_);
}

Hardtanh::Hardtanh(double min_val, double max_val) : min_(min_val), max_(max_val) {
  if (!(min_val <= max_val))
    fail<ValueError>("Hardtanh", fmt::format("got {} and {}; expected min_val <= max_val", min_val, max_val));
}
std::string Hardtanh::repr() const {
  return min_ == -1 && max_ == 1 ? "Hardtanh()" : fmt::format("Hardtanh({}, {})", min_, max_);
}

}  // namespace xgrad::nn
