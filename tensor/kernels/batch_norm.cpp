#include "tensor/kernels/batch_norm.hpp"

#include <algorithm>
#include <memory>
#include <type_traits>

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

/// The sums of numbers a and of products a b, in lanes that are folded in a fixed order.
class TwoSums {
 public:
  /// term(i, a, b) sets a and b of type T, for all i < n.
  template <class T, class Term>
  void add(std::int64_t n, const Term& term) {
    T a[kSumLanes], b[kSumLanes];  // in loops of their own: g++ does not vectorise a choice between the sums
    std::int64_t i = 0;
    for (; i + kSumLanes <= n; i += kSumLanes) {
      for (std::int64_t k = 0; k < kSumLanes; ++k) term(i + k, a[k], b[k]);
      for (std::int64_t k = 0; k < kSumLanes; ++k) take(k, a[k], b[k]);
    }
    for (std::int64_t k = 0; i < n; ++i, ++k) {
      term(i, a[k], b[k]);
      take(k, a[k], b[k]);
    }
  }
  double numbers() const { return folded(numbers_); }
  double products() const { return folded(products_); }

 private:
  template <class T>
  void take(std::int64_t k, T a, T b) {
    numbers_[k] += static_cast<double>(a);
    products_[k] += static_cast<double>(a) * static_cast<double>(b);
  }
  static double folded(const double (&lanes)[kSumLanes]) {
    double sums[kSumLanes];
    std::copy_n(lanes, kSumLanes, sums);
    for (std::int64_t half = kSumLanes / 2; half > 0; half /= 2)
      for (std::int64_t k = 0; k < half; ++k) sums[k] += sums[k + half];
    return sums[0];
  }
  double numbers_[kSumLanes] = {}, products_[kSumLanes] = {};
};

/// Moments of `rows` runs of n elements, `stride` apart, in one pass: about the first element, which lies among them,
/// so that no more digits are lost than their number has.
template <class T>
Moments moments_of_runs(const T* x, std::int64_t rows, std::int64_t stride, std::int64_t n) {
  const double count = static_cast<double>(rows * n), shift = static_cast<double>(x[0]);
  TwoSums sums;
  for (std::int64_t r = 0; r < rows; ++r) {
    const T* run = x + r * stride;
    sums.add<double>(n, [=](std::int64_t i, double& a, double& b) { a = b = static_cast<double>(run[i]) - shift; });
  }
  const double step = sums.numbers() / count, deviations = sums.products() - step * sums.numbers();
  return {count, shift + step, deviations < 0 ? 0 : deviations};
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

/// What is done with the elements of one channel.
template <class T, bool Relu>
struct Normal {
  T high, low, scale, shift;
  T centred(T x) const { return (x - high) - low; }
  T of(T x) const { return centred(x) * scale + shift; }
  T result(T x) const {
    const T y = of(x);
    return Relu && y <= T(0) ? T(0) : y;
  }
  /// The gradient of what was normalised.
  T gate(T g, T x) const { return Relu && of(x) <= T(0) ? T(0) : g; }
};

/// The same of all channels.
template <class T, bool Relu>
class Normals {
 public:
  Normals(std::int64_t channels, const Statistics& s, double eps, const Array& weight, const Array& bias)
      : table_(4, channels) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const Split<T> mean(in<double>(s.mean)[c]);
      table_[0][c] = mean.high;
      table_[1][c] = mean.low;
      table_[2][c] = static_cast<T>(inverse_deviation(in<double>(s.var)[c], eps)) * in<T>(weight)[c];
      table_[3][c] = bias.defined() ? in<T>(bias)[c] : T(0);
    }
    for (std::int64_t k = 0; k < 4; ++k) rows_[k] = table_[k];
  }
  Normal<T, Relu> operator[](std::int64_t c) const { return {rows_[0][c], rows_[1][c], rows_[2][c], rows_[3][c]}; }

 private:
  Table<T> table_;
  const T* rows_[4];
};

/// Sums of g and g d of one channel, d = x - mean.
template <class T, bool Relu>
void add_runs(const T* g, const T* x, std::int64_t rows, std::int64_t stride, std::int64_t n,
              const Normal<T, Relu>& normal, double* result) {
  TwoSums sums;
  for (std::int64_t r = 0; r < rows; ++r) {
    const T *p = g + r * stride, *q = x + r * stride;
    sums.add<T>(n, [=](std::int64_t i, T& a, T& b) {
      a = normal.gate(p[i], q[i]);
      b = normal.centred(q[i]);
    });
  }
  result[0] = sums.numbers();
  result[1] = sums.products();
}

