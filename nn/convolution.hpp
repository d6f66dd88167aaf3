#pragma once
/// Convolutions of signals and images.

#include "autograd/ops/size2d.hpp"
#include "nn/built_in.hpp"
#include "nn/detail/weights.hpp"
#include "nn/init.hpp"
#include "nn/lazy.hpp"
#include "nn/regularization.hpp"

namespace xgrad::nn {

/// What all convolutions share: weight, bias, their initial values, and the number of input channels.
class Convolution : public BuiltIn, public Regularized {
 public:
  void members(Members& m) override { m("weight", weight)("bias", bias); }
  void reset_parameters_here() override;
  bool uninitialized() const override { return weight.shape()[in_axis_] == 0; }
  /// A multiply-add for each output (transposed: each input), channel it sees and place of the kernel.
  Cost cost(std::span<const Shape> inputs, const Shape& output) const override;
  void rules(Rules& rules) override;

  Tensor weight, bias;

 protected:
  struct Setup {
    InputSize in;
    std::int64_t out;
    Shape kernel;
    std::int64_t groups;
    bool bias;
    init::Initializer weight_init, bias_init;
    DType dtype;
    Size2d stride, dilation;  ///< of which signals have the first
    Regularizer kernel_regularizer, bias_regularizer;
    Constraint kernel_constraint, bias_constraint;
  };
  /// Checks the sizes. `transposed` has its weight the other way round, [in, out / groups, ...].
  Convolution(const char* name, bool transposed, Setup setup);

  /// Before every call: finds a lazy size, refuses other channels.
  void check(const Tensor& x) {
    const int axes = weight.dim() - 2;
    if (x.dim() < axes + 1 || x.dim() > axes + 2 || x.shape()[x.dim() - axes - 1] != in_channels() || uninitialized())
      fit(x);
  }
  std::int64_t in_channels() const { return in_axis_ == 0 ? weight.shape()[0] : weight.shape()[1] * groups_; }
  std::int64_t out_channels() const { return in_axis_ == 0 ? weight.shape()[1] * groups_ : weight.shape()[0]; }
  template <class Options>
  static Setup setup(InputSize in, std::int64_t out, const Shape& kernel, Options& options);
  template <class Options>
  void list_shared(detail::Arguments& a, Options& options) const;
  InputSize in_size() const { return uninitialized() ? InputSize(lazy) : InputSize(in_channels()); }

 private:
  void fit(const Tensor& x);

  detail::Weights start_;
  std::int64_t groups_;
  int in_axis_;  ///< of the weight
  Size2d stride_, dilation_;
  Regularizer kernel_regularizer_, bias_regularizer_;
  Constraint kernel_constraint_, bias_constraint_;
};

struct Conv1DOptions {
  std::int64_t stride = 1;
  Padding padding = 0;  ///< zeros on both sides; or `Padding::same` (out = ceil(in / stride)), `Padding::valid` (none)
  std::int64_t dilation = 1;
  std::int64_t groups = 1;  ///< channels are cut into as many parts that do not see each other
  bool bias = true;
  init::Initializer weight_init = {};  ///< default: U(-b, b), b = 1 / sqrt(in / groups * kernel), as in PyTorch
  init::Initializer bias_init = {};    ///< default: as above; zeros when a weight_init is given, as Keras has it
  DType dtype = float32;
  Regularizer kernel_regularizer = {};  ///< for the weight: `nn::l2(1e-4)`; see nn/regularization.hpp
  Regularizer bias_regularizer = {};
  Constraint kernel_constraint = {};  ///< of the weights that lead to each output channel: `nn::max_norm(3)`
  Constraint bias_constraint = {};
};

/// `conv1d` of x [N, C, L] (or [C, L]); parameters weight [out, in / groups, kernel] and bias [out]. With `nn::lazy`
/// for `in` the first call finds it. ValueError for sizes below 1 and groups that do not divide both.
class Conv1D : public Convolution {
 public:
  Conv1D(InputSize in, std::int64_t out, std::int64_t kernel, Conv1DOptions options = {});
  Tensor forward(const Tensor& x) override;
  void arguments(detail::Arguments& a) override;

