#pragma once
/// Modules of several inputs: `nn::Add()(a, b)`, `nn::Concat(1)(a, b, c)`.

#include "nn/built_in.hpp"

namespace xgrad::nn {

/// The sum of its inputs, of one shape (ShapeError otherwise: broadcasting here hides mistakes).
class Add : public BuiltIn {
 public:
  using Module::forward;
  Tensor forward(std::span<const Tensor> inputs) override;
};

/// Its inputs one behind the other along an axis (`concat`); by default the channels.
class Concat : public BuiltIn {
 public:
  explicit Concat(std::int64_t axis = 1) : axis_(axis) {}
  using Module::forward;
  Tensor forward(std::span<const Tensor> inputs) override;
  void arguments(detail::Arguments& a) override;

 private:
  std::int64_t axis_;
};

}  // namespace xgrad::nn
