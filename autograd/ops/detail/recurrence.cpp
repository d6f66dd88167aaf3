#include "autograd/ops/detail/recurrence.hpp"

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/fold.hpp"
#include "tensor/kernels/scan.hpp"

namespace xgrad::detail {

Tensor recurrence(const Tensor& b, const Tensor& w, int axis, bool reverse) {
  return record<true>(
      "recurrence", kernels::recurrence(b.array(), w.array(), axis, reverse),
      [axis, reverse](Ctx& c) {
        const Tensor back = recurrence(c.grad(), c.in(1), axis, !reverse);
        if (c.needs(1)) {
          const Tensor y = c.out();
          c.give(1, reverse ? mul(shifted(back, axis, 1, 0), y) : mul(back, shifted(y, axis, 1, 0)));
        }
        c.give(0, back);
      },
      Edge{b}, Save{w});
}

Tensor shifted(const Tensor& x, int axis, int by, double fill) {
  return record(
      "shift", kernels::shift(x.array(), axis, by, fill),
      [axis, by](Ctx& c) { c.give(0, shifted(c.grad(), axis, -by, 0)); }, Edge{x});
}

// d/dx[k] of sum_i g[i] prod(x[0..i]) is prod(x[0..k-1]) s[k] with s[k] = g[k] + x[k+1] s[k+1]; likewise from the end.
Tensor running_product(const Tensor& x, int axis, bool reverse) {
  return record<true>(
      reverse ? "reverse cumprod" : "cumprod", kernels::cumprod(x.array(), axis, reverse),
      [axis, reverse](Ctx& c) {
        const Tensor before = shifted(c.out(), axis, reverse ? -1 : 1, 1);
        const Tensor weights = reverse ? shifted(c.in(0), axis, 1, 0) : c.in(0);
        c.give(0, mul(before, recurrence(c.grad(), weights, axis, !reverse)));
      },
      Save{x});
}

Tensor product_of_others(const Tensor& x, unsigned axes) {
  unsigned rest = axes;
  const kernels::Plan p = kernels::innermost_group(x.shape(), rest);
  if (rest == 0) {
    const Tensor flat = reshape(x, {p.outer, p.size, p.inner});
    const Tensor before = shifted(running_product(flat, 1, false), 1, 1, 1);
    const Tensor behind = shifted(running_product(flat, 1, true), 1, -1, 1);
    return reshape(mul(before, behind), x.shape());
  }
  std::vector<std::int64_t> order;  // the reduced axes to the end
  for (const unsigned part : {0u, 1u})
    for (int i = 0; i < x.dim(); ++i)
      if ((axes >> i & 1u) == part) order.push_back(i);
  std::vector<std::int64_t> back(order.size());
  unsigned moved = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    back[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
    if (axes >> order[i] & 1u) moved |= 1u << i;
  }
  return permute(product_of_others(permute(x, order), moved), back);
}

}  // namespace xgrad::detail
