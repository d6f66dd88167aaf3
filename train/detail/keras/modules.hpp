#pragma once
/// Modules that only models from Keras need: they rearrange or scale, and hold no parameters.

#include <cstdint>
#include <string>
#include <vector>

#include "nn/convolution.hpp"
#include "nn/sequential.hpp"

namespace xgrad::train::keras::detail {

/// [N, L, C] or [N, H, W, C] to [N, C, L] or [N, C, H, W].
class ChannelsFirst : public nn::Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string repr() const override { return "ChannelsFirst()"; }
};

/// The way back.
class ChannelsLast : public nn::Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string repr() const override { return "ChannelsLast()"; }
};

/// Zeros around the last axes, or with negative amounts entries cut off: Keras' ZeroPadding and Cropping.
class ZeroPad : public nn::Module {
 public:
  /// Pairs (before, after) from the last axis on, as `pad` has them.
  explicit ZeroPad(std::vector<std::int64_t> amounts) : amounts_(std::move(amounts)) {}
  Tensor forward(const Tensor& x) override;
  std::string repr() const override;

 private:
  std::vector<std::int64_t> amounts_;
};

/// scale x + offset, in floating point.
class Rescaling : public nn::Module {
 public:
  Rescaling(double scale, double offset) : scale_(scale), offset_(offset) {}
  Tensor forward(const Tensor& x) override;
  std::string repr() const override;

 private:
  double scale_, offset_;
};

/// A Conv2D whose file keeps its kernel as Keras' DepthwiseConv2D does.
class DepthwiseConv2D : public nn::Conv2D {
 public:
  using nn::Conv2D::Conv2D;
  std::int64_t channels() const { return in_channels(); }
};

/// A model inside a model that Keras calls Functional.
class Functional : public nn::Sequential {
 public:
  explicit Functional(nn::Sequential chain) { static_cast<nn::Sequential&>(*this) = std::move(chain); }
};

}  // namespace xgrad::train::keras::detail
