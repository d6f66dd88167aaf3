#pragma once
/// Upsample: images and signals of another size.

#include "autograd/ops/upsample.hpp"
#include "nn/built_in.hpp"

namespace xgrad::nn {

/// `upsample` of x [N, C, L] or [N, C, H, W]: `Upsample(2)` repeats every element (Keras' UpSampling2D),
/// `Upsample({.size = {28, 28}, .mode = Upsampling::bilinear})` interpolates. ValueError unless exactly one of size and
/// scale_factor is given, and positive.
class Upsample : public BuiltIn {
 public:
  explicit Upsample(double scale_factor) : Upsample(UpsampleOptions{.scale_factor = scale_factor}) {}
  explicit Upsample(const UpsampleOptions& options);
  Tensor forward(const Tensor& x) override { return upsample(x, options_); }
  Cost cost(std::span<const Shape> inputs, const Shape& output) const override;
  std::string repr() const override;
  void arguments(detail::Arguments& a) override;

 private:
  UpsampleOptions options_;
};

}  // namespace xgrad::nn
