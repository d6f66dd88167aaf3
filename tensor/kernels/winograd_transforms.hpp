#pragma once
/// The matrices of F(4 x 4, 3 x 3) as sums, for numbers and for vectors of them. Each turns one line; twice over the
/// lines and the columns of a square makes the transform of it.

namespace xgrad::kernels::winograd {

/// B^T d, of inputs.
struct InputLine {
  static constexpr int kFrom = 6, kTo = 6;
  template <class X>
  void operator()(const X (&d)[6], X (&t)[6]) const {
    const X even = d[4] - 4.f * d[2], odd = d[3] - 4.f * d[1], near = d[4] - d[2], far = 2.f * (d[3] - d[1]);
    t[0] = 4.f * d[0] - 5.f * d[2] + d[4];
    t[1] = even + odd;
    t[2] = even - odd;
    t[3] = near + far;
    t[4] = near - far;
    t[5] = 4.f * d[1] - 5.f * d[3] + d[5];
  }
};

/// G w, of kernels.
struct KernelLine {
  static constexpr int kFrom = 3, kTo = 6;
  template <class X>
  void operator()(const X (&w)[3], X (&t)[6]) const {
    const X outer = w[0] + w[2], wide = (1.f / 24) * w[0] + (1.f / 6) * w[2], middle = (1.f / 12) * w[1];
    t[0] = 0.25f * w[0];
    t[1] = (-1.f / 6) * (outer + w[1]);
    t[2] = (-1.f / 6) * (outer - w[1]);
    t[3] = wide + middle;
    t[4] = wide - middle;
    t[5] = w[2];
  }
};

/// G^T t, back to kernels.
struct KernelLineBack {
  static constexpr int kFrom = 6, kTo = 3;
  template <class X>
  void operator()(const X (&t)[6], X (&w)[3]) const {
    const X near = (1.f / 6) * (t[1] + t[2]), far = t[3] + t[4];
    w[0] = 0.25f * t[0] - near + (1.f / 24) * far;
    w[1] = (1.f / 6) * (t[2] - t[1]) + (1.f / 12) * (t[3] - t[4]);
    w[2] = (1.f / 6) * far - near + t[5];
  }
};

/// A^T m, to outputs.
struct OutputLine {
  static constexpr int kFrom = 6, kTo = 4;
  template <class X>
  void operator()(const X (&m)[6], X (&y)[4]) const {
    const X near = m[1] + m[2], near_apart = m[1] - m[2], far = m[3] + m[4], far_apart = m[3] - m[4];
    y[0] = m[0] + near + far;
    y[1] = near_apart + 2.f * far_apart;
    y[2] = near + 4.f * far;
    y[3] = near_apart + 8.f * far_apart + m[5];
  }
};

/// A y, of the gradients of outputs.
struct OutputLineBack {
  static constexpr int kFrom = 4, kTo = 6;
  template <class X>
  void operator()(const X (&y)[4], X (&m)[6]) const {
    const X even = y[0] + y[2], odd = y[1] + y[3], wide = y[0] + 4.f * y[2], far = 2.f * y[1] + 8.f * y[3];
    m[0] = y[0];
    m[1] = even + odd;
    m[2] = even - odd;
    m[3] = wide + far;
    m[4] = wide - far;
    m[5] = y[3];
  }
};

/// The transform of a square: `from(i, j)` gives an element, `to(i, j, value)` takes one of the result.
template <class X, class Line, class From, class To>
[[gnu::always_inline]] inline void transform(const Line& line, const From& from, const To& to) {
  X half[Line::kFrom][Line::kTo];
#pragma GCC unroll 6
  for (int i = 0; i < Line::kFrom; ++i) {
    X given[Line::kFrom];
#pragma GCC unroll 6
    for (int j = 0; j < Line::kFrom; ++j) given[j] = from(i, j);
    line(given, half[i]);
  }
#pragma GCC unroll 6
  for (int j = 0; j < Line::kTo; ++j) {
    X given[Line::kFrom], result[Line::kTo];
#pragma GCC unroll 6
    for (int i = 0; i < Line::kFrom; ++i) given[i] = half[i][j];
    line(given, result);
#pragma GCC unroll 6
    for (int i = 0; i < Line::kTo; ++i) to(i, j, result[i]);
  }
}

}  // namespace xgrad::kernels::winograd