 private:
  std::int64_t stride_;
  Padding padding_;
  std::int64_t dilation_, groups_;
};

struct Conv2DOptions {
  Size2d stride = 1;    ///< one number or {h, w}, as all of these
  Padding padding = 0;  ///< zeros around; or `Padding::same` (out = ceil(in / stride)), `Padding::valid` (none)
  Size2d dilation = 1;
  std::int64_t groups = 1;  ///< in == groups: a depthwise convolution
  bool bias = true;
  init::Initializer weight_init = {};  ///< default: U(-b, b), b = 1 / sqrt(in / groups * kernel area), as in PyTorch
  init::Initializer bias_init = {};    ///< default: as above; zeros when a weight_init is given, as Keras has it
  DType dtype = float32;
  Regularizer kernel_regularizer = {};  ///< for the weight: `nn::l2(1e-4)`; see nn/regularization.hpp
  Regularizer bias_regularizer = {};
  Constraint kernel_constraint = {};  ///< of the weights that lead to each output channel: `nn::max_norm(3)`
  Constraint bias_constraint = {};
};

/// `conv2d` of x [N, C, H, W] (or [C, H, W]); parameters weight [out, in / groups, kh, kw] and bias [out].
///
///     nn::Conv2D(1, 16, 3)      nn::Conv2D(nn::lazy, 32, {3, 5}, {.stride = 2, .padding = Padding::same})
///
/// PyTorch's Conv2d, also in its initial values. Keras' Conv2D has images and kernels with the channels last and starts
/// from Glorot-uniform weights and zero biases: `{.weight_init = nn::init::glorot_uniform}`. With `nn::lazy` for `in`
/// the first call finds it. ValueError for sizes below 1 and groups that do not divide both.
class Conv2D : public Convolution {
 public:
  Conv2D(InputSize in, std::int64_t out, Size2d kernel, Conv2DOptions options = {});
  Tensor forward(const Tensor& x) override;
  void arguments(detail::Arguments& a) override;

 protected:
  Conv2D(const char* name, InputSize in, std::int64_t out, Size2d kernel, Conv2DOptions options);

  Size2d stride_;
  Padding padding_;
  Size2d dilation_;
  std::int64_t groups_;
};

struct DepthwiseConv2DOptions {
  Size2d stride = 1;
  Padding padding = 0;
  Size2d dilation = 1;
  std::int64_t depth_multiplier = 1;  ///< output channels of each input channel
  bool bias = true;
  init::Initializer weight_init = {};
  init::Initializer bias_init = {};
  DType dtype = float32;
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
};

/// Keras' DepthwiseConv2D: every channel is convolved by itself. PyTorch has it as `Conv2D(channels, channels *
/// depth_multiplier, kernel, {.groups = channels})`, and so it is: weight [channels * depth_multiplier, 1, kh, kw].
/// Options are those of Conv2D. ValueError for sizes below 1.
class DepthwiseConv2D : public Conv2D {
 public:
  DepthwiseConv2D(std::int64_t channels, Size2d kernel, DepthwiseConv2DOptions options = {});
  std::int64_t channels() const { return groups_; }
  void arguments(detail::Arguments& a) override;
};

struct ConvTranspose1DOptions {
  std::int64_t stride = 1;
  std::int64_t padding = 0;         ///< taken off both ends of the result
  std::int64_t output_padding = 0;  ///< added behind it; below the stride or the dilation
  std::int64_t groups = 1;
  std::int64_t dilation = 1;
  bool bias = true;
  init::Initializer weight_init = {};  ///< default as in PyTorch: the fan is that of axis 1
  init::Initializer bias_init = {};
  DType dtype = float32;
  Regularizer kernel_regularizer = {};  ///< for the weight: `nn::l2(1e-4)`; see nn/regularization.hpp
  Regularizer bias_regularizer = {};
  Constraint kernel_constraint = {};  ///< of the weights that lead to each output channel: `nn::max_norm(3)`
  Constraint bias_constraint = {};
};

/// `conv_transpose1d` of x [N, C, L] (or [C, L]): the transposed map of Conv1D; weight [in, out / groups, kernel].
class ConvTranspose1D : public Convolution {
 public:
  ConvTranspose1D(InputSize in, std::int64_t out, std::int64_t kernel, ConvTranspose1DOptions options = {});
  Tensor forward(const Tensor& x) override;
  void arguments(detail::Arguments& a) override;

 private:
  std::int64_t stride_, padding_, output_padding_, groups_, dilation_;
};

struct ConvTranspose2DOptions {
  Size2d stride = 1;
  Size2d padding = 0;         ///< taken off all sides of the result
  Size2d output_padding = 0;  ///< added below and right of it; below the stride or the dilation
  std::int64_t groups = 1;
  Size2d dilation = 1;
  bool bias = true;
  init::Initializer weight_init = {};  ///< default as in PyTorch: the fan is that of axis 1
  init::Initializer bias_init = {};
  DType dtype = float32;
  Regularizer kernel_regularizer = {};  ///< for the weight: `nn::l2(1e-4)`; see nn/regularization.hpp
  Regularizer bias_regularizer = {};
  Constraint kernel_constraint = {};  ///< of the weights that lead to each output channel: `nn::max_norm(3)`
  Constraint bias_constraint = {};
};

/// `conv_transpose2d` of x [N, C, H, W] (or [C, H, W]): the transposed map of Conv2D, which makes images larger; weight
/// [in, out / groups, kh, kw]. `ConvTranspose2D(16, 8, 2, {.stride = 2})` doubles height and width.
class ConvTranspose2D : public Convolution {
 public:
  ConvTranspose2D(InputSize in, std::int64_t out, Size2d kernel, ConvTranspose2DOptions options = {});
  Tensor forward(const Tensor& x) override;
  void arguments(detail::Arguments& a) override;

 private:
  Size2d stride_, padding_, output_padding_;
  std::int64_t groups_;
  Size2d dilation_;
};

}  // namespace xgrad::nn
