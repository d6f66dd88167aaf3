#pragma once
/// Dropout, of single elements and of whole channels.

#include "nn/module.hpp"

namespace xgrad::nn {

/// In training every element becomes 0 with probability p, else x / (1 - p); in evaluation x itself (`dropout`). Masks
/// come from `default_generator()`. ValueError unless 0 <= p <= 1.
class Dropout : public Module {
 public:
  explicit Dropout(double p = 0.5);
  Tensor forward(const Tensor& x) override;
  std::string repr() const override;

 private:
  double p_;
};

/// The same for whole channels of x [N, C, ...] (`dropout2d`): PyTorch's Dropout1d, 2d and 3d, Keras' SpatialDropout.
class SpatialDropout : public Module {
 public:
  explicit SpatialDropout(double p = 0.5);
  Tensor forward(const Tensor& x) override;
  std::string repr() const override;

 private:
  double p_;
};

using Dropout2D = SpatialDropout;

}  // namespace xgrad::nn