/// The same for neighbouring channels from `first` on, as columns; `sums` holds two numbers for each.
template <class T, bool Relu>
void add_columns(const T* g, const T* x, std::int64_t rows, std::int64_t stride, std::int64_t first, std::int64_t width,
                 const Normals<T, Relu>& normals, double* sums) {
  for (std::int64_t j0 = 0; j0 < width; j0 += kStrip) {
    const std::int64_t n = std::min(kStrip, width - j0);
    double total[kStrip] = {}, product[kStrip] = {};
    for (std::int64_t r = 0; r < rows; ++r) {
      const T *p = g + r * stride + j0, *q = x + r * stride + j0;
      for (std::int64_t j = 0; j < n; ++j) {
        const Normal<T, Relu> normal = normals[first + j0 + j];
        const auto gate = static_cast<double>(normal.gate(p[j], q[j]));
        total[j] += gate;
        product[j] += gate * static_cast<double>(normal.centred(q[j]));
      }
    }
    for (std::int64_t j = 0; j < n; ++j) {
      sums[2 * (j0 + j)] = total[j];
      sums[2 * (j0 + j) + 1] = product[j];
    }
  }
}

template <class T, bool Relu>
void sums_into(const T* g, const T* x, ChannelView v, const Normals<T, Relu>& normals, double* bias, double* weight) {
  const Cut cut(v);
  Array room = Array::zeros({2 * cut.blocks * v.channels}, float64);
  double* const parts = out<double>(room);
  const std::int64_t stride = v.channels * v.inner;
  for_pieces(v, cut, [&](std::int64_t block, std::int64_t n, std::int64_t rows, std::int64_t c0, std::int64_t c1) {
    double* part = parts + 2 * (block * v.channels);
    if (v.inner == 1) {
      add_columns(g + n * stride + c0, x + n * stride + c0, rows, stride, c0, c1 - c0, normals, part + 2 * c0);
      return;
    }
    for (std::int64_t c = c0; c < c1; ++c) {
      const std::int64_t at = n * stride + c * v.inner;
      add_runs(g + at, x + at, rows, stride, v.inner, normals[c], part + 2 * c);
    }
  });
  for (std::int64_t c = 0; c < v.channels; ++c) {
    bias[c] = weight[c] = 0;
    for (std::int64_t b = 0; b < cut.blocks; ++b) {
      const double* part = parts + 2 * (b * v.channels + c);
      bias[c] += part[0];
      weight[c] += part[1];
    }
  }
}

/// Calls f(Type<T>, relu) with relu as a constant.
template <class F>
void dispatch_rule(DType t, bool relu, const F& f) {
  dispatch_floating("batch_norm", t, [&](auto type) {
    if (relu) f(type, std::true_type{});
    else f(type, std::false_type{});
  });
}

}  // namespace

Statistics channel_statistics(const Array& x, ChannelView v) {
  const Cut cut(v);
  Array room = Array::empty({cut.blocks * v.channels * static_cast<std::int64_t>(sizeof(Moments))}, uint8);
  auto* const parts = static_cast<Moments*>(static_cast<void*>(out<std::uint8_t>(room)));
  std::uninitialized_fill_n(parts, cut.blocks * v.channels, Moments{});
  const std::int64_t stride = v.channels * v.inner;
  dispatch_floating("batch_norm", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* from = in<T>(x);
    if (x.numel() == 0) return;
    for_pieces(v, cut, [&](std::int64_t block, std::int64_t n, std::int64_t rows, std::int64_t c0, std::int64_t c1) {
      Moments* part = parts + block * v.channels;
      if (v.inner == 1) return moments_of_columns(from + n * stride + c0, rows, stride, c1 - c0, part + c0);
      for (std::int64_t c = c0; c < c1; ++c)
        part[c] = moments_of_runs(from + n * stride + c * v.inner, rows, stride, v.inner);
    });
  });
  Statistics s{Array::empty({v.channels}, float64), Array::empty({v.channels}, float64)};
  for (std::int64_t c = 0; c < v.channels; ++c) {
    Moments m;
    for (std::int64_t b = 0; b < cut.blocks; ++b) m.merge(parts[b * v.channels + c]);
    out<double>(s.mean)[c] = m.mean;
    out<double>(s.var)[c] = m.deviations / m.count;
  }
  return s;
}

