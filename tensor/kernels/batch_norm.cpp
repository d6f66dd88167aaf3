#include "tensor/kernels/batch_norm.hpp"

#include <algorithm>
#include <vector>

#include "tensor/kernels/dispatch.hpp"
#include "tensor/kernels/moments.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {
namespace {

/// Channels side by side in one strip, where `inner` is 1.
constexpr std::int64_t kStrip = 64;

/// How the work on a view is cut: into blocks of samples and, where one sample is large, ranges of channels.
struct Cut {
  std::int64_t samples, channels, blocks, ranges;
  explicit Cut(ChannelView v) {
    const std::int64_t sample = std::max<std::int64_t>(1, v.channels * v.inner);
    samples = std::clamp<std::int64_t>(kGrain / sample, 1, std::max<std::int64_t>(1, v.samples));
    channels = samples > 1 ? std::max<std::int64_t>(1, v.channels)
                           : std::clamp<std::int64_t>(kGrain / std::max<std::int64_t>(1, v.inner), 1,
                                                      std::max<std::int64_t>(1, v.channels));
    blocks = (v.samples + samples - 1) / samples;
    ranges = (v.channels + channels - 1) / channels;
  }
};

/// Calls f(block, first sample, number of samples, first channel, end of channels) for every piece.
template <class F>
void for_pieces(ChannelView v, const Cut& cut, const F& f) {
  parallel_for(cut.blocks * cut.ranges, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t block = i / cut.ranges, n = block * cut.samples, c = i % cut.ranges * cut.channels;
      f(block, n, std::min(cut.samples, v.samples - n), c, std::min(v.channels, c + cut.channels));
    }
  });
}

/// Moments of `width` columns of a [rows, stride] block.
template <class T>
void moments_of_columns(const T* x, std::int64_t rows, std::int64_t stride, std::int64_t width, Moments* result) {
  const double count = static_cast<double>(rows);
  for (std::int64_t j0 = 0; j0 < width; j0 += kStrip) {
    const std::int64_t n = std::min(kStrip, width - j0);
    double mean[kStrip], total[kStrip] = {};
    for (std::int64_t j = 0; j < n; ++j) mean[j] = static_cast<double>(x[j0 + j]);
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t j = 0; j < n; ++j) total[j] += static_cast<double>(x[r * stride + j0 + j]) - mean[j];
    for (std::int64_t j = 0; j < n; ++j) mean[j] += total[j] / count;
    std::fill_n(total, n, 0.);
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t j = 0; j < n; ++j) {
        const double d = static_cast<double>(x[r * stride + j0 + j]) - mean[j];
        total[j] += d * d;
      }
    for (std::int64_t j = 0; j < n; ++j) result[j0 + j] = {count, mean[j], total[j]};
  }
}

/// Moments of `rows` runs of n elements, `stride` apart.
template <class T>
Moments moments_of_runs(const T* x, std::int64_t rows, std::int64_t stride, std::int64_t n) {
  const double count = static_cast<double>(rows * n), shift = static_cast<double>(x[0]);
  double total = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    const T* run = x + r * stride;
    total += sum_of_terms(n, [=](std::int64_t i) { return static_cast<double>(run[i]) - shift; });
  }
  const double mean = shift + total / count;
  double deviations = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    const T* run = x + r * stride;
    deviations += sum_of_terms(n, [=](std::int64_t i) {
      const double d = static_cast<double>(run[i]) - mean;
      return d * d;
    });
  }
  return {count, mean, deviations};
}

/// Calls run(first element, channel) for every run of one channel, or, where inner is 1, columns(first element) for
/// every sample.
template <class Run, class Columns>
void for_each_channel(ChannelView v, const Run& run, const Columns& columns) {
  if (v.samples * v.channels * v.inner == 0) return;
  if (v.inner == 1) {
    parallel_for(v.samples, std::max<std::int64_t>(1, kGrain / v.channels), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t n = begin; n < end; ++n) columns(n * v.channels);
    });
    return;
  }
  parallel_for(v.samples * v.channels, std::max<std::int64_t>(1, kGrain / v.inner),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t r = begin; r < end; ++r) run(r * v.inner, r % v.channels);
               });
}

/// A few numbers of type T for every channel, one row for each kind.
template <class T>
class Table {
 public:
  Table(std::int64_t kinds, std::int64_t channels)
      : numbers_(Array::empty({kinds, channels}, dtype_of<T>())), channels_(channels) {}
  T* operator[](std::int64_t kind) { return out<T>(numbers_) + kind * channels_; }

 private:
  Array numbers_;
  std::int64_t channels_;
};

