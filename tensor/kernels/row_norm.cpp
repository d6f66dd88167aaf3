#include "tensor/kernels/row_norm.hpp"

#include <algorithm>
#include <vector>

#include "tensor/kernels/dispatch.hpp"
#include "tensor/kernels/moments.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {
namespace {

template <class F>
void for_rows(RowView v, const F& f) {
  if (v.size() == 0) return;
  parallel_for(v.rows(), std::max<std::int64_t>(1, kGrain / v.size()), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) f(r, r * v.size(), r % v.groups * v.channels);
  });
}

template <class T>
Moments moments_of_row(const T* x, std::int64_t n, bool centered) {
  if (centered) return moments_of(x, n);
  const double squares = sum_of_terms(n, [=](std::int64_t i) {
    const double v = static_cast<double>(x[i]);
    return v * v;
  });
  return {static_cast<double>(n), 0., squares};
}

/// y = (x - mean) r w + b for one row; w and b at its first channel.
template <class T>
void apply(const T* x, T* y, RowView v, Split<T> mean, T r, const T* w, const T* b) {
  if (v.inner == 1) {
    for (std::int64_t k = 0; k < v.channels; ++k) y[k] = mean.from(x[k]) * r * w[k] + b[k];
    return;
  }
  for (std::int64_t k = 0; k < v.channels; ++k) {
    const T a = r * w[k], shift = b[k];
    for (std::int64_t i = k * v.inner; i < (k + 1) * v.inner; ++i) y[i] = mean.from(x[i]) * a + shift;
  }
}

/// h = g w for one row. Stored, so that h less its mean is exact where all of h are equal, with fused multiply-add too.
template <class T>
void weigh(const T* g, RowView v, const T* w, T* h) {
  if (v.inner == 1) {
    for (std::int64_t k = 0; k < v.channels; ++k) h[k] = g[k] * w[k];
    return;
  }
  for (std::int64_t k = 0; k < v.channels; ++k) {
    const T a = w[k];
    for (std::int64_t i = k * v.inner; i < (k + 1) * v.inner; ++i) h[i] = g[i] * a;
  }
}

/// The gradient of x in one row of n elements, in place of h: r (h - mean(h) - x^ mean(h x^)), x^ = (x - mean) r.
template <class T>
void apply_backward(T* h, const T* x, std::int64_t n, Split<T> mean, double r, bool centered) {
  const double count = static_cast<double>(n);
  const double total = centered ? sum_of_terms(n, [=](std::int64_t i) { return h[i]; }) : 0.;
  const double product =
      sum_of_terms(n, [=](std::int64_t i) { return static_cast<double>(h[i]) * static_cast<double>(mean.from(x[i])); });
  const T mean_h = static_cast<T>(total / count), slope = static_cast<T>(r * r * product / count);
  const T scale = static_cast<T>(r);
  for (std::int64_t i = 0; i < n; ++i) h[i] = scale * ((h[i] - mean_h) - mean.from(x[i]) * slope);
}

constexpr std::int64_t kStrip = 64;

/// Adds the sums of g and of g (x - mean) r over some samples for the channels of one group; two numbers for each.
template <class T>
void add_group(const T* g, const T* x, RowView v, std::int64_t first, std::int64_t last, std::int64_t group,
               RowRule rule, const double* mean, const double* var, double* sums) {
  const std::int64_t stride = v.groups * v.size(), offset = group * v.size();
  for (std::int64_t k0 = 0; k0 < v.channels; k0 += kStrip) {
    const std::int64_t n = std::min(kStrip, v.channels - k0);
    double total[kStrip] = {}, product[kStrip] = {};
    for (std::int64_t s = first; s < last; ++s) {
      const std::int64_t row = s * v.groups + group;
      const Split<T> m(mean[row]);
      const double r = inverse_deviation(var[row], rule.eps);
      const T *p = g + s * stride + offset + k0 * v.inner, *q = x + s * stride + offset + k0 * v.inner;
      if (v.inner == 1) {
        for (std::int64_t k = 0; k < n; ++k) {
          total[k] += static_cast<double>(p[k]);
          product[k] += static_cast<double>(p[k]) * static_cast<double>(m.from(q[k])) * r;
        }
        continue;
      }
      for (std::int64_t k = 0; k < n; ++k, p += v.inner, q += v.inner) {
        total[k] += sum_of_terms(v.inner, [=](std::int64_t i) { return p[i]; });
        product[k] += r * sum_of_terms(v.inner, [=](std::int64_t i) {
                        return static_cast<double>(p[i]) * static_cast<double>(m.from(q[i]));
                      });
      }
    }
    for (std::int64_t k = 0; k < n; ++k) {
      sums[2 * (k0 + k)] = total[k];
      sums[2 * (k0 + k) + 1] = product[k];
    }
  }
}

}  // namespace

