#pragma once
/// Rescaling: a first layer for images of bytes.

#include "nn/built_in.hpp"

namespace xgrad::nn {

/// scale x + offset, as Keras' Rescaling: `Rescaling(1. / 255)` takes bytes to [0, 1]. What is not floating becomes
/// float32. ValueError unless both are finite.
class Rescaling : public BuiltIn {
 public:
  explicit Rescaling(double scale, double offset = 0);
  Tensor forward(const Tensor& x) override;
  void arguments(detail::Arguments& a) override;

 private:
  double scale_, offset_;
};

}  // namespace xgrad::nn