/// Sums of g and g d of one channel, d = x - mean.
template <class T>
void add_runs(const T* g, const T* x, std::int64_t rows, std::int64_t stride, std::int64_t n, Split<T> mean,
              double* sums) {
  for (std::int64_t r = 0; r < rows; ++r) {
    const T *p = g + r * stride, *q = x + r * stride;
    sums[0] += sum_of_terms(n, [=](std::int64_t i) { return p[i]; });
    sums[1] += sum_of_terms(
        n, [=](std::int64_t i) { return static_cast<double>(p[i]) * static_cast<double>(mean.from(q[i])); });
  }
}

/// The same for neighbouring channels, as columns; `sums` holds two numbers for each.
template <class T>
void add_columns(const T* g, const T* x, std::int64_t rows, std::int64_t stride, std::int64_t width, const T* high,
                 const T* low, double* sums) {
  for (std::int64_t j0 = 0; j0 < width; j0 += kStrip) {
    const std::int64_t n = std::min(kStrip, width - j0);
    double total[kStrip] = {}, product[kStrip] = {};
    for (std::int64_t r = 0; r < rows; ++r) {
      const T *p = g + r * stride + j0, *q = x + r * stride + j0;
      for (std::int64_t j = 0; j < n; ++j) {
        total[j] += static_cast<double>(p[j]);
        product[j] += static_cast<double>(p[j]) * static_cast<double>((q[j] - high[j0 + j]) - low[j0 + j]);
      }
    }
    for (std::int64_t j = 0; j < n; ++j) {
      sums[2 * (j0 + j)] = total[j];
      sums[2 * (j0 + j) + 1] = product[j];
    }
  }
}

template <class T>
void sums_into(const T* g, const T* x, ChannelView v, const double* mean, double* bias, double* weight) {
  const Cut cut(v);
  std::vector<double> parts(static_cast<std::size_t>(2 * cut.blocks * v.channels), 0.);
  Table<T> split(2, v.channels);
  for (std::int64_t c = 0; c < v.channels; ++c) {
    const Split<T> m(mean[c]);
    split[0][c] = m.high;
    split[1][c] = m.low;
  }
  const T *high = split[0], *low = split[1];
  const std::int64_t stride = v.channels * v.inner;
  for_pieces(v, cut, [&](std::int64_t block, std::int64_t n, std::int64_t rows, std::int64_t c0, std::int64_t c1) {
    double* part = parts.data() + 2 * (block * v.channels);
    if (v.inner == 1) {
      add_columns(g + n * stride + c0, x + n * stride + c0, rows, stride, c1 - c0, high + c0, low + c0, part + 2 * c0);
      return;
    }
    for (std::int64_t c = c0; c < c1; ++c) {
      const std::int64_t at = n * stride + c * v.inner;
      add_runs(g + at, x + at, rows, stride, v.inner, Split<T>(mean[c]), part + 2 * c);
    }
  });
  for (std::int64_t c = 0; c < v.channels; ++c) {
    bias[c] = weight[c] = 0;
    for (std::int64_t b = 0; b < cut.blocks; ++b) {
      const double* part = parts.data() + 2 * (b * v.channels + c);
      bias[c] += part[0];
      weight[c] += part[1];
    }
  }
}

}  // namespace

Statistics channel_statistics(const Array& x, ChannelView v) {
  const Cut cut(v);
  std::vector<Moments> parts(static_cast<std::size_t>(cut.blocks * v.channels));
  const std::int64_t stride = v.channels * v.inner;
  dispatch_floating("batch_norm", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* from = in<T>(x);
    if (x.numel() == 0) return;
    for_pieces(v, cut, [&](std::int64_t block, std::int64_t n, std::int64_t rows, std::int64_t c0, std::int64_t c1) {
      Moments* part = parts.data() + block * v.channels;
      if (v.inner == 1) return moments_of_columns(from + n * stride + c0, rows, stride, c1 - c0, part + c0);
      for (std::int64_t c = c0; c < c1; ++c)
        part[c] = moments_of_runs(from + n * stride + c * v.inner, rows, stride, v.inner);
    });
  });
  Statistics s{Array::empty({v.channels}, float64), Array::empty({v.channels}, float64)};
  for (std::int64_t c = 0; c < v.channels; ++c) {
    Moments m;
    for (std::int64_t b = 0; b < cut.blocks; ++b) m.merge(parts[static_cast<std::size_t>(b * v.channels + c)]);
    out<double>(s.mean)[c] = m.mean;
    out<double>(s.var)[c] = m.deviations / m.count;
  }
  return s;
}

