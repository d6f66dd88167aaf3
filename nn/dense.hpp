#pragma once
/// Dense: the fully connected layer.

#include "nn/init.hpp"
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
/// and zero biases: `Dense(784, 128, {.weight_init = nn::init::glorot_uniform})`. ValueError for sizes below 1.
class Dense : public Module {
 public:
  Dense(std::int64_t in, std::int64_t out, DenseOptions options = {});

  void members(Members& m) override { m("weight", weight)("bias", bias); }
  Tensor forward(const Tensor& x) override;
  void reset_parameters_here() override;
  std::string repr() const override;

  Tensor weight, bias;

 private:
  init::Initializer weight_init_, bias_init_;
};

using Linear = Dense;

}  // namespace xgrad::nn
