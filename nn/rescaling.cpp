#include "nn/rescaling.hpp"

#include <fmt/format.h>

#include <cmath>

#include "autograd/ops/arithmetic.hpp"
#include "nn/detail/arguments.hpp"

namespace xgrad::nn {

Rescaling::Rescaling(double scale, double offset) : scale_(scale), offset_(offset) {
  if (!std::isfinite(scale) || !std::isfinite(offset))
    fail<ValueError>("Rescaling", fmt::format("got scale {}, offset {}; expected finite numbers", scale, offset));
}

Tensor Rescaling::forward(const Tensor& x) {
  const Tensor real = is_floating(x.dtype()) ? x : x.to(float32);
  return real * scale_ + offset_;
}

void Rescaling::arguments(detail::Arguments& a) {
  a.arg("scale", scale_).arg("offset", offset_, 0.);
  if (a.reading()) *this = Rescaling(scale_, offset_);
}

}  // namespace xgrad::nn