Array batch_norm(const Array& x, ChannelView v, const Statistics& s, double eps, const Array& weight,
                 const Array& bias) {
  Array y = Array::empty(x.shape(), x.dtype());
  dispatch_floating("batch_norm", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    Table<T> table(3, v.channels);
    T *high = table[0], *low = table[1], *scale = table[2];
    const T* shift = in<T>(bias);
    for (std::int64_t c = 0; c < v.channels; ++c) {
      const Split<T> mean(in<double>(s.mean)[c]);
      high[c] = mean.high;
      low[c] = mean.low;
      scale[c] = static_cast<T>(inverse_deviation(in<double>(s.var)[c], eps)) * in<T>(weight)[c];
    }
    const T* from = in<T>(x);
    T* to = out<T>(y);
    for_each_channel(
        v,
        [=](std::int64_t at, std::int64_t c) {
          const T h = high[c], l = low[c], a = scale[c], b = shift[c];
          for (std::int64_t i = at; i < at + v.inner; ++i) to[i] = ((from[i] - h) - l) * a + b;
        },
        [=](std::int64_t at) {
          for (std::int64_t c = 0; c < v.channels; ++c)
            to[at + c] = ((from[at + c] - high[c]) - low[c]) * scale[c] + shift[c];
        });
  });
  return y;
}

ChannelSums batch_norm_sums(const Array& g, const Array& x, ChannelView v, const Statistics& s, double eps) {
  ChannelSums sums{Array::empty({v.channels}, float64), Array::empty({v.channels}, float64)};
  dispatch_floating("batch_norm", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    sums_into(in<T>(g), in<T>(x), v, in<double>(s.mean), out<double>(sums.bias), out<double>(sums.weight));
  });
  if (v.samples * v.inner > 0)
    for (std::int64_t c = 0; c < v.channels; ++c)
      out<double>(sums.weight)[c] *= inverse_deviation(in<double>(s.var)[c], eps);
  return sums;
}

Array batch_norm_backward(const Array& g, const Array& x, ChannelView v, const Statistics& s, double eps,
                          const Array& weight, const ChannelSums& sums) {
  Array d = Array::empty(x.shape(), x.dtype());
  const double count = static_cast<double>(v.samples * v.inner);
  dispatch_floating("batch_norm", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    Table<T> table(5, v.channels);
    T *high = table[0], *low = table[1], *scale = table[2], *mean_g = table[3], *slope = table[4];
    for (std::int64_t c = 0; c < v.channels; ++c) {
      const Split<T> mean(in<double>(s.mean)[c]);
      const double r = inverse_deviation(in<double>(s.var)[c], eps);
      high[c] = mean.high;
      low[c] = mean.low;
      scale[c] = static_cast<T>(r) * in<T>(weight)[c];
      mean_g[c] = static_cast<T>(in<double>(sums.bias)[c] / count);
      slope[c] = static_cast<T>(r * in<double>(sums.weight)[c] / count);
    }
    const T *p = in<T>(g), *q = in<T>(x);
    T* to = out<T>(d);
    for_each_channel(
        v,
        [=](std::int64_t at, std::int64_t c) {
          const T h = high[c], l = low[c], a = scale[c], m = mean_g[c], k = slope[c];
          for (std::int64_t i = at; i < at + v.inner; ++i) to[i] = a * ((p[i] - m) - ((q[i] - h) - l) * k);
        },
        [=](std::int64_t at) {
          for (std::int64_t c = 0; c < v.channels; ++c)
            to[at + c] = scale[c] * ((p[at + c] - mean_g[c]) - ((q[at + c] - high[c]) - low[c]) * slope[c]);
        });
  });
  return d;
}

Array batch_norm_eval_backward(const Array& g, ChannelView v, const Statistics& s, double eps, const Array& weight) {
  Array d = Array::empty(g.shape(), g.dtype());
  dispatch_floating("batch_norm", g.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    Table<T> table(1, v.channels);
    T* scale = table[0];
    for (std::int64_t c = 0; c < v.channels; ++c)
      scale[c] = static_cast<T>(inverse_deviation(in<double>(s.var)[c], eps)) * in<T>(weight)[c];
    const T* from = in<T>(g);
    T* to = out<T>(d);
    for_each_channel(
        v,
        [=](std::int64_t at, std::int64_t c) {
          const T a = scale[c];
          for (std::int64_t i = at; i < at + v.inner; ++i) to[i] = from[i] * a;
        },
        [=](std::int64_t at) {
          for (std::int64_t c = 0; c < v.channels; ++c) to[at + c] = from[at + c] * scale[c];
        });
  });
  return d;
}

void update_running(Array& running, const Array& batch, double momentum, double factor) {
  dispatch_floating("batch_norm", running.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    T* to = running.mutable_data<T>();
    const double* from = in<double>(batch);
    for (std::int64_t c = 0; c < running.numel(); ++c)
      to[c] = static_cast<T>((1. - momentum) * static_cast<double>(to[c]) + momentum * (factor * from[c]));
  });
}

}  // namespace xgrad::kernels