Array batch_norm(const Array& x, ChannelView v, const Statistics& s, BatchNormRule rule, const Array& weight,
                 const Array& bias) {
  Array y = Array::empty(x.shape(), x.dtype());
  dispatch_rule(x.dtype(), rule.relu, [&](auto type, auto relu) {
    using T = typename decltype(type)::type;
    const Normals<T, relu.value> normals(v.channels, s, rule.eps, weight, bias);
    const T* from = in<T>(x);
    T* to = out<T>(y);
    for_each_channel(
        v,
        [=, &normals](std::int64_t at, std::int64_t c) {
          const Normal<T, relu.value> normal = normals[c];
          for (std::int64_t i = at; i < at + v.inner; ++i) to[i] = normal.result(from[i]);
        },
        [=, &normals](std::int64_t at) {
          for (std::int64_t c = 0; c < v.channels; ++c) to[at + c] = normals[c].result(from[at + c]);
        });
  });
  return y;
}

ChannelSums batch_norm_sums(const Array& g, const Array& x, ChannelView v, const Statistics& s, BatchNormRule rule,
                            const Array& weight, const Array& bias) {
  ChannelSums sums{Array::empty({v.channels}, float64), Array::empty({v.channels}, float64)};
  dispatch_rule(x.dtype(), rule.relu, [&](auto type, auto relu) {
    using T = typename decltype(type)::type;
    const Normals<T, relu.value> normals(v.channels, s, rule.eps, weight, bias);
    sums_into(in<T>(g), in<T>(x), v, normals, out<double>(sums.bias), out<double>(sums.weight));
  });
  if (v.samples * v.inner > 0)
    for (std::int64_t c = 0; c < v.channels; ++c)
      out<double>(sums.weight)[c] *= inverse_deviation(in<double>(s.var)[c], rule.eps);
  return sums;
}

Array batch_norm_backward(const Array& g, const Array& x, ChannelView v, const Statistics& s, BatchNormRule rule,
                          const Array& weight, const Array& bias, const ChannelSums& sums) {
  Array d = Array::empty(x.shape(), x.dtype());
  const double count = static_cast<double>(v.samples * v.inner);
  dispatch_rule(x.dtype(), rule.relu, [&](auto type, auto relu) {
    using T = typename decltype(type)::type;
    const Normals<T, relu.value> normals(v.channels, s, rule.eps, weight, bias);
    Table<T> table(2, v.channels);
    T *mean_g = table[0], *slope = table[1];
    for (std::int64_t c = 0; c < v.channels; ++c) {
      mean_g[c] = static_cast<T>(in<double>(sums.bias)[c] / count);
      slope[c] = static_cast<T>(inverse_deviation(in<double>(s.var)[c], rule.eps) * in<double>(sums.weight)[c] / count);
    }
    const auto gradient = [](const Normal<T, relu.value>& normal, T gate, T value, T mean, T k) {
      return normal.scale * ((normal.gate(gate, value) - mean) - normal.centred(value) * k);
    };
    const T *p = in<T>(g), *q = in<T>(x);
    T* to = out<T>(d);
    for_each_channel(
        v,
        [=, &normals](std::int64_t at, std::int64_t c) {
          const Normal<T, relu.value> normal = normals[c];
          const T m = mean_g[c], k = slope[c];
          for (std::int64_t i = at; i < at + v.inner; ++i) to[i] = gradient(normal, p[i], q[i], m, k);
        },
        [=, &normals](std::int64_t at) {
          for (std::int64_t c = 0; c < v.channels; ++c)
            to[at + c] = gradient(normals[c], p[at + c], q[at + c], mean_g[c], slope[c]);
        });
  });
  return d;
}

Array batch_norm_eval_backward(const Array& g, const Array& x, ChannelView v, const Statistics& s, BatchNormRule rule,
                               const Array& weight, const Array& bias) {
  Array d = Array::empty(g.shape(), g.dtype());
  dispatch_rule(g.dtype(), rule.relu, [&](auto type, auto relu) {
    using T = typename decltype(type)::type;
    const Normals<T, relu.value> normals(v.channels, s, rule.eps, weight, bias);
    const T *p = in<T>(g), *q = in<T>(x);
    T* to = out<T>(d);
    for_each_channel(
        v,
        [=, &normals](std::int64_t at, std::int64_t c) {
          const Normal<T, relu.value> normal = normals[c];
          for (std::int64_t i = at; i < at + v.inner; ++i) to[i] = normal.gate(p[i], q[i]) * normal.scale;
        },
        [=, &normals](std::int64_t at) {
          for (std::int64_t c = 0; c < v.channels; ++c)
            to[at + c] = normals[c].gate(p[at + c], q[at + c]) * normals[c].scale;
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
