#include "tensor/kernels/narrow_convolution.hpp"

#include <algorithm>

#include "tensor/kernels/dispatch.hpp"
#include "tensor/kernels/lanes.hpp"
#include "tensor/kernels/moments.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {
namespace {

using namespace lanes;

constexpr int kTall = kRegisters == 32 ? 8 : 4;    // channels summed at a time, of two vectors of outputs each
constexpr int kSummed = kRegisters == 32 ? 8 : 3;  // the same for the weight, of three taps each
constexpr int kAbreast = 3;
constexpr std::int64_t kWorth = 2'000'000;  // a piece of parallel work, in multiplications: some 20 us

/// An image whose rows hold whatever the windows reach.
struct Padded {
  const float* data;
  std::int64_t pitch;
};

/// The numbers in a row of them.
std::int64_t reach_of(const Convolution& c) { return c.w.out + (c.w.kernel - 1) * c.w.dilation; }
bool is_padded(const Convolution& c) { return c.w.before == 0 && reach_of(c) <= c.w.in; }
std::int64_t padded_size(const Convolution& c) { return is_padded(c) ? 0 : c.in * c.h.in * reach_of(c); }

/// `x` itself, or a copy between zeros.
Padded pad(const float* x, const Convolution& c, float* room) {
  if (is_padded(c)) return {x, c.w.in};
  const std::int64_t pitch = reach_of(c), n = std::min(c.w.in, pitch - c.w.before);
  float* to = room;
  for (std::int64_t r = 0; r < c.in * c.h.in; ++r, x += c.w.in, to += pitch) {
    std::fill_n(to, c.w.before, 0.f);
    std::copy_n(x, n, to + c.w.before);
    std::fill(to + c.w.before + n, to + pitch, 0.f);
  }
  return {room, pitch};
}

/// The outputs of a row that are computed together: V vectors, of the last of which `width` elements are there.
template <int V>
struct Stretch {
  std::int64_t column, width;
  Vec get(const float* p, int v) const { return v + 1 < V ? load(p + v * kLanes) : load(p + v * kLanes, width); }
  void put(float* p, Vec value, int v) const {
    if (v + 1 < V) store(p + v * kLanes, value);
    else store(p + v * kLanes, value, width);
  }
};

/// Calls f(Stretch) for all of a row.
template <class F>
void for_stretches(std::int64_t n, const F& f) {
  std::int64_t k = 0;
  for (; n - k > kLanes; k += 2 * kLanes) f(Stretch<2>{k, std::min(kLanes, n - k - kLanes)});
  if (k < n) f(Stretch<1>{k, n - k});
}

/// kTall channels of a stretch of row r; `weight` is [tap][channel] from the first of them on, `step` channels wide.
template <int V>
void convolve_stretch(const Padded& x, const float* weight, std::int64_t step, const float* bias, const Convolution& c,
                      std::int64_t r, const Stretch<V>& at, float* y) {
  Vec sums[kTall][V];
#pragma GCC unroll 8
  for (int k = 0; k < kTall; ++k)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) sums[k][v] = bias ? Vec{} + bias[k] : Vec{};
  for (std::int64_t channel = 0; channel < c.in; ++channel)
    for (std::int64_t i = 0; i < c.h.kernel; ++i, weight += c.w.kernel * step) {
      const std::int64_t row = c.h.at(r, i);
      if (row < 0 || row >= c.h.in) continue;
      const float* from = x.data + (channel * c.h.in + row) * x.pitch + at.column;
      for (std::int64_t j = 0; j < c.w.kernel; ++j, from += c.w.dilation) {
        const float* const factors = weight + j * step;
        Vec line[V];
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) line[v] = at.get(from, v);
#pragma GCC unroll 8
        for (int k = 0; k < kTall; ++k)
#pragma GCC unroll 2
          for (int v = 0; v < V; ++v) sums[k][v] += factors[k] * line[v];
      }
    }
