#pragma once
/// Dense: the fully connected layer.

#include "nn/built_in.hpp"
#include "nn/detail/weights.hpp"
#include "nn/init.hpp"
#include "nn/lazy.hpp"
#include "nn/regularization.hpp"

namespace xgrad::nn {

struct DenseOptions {
  bool bias = true;
  init::Initializer weight_init = {};  ///< default: U(-b, b), b = 1 / sqrt(in) for both, as PyTorch's Linear
  init::Initializer bias_init = {};    ///< default: as above; zeros when a weight_init is given, as Keras has it
  DType dtype = float32;
  Regularizer kernel_regularizer = {};  ///< for the weight: `nn::l2(1e-4)`; see nn/regularization.hpp
  Regularizer bias_regularizer = {};
  Constraint kernel_constraint = {};  ///< of each row of the weight: `nn::max_norm(3)`
  Constraint bias_constraint = {};
};

/// y = x W^T + b for x [..., in], y [..., out]; parameters weight [out, in] and bias [out].
///
/// PyTorch's Linear, also in its initial values. Keras' Dense keeps W as (in, out), starts from Glorot-uniform weights
/// and zero biases: `Dense(784, 128, {.weight_init = nn::init::glorot_uniform})`. With `Dense(nn::lazy, 128)` the first
/// call finds the input size. ValueError for sizes below 1.
class Dense : public BuiltIn, public Regularized {
 public:
  Dense(InputSize in, std::int64_t out, DenseOptions options = {});

  void members(Members& m) override { m("weight", weight)("bias", bias); }
  Tensor forward(const Tensor& x) override;
  /// ReLU, Sigmoid or Tanh behind it is part of the same operation.
  bool joins(const Module& next) const override;
  Tensor joined(const Tensor& x, Module& next) override;
  void reset_parameters_here() override;
  bool uninitialized() const override { return weight.shape()[1] == 0; }
  /// in * out multiply-adds for each row of the input.
  Cost cost(std::span<const Shape> inputs, const Shape& output) const override;
  void rules(Rules& rules) override;
  void arguments(detail::Arguments& a) override;

  Tensor weight, bias;

 private:
  void fit(const Tensor& x);

  detail::Weights start_;
  Regularizer kernel_regularizer_, bias_regularizer_;
  Constraint kernel_constraint_, bias_constraint_;
};

using Linear = Dense;

}  // namespace xgrad::nn
