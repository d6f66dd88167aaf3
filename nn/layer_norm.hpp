#pragma once
/// LayerNorm and RMSNorm: every sample normalised over its last axes.

#include <initializer_list>
#include <optional>
#include <vector>

#include "nn/built_in.hpp"
#include "nn/lazy.hpp"

namespace xgrad::nn {

/// The sizes of the last axes: one (`128`, or `nn::lazy`) or several (`{16, 28, 28}`).
struct NormalizedShape {
  Shape shape;  ///< [0] for lazy

  NormalizedShape(std::int64_t size) : shape{size} {}
  NormalizedShape(Lazy) : shape{0}, known(false) {}
  NormalizedShape(std::initializer_list<std::int64_t> sizes) : shape(sizes) {}
  NormalizedShape(const std::vector<std::int64_t>& sizes) : shape(sizes) {}
  NormalizedShape(const Shape& sizes) : shape(sizes) {}
  bool known = true;
};

struct LayerNormOptions {
  double eps = 1e-5;   ///< Keras: 1e-3
  bool affine = true;  ///< with weight and bias (PyTorch calls this elementwise_affine)
  bool scale = true;   ///< without, affine leaves out the weight (Keras: scale = False)
  bool bias = true;    ///< without, affine leaves out the bias (Keras: center = False)
  DType dtype = float32;
};

/// `layer_norm` over the last axes, whose sizes are `shape`; parameters weight and bias of that shape, at first 1 and
/// 0, undefined where the options leave them out. With `nn::lazy` the size of the last axis is found at the first call.
/// ValueError for sizes below 1 and eps < 0.
class LayerNorm : public BuiltIn {
 public:
  explicit LayerNorm(const NormalizedShape& shape, LayerNormOptions options = {});

  void members(Members& m) override { m("weight", weight)("bias", bias); }
  Tensor forward(const Tensor& x) override;
  void reset_parameters_here() override;
  bool uninitialized() const override { return shaped().defined() && shaped().numel() == 0; }
  void arguments(detail::Arguments& a) override;

  Tensor weight, bias;

 private:
  /// A tensor of the normalised shape, where there is one.
  const Tensor& shaped() const { return weight.defined() ? weight : bias; }

  NormalizedShape shape_;
  LayerNormOptions options_;
};

struct RMSNormOptions {
  std::optional<double> eps = {};  ///< the dtype's epsilon unless given, as in PyTorch
  bool affine = true;              ///< with a weight
  DType dtype = float32;
};

/// `rms_norm` over the last axes, whose sizes are `shape`; parameter weight of that shape, at first 1.
class RMSNorm : public BuiltIn {
 public:
  explicit RMSNorm(const NormalizedShape& shape, RMSNormOptions options = {});

  void members(Members& m) override { m("weight", weight); }
  Tensor forward(const Tensor& x) override;
  void reset_parameters_here() override;
  bool uninitialized() const override { return weight.defined() && weight.numel() == 0; }
  void arguments(detail::Arguments& a) override;

  Tensor weight;

 private:
  NormalizedShape shape_;
  RMSNormOptions options_;
};

}  // namespace xgrad::nn
