#pragma once
/// Dropout, of single elements and of whole channels.

#include "nn/built_in.hpp"

namespace xgrad::nn {

/// In training every element becomes 0 with probability p, else x / (1 - p); in evaluation x itself (`dropout`). Masks
/// come from `default_generator()`. ValueError unless 0 <= p <= 1.
class Dropout : public BuiltIn {
 public:
  explicit Dropout(double p = 0.5);
  Tensor forward(const Tensor& x) override;
  void arguments(detail::Arguments& a) override;

 private:
  double p_;
};

/// The same for whole channels of x [N, C, ...] (`dropout2d`): PyTorch's Dropout1d, 2d and 3d, Keras' SpatialDropout.
class SpatialDropout : public BuiltIn {
 public:
  explicit SpatialDropout(double p = 0.5);
  Tensor forward(const Tensor& x) override;
  void arguments(detail::Arguments& a) override;

 private:
  double p_;
};

using Dropout2D = SpatialDropout;

}  // namespace xgrad::nn
