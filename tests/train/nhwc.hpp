#pragma once
// Keras' layers written out as loops over images [N, H, W, C], to compare with.

#include <cmath>
#include <limits>
#include <vector>

#include "autograd/tensor.hpp"
#include "tensor/array.hpp"

namespace xgrad::test {

struct Images {
  std::int64_t n, h, w, c;
  std::vector<double> v;
  Images(std::int64_t n_, std::int64_t h_, std::int64_t w_, std::int64_t c_)
      : n(n_), h(h_), w(w_), c(c_), v(static_cast<std::size_t>(n_ * h_ * w_ * c_)) {}
  double& at(std::int64_t i, std::int64_t y, std::int64_t x, std::int64_t k) {
    return v[static_cast<std::size_t>(((i * h + y) * w + x) * c + k)];
  }
  double get(std::int64_t i, std::int64_t y, std::int64_t x, std::int64_t k, double outside) {
    return y < 0 || x < 0 || y >= h || x >= w ? outside : at(i, y, x, k);
  }
  bool inside(std::int64_t y, std::int64_t x) const { return y >= 0 && x >= 0 && y < h && x < w; }
  template <class F>
  void each(F f) {
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t y = 0; y < h; ++y)
        for (std::int64_t x = 0; x < w; ++x)
          for (std::int64_t k = 0; k < c; ++k) f(i, y, x, k);
  }
};

inline double value_at(const Array& a, std::int64_t i) { return static_cast<double>(a.data<float>()[i]); }

/// From Keras' [N, H, W, C], and to xgrad's [N, C, H, W].
inline Images images_of(const Array& a) {
  Images out(a.shape()[0], a.shape()[1], a.shape()[2], a.shape()[3]);
  for (std::int64_t i = 0; i < a.numel(); ++i) out.v[static_cast<std::size_t>(i)] = value_at(a, i);
  return out;
}
inline Tensor nchw(Images im) {
  std::vector<float> v;
  for (std::int64_t i = 0; i < im.n; ++i)
    for (std::int64_t k = 0; k < im.c; ++k)
      for (std::int64_t y = 0; y < im.h; ++y)
        for (std::int64_t x = 0; x < im.w; ++x) v.push_back(static_cast<float>(im.at(i, y, x, k)));
  return Tensor(Array::copy_of(v, Shape{im.n, im.c, im.h, im.w}));
}
inline Tensor rows(const Images& im) {
  std::vector<float> v(im.v.begin(), im.v.end());
  return Tensor(Array::copy_of(v, Shape{im.n, im.h * im.w * im.c}));
}

/// How a window moves along an axis: outputs, and what lies before the first input.
struct Steps {
  std::int64_t out, before;
  Steps(std::int64_t in, std::int64_t kernel, std::int64_t stride, bool same) {
    out = same ? (in + stride - 1) / stride : (in - kernel) / stride + 1;
    const std::int64_t total = std::max<std::int64_t>((out - 1) * stride + kernel - in, 0);
    before = same ? total / 2 : 0;
  }
};

/// kernel (kh, kw, in, out)
inline Images conv(Images x, const Array& kernel, const Array& bias, std::int64_t sh, std::int64_t sw, bool same) {
  const Shape& s = kernel.shape();
  const Steps h(x.h, s[0], sh, same), w(x.w, s[1], sw, same);
  Images y(x.n, h.out, w.out, s[3]);
  y.each([&](auto i, auto p, auto q, auto o) {
    double sum = value_at(bias, o);
    for (std::int64_t a = 0; a < s[0]; ++a)
      for (std::int64_t b = 0; b < s[1]; ++b)
        for (std::int64_t k = 0; k < s[2]; ++k)
          sum += x.get(i, p * sh + a - h.before, q * sw + b - w.before, k, 0) *
                 value_at(kernel, ((a * s[1] + b) * s[2] + k) * s[3] + o);
    y.at(i, p, q, o) = sum;
  });
  return y;
}

/// kernel (kh, kw, in, multiplier)
inline Images depthwise(Images x, const Array& kernel, const Array& bias, bool same) {
  const Shape& s = kernel.shape();
  const Steps h(x.h, s[0], 1, same), w(x.w, s[1], 1, same);
  Images y(x.n, h.out, w.out, s[2] * s[3]);
  y.each([&](auto i, auto p, auto q, auto o) {
    double sum = value_at(bias, o);
    for (std::int64_t a = 0; a < s[0]; ++a)
      for (std::int64_t b = 0; b < s[1]; ++b)
        sum += x.get(i, p + a - h.before, q + b - w.before, o / s[3], 0) *
               value_at(kernel, (a * s[1] + b) * s[2] * s[3] + o);
    y.at(i, p, q, o) = sum;
  });
  return y;
}

