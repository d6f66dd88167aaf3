#pragma once
/// Modules that change the shape alone, or move axes.

#include <vector>

#include "nn/built_in.hpp"

namespace xgrad::nn {

/// Axes start ... end become one; by default every sample becomes a row.
class Flatten : public BuiltIn {
 public:
  explicit Flatten(std::int64_t start = 1, std::int64_t end = -1) : start_(start), end_(end) {}
  Tensor forward(const Tensor& x) override;
  void arguments(detail::Arguments& a) override;

 private:
  std::int64_t start_, end_;
};

/// Every sample takes the given shape, of which one size may be -1: `Reshape({16, 7, 7})` takes [N, 784] to [N, 16, 7,
/// 7]. As Keras' Reshape; the batch is not named. ValueError for more than one -1 and sizes below it.
class Reshape : public BuiltIn {
 public:
  explicit Reshape(const Shape& shape);
  Tensor forward(const Tensor& x) override;
  void arguments(detail::Arguments& a) override;

 private:
  Shape shape_;
};

/// Images and signals from Keras' arrangement to ours: [N, L, C] to [N, C, L], [N, H, W, C] to [N, C, H, W]. Without
/// such axes, [N, C], x itself.
class ChannelsFirst : public BuiltIn {
 public:
  Tensor forward(const Tensor& x) override;
};

/// The way back: [N, C, H, W] to [N, H, W, C].
class ChannelsLast : public BuiltIn {
 public:
  Tensor forward(const Tensor& x) override;
};

/// Zeros around the last axes, as `pad` has them: `ZeroPad({left, right, top, bottom})`. Negative amounts cut entries
/// off. PyTorch's ZeroPad1d, 2d and 3d; Keras' ZeroPadding and Cropping, whose pairs begin with the first axis.
/// ValueError for an odd number of amounts, or more than 16.
class ZeroPad : public BuiltIn {
 public:
  explicit ZeroPad(std::vector<std::int64_t> amounts);
  Tensor forward(const Tensor& x) override;
  void arguments(detail::Arguments& a) override;

 private:
  std::vector<std::int64_t> amounts_;
};

/// x itself.
class Identity : public BuiltIn {
 public:
  Tensor forward(const Tensor& x) override { return x; }
};

}  // namespace xgrad::nn
