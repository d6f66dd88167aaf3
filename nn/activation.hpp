#pragma once
/// The activations as modules; each applies the function of the same name (autograd/ops), which tells formula,
/// derivative and conventions. Shapes stay as they are. PReLU alone has a parameter.

#include <string>

#include "autograd/ops/activation.hpp"
#include "autograd/ops/functions.hpp"
#include "autograd/ops/softmax.hpp"
#include "nn/built_in.hpp"

namespace xgrad::nn {

/// max(x, 0).
class ReLU : public BuiltIn {
 public:
  Tensor forward(const Tensor& x) override { return relu(x); }
  /// Maxima come first: there are fewer of them, and both functions keep the order.
  bool joins(const Module& next) const override;
  Tensor joined(const Tensor& x, Module& next) override;
};
/// min(max(x, 0), 6).
class ReLU6 : public BuiltIn {
 public:
  Tensor forward(const Tensor& x) override { return relu6(x); }
};
/// 1 / (1 + e^-x).
class Sigmoid : public BuiltIn {
 public:
  Tensor forward(const Tensor& x) override { return sigmoid(x); }
};
class Tanh : public BuiltIn {
 public:
  Tensor forward(const Tensor& x) override { return tanh(x); }
};
/// 1.0507... elu(x, 1.6732...).
class SELU : public BuiltIn {
 public:
  Tensor forward(const Tensor& x) override { return selu(x); }
};
/// x / (1 + e^-x), also called swish.
class SiLU : public BuiltIn {
 public:
  Tensor forward(const Tensor& x) override { return silu(x); }
};
using Swish = SiLU;
/// x tanh(log(1 + e^x)).
class Mish : public BuiltIn {
 public:
  Tensor forward(const Tensor& x) override { return mish(x); }
};
/// log(1 / (1 + e^-x)).
class LogSigmoid : public BuiltIn {
 public:
  Tensor forward(const Tensor& x) override { return logsigmoid(x); }
};
/// x / (1 + |x|).
class Softsign : public BuiltIn {
 public:
  Tensor forward(const Tensor& x) override { return softsign(x); }
};
/// relu6(x + 3) / 6.
class Hardsigmoid : public BuiltIn {
 public:
  Tensor forward(const Tensor& x) override { return hardsigmoid(x); }
};
/// x relu6(x + 3) / 6.
class Hardswish : public BuiltIn {
 public:
  Tensor forward(const Tensor& x) override { return hardswish(x); }
};

/// x where x > 0, else negative_slope x. (Keras' default is 0.3.)
class LeakyReLU : public BuiltIn {
 public:
  explicit LeakyReLU(double negative_slope = 0.01) : slope_(negative_slope) {}
  Tensor forward(const Tensor& x) override { return leaky_relu(x, slope_); }
  void arguments(detail::Arguments& a) override;

 private:
  double slope_;
};

/// x where x > 0, else weight x, with one weight, or one per channel of axis 1: `PReLU(16)`; at first 0.25 (Keras: 0,
/// and one for every place). ValueError for fewer than one.
class PReLU : public BuiltIn {
 public:
  explicit PReLU(std::int64_t weights = 1, double init = 0.25, DType dtype = float32);
  void members(Members& m) override { m("weight", weight); }
  Tensor forward(const Tensor& x) override { return prelu(x, weight); }
  void reset_parameters_here() override;
  void arguments(detail::Arguments& a) override;

  Tensor weight;

 private:
  double init_;
};

/// x where x > 0, else alpha (e^x - 1).
class ELU : public BuiltIn {
 public:
  explicit ELU(double alpha = 1) : alpha_(alpha) {}
  Tensor forward(const Tensor& x) override { return elu(x, alpha_); }
  void arguments(detail::Arguments& a) override;

 private:
  double alpha_;
};

/// x P(x); with `GELU("tanh")` in the approximate form. ValueError for other words than "none" and "tanh". (Keras'
/// `approximate=True` is "tanh".)
class GELU : public BuiltIn {
 public:
  explicit GELU(std::string approximate = "none");
  Tensor forward(const Tensor& x) override { return gelu(x, approximate_); }
  void arguments(detail::Arguments& a) override;

 private:
  std::string approximate_;
};

/// log(1 + e^(beta x)) / beta. ValueError for beta = 0.
class Softplus : public BuiltIn {
 public:
  explicit Softplus(double beta = 1, double threshold = 20);
  Tensor forward(const Tensor& x) override { return softplus(x, beta_, threshold_); }
  void arguments(detail::Arguments& a) override;

 private:
  double beta_, threshold_;
};

/// x brought into [min_val, max_val]. ValueError for min_val > max_val.
class Hardtanh : public BuiltIn {
 public:
  explicit Hardtanh(double min_val = -1, double max_val = 1);
  Tensor forward(const Tensor& x) override { return hardtanh(x, min_, max_); }
  void arguments(detail::Arguments& a) override;

 private:
  double min_, max_;
};

/// e^x / sum(e^x) along `axis`, by default the last. For training prefer `cross_entropy`, which takes the logits in
/// front of it.
class Softmax : public BuiltIn {
 public:
  explicit Softmax(std::int64_t axis = -1) : axis_(axis) {}
  Tensor forward(const Tensor& x) override { return softmax(x, axis_); }
  void arguments(detail::Arguments& a) override;

 private:
  std::int64_t axis_;
};

/// log softmax(x), without forming the quotient.
class LogSoftmax : public BuiltIn {
 public:
  explicit LogSoftmax(std::int64_t axis = -1) : axis_(axis) {}
  Tensor forward(const Tensor& x) override { return log_softmax(x, axis_); }
  void arguments(detail::Arguments& a) override;

 private:
  std::int64_t axis_;
};

}  // namespace xgrad::nn
