#pragma once
/// BatchNorm: every channel to mean 0 and variance 1 over the batch.

#include <optional>

#include "nn/built_in.hpp"
#include "nn/lazy.hpp"

namespace xgrad::nn {

struct BatchNormOptions {
  double eps = 1e-5;
  /// Weight of a new batch in the running statistics; none: their plain average over all batches so far.
  std::optional<double> momentum = 0.1;
  bool affine = true;               ///< with weight and bias
  bool scale = true;                ///< without, affine leaves out the weight (Keras: scale = False)
  bool bias = true;                 ///< without, affine leaves out the bias (Keras: center = False)
  bool track_running_stats = true;  ///< otherwise evaluation uses the batch's statistics as well
  bool biased_running_var = false;  ///< keep the running variance over n, not over n - 1
  DType dtype = float32;
};

/// Batch normalisation (Ioffe and Szegedy, 2015) of x [N, C], [N, C, L], [N, C, H, W], ...: `batch_norm`, see there.
///
/// Parameters weight and bias [C], at first 1 and 0, undefined where the options leave them out; buffers running_mean
/// and running_var [C], at first 0 and 1, and num_batches_tracked, a count. In training the batch's own statistics are
/// used and the running ones updated, in evaluation the running ones are used. With `nn::lazy` for C the first call
/// finds it. One element per channel in training is a ValueError, as are sizes below 1, eps < 0 and a momentum outside
/// [0, 1].
class BatchNorm : public BuiltIn {
 public:
  explicit BatchNorm(InputSize channels, BatchNormOptions options = {});
  /// As Keras 3 has it: eps 1e-3, momentum 0.99 of the old statistics (0.01 here), the biased running variance.
  static BatchNorm keras(InputSize channels) {
    return BatchNorm(channels, {.eps = 1e-3, .momentum = 0.01, .biased_running_var = true});
  }

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override { return normalized(x, false); }
  /// A ReLU is computed in the same passes.
  bool joins(const Module& next) const override;
  Tensor joined(const Tensor& x, Module& next) override;
  void reset_parameters_here() override;
  bool uninitialized() const override { return by_channel() && by_channel()->numel() == 0; }
  void arguments(detail::Arguments& a) override;

  Tensor weight, bias;
  Tensor running_mean, running_var, num_batches_tracked;

 private:
  /// Some tensor [C]; null where there is none.
  const Tensor* by_channel() const {
    for (const Tensor* t : {&weight, &bias, &running_mean})
      if (t->defined()) return t;
    return nullptr;
  }
  void fit(const Tensor& x);
  Tensor normalized(const Tensor& x, bool relu);

  BatchNormOptions options_;
  InputSize channels_;
};

/// PyTorch's names.
using BatchNorm1D = BatchNorm;
using BatchNorm2D = BatchNorm;

}  // namespace xgrad::nn
