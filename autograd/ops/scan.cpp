#include "autograd/ops/scan.hpp"

#include <cmath>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/detail/recurrence.hpp"
#include "autograd/ops/functions.hpp"
#include "autograd/ops/indexing.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/scan.hpp"

namespace xgrad {
namespace {

Tensor running_sum(const Tensor& x, int axis, bool reverse) {
  return record(
      reverse ? "reverse cumsum" : "cumsum", kernels::cumsum(x.array(), axis, reverse),
      [axis, reverse](Ctx& c) { c.give(0, running_sum(c.grad(), axis, !reverse)); }, Edge{x});
}

ValuesAndIndices running_extremum(const char* op, const Tensor& x, std::int64_t axis,
                                  Array (*index)(const Array& x, int axis)) {
  const int a = normalize_axis(op, axis, x.dim());
  const Tensor indices(index(x.array(), a));
  return {gather(x, a, indices), indices};
}

}  // namespace

Tensor cumsum(const Tensor& x, std::int64_t axis) {
  return running_sum(x, normalize_axis("cumsum", axis, x.dim()), false);
}

Tensor cumprod(const Tensor& x, std::int64_t axis) {
  return detail::running_product(x, normalize_axis("cumprod", axis, x.dim()), false);
}

Tensor logcumsumexp(const Tensor& x, std::int64_t axis) {
  if (!is_floating(x.dtype())) return logcumsumexp(x.to(float32), axis);
  const int a = normalize_axis("logcumsumexp", axis, x.dim());
  return record<true>(
      "logcumsumexp", kernels::logcumsumexp(x.array(), a),
      [a](Ctx& c) {
        const Tensor y = c.out();
        // where all so far is -inf nothing depends on x, and -inf - -inf must not arise
        const Tensor safe = where(eq(y, -INFINITY), Tensor(Array::zeros({}, y.dtype())), y);
        const Tensor steps = exp(sub(detail::shifted(y, a, 1, -INFINITY), safe));
        c.give(0, mul(exp(sub(c.in(0), safe)), detail::recurrence(c.grad(), steps, a, true)));
      },
      Save{x});
}

ValuesAndIndices cummax(const Tensor& x, std::int64_t axis) {
  return running_extremum("cummax", x, axis, kernels::cummax_index);
}
ValuesAndIndices cummin(const Tensor& x, std::int64_t axis) {
  return running_extremum("cummin", x, axis, kernels::cummin_index);
}

}  // namespace xgrad
