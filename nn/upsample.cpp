#include "nn/upsample.hpp"

#include <fmt/format.h>

#include "nn/detail/arguments.hpp"

namespace xgrad::nn {

Upsample::Upsample(const UpsampleOptions& o) : options_(o) {
  const bool scaled = o.scale_factor.h != 0 || o.scale_factor.w != 0;
  if (o.size.given() == scaled) {
    fail<ValueError>("Upsample", fmt::format("got {}; expected a size or a scale_factor",
                                             scaled ? "a size and a scale_factor" : "neither size nor scale_factor"));
  }
  if (scaled && !(o.scale_factor.h > 0 && o.scale_factor.w > 0)) {
    fail<ValueError>("Upsample",
                     fmt::format("scale_factor: got {}; expected positive numbers", detail::written(o.scale_factor)));
  }
  if (o.size.given() && (o.size.h < 1 || o.size.w < 1))
    fail<ValueError>("Upsample", fmt::format("size: got {}; expected at least 1", o.size.str()));
}

Cost Upsample::cost(std::span<const Shape> inputs, const Shape& output) const {
  Cost cost;
  for (int axis = 2; axis < output.rank(); ++axis) {
    const double finer = static_cast<double>(inputs[0][axis]) / static_cast<double>(output[axis]);
    cost.windows.push_back({options_.mode == Upsampling::nearest ? 1 : 2, finer, 1});
  }
  return cost;
}

void Upsample::arguments(detail::Arguments& a) {
  UpsampleOptions o = options_;
  const UpsampleOptions d;
  a.option("size", o.size, d.size).option("scale_factor", o.scale_factor, d.scale_factor);
  a.option("mode", o.mode, d.mode).option("align_corners", o.align_corners, d.align_corners);
  if (a.reading()) *this = Upsample(o);
}

std::string Upsample::repr() const {
  const bool factor = !options_.size.given() && options_.mode == Upsampling::nearest && !options_.align_corners &&
                      options_.scale_factor.h == options_.scale_factor.w;
  return factor ? fmt::format("Upsample({})", options_.scale_factor.h) : BuiltIn::repr();
}

}  // namespace xgrad::nn
