#include "nn/losses/detail/parts.hpp"

#include <fmt/format.h>

#include <cmath>

#include "autograd/ops.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/dispatch.hpp"
#include "tensor/kernels/functions.hpp"
#include "tensor/kernels/reduce.hpp"

namespace xgrad::nn::detail {

void check_reduction(std::string_view op, Reduction reduction) {
  if (reduction == Reduction::batchmean) fail<ValueError>(op, "reduction: got batchmean; expected mean, sum or none");
}

Tensor reduce(const Tensor& losses, Reduction reduction) {
  if (reduction == Reduction::none) return losses;
  return reduction == Reduction::sum ? sum(losses) : mean(losses);
}

Array reduced(Array losses, Reduction reduction) {
  if (reduction == Reduction::none) return losses;
  const unsigned all = (1u << losses.dim()) - 1;
  if (reduction == Reduction::mean) return kernels::mean(losses, all, false);
  return losses.dim() == 0 ? losses : kernels::sum(losses, all, false);
}

Tensor spread(const Tensor& g, const Shape& shape, Reduction reduction) {
  if (reduction == Reduction::none) return g;
  return expand(reduction == Reduction::sum ? g : div(g, static_cast<double>(shape.numel())), shape);
}

Array shared(const Array& g, std::int64_t losses, Reduction reduction) {
  if (reduction != Reduction::mean || losses == 1) return g;
  return kernels::dispatch_floating("mean", g.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    return Array::full({}, *kernels::in<T>(g) / static_cast<T>(losses), g.dtype());
  });
}

void check_same_shape(std::string_view op, const Tensor& prediction, const Tensor& target) {
  const Shape &p = prediction.shape(), &t = target.shape();
  if (p == t) return;
  const std::string remedy =
      p.numel() == t.numel() ? fmt::format("; use target.reshape({{{}}})", fmt::join(p, ", ")) : "";
  fail<ShapeError>(op, fmt::format("got prediction {}, target {}; expected equal shapes{}", p.str(), t.str(), remedy));
}

Pair matched(std::string_view op, const Tensor& prediction, const Tensor& target, Reduction reduction) {
  check_reduction(op, reduction);
  check_same_shape(op, prediction, target);
  DType t = promote(op, prediction.dtype(), target.dtype());
  if (!is_floating(t)) t = float32;
  return {prediction.to(t), target.to(t)};
}

Tensor weighted(std::string_view op, const char* name, const Tensor& losses, const Tensor& weight) {
  if (!weight.defined()) return losses;
  const Shape &w = weight.shape(), &l = losses.shape();
  bool fits = w.rank() <= l.rank();
  for (int i = 0; fits && i < w.rank(); ++i) fits = w[i] == 1 || w[i] == l[l.rank() - w.rank() + i];
  if (!fits)
    fail<ShapeError>(op, fmt::format("{}: got {}; expected a shape that broadcasts to {}", name, w.str(), l.str()));
  return mul(losses, weight);
}

Tensor number_like(const Tensor& x, double value) { return Tensor(Array::full({}, value, x.dtype())); }

Tensor log1p_exp(const Tensor& x) {
  return record(
      "softplus", kernels::softplus(x.array()), [](Ctx& c) { c.give(0, mul(c.grad(), sigmoid(c.in(0)))); }, Save{x});
}

Tensor positive_part(const Tensor& x) { return where(lt(x, 0), number_like(x, 0), x); }

Tensor magnitude(const Tensor& x) {
  const Tensor sides = sub(gt(x, 0).to(x.dtype()), lt(x, 0).to(x.dtype()));
  return mul(x, sides);
}

Tensor length_of_rows(const Tensor& x, double p) {
  if (p == 1.) return sum(magnitude(x), -1);
  if (std::isinf(p)) return amax(magnitude(x), -1);
  const Tensor zero = number_like(x, 0), one = number_like(x, 1);
  if (p == 2.) {
    const Tensor squares = sum(square(x), -1), none = eq(squares, 0);
    return where(none, zero, sqrt(where(none, one, squares)));
  }
  const Tensor size = magnitude(x), empty = eq(size, 0);
  const Tensor powers = where(empty, zero, exp(mul(log(where(empty, one, size)), p)));
  const Tensor total = sum(powers, -1), none = eq(total, 0);
  return where(none, zero, exp(div(log(where(none, one, total)), p)));
}

}  // namespace xgrad::nn::detail

namespace xgrad::nn {

Tensor weigh(const Tensor& losses, const Tensor& sample_weight, Reduction reduction) {
  detail::check_reduction("sample_weight", reduction);
  const Shape &w = sample_weight.shape(), &l = losses.shape();
  bool fits = w.rank() <= l.rank() && (w.rank() > 0 || l.rank() == 0);
  for (int i = 0; fits && i < w.rank(); ++i) fits = w[i] == l[i];
  if (!fits) {
    const std::string remedy =
        l.rank() > 0 && sample_weight.numel() == l[0] ? fmt::format("; use sample_weight.reshape({{{}}})", l[0]) : "";
    fail<ShapeError>("sample_weight",
                     fmt::format("got {} for losses {}; expected {}{}", w.str(), l.str(),
                                 l.rank() == 0 ? "[]" : fmt::format("[{}], one for each sample", l[0]), remedy));
  }
  Shape wide = w;
  while (wide.rank() < l.rank()) wide.push_back(1);
  return detail::reduce(mul(losses, reshape(sample_weight, wide)), reduction);
}

}  // namespace xgrad::nn
