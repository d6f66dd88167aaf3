#include "autograd/ops/dropout.hpp"

#include <fmt/format.h>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/dropout.hpp"

namespace xgrad {
namespace {

void check_probability(const char* op, double p) {
  if (!(p >= 0. && p <= 1.)) fail<ValueError>(op, fmt::format("p: got {}; expected 0 to 1", p));
}

/// x under the mask that starts at `first`: linear in x, so that its derivative is the same mask again.
Tensor masked(const Tensor& x, double p, std::uint64_t seed, std::uint64_t first) {
  return record(
      "dropout", kernels::dropout(x.array(), p, seed, first),
      [=](Ctx& c) { c.give(0, masked(c.grad(), p, seed, first)); }, Edge{x});
}

Tensor drawn(const Tensor& x, double p, Generator& generator) {
  const std::uint64_t seed = generator.seed();
  return masked(x, p, seed, generator.reserve(static_cast<std::uint64_t>(kernels::dropout_blocks(x.numel()))));
}

}  // namespace

Tensor dropout(const Tensor& x, double p, bool training, Generator& generator) {
  check_probability("dropout", p);
  if (!is_floating(x.dtype())) return dropout(x.to(float32), p, training, generator);
  return training && p > 0. ? drawn(x, p, generator) : x;
}

Tensor dropout2d(const Tensor& x, double p, bool training, Generator& generator) {
  check_probability("dropout2d", p);
  if (x.dim() < 2) fail<ShapeError>("dropout2d", fmt::format("got x {}; expected [N, C, ...]", x.shape().str()));
  if (!is_floating(x.dtype())) return dropout2d(x.to(float32), p, training, generator);
  if (!training || p == 0.) return x;
  Shape channels = x.shape();
  for (int i = 2; i < x.dim(); ++i) channels[i] = 1;
  const Tensor factor = drawn(Tensor(Array::full(channels, 1, x.dtype())), p, generator);  // 0 or 1 / (1 - p)
  return where(gt(factor, 0), mul(x, factor), Tensor(Array::zeros({}, x.dtype())));
}

}  // namespace xgrad
