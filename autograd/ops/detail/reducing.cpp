#include "autograd/ops/detail/reducing.hpp"

#include <fmt/format.h>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/indexing.hpp"
#include "autograd/ops/shape.hpp"
#include "tensor/kernels/arithmetic.hpp"
#include "tensor/kernels/reduce.hpp"
#include "tensor/kernels/statistics.hpp"

namespace xgrad::detail {

Tensor kept(const Tensor& g, const Shape& full, unsigned axes) {
  return g.dim() == 0 ? g : reshape(g, reduced(full, axes, true));
}

std::int64_t reduced_count(const Shape& shape, unsigned axes) {
  std::int64_t count = 1;
  for (int i = 0; i < shape.rank(); ++i)
    if (axes >> i & 1u) count *= shape[i];
  return count;
}

void check_not_empty(std::string_view op, const Shape& shape, unsigned axes) {
  if (reduced(shape, axes, true).numel() == 0) return;  // no results, so nothing to take the maximum of
  for (int i = 0; i < shape.rank(); ++i)
    if (axes >> i & 1u && shape[i] == 0)
      fail<ShapeError>(op, fmt::format("got shape {}; expected at least one element along axis {}", shape.str(), i));
}

Tensor shared_among_equals(const Tensor& g, const Tensor& x, const Array& value, unsigned axes) {
  const Array& a = x.array();
  const Array top = value.reshape(reduced(a.shape(), axes, true));
  Array hits = kernels::equal(a, top);
  const Array nan = kernels::not_equal(top, top);
  if (kernels::count_nonzero(nan, (1u << nan.dim()) - 1u, false).item<std::int64_t>() > 0)
    hits = kernels::where(nan, kernels::not_equal(a, a), hits);
  const Tensor count(kernels::sum(hits, axes, true).to(a.dtype()));
  return where(Tensor(hits), div(kept(g, a.shape(), axes), count), Tensor(Array::zeros({}, a.dtype())));
}

ValuesAndIndices chosen_along(const char* op, const Tensor& x, std::int64_t axis, bool keepdim,
                              Array (*index)(const Array& x, int axis)) {
  const int a = normalize_axis(op, axis, x.dim());
  if (x.dim() == 0) return {x.clone(), Tensor(Array::zeros({}, int64))};
  check_not_empty(op, x.shape(), 1u << a);
  const Tensor indices(index(x.array(), a));
  const Tensor values = gather(x, a, indices);
  if (keepdim) return {values, indices};
  const Shape shape = x.shape().without(a);
  return {reshape(values, shape), reshape(indices, shape)};
}

}  // namespace xgrad::detail
