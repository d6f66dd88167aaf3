#pragma once
/// Pooling: the largest element or the average of windows, or of whole images. Without parameters.

#include "autograd/ops/pooling.hpp"
#include "nn/built_in.hpp"

namespace xgrad::nn {

using MaxPoolOptions = MaxPool2dOptions;
using AvgPoolOptions = AvgPool2dOptions;

/// `max_pool2d` of images [N, C, H, W] or [C, H, W]: `MaxPool(2)`, `MaxPool({2, 3}, {.stride = 1, .padding = 1})`. The
/// stride is the kernel's size unless given. ValueError for numbers out of range.
class MaxPool : public BuiltIn {
 public:
  explicit MaxPool(Size2d kernel, const MaxPoolOptions& options = {});
  Tensor forward(const Tensor& x) override { return max_pool2d(x, kernel_, options_); }
  /// Whether every window lies in the image.
  bool never_padded() const { return options_.padding == Size2d(0) && !options_.ceil_mode; }
  Cost cost(std::span<const Shape> inputs, const Shape& output) const override;
  void arguments(detail::Arguments& a) override;

 private:
  Size2d kernel_;
  MaxPoolOptions options_;
};

/// `max_pool1d` of signals [N, C, L] or [C, L].
class MaxPool1D : public BuiltIn {
 public:
  explicit MaxPool1D(std::int64_t kernel, const MaxPool1dOptions& options = {});
  Tensor forward(const Tensor& x) override { return max_pool1d(x, kernel_, options_); }
  Cost cost(std::span<const Shape> inputs, const Shape& output) const override;
  void arguments(detail::Arguments& a) override;

 private:
  std::int64_t kernel_;
  MaxPool1dOptions options_;
};

/// `avg_pool2d` of images [N, C, H, W] or [C, H, W].
class AvgPool : public BuiltIn {
 public:
  explicit AvgPool(Size2d kernel, const AvgPoolOptions& options = {});
  Tensor forward(const Tensor& x) override { return avg_pool2d(x, kernel_, options_); }
  Cost cost(std::span<const Shape> inputs, const Shape& output) const override;
  void arguments(detail::Arguments& a) override;

 private:
  Size2d kernel_;
  AvgPoolOptions options_;
};

/// `avg_pool1d` of signals [N, C, L] or [C, L].
class AvgPool1D : public BuiltIn {
 public:
  explicit AvgPool1D(std::int64_t kernel, const AvgPool1dOptions& options = {});
  Tensor forward(const Tensor& x) override { return avg_pool1d(x, kernel_, options_); }
  Cost cost(std::span<const Shape> inputs, const Shape& output) const override;
  void arguments(detail::Arguments& a) override;

 private:
  std::int64_t kernel_;
  AvgPool1dOptions options_;
};

/// `adaptive_avg_pool2d` to images of a given size, whatever the input's: [N, C, h, w].
class AdaptiveAvgPool : public BuiltIn {
 public:
  explicit AdaptiveAvgPool(Size2d output_size);
  Tensor forward(const Tensor& x) override { return adaptive_avg_pool2d(x, size_); }
  Cost cost(std::span<const Shape> inputs, const Shape& output) const override;
  void arguments(detail::Arguments& a) override;

 private:
  Size2d size_;
};

/// `adaptive_max_pool2d` likewise.
class AdaptiveMaxPool : public BuiltIn {
 public:
  explicit AdaptiveMaxPool(Size2d output_size);
  Tensor forward(const Tensor& x) override { return adaptive_max_pool2d(x, size_); }
  Cost cost(std::span<const Shape> inputs, const Shape& output) const override;
  void arguments(detail::Arguments& a) override;

 private:
  Size2d size_;
};

/// `adaptive_avg_pool1d` to signals of a given length: [N, C, l].
class AdaptiveAvgPool1D : public BuiltIn {
 public:
  explicit AdaptiveAvgPool1D(std::int64_t output_size);
  Tensor forward(const Tensor& x) override { return adaptive_avg_pool1d(x, size_); }
  Cost cost(std::span<const Shape> inputs, const Shape& output) const override;
  void arguments(detail::Arguments& a) override;

 private:
  std::int64_t size_;
};

/// `adaptive_max_pool1d` likewise.
class AdaptiveMaxPool1D : public BuiltIn {
 public:
  explicit AdaptiveMaxPool1D(std::int64_t output_size);
  Tensor forward(const Tensor& x) override { return adaptive_max_pool1d(x, size_); }
  Cost cost(std::span<const Shape> inputs, const Shape& output) const override;
  void arguments(detail::Arguments& a) override;

 private:
  std::int64_t size_;
};

struct GlobalPoolOptions {
  bool keepdim = false;  ///< the axes stay, of size 1
};

/// The mean of every channel over all its places: [N, C, L] or [N, C, H, W] to [N, C]. ShapeError without places.
class GlobalAvgPool : public BuiltIn {
 public:
  explicit GlobalAvgPool(GlobalPoolOptions options = {}) : options_(options) {}
  Tensor forward(const Tensor& x) override;
  Cost cost(std::span<const Shape> inputs, const Shape& output) const override;
  void arguments(detail::Arguments& a) override;

 private:
  GlobalPoolOptions options_;
};

/// The largest element likewise; equal maxima share the gradient.
class GlobalMaxPool : public BuiltIn {
 public:
  explicit GlobalMaxPool(GlobalPoolOptions options = {}) : options_(options) {}
  Tensor forward(const Tensor& x) override;
  Cost cost(std::span<const Shape> inputs, const Shape& output) const override;
  void arguments(detail::Arguments& a) override;

 private:
  GlobalPoolOptions options_;
};

/// Other names of the same.
using MaxPool2D = MaxPool;
using AvgPool2D = AvgPool;
using AdaptiveAvgPool2D = AdaptiveAvgPool;
using AdaptiveMaxPool2D = AdaptiveMaxPool;

}  // namespace xgrad::nn
