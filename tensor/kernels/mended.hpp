#pragma once
/// Functions whose vectorised form is wrong for a few arguments.

#include <algorithm>
#include <cstdint>

#include "tensor/kernels/map.hpp"

namespace xgrad::kernels {

/// map_real, and where xsimd's result is `wrong(x, y)`, `right(x)`; looked for while both are in the first-level cache.
template <class Op, class Wrong, class Right>
Array map_mended(const Array& x, Op op, const Wrong& wrong, const Right& right) {
  if (!is_floating(x.dtype())) return map_mended(x.to(float32), op, wrong, right);
  Array y = Array::empty_like(x);
  dispatch_floating("map", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* const p = in<T>(x);
    T* const q = out<T>(y);
    parallel_for(whole_vectors<T>(x.numel()), kMathGrain, [&](std::int64_t begin, std::int64_t end) {
      constexpr std::int64_t kStretch = 2048;
      for (std::int64_t i = begin; i < end; i += kStretch) {
        const std::int64_t stop = std::min(end, i + kStretch);
        map_flat(p + i, q + i, stop - i, kStretch, op);
        int any = 0;  // not bool: g++ would not vectorise the loop
        for (std::int64_t k = i; k < stop; ++k) any |= wrong(p[k], q[k]) ? 1 : 0;
        for (std::int64_t k = i; any != 0 && k < stop; ++k)
          if (wrong(p[k], q[k])) q[k] = right(p[k]);
      }
    });
  });
  return y;
}

}  // namespace xgrad::kernels
