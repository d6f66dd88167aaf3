#pragma once
/// Dense: the fully connected layer.

#include "nn/detail/weights.hpp"
#include "nn/init.hpp"
#include "nn/lazy.hpp"
#include "nn/module.hpp"

namespace xgrad::nn {

struct DenseOptions {
  bool bias = true;
  init::Initializer weight_init = {};  ///< default: U(-b, b), b = 1 / sqrt(in) for both, as PyTorch's Linear
  init::Initializer bias_init = {};    ///< default: as above; zeros when a weight_init is given, as Keras has it
  DType dtype = float32;
};

/// y = x W^T + b for x [..., in], y [..., out]; parameters weight [out, in] and bias [out].
///
/// PyTorch's Linear, also in its initial values. Keras' Dense keeps W as (in, out), starts from Glorot-uniform weights
/// and zero biases: `Dense(784, 128, {.weight_init = nn::init::glorot_uniform})`. With `Dense(nn::lazy, 128)` the first
/// call finds the input size. ValueError for sizes below 1.
class Dense : public Module {
 public:
  Dense(InputSize in, std::int64_t out, DenseOptions options = {});

  void members(Members& m) override { m("weight", weight)("bias", bias); }
  Tensor forward(const Tensor& x) override;
  void reset_parameters_here() override;
  bool uninitialized() const override { return weight.shape()[1] == 0; }
  std::string repr() const override;

  Tensor weight, bias;

 private:
  void fit(const Tensor& x);

  detail::Weights start_;
};

using Linear = Dense;

}  // namespace xgrad::nn
