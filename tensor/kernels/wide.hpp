#pragma once
/// Functions computed in float64 whatever the dtype, so that float32 results are rounded once: for formulas of several
/// steps whose errors would add up, or whose intermediate values leave the range of float32.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <xsimd/xsimd.hpp>

#include "tensor/kernels/dispatch.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {

using Wide = xsimd::batch<double>;

namespace detail_wide {

inline constexpr std::int64_t kBlock = 256;  ///< a few of them fit into the first-level cache
inline constexpr std::int64_t kLanes = static_cast<std::int64_t>(Wide::size);

/// x as float64, up to a whole vector with zeros.
template <class T>
void load(const T* x, double* block, std::int64_t n) {
  for (std::int64_t k = 0; k < n; ++k) block[k] = static_cast<double>(x[k]);
  for (std::int64_t k = n; k % kLanes != 0; ++k) block[k] = 0;
}

template <class Op, class T, std::size_t... I, class... In>
void run(const Op& op, T* y, std::int64_t n, std::index_sequence<I...>, const In*... x) {
  alignas(64) double block[sizeof...(In)][kBlock];
  for (std::int64_t i = 0; i < n; i += kBlock) {
    const std::int64_t m = std::min(kBlock, n - i);
    (load(x + i, block[I], m), ...);
    for (std::int64_t k = 0; k < m; k += kLanes) op(Wide::load_aligned(block[I] + k)...).store_aligned(block[0] + k);
    for (std::int64_t k = 0; k < m; ++k) y[i + k] = static_cast<T>(block[0][k]);
  }
}

}  // namespace detail_wide

/// y = op(x...) for arrays of one floating dtype and shape; `op` takes and returns Wide. Integers are taken as float32.
template <class Op, class... In>
Array map_wide(const Op& op, const Array& first, const In&... rest) {
  if (!is_floating(first.dtype())) return map_wide(op, first.to(float32), rest...);
  Array y = Array::empty_like(first);
  dispatch_floating("map", first.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    parallel_for(first.numel(), kMathGrain, [&](std::int64_t begin, std::int64_t end) {
      detail_wide::run(op, out<T>(y) + begin, end - begin, std::make_index_sequence<1 + sizeof...(In)>{},
                       in<T>(first) + begin, (in<T>(rest) + begin)...);
    });
  });
  return y;
}

}  // namespace xgrad::kernels
