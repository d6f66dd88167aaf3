#include "nn/dropout.hpp"

#include <fmt/format.h>

#include "autograd/ops/dropout.hpp"

namespace xgrad::nn {
namespace {

double checked(const char* name, double p) {
  if (!(p >= 0 && p <= 1)) fail<ValueError>(name, fmt::format("p: got {}; expected a probability, 0 to 1", p));
  return p;
}

}  // namespace

Dropout::Dropout(double p) : p_(checked("Dropout", p)) {}
Tensor Dropout::forward(const Tensor& x) { return dropout(x, p_, training()); }
std::string Dropout::repr() const { return fmt::format("Dropout({})", p_); }

SpatialDropout::SpatialDropout(double p) : p_(checked("SpatialDropout", p)) {}
Tensor SpatialDropout::forward(const Tensor& x) { return dropout2d(x, p_, training()); }
std::string SpatialDropout::repr() const { return fmt::format("SpatialDropout({})", p_); }

}  // namespace xgrad::nn
