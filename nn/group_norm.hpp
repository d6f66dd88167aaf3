#pragma once
/// GroupNorm and InstanceNorm: every sample normalised over groups of its channels, or over each.

#include "nn/built_in.hpp"
#include "nn/lazy.hpp"

namespace xgrad::nn {

struct GroupNormOptions {
  double eps = 1e-5;   ///< Keras: 1e-3
  bool affine = true;  ///< with weight and bias
  DType dtype = float32;
};

/// `group_norm` of x [N, C, ...]; parameters weight and bias [C], at first 1 and 0. With `nn::lazy` for C the first
/// call finds it. ValueError for sizes below 1, groups that do not divide C, and eps < 0.
class GroupNorm : public BuiltIn {
 public:
  GroupNorm(std::int64_t groups, InputSize channels, GroupNormOptions options = {});

  void members(Members& m) override { m("weight", weight)("bias", bias); }
  Tensor forward(const Tensor& x) override;
  void reset_parameters_here() override;
  bool uninitialized() const override { return weight.defined() && weight.numel() == 0; }
  void arguments(detail::Arguments& a) override;

  Tensor weight, bias;

 private:
  std::int64_t groups_;
  InputSize channels_;
  GroupNormOptions options_;
};

struct InstanceNormOptions {
  double eps = 1e-5;
  double momentum = 0.1;             ///< weight of a new batch in the running statistics
  bool affine = false;               ///< with weight and bias
  bool track_running_stats = false;  ///< evaluation then uses them, not the sample's own
  DType dtype = float32;
};

/// `instance_norm` of x [N, C, ...]; with `affine` parameters weight and bias [C], with `track_running_stats` the
/// buffers of BatchNorm. With `nn::lazy` for C the first call finds it.
class InstanceNorm : public BuiltIn {
 public:
  explicit InstanceNorm(InputSize channels, InstanceNormOptions options = {});

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;
  void reset_parameters_here() override;
  bool uninitialized() const override { return by_channel() && by_channel()->numel() == 0; }
  void arguments(detail::Arguments& a) override;

  Tensor weight, bias;
  Tensor running_mean, running_var, num_batches_tracked;

 private:
  const Tensor* by_channel() const {
    return weight.defined() ? &weight : running_mean.defined() ? &running_mean : nullptr;
  }

  InputSize channels_;
  InstanceNormOptions options_;
};

}  // namespace xgrad::nn
