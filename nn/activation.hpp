#pragma once
/// The activations as modules; each applies the function of the same name (autograd/ops).

#include "nn/module.hpp"

namespace xgrad::nn {

/// max(x, 0).
class ReLU : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string repr() const override { return "ReLU()"; }
};

/// 1 / (1 + exp(-x)).
class Sigmoid : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string repr() const override { return "Sigmoid()"; }
};

class Tanh : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string repr() const override { return "Tanh()"; }
};

/// exp(x) / sum(exp(x)) along `axis`, by default the last. For training prefer `cross_entropy`, which takes the logits
/// in front of it.
class Softmax : public Module {
 public:
  explicit Softmax(std::int64_t axis = -1) : axis_(axis) {}
  Tensor forward(const Tensor& x) override;
  std::string repr() const override;

 private:
  std::int64_t axis_;
};

/// All axes from `start` on become one; by default every sample becomes a row.
class Flatten : public Module {
 public:
  explicit Flatten(std::int64_t start = 1, std::int64_t end = -1) : start_(start), end_(end) {}
  Tensor forward(const Tensor& x) override;
  std::string repr() const override;

 private:
  std::int64_t start_, end_;
};

}  // namespace xgrad::nn
