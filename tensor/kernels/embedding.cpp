#include "tensor/kernels/embedding.hpp"

#include <algorithm>
#include <vector>

#include "tensor/kernels/dispatch.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {
namespace {

/// The places of each row's index, one row after the other: those of row r are order[start[r]] ... order[start[r + 1] -
/// 1], ascending.
struct ByRow {
  std::vector<std::int64_t> start, order;
  ByRow(const std::int64_t* index, std::int64_t n, std::int64_t rows)
      : start(static_cast<std::size_t>(rows + 1), 0), order(static_cast<std::size_t>(n)) {
    for (std::int64_t i = 0; i < n; ++i) ++start[static_cast<std::size_t>(index[i] + 1)];
    for (std::size_t r = 1; r < start.size(); ++r) start[r] += start[r - 1];
    std::vector<std::int64_t> next = start;
    for (std::int64_t i = 0; i < n; ++i)
      order[static_cast<std::size_t>(next[static_cast<std::size_t>(index[i])]++)] = i;
  }
};

/// y = the sum of the rows of g at `places`.
template <class T>
void sum_rows_at(const T* g, const std::int64_t* places, std::int64_t count, std::int64_t dim, T* y) {
  if (count == 1) {
    std::copy_n(g + places[0] * dim, dim, y);
    return;
  }
  constexpr std::int64_t kStrip = 256;
  for (std::int64_t j0 = 0; j0 < dim; j0 += kStrip) {
    const std::int64_t n = std::min(kStrip, dim - j0);
    double total[kStrip] = {};
    for (std::int64_t i = 0; i < count; ++i) {
      const T* row = g + places[i] * dim + j0;
      for (std::int64_t j = 0; j < n; ++j) total[j] += static_cast<double>(row[j]);
    }
    for (std::int64_t j = 0; j < n; ++j) y[j0 + j] = static_cast<T>(total[j]);
  }
}

}  // namespace

Array embedding(const Array& weight, const Array& indices, std::int64_t skip) {
  const std::int64_t dim = weight.shape()[1];
  Shape shape = indices.shape();
  shape.push_back(dim);
  Array y = Array::empty(shape, weight.dtype());
  const std::int64_t* index = in<std::int64_t>(indices);
  dispatch(weight.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* from = in<T>(weight);
    T* to = out<T>(y);
    const std::int64_t grain = std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, dim));
    parallel_for(indices.numel(), grain, [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        if (index[i] == skip) std::fill_n(to + i * dim, dim, T(0));
        else std::copy_n(from + index[i] * dim, dim, to + i * dim);
      }
    });
  });
  return y;
}

Array embedding_backward(const Array& g, const Array& indices, std::int64_t rows, std::int64_t skip) {
  const std::int64_t dim = g.shape().back(), n = indices.numel();
  Array y = Array::zeros({rows, dim}, g.dtype());
  if (n == 0 || dim == 0) return y;
  const ByRow by(in<std::int64_t>(indices), n, rows);
  const std::int64_t each = std::max<std::int64_t>(1, (n + rows - 1) / rows * dim);
  dispatch_floating("embedding", g.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* from = in<T>(g);
    T* to = out<T>(y);
    parallel_for(rows, std::max<std::int64_t>(1, kGrain / each), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r) {
        const std::int64_t first = by.start[static_cast<std::size_t>(r)];
        const std::int64_t count = by.start[static_cast<std::size_t>(r + 1)] - first;
        if (count > 0 && r != skip) sum_rows_at(from, by.order.data() + first, count, dim, to + r * dim);
      }
    });
  });
  return y;
}

}  // namespace xgrad::kernels
