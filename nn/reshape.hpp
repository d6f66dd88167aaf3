#pragma once
/// Modules that change the shape alone.

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

/// x itself.
class Identity : public BuiltIn {
 public:
  Tensor forward(const Tensor& x) override { return x; }
};

}  // namespace xgrad::nn
