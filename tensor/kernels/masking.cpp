#include "tensor/kernels/masking.hpp"

#include <algorithm>
#include <vector>

#include "tensor/kernels/broadcast.hpp"
#include "tensor/kernels/strided_copy.hpp"

namespace xgrad::kernels {

namespace {

/// Loads both sides first, and the mask as bytes: so gcc makes it vectors, which it does not of bools; with a branch in
/// it, the loop would be 20 times slower on masks without order.
template <class T>
void fill_where(const T* x, const bool* mask, T* y, std::int64_t n, T value) {
  const auto* m = reinterpret_cast<const std::uint8_t*>(mask);
  for (std::int64_t i = 0; i < n; ++i) {
    const T kept = x[i];
    y[i] = m[i] != 0 ? value : kept;
  }
}

}  // namespace

Array masked_fill(const Array& x, const Array& mask, Scalar value) {
  Array y = Array::empty_like(x);
  if (y.numel() == 0) return y;
  const bool* m = in<bool>(mask);
  const MergedAxes axes = merge(x.shape(), x.shape(), mask.shape());
  dispatch(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T v = value.to<T>();
    const T* p = in<T>(x);
    T* q = out<T>(y);
    if (axes.size() == 1 && axes.back().b == 1) {
      parallel_for(x.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
        fill_where(p + begin, m + begin, q + begin, end - begin, v);
      });
      return;
    }
    for_each_row(axes, kGrain, [&](std::int64_t at, std::int64_t, std::int64_t at_m, const MergedAxis& inner) {
      if (inner.b == 0) {
        if (m[at_m]) std::fill_n(q + at, inner.size, v);
        else copy_run(p + at, q + at, inner.size);
      } else {
        fill_where(p + at, m + at_m, q + at, inner.size, v);
      }
    });
  });
  return y;
}

namespace {

/// How many elements are true before each block of kGrain, and at the end how many in all.
template <class True>
std::vector<std::int64_t> counted(std::int64_t n, const True& is_true) {
  const std::int64_t blocks = (n + kGrain - 1) / kGrain;
  std::vector<std::int64_t> before(static_cast<std::size_t>(blocks) + 1, 0);
  parallel_for(blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      std::int64_t count = 0;
      for (std::int64_t i = b * kGrain; i < std::min(n, (b + 1) * kGrain); ++i) count += is_true(i) ? 1 : 0;
      before[static_cast<std::size_t>(b) + 1] = count;
    }
  });
  for (std::size_t b = 1; b < before.size(); ++b) before[b] += before[b - 1];
  return before;
}

/// visit(i, k) for the k-th true element i, and for others before it, which the last call for a k overrules: so there
/// is no branch to guess.
template <class True, class Visit>
void for_each_true(const std::vector<std::int64_t>& before, const True& is_true, const Visit& visit) {
  parallel_for(static_cast<std::int64_t>(before.size()) - 1, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      std::int64_t i = b * kGrain, k = before[static_cast<std::size_t>(b)];
      for (const std::int64_t last = before[static_cast<std::size_t>(b) + 1]; k < last; ++i) {
        visit(i, k);
        k += is_true(i) ? 1 : 0;
      }
    }
  });
}

}  // namespace

Array masked_select(const Array& x, const Array& mask) {
  const bool* m = in<bool>(mask);
  const auto is_true = [m](std::int64_t i) { return m[i]; };
  const auto before = counted(x.numel(), is_true);
  Array y = Array::empty({before.back()}, x.dtype());
  by_size(size_of(x.dtype()), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* p = bytes_in<T>(x);
    T* q = bytes_out<T>(y);
    for_each_true(before, is_true, [=](std::int64_t i, std::int64_t k) { q[k] = p[i]; });
  });
  return y;
}

Array masked_scatter(const Array& part, const Array& mask) {
  const bool* m = in<bool>(mask);
  const auto is_true = [m](std::int64_t i) { return m[i]; };
  const auto before = counted(mask.numel(), is_true);
  Array y = Array::zeros(mask.shape(), part.dtype());
  by_size(size_of(part.dtype()), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* p = bytes_in<T>(part);
    T* q = bytes_out<T>(y);
    for_each_true(before, is_true, [=](std::int64_t i, std::int64_t k) { q[i] = m[i] ? p[k] : T{}; });
  });
  return y;
}

Array nonzero(const Array& x) {
  const int rank = x.dim();
  Array places;
  dispatch(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* p = in<T>(x);
    const auto is_true = [p](std::int64_t i) { return p[i] != T(0); };
    const auto before = counted(x.numel(), is_true);
    places = Array::empty({before.back()}, int64);
    auto* q = out<std::int64_t>(places);
    for_each_true(before, is_true, [=](std::int64_t i, std::int64_t k) { q[k] = i; });
  });
  if (rank == 1) return places.reshape({places.numel(), 1});
  Array y = Array::empty({places.numel(), rank}, int64);
  if (y.numel() == 0) return y;
  const auto strides = strides_of(x.shape());
  const auto *from = in<std::int64_t>(places), last = x.shape().back();
  auto* to = out<std::int64_t>(y);
  parallel_for(places.numel(), kGrain / rank, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t row = -1, row_start = 0;  // along the last axis, no division until it ends
    for (std::int64_t k = begin; k < end; ++k) {
      std::int64_t* index = to + k * rank;
      const bool same_row = row >= 0 && from[k] - row_start < last;
      if (!same_row) {
        row = from[k] / last;
        row_start = row * last;
      }
      index[rank - 1] = from[k] - row_start;
      if (same_row) {
        for (int a = 0; a + 1 < rank; ++a) index[a] = index[a - rank];
        continue;
      }
      std::int64_t rest = row_start;
      for (int a = 0; a + 1 < rank; ++a) {
        index[a] = rest / strides[static_cast<std::size_t>(a)];
        rest %= strides[static_cast<std::size_t>(a)];
      }
    }
  });
  return y;
}

}  // namespace xgrad::kernels
