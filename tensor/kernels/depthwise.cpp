#include "tensor/kernels/depthwise.hpp"

#include <algorithm>
#include <vector>

#include "tensor/kernels/dispatch.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {
namespace {

/// Calls run(tap, y offset, x offset, n) for every tap and row of one plane: the n windows from the y offset on have
/// that tap at the x offset, stride apart. `taps` are those of c.w.
template <class Run>
void for_each_run(const Convolution& c, const Taps& taps, const Run& run) {
  for (std::int64_t r = 0; r < c.h.out; ++r)
    for (std::int64_t i = 0; i < c.h.kernel; ++i) {
      const std::int64_t row = c.h.at(r, i);
      if (row < 0 || row >= c.h.in) continue;
      for (std::int64_t j = 0; j < c.w.kernel; ++j) {
        const Window::Range range = taps[j];
        run(i * c.w.kernel + j, r * c.w.out + range.first, row * c.w.in + c.w.at(range.first, j),
            range.last - range.first);
      }
    }
}

/// Planes of work for parallel_for: multiplications count as half an element of memory-bound work.
std::int64_t grain_of(const Convolution& c, std::int64_t planes_each) {
  const std::int64_t work = c.positions() * c.h.kernel * c.w.kernel * planes_each;
  return std::max<std::int64_t>(1, 2 * kGrain / std::max<std::int64_t>(1, work));
}

template <class T>
inline constexpr std::int64_t kLanes = 64 / sizeof(T);

/// lanes[k mod kLanes] += a[k * step] b[k].
template <class T>
void add_products(const T* a, std::int64_t step, const T* b, std::int64_t n, T* lanes) {
  T sums[kLanes<T>];
  std::copy_n(lanes, kLanes<T>, sums);
  std::int64_t k = 0;
  if (step == 1)
    for (; k + kLanes<T> <= n; k += kLanes<T>)
      for (std::int64_t l = 0; l < kLanes<T>; ++l) sums[l] += a[k + l] * b[k + l];
  for (std::int64_t l = 0; k < n; ++k, l = (l + 1) % kLanes<T>) sums[l] += a[k * step] * b[k];
  std::copy_n(sums, kLanes<T>, lanes);
}

/// The sum of the lanes, which are cleared, in a fixed order.
template <class T>
T take_sum(T* lanes) {
  for (std::int64_t half = kLanes<T> / 2; half > 0; half /= 2)
    for (std::int64_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  const T sum = lanes[0];
  std::fill_n(lanes, kLanes<T>, T(0));
  return sum;
}

}  // namespace

template <class T>
void depthwise_forward(const T* x, const T* weight, const T* bias, T* y, const Convolution& c) {
  const std::int64_t taps = c.taps(), channels = c.groups * c.out;
  const Taps along(c.w);
  parallel_for(c.batch * channels, grain_of(c, 1), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t plane = begin; plane < end; ++plane) {
      const std::int64_t channel = plane % channels;
      const T* from = x + plane / c.out * c.image();
      const T* w = weight + channel * taps;
      T* to = y + plane * c.positions();
      std::fill_n(to, c.positions(), bias ? bias[channel] : T(0));
      for_each_run(c, along, [&](std::int64_t tap, std::int64_t at_y, std::int64_t at_x, std::int64_t n) {
        const T factor = w[tap];
        const T* __restrict__ p = from + at_x;
        T* __restrict__ q = to + at_y;
        if (c.w.stride == 1)
          for (std::int64_t k = 0; k < n; ++k) q[k] += factor * p[k];
        else
          for (std::int64_t k = 0; k < n; ++k) q[k] += factor * p[k * c.w.stride];
      });
    }
  });
}

template <class T>
void depthwise_transposed(const T* y, const T* weight, const T* bias, T* x, const Convolution& c) {
  const std::int64_t taps = c.taps();
  const Taps along(c.w);
  parallel_for(c.batch * c.groups, grain_of(c, c.out), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t plane = begin; plane < end; ++plane) {
      const std::int64_t group = plane % c.groups;
      T* to = x + plane * c.image();
      std::fill_n(to, c.image(), bias ? bias[group] : T(0));
      for (std::int64_t o = 0; o < c.out; ++o) {
        const T* from = y + (plane * c.out + o) * c.positions();
        const T* w = weight + (group * c.out + o) * taps;
        for_each_run(c, along, [&](std::int64_t tap, std::int64_t at_y, std::int64_t at_x, std::int64_t n) {
          const T factor = w[tap];
          const T* __restrict__ p = from + at_y;
          T* __restrict__ q = to + at_x;
          if (c.w.stride == 1)
            for (std::int64_t k = 0; k < n; ++k) q[k] += factor * p[k];
          else
            for (std::int64_t k = 0; k < n; ++k) q[k * c.w.stride] += factor * p[k];
        });
      }
    }
  });
}

template <class T>
void depthwise_weight(const T* x, const T* y, T* weight, const Convolution& c) {
  const std::int64_t taps = c.taps(), channels = c.groups * c.out;
  const Taps along(c.w);
  parallel_for(channels, grain_of(c, c.batch), [&](std::int64_t begin, std::int64_t end) {
    // In lanes for each tap over one image, in double over the batch.
    const auto count = static_cast<std::size_t>(taps);
    std::vector<double> sums(count);
    std::vector<T> lanes(count * kLanes<T>, T(0));
    for (std::int64_t channel = begin; channel < end; ++channel) {
      std::fill(sums.begin(), sums.end(), 0.);
      for (std::int64_t n = 0; n < c.batch; ++n) {
        const T* p = x + (n * c.groups + channel / c.out) * c.image();
        const T* q = y + (n * channels + channel) * c.positions();
        for_each_run(c, along, [&](std::int64_t tap, std::int64_t at_y, std::int64_t at_x, std::int64_t run) {
          add_products(p + at_x, c.w.stride, q + at_y, run, lanes.data() + tap * kLanes<T>);
        });
        for (std::size_t k = 0; k < count; ++k) sums[k] += static_cast<double>(take_sum(lanes.data() + k * kLanes<T>));
      }
      for (std::size_t k = 0; k < count; ++k)
        weight[static_cast<std::size_t>(channel) * count + k] = static_cast<T>(sums[k]);
    }
  });
}

template void depthwise_forward(const float*, const float*, const float*, float*, const Convolution&);
template void depthwise_forward(const double*, const double*, const double*, double*, const Convolution&);
template void depthwise_transposed(const float*, const float*, const float*, float*, const Convolution&);
template void depthwise_transposed(const double*, const double*, const double*, double*, const Convolution&);
template void depthwise_weight(const float*, const float*, float*, const Convolution&);
template void depthwise_weight(const double*, const double*, double*, const Convolution&);

}  // namespace xgrad::kernels
