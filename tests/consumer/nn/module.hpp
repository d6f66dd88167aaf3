#pragma once
// A header of the program's own that is called as one of xgrad's, and an operation and a module of its own.
#include <autograd/record.hpp>
#include <xgrad.hpp>

/// x^3, with its derivative.
inline xgrad::Tensor cube(const xgrad::Tensor& x) {
  using namespace xgrad;
  const Tensor value = mul(x.detach(), square(x.detach()));
  return record(
      "cube", value.array(), [](Ctx& c) { c.give(0, mul(c.grad(), mul(square(c.in(0)), 3.))); }, Save{x});
}

/// x + scale f(x), with a scale that is trained.
struct Residual : xgrad::nn::Module {
  explicit Residual(std::int64_t size) : inner(size, size), scale(xgrad::ones({size})) { scale.requires_grad_(); }
  void members(Members& m) override { m("inner", inner)("scale", scale); }
  xgrad::Tensor forward(const xgrad::Tensor& x) override { return x + scale * cube(inner(x)); }

  xgrad::nn::Dense inner;
  xgrad::Tensor scale;
};
