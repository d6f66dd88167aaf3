#include "nn/upsample.hpp"

#include <fmt/format.h>

#include "nn/detail/call.hpp"

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

std::string Upsample::repr() const {
  const UpsampleOptions d;
  if (detail::equal(options_.size, d.size) && options_.mode == d.mode && !options_.align_corners &&
      options_.scale_factor.h == options_.scale_factor.w)
    return detail::Call("Upsample").arg(options_.scale_factor).str();
  std::string text = detail::Call("")
                         .option("size", options_.size, d.size)
                         .option("scale_factor", options_.scale_factor, d.scale_factor)
                         .option("align_corners", options_.align_corners, d.align_corners)
                         .str();
  if (options_.mode != d.mode) {
    text.insert(text.size() - 2, options_.mode == Upsampling::linear ? ", .mode = Upsampling::linear"
                                                                     : ", .mode = Upsampling::bilinear");
  }
  return "Upsample" + text;
}

}  // namespace xgrad::nn