#pragma GCC unroll 8
  for (int k = 0; k < kTall; ++k)
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) at.put(y + k * c.positions() + r * c.w.out + at.column, sums[k][v], v);
}

// ---- the gradient of the weight --------------------------------------------------------------------------------------

/// sums[k * step + t][lane] += y[k] x[t] over all outputs of `images` images, for R channels and T neighbouring taps of
/// row i of a kernel.
template <int R, int T>
void add_images(const Padded& x, std::int64_t image, const float* y, std::int64_t images, const Convolution& c,
                std::int64_t i, std::int64_t j, float* sums, std::int64_t step) {
  Vec tile[R][T] = {};
  for (std::int64_t n = 0; n < images; ++n)
    for (std::int64_t r = 0; r < c.h.out; ++r) {
      const std::int64_t row = c.h.at(r, i);
      if (row < 0 || row >= c.h.in) continue;
      const float* const from = x.data + n * image + row * x.pitch + j * c.w.dilation;
      const float* const with = y + n * c.out * c.positions() + r * c.w.out;
      const auto add = [&](std::int64_t k, std::int64_t width) __attribute__((always_inline)) {
        Vec line[T];
#pragma GCC unroll 3
        for (int t = 0; t < T; ++t) line[t] = load(from + t * c.w.dilation + k, width);
#pragma GCC unroll 8
        for (int q = 0; q < R; ++q) {
          const Vec factor = load(with + q * c.positions() + k, width);
#pragma GCC unroll 3
          for (int t = 0; t < T; ++t) tile[q][t] += factor * line[t];
        }
      };
      std::int64_t k = 0;
      for (; k + kLanes <= c.w.out; k += kLanes) add(k, kLanes);
      if (k < c.w.out) add(k, c.w.out - k);
    }
#pragma GCC unroll 8
  for (int q = 0; q < R; ++q)
#pragma GCC unroll 3
    for (int t = 0; t < T; ++t) {
      float* const to = sums + (q * step + t) * kLanes;
      store(to, load(to) + tile[q][t]);
    }
}

/// All channels and taps.
template <int R>
void add_channels(const Padded& x, std::int64_t image, const float* y, std::int64_t images, const Convolution& c,
                  std::int64_t first, std::int64_t last, float* sums) {
  const std::int64_t taps = c.taps();
  for (std::int64_t o = first; o + R <= last; o += R)
    for (std::int64_t channel = 0; channel < c.in; ++channel)
      for (std::int64_t i = 0; i < c.h.kernel; ++i)
        for (std::int64_t j = 0; j < c.w.kernel; j += kAbreast) {
          const Padded plane{x.data + channel * c.h.in * x.pitch, x.pitch};
          float* const to = sums + (o * taps + (channel * c.h.kernel + i) * c.w.kernel + j) * kLanes;
          const float* const with = y + o * c.positions();
          const std::int64_t abreast = std::min<std::int64_t>(kAbreast, c.w.kernel - j);
          if (abreast == 3) add_images<R, 3>(plane, image, with, images, c, i, j, to, taps);
          else if (abreast == 2) add_images<R, 2>(plane, image, with, images, c, i, j, to, taps);
          else add_images<R, 1>(plane, image, with, images, c, i, j, to, taps);
        }
}

/// sums[k] += the sum of y[k] over all outputs of `images` images.
void add_sums(const float* y, std::int64_t images, const Convolution& c, double* sums) {
  for (std::int64_t n = 0; n < images; ++n)
    for (std::int64_t k = 0; k < c.out; ++k, y += c.positions())
      sums[k] += sum_of_terms(c.positions(), [=](std::int64_t i) { return y[i]; });
}

}  // namespace

bool narrow_fits(const Convolution& c) {
  constexpr std::int64_t kMostTaps = 64;
  const std::int64_t vectors = (c.w.out + kLanes - 1) / kLanes;
  return c.groups == 1 && c.w.stride == 1 && c.in > 0 && c.taps() <= kMostTaps && c.out >= kTall &&
         2 * c.w.out > vectors * kLanes;
}

