#include "tensor/kernels/cross_entropy.hpp"

#include <algorithm>
#include <cmath>

#include "tensor/kernels/dispatch.hpp"
#include "tensor/kernels/functions.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {
namespace {

/// exp runs over several rows at once, in a stretch that stays in the first-level cache.
constexpr std::int64_t kStretch = 2048;

template <class F>
void for_stretches(std::int64_t rows, std::int64_t classes, const F& f) {
  const std::int64_t step = std::max<std::int64_t>(1, kStretch / std::max<std::int64_t>(1, classes));
  const std::int64_t grain = std::max<std::int64_t>(step, kMathGrain / std::max<std::int64_t>(1, classes));
  parallel_for(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; r += step) f(r, std::min(end, r + step));
  });
}

template <class T>
void forward_rows(const T* x, const std::int64_t* label, T* loss, T* log_sum, std::int64_t rows, std::int64_t n,
                  T* scratch) {
  for (std::int64_t r = 0; r < rows; ++r) {
    const T* row = x + r * n;
    T top = row[0];
    for (std::int64_t i = 1; i < n; ++i) top = row[i] > top || row[i] != row[i] ? row[i] : top;
    for (std::int64_t i = 0; i < n; ++i) scratch[r * n + i] = row[i] - top;
    loss[r] = label[r] < 0 ? T(0) : top - row[label[r]];
    log_sum[r] = top;
  }
  exp_in_place(scratch, rows * n);
  for (std::int64_t r = 0; r < rows; ++r) {
    T total = 0;
    for (std::int64_t i = 0; i < n; ++i) total += scratch[r * n + i];
    const T log_total = std::log(total);
    if (label[r] >= 0) loss[r] += log_total;
    log_sum[r] += log_total;
  }
}

}  // namespace

CrossEntropyRows cross_entropy(const Array& logits, const Array& labels) {
  const std::int64_t rows = logits.shape()[0], n = logits.shape()[1];
  CrossEntropyRows result{Array::empty({rows}, logits.dtype()), Array::empty({rows}, logits.dtype())};
  dispatch_floating("cross_entropy", logits.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    for_stretches(rows, n, [&](std::int64_t begin, std::int64_t end) {
      alignas(64) T fixed[kStretch];  // how it is aligned decides which elements go through SIMD: the same in every run
      Array large;
      if (n > kStretch) large = Array::empty({n}, logits.dtype());
      forward_rows(in<T>(logits) + begin * n, in<std::int64_t>(labels) + begin, out<T>(result.loss) + begin,
                   out<T>(result.log_sum) + begin, end - begin, n, large.defined() ? out<T>(large) : fixed);
    });
  });
  return result;
}

Array cross_entropy_backward(const Array& g, const Array& logits, const Array& labels, const Array& log_sum) {
  const std::int64_t rows = logits.shape()[0], n = logits.shape()[1];
  Array d = Array::empty(logits.shape(), logits.dtype());
  dispatch_floating("cross_entropy", logits.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T *x = in<T>(logits), *scale = in<T>(g), *shift = in<T>(log_sum);
    const std::int64_t* label = in<std::int64_t>(labels);
    T* y = out<T>(d);
    const bool single = g.numel() == 1;
    for_stretches(rows, n, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r)
        for (std::int64_t i = r * n; i < (r + 1) * n; ++i) y[i] = x[i] - shift[r];
      exp_in_place(y + begin * n, (end - begin) * n);
      for (std::int64_t r = begin; r < end; ++r) {
        T* row = y + r * n;
        if (label[r] < 0) {
          std::fill_n(row, n, T(0));
          continue;
        }
        row[label[r]] -= T(1);
        const T factor = scale[single ? 0 : r];
        for (std::int64_t i = 0; i < n; ++i) row[i] *= factor;
      }
    });
  });
  return d;
}

}  // namespace xgrad::kernels