RowNorm row_norm(const Array& x, RowView v, RowRule rule, const Array& weight, const Array& bias) {
  RowNorm result{Array::empty(x.shape(), x.dtype()),
                 {Array::zeros({v.rows()}, float64), Array::zeros({v.rows()}, float64)}};
  dispatch_floating("layer_norm", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T *from = in<T>(x), *w = in<T>(weight), *b = in<T>(bias);
    T* to = out<T>(result.y);
    double *mean = out<double>(result.s.mean), *var = out<double>(result.s.var);
    for_rows(v, [=](std::int64_t row, std::int64_t at, std::int64_t channel) {
      const Moments m = moments_of_row(from + at, v.size(), rule.centered);
      mean[row] = m.mean;
      var[row] = m.deviations / m.count;
      const T r = static_cast<T>(inverse_deviation(var[row], rule.eps));
      apply(from + at, to + at, v, Split<T>(m.mean), r, w + channel, b + channel);
    });
  });
  return result;
}

Array row_norm_backward(const Array& g, const Array& x, RowView v, RowRule rule, const Statistics& s,
                        const Array& weight) {
  Array d = Array::empty(x.shape(), x.dtype());
  dispatch_floating("layer_norm", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T *p = in<T>(g), *q = in<T>(x), *w = in<T>(weight);
    T* to = out<T>(d);
    const double *mean = in<double>(s.mean), *var = in<double>(s.var);
    for_rows(v, [=](std::int64_t row, std::int64_t at, std::int64_t channel) {
      weigh(p + at, v, w + channel, to + at);
      apply_backward(to + at, q + at, v.size(), Split<T>(mean[row]), inverse_deviation(var[row], rule.eps),
                     rule.centered);
    });
  });
  return d;
}

ChannelSums row_norm_sums(const Array& g, const Array& x, RowView v, RowRule rule, const Statistics& s) {
  const std::int64_t channels = v.groups * v.channels;
  ChannelSums sums{Array::zeros({channels}, float64), Array::zeros({channels}, float64)};
  if (x.numel() == 0) return sums;
  const std::int64_t sample = channels * v.inner;
  const std::int64_t samples = std::clamp<std::int64_t>(kGrain / sample, 1, v.samples);
  const std::int64_t blocks = (v.samples + samples - 1) / samples;
  std::vector<double> parts(static_cast<std::size_t>(2 * blocks * channels));
  dispatch_floating("layer_norm", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    // One sample or more in each piece, or the groups of a large one.
    const std::int64_t grain = sample > kGrain ? 1 : v.groups;
    parallel_for(blocks * v.groups, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t block = i / v.groups, group = i % v.groups;
        add_group(in<T>(g), in<T>(x), v, block * samples, std::min(v.samples, (block + 1) * samples), group, rule,
                  in<double>(s.mean), in<double>(s.var), parts.data() + 2 * (block * channels + group * v.channels));
      }
    });
  });
  double *bias = out<double>(sums.bias), *weight = out<double>(sums.weight);
  for (std::int64_t b = 0; b < blocks; ++b)
    for (std::int64_t c = 0; c < channels; ++c) {
      bias[c] += parts[static_cast<std::size_t>(2 * (b * channels + c))];
      weight[c] += parts[static_cast<std::size_t>(2 * (b * channels + c) + 1)];
    }
  return sums;
}

}  // namespace xgrad::kernels