/// TensorFlow's conv2d_transpose, the gradient of conv by its input: kernel (kh, kw, out, in).
inline Images conv_transpose(Images x, const Array& kernel, const Array& bias, std::int64_t stride, bool same) {
  const Shape& s = kernel.shape();
  const auto size = [&](std::int64_t in, std::int64_t k) {
    return same ? in * stride : in * stride + std::max<std::int64_t>(k - stride, 0);
  };
  Images y(x.n, size(x.h, s[0]), size(x.w, s[1]), s[2]);
  const Steps h(y.h, s[0], stride, same), w(y.w, s[1], stride, same);  // of the convolution from y to x
  y.each([&](auto i, auto p, auto q, auto o) { y.at(i, p, q, o) = value_at(bias, o); });
  x.each([&](auto i, auto p, auto q, auto k) {
    for (std::int64_t a = 0; a < s[0]; ++a)
      for (std::int64_t b = 0; b < s[1]; ++b)
        for (std::int64_t o = 0; o < s[2]; ++o) {
          const std::int64_t r = p * stride + a - h.before, t = q * stride + b - w.before;
          if (y.inside(r, t))
            y.at(i, r, t, o) += x.at(i, p, q, k) * value_at(kernel, ((a * s[1] + b) * s[2] + o) * s[3] + k);
        }
  });
  return y;
}

/// Padding counts for neither.
inline Images pool(Images x, std::int64_t kh, std::int64_t kw, std::int64_t sh, std::int64_t sw, bool same, bool max) {
  const Steps h(x.h, kh, sh, same), w(x.w, kw, sw, same);
  Images y(x.n, h.out, w.out, x.c);
  y.each([&](auto i, auto p, auto q, auto k) {
    double best = -std::numeric_limits<double>::infinity(), sum = 0, count = 0;
    for (std::int64_t a = 0; a < kh; ++a)
      for (std::int64_t b = 0; b < kw; ++b) {
        const std::int64_t r = p * sh + a - h.before, t = q * sw + b - w.before;
        if (!x.inside(r, t)) continue;
        best = std::max(best, x.at(i, r, t, k));
        sum += x.at(i, r, t, k);
        ++count;
      }
    y.at(i, p, q, k) = max ? best : sum / count;
  });
  return y;
}

/// By the last axis; undefined arrays are left out.
inline Images batch_norm(Images x, const Array& gamma, const Array& beta, const Array& mean, const Array& var,
                         double eps = 1e-3) {
  x.each([&](auto i, auto p, auto q, auto k) {
    double& v = x.at(i, p, q, k);
    v = (v - value_at(mean, k)) / std::sqrt(value_at(var, k) + eps);
    if (gamma.defined()) v *= value_at(gamma, k);
    if (beta.defined()) v += value_at(beta, k);
  });
  return x;
}
inline Images layer_norm(Images x, const Array& gamma, const Array& beta, double eps = 1e-3) {
  for (std::size_t row = 0; row < x.v.size() / static_cast<std::size_t>(x.c); ++row) {
    double mean = 0, var = 0;
    double* v = x.v.data() + row * static_cast<std::size_t>(x.c);
    for (std::int64_t k = 0; k < x.c; ++k) mean += v[k] / static_cast<double>(x.c);
    for (std::int64_t k = 0; k < x.c; ++k) var += (v[k] - mean) * (v[k] - mean) / static_cast<double>(x.c);
    for (std::int64_t k = 0; k < x.c; ++k) {
      v[k] = (v[k] - mean) / std::sqrt(var + eps);
      if (gamma.defined()) v[k] *= value_at(gamma, k);
      if (beta.defined()) v[k] += value_at(beta, k);
    }
  }
  return x;
}

inline Images relu(Images x) {
  for (double& v : x.v) v = std::max(v, 0.);
  return x;
}
inline Images flat(const Images& x) {
  Images y(x.n, 1, 1, x.h * x.w * x.c);
  y.v = x.v;
  return y;
}
/// Along the last axis; kernel (in, out).
inline Images dense(Images x, const Array& kernel, const Array& bias) {
  Images y(x.n, x.h, x.w, kernel.shape()[1]);
  y.each([&](auto i, auto p, auto q, auto o) {
    double sum = bias.defined() ? value_at(bias, o) : 0;
    for (std::int64_t k = 0; k < x.c; ++k) sum += x.at(i, p, q, k) * value_at(kernel, k * y.c + o);
    y.at(i, p, q, o) = sum;
  });
  return y;
}
inline Images softmax_of(Images x) {
  for (std::size_t row = 0; row < x.v.size() / static_cast<std::size_t>(x.c); ++row) {
    double* v = x.v.data() + row * static_cast<std::size_t>(x.c);
    double sum = 0;
    for (std::int64_t k = 0; k < x.c; ++k) sum += v[k] = std::exp(v[k]);
    for (std::int64_t k = 0; k < x.c; ++k) v[k] /= sum;
  }
  return x;
}
inline Images global_average(Images x) {
  Images y(x.n, 1, 1, x.c);
  x.each(
      [&](auto i, auto p, auto q, auto k) { y.at(i, 0, 0, k) += x.at(i, p, q, k) / static_cast<double>(x.h * x.w); });
  return y;
}

}  // namespace xgrad::test
