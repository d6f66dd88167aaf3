#include "nn/dropout.hpp"

#include <fmt/format.h>

#include "autograd/ops/dropout.hpp"
#include "nn/detail/arguments.hpp"

namespace xgrad::nn {
namespace {

double checked(const char* name, double p) {
  if (!(p >= 0 && p <= 1)) fail<ValueError>(name, fmt::format("p: got {}; expected a probability, 0 to 1", p));
  return p;
}

}  // namespace

Dropout::Dropout(double p) : p_(checked("Dropout", p)) {}
Tensor Dropout::forward(const Tensor& x) { return dropout(x, p_, training()); }
void Dropout::arguments(detail::Arguments& a) {
  a.arg("p", p_);
  if (a.reading()) *this = Dropout(p_);
}

SpatialDropout::SpatialDropout(double p) : p_(checked("SpatialDropout", p)) {}
Tensor SpatialDropout::forward(const Tensor& x) { return dropout2d(x, p_, training()); }
void SpatialDropout::arguments(detail::Arguments& a) {
  a.arg("p", p_);
  if (a.reading()) *this = SpatialDropout(p_);
}

}  // namespace xgrad::nn
