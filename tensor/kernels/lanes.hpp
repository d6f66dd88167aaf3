#pragma once
/// Vectors as wide as the registers of the processor that the library is built for, for kernels that keep a tile of
/// sums in registers, and the moves between rows of such vectors and planes of images.

// Vectors are passed between functions of the library alone: how, on processors without wide ones, is nobody's concern.
#pragma GCC diagnostic ignored "-Wpsabi"

#if defined(__AVX__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace xgrad::kernels::lanes {

#if defined(__AVX512F__)
inline constexpr std::int64_t kLanes = 16, kRegisters = 32;
#elif defined(__AVX__)
inline constexpr std::int64_t kLanes = 8, kRegisters = 16;
#else
inline constexpr std::int64_t kLanes = 4, kRegisters = 16;
#endif

/// At any address.
typedef float Vec __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));

inline Vec load(const float* p) { return *reinterpret_cast<const Vec*>(p); }
inline void store(float* p, Vec v) { *reinterpret_cast<Vec*>(p) = v; }

/// The first `width` elements, 1 ... kLanes of them; beyond are zeros.
#if defined(__AVX512F__)
inline Vec load(const float* p, std::int64_t width) {
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << width) - 1u), p);
}
inline void store(float* p, Vec v, std::int64_t width) {
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << width) - 1u), v);
}
#elif defined(__AVX__)
alignas(64) inline constexpr std::int32_t kMasks[2 * kLanes] = {-1, -1, -1, -1, -1, -1, -1, -1};
inline __m256i mask_of(std::int64_t width) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kMasks + kLanes - width));
}
inline Vec load(const float* p, std::int64_t width) { return _mm256_maskload_ps(p, mask_of(width)); }
inline void store(float* p, Vec v, std::int64_t width) { _mm256_maskstore_ps(p, mask_of(width), v); }
#else
inline Vec load(const float* p, std::int64_t width) {
  Vec v = {};
  for (std::int64_t k = 0; k < width; ++k) v[k] = p[k];
  return v;
}
inline void store(float* p, Vec v, std::int64_t width) {
  for (std::int64_t k = 0; k < width; ++k) p[k] = v[k];
}
#endif

/// In a fixed order: halves are added to each other.
inline float sum_of(Vec v) {
  float lanes[kLanes];
  store(lanes, v);
  for (std::int64_t half = kLanes / 2; half > 0; half /= 2)
    for (std::int64_t k = 0; k < half; ++k) lanes[k] += lanes[k + half];
  return lanes[0];
}

/// a0 b0 a1 b1 ... of the lower / upper halves.
#if defined(__AVX512F__)
inline Vec low(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
inline Vec high(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
#elif defined(__AVX__)
inline Vec low(Vec a, Vec b) { return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11); }
inline Vec high(Vec a, Vec b) { return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15); }
#else
inline Vec low(Vec a, Vec b) { return __builtin_shufflevector(a, b, 0, 4, 1, 5); }
inline Vec high(Vec a, Vec b) { return __builtin_shufflevector(a, b, 2, 6, 3, 7); }
#endif

/// Transposes a square: interleaving the first half of the rows with the second moves one bit of an element's number
/// from the row to the column, so log2(kLanes) times swap both.
inline void transpose(Vec (&m)[kLanes]) {
  for (std::int64_t step = 1; step < kLanes; step *= 2) {
    Vec next[kLanes];
#pragma GCC unroll 16
    for (std::int64_t i = 0; i < kLanes / 2; ++i) {
      next[2 * i] = low(m[i], m[i + kLanes / 2]);
      next[2 * i + 1] = high(m[i], m[i + kLanes / 2]);
    }
#pragma GCC unroll 16
    for (std::int64_t i = 0; i < kLanes; ++i) m[i] = next[i];
  }
}

/// Rows of kLanes channels from `channels` planes, `step` apart, with zeros in the lanes beyond: element i < n goes to
/// to[i / width * pitch + i % width][lane].
inline void gather_channels(const float* planes, std::int64_t step, std::int64_t channels, std::int64_t n, float* to,
                            std::int64_t width, std::int64_t pitch) {
  const std::int64_t gap = (pitch - width) * kLanes;
  std::int64_t left = width;  // of the present row
  const auto put = [&](Vec v) {
    store(to, v);
    to += kLanes;
    if (--left > 0) return;
    left = width;
    to += gap;
  };
  for (std::int64_t i = 0; i < n; i += kLanes) {
    const std::int64_t count = std::min(kLanes, n - i);
    Vec m[kLanes] = {};
    if (channels == kLanes && count == kLanes) {
#pragma GCC unroll 16
      for (std::int64_t lane = 0; lane < kLanes; ++lane) m[lane] = load(planes + lane * step + i);
    } else {
      for (std::int64_t lane = 0; lane < channels; ++lane) m[lane] = load(planes + lane * step + i, count);
    }
    transpose(m);
    if (count == kLanes) {
#pragma GCC unroll 16
      for (std::int64_t k = 0; k < kLanes; ++k) put(m[k]);
    } else {
      for (std::int64_t k = 0; k < count; ++k) put(m[k]);
    }
  }
}

/// The way back, of rows without gaps: planes[lane][i] = from[i][lane].
inline void scatter_channels(const float* from, float* planes, std::int64_t step, std::int64_t channels,
                             std::int64_t n) {
  for (std::int64_t i = 0; i < n; i += kLanes) {
    const std::int64_t width = std::min(kLanes, n - i);
    Vec m[kLanes] = {};
    if (width == kLanes) {
#pragma GCC unroll 16
      for (std::int64_t k = 0; k < kLanes; ++k) m[k] = load(from + (i + k) * kLanes);
    } else {
      for (std::int64_t k = 0; k < width; ++k) m[k] = load(from + (i + k) * kLanes);
    }
    transpose(m);
    if (channels == kLanes && width == kLanes) {
#pragma GCC unroll 16
      for (std::int64_t lane = 0; lane < kLanes; ++lane) store(planes + lane * step + i, m[lane]);
    } else {
      for (std::int64_t lane = 0; lane < channels; ++lane) store(planes + lane * step + i, m[lane], width);
    }
  }
}

/// A tile of sums: sums[r][v] += a[r * Row] * b[v], over `n` terms that lie `a_step` and `b_step` apart. As many as the
/// registers hold: kRows by kColumns vectors, and one of `b` each.
inline constexpr int kRows = kRegisters == 32 ? 12 : 6, kColumns = 2;

template <int Row, int R, int V>
[[gnu::always_inline]] inline void add_products(Vec (&sums)[R][V], const float* a, std::int64_t a_step, const float* b,
                                                std::int64_t b_step, std::int64_t n) {
  for (; n > 0; --n, a += a_step, b += b_step) {
    Vec line[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) line[v] = load(b + v * kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sums[r][v] += a[r * Row] * line[v];
    }
  }
}

}  // namespace xgrad::kernels::lanes