void narrow_forward(const float* x, const float* weight, const float* bias, float* y, const Convolution& c) {
  const std::int64_t taps = c.taps(), work = std::max<std::int64_t>(1, taps * c.out * c.positions());
  Array turned = Array::empty({taps, c.out}, float32);
  for (std::int64_t o = 0; o < c.out; ++o)
    for (std::int64_t t = 0; t < taps; ++t) out<float>(turned)[t * c.out + o] = weight[o * taps + t];
  const float* const factors = in<float>(turned);
  parallel_for(c.batch, std::max<std::int64_t>(1, kWorth / work), [&](std::int64_t begin, std::int64_t end) {
    Array room = Array::empty({padded_size(c)}, float32);
    for (std::int64_t n = begin; n < end; ++n) {
      const Padded image = pad(x + n * c.in * c.image(), c, out<float>(room));
      for (std::int64_t r = 0; r < c.h.out; ++r)
        for (std::int64_t o = 0; o < c.out; o += kTall) {
          const std::int64_t first = std::min(o, c.out - kTall);  // the last may overlap the one before
          for_stretches(c.w.out, [&](const auto& at) {
            convolve_stretch(image, factors + first, c.out, bias ? bias + first : nullptr, c, r, at,
                             y + (n * c.out + first) * c.positions());
          });
        }
    }
  });
}

void narrow_weight(const float* x, const float* y, float* weight, float* bias, const Convolution& c) {
  const std::int64_t taps = c.taps(), work = std::max<std::int64_t>(1, taps * c.out * c.positions());
  constexpr std::int64_t kPieces = 16, kRoom = 64 * 1024;  // images in flight: numbers
  const std::int64_t chunks = std::clamp<std::int64_t>(std::min(c.batch, c.batch * work / kWorth), 1, kPieces);
  const std::int64_t each = c.out * c.positions() + c.in * c.image();
  const std::int64_t most = std::max<std::int64_t>(1, kRoom / each), whole = c.out * taps * kLanes;
  Array all = Array::empty({chunks, whole}, float32), bias_all = Array::zeros({chunks, c.out}, float64);
  float* const sums = out<float>(all);
  double* const bias_sums = out<double>(bias_all);
  parallel_for(chunks, 1, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t padded = padded_size(c), image = padded > 0 ? padded : c.in * c.image();
    Array room = Array::empty({most * padded}, float32);
    for (std::int64_t chunk = begin; chunk < end; ++chunk) {
      float* const to = sums + chunk * whole;
      std::fill_n(to, whole, 0.f);
      const std::int64_t last = c.batch * (chunk + 1) / chunks;
      for (std::int64_t n = c.batch * chunk / chunks; n < last; n += most) {
        const std::int64_t images = std::min(most, last - n);
        Padded planes = pad(x + n * c.in * c.image(), c, out<float>(room));
        for (std::int64_t k = 1; padded > 0 && k < images; ++k)
          pad(x + (n + k) * c.in * c.image(), c, out<float>(room) + k * padded);
        const float* const with = y + n * c.out * c.positions();
        const std::int64_t tall = c.out / kSummed * kSummed;
        add_channels<kSummed>(planes, image, with, images, c, 0, tall, to);
        add_channels<1>(planes, image, with, images, c, tall, c.out, to);
        if (bias) add_sums(with, images, c, bias_sums + chunk * c.out);
      }
    }
  });
  for (std::int64_t k = 0; k < c.out * taps; ++k) {
    Vec sum = load(sums + k * kLanes);
    for (std::int64_t chunk = 1; chunk < chunks; ++chunk) sum += load(sums + chunk * whole + k * kLanes);
    weight[k] = sum_of(sum);
  }
  for (std::int64_t o = 0; bias && o < c.out; ++o) {
    double sum = 0;
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) sum += bias_sums[chunk * c.out + o];
    bias[o] = static_cast<float>(sum);
  }
}

}  // namespace xgrad::kernels
