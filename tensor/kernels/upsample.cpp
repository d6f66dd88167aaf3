#include "tensor/kernels/upsample.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "tensor/kernels/dispatch.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {
namespace {

/// The type that positions are computed in.
template <class T>
using Real = std::conditional_t<std::is_same_v<T, double>, double, float>;

template <class R>
R step_of(const Resize& r) {
  return r.scale > 0 ? static_cast<R>(1. / r.scale) : static_cast<R>(r.in) / static_cast<R>(r.out);
}

/// Where each element comes from.
template <class R>
std::vector<std::int64_t> nearest(const Resize& r) {
  const R step = step_of<R>(r);
  std::vector<std::int64_t> from;
  for (std::int64_t i = 0; i < r.out; ++i)
    from.push_back(std::min(static_cast<std::int64_t>(std::floor(step * static_cast<R>(i))), r.in - 1));
  return from;
}

/// An element as a * x[low] + b * x[high]; a is never 0.
template <class R>
struct Mix {
  std::int64_t low, high;
  R a, b;
};

template <class R>
std::vector<Mix<R>> mixes(const Resize& r, bool align_corners) {
  const R step = !align_corners ? step_of<R>(r)
                 : r.out > 1    ? static_cast<R>(r.in - 1) / static_cast<R>(r.out - 1)
                                : R(0);
  std::vector<Mix<R>> result;
  for (std::int64_t i = 0; i < r.out; ++i) {
    const R place = static_cast<R>(i);
    const R at = align_corners ? step * place : std::max(R(0), step * (place + R(0.5)) - R(0.5));
    const std::int64_t low = std::min(static_cast<std::int64_t>(at), r.in - 1);
    const R b = std::clamp(at - static_cast<R>(low), R(0), R(1));
    result.push_back({low, low + (low < r.in - 1 ? 1 : 0), R(1) - b, b});
  }
  return result;
}

// What has no weight is not touched, so that infinity beside an element does no harm.

template <class T>
T mix(const Mix<T>& m, const T* row) {
  return m.b == 0 ? row[m.low] : m.a * row[m.low] + m.b * row[m.high];
}

template <class T>
void add_mixed(const Mix<T>& m, T g, T* row) {
  row[m.low] += m.a * g;
  if (m.b != 0) row[m.high] += m.b * g;
}

struct Planes {
  std::int64_t count = 1, grain;
  Shape shape;
  Planes(const Shape& like, std::int64_t h, std::int64_t w) : shape(like) {
    for (int i = 0; i + 2 < like.rank(); ++i) count *= like[i];
    const std::int64_t before = like[like.rank() - 2] * like[like.rank() - 1];
    grain = std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, before + 2 * h * w));
    shape[like.rank() - 2] = h;
    shape[like.rank() - 1] = w;
  }
};

/// Calls image(number of the image) for all of them, in parallel.
template <class Image>
void for_each_image(const Planes& planes, const Image& image) {
  parallel_for(planes.count, planes.grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) image(n);
  });
}

}  // namespace

Array resize_nearest(const Array& x, const Resize& h, const Resize& w) {
  const Planes planes(x.shape(), h.out, w.out);
  Array y = Array::empty(planes.shape, x.dtype());
  dispatch(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const auto rows = nearest<Real<T>>(h), columns = nearest<Real<T>>(w);
    for_each_image(planes, [&](std::int64_t n) {
      const T* from = in<T>(x) + n * h.in * w.in;
      T* to = out<T>(y) + n * h.out * w.out;
      for (std::size_t r = 0; r < rows.size(); ++r, to += w.out) {
        const T* row = from + rows[r] * w.in;
        if (r > 0 && rows[r] == rows[r - 1]) std::copy_n(to - w.out, w.out, to);
        else
          for (std::size_t q = 0; q < columns.size(); ++q) to[q] = row[columns[q]];
      }
    });
  });
  return y;
}

Array resize_nearest_transposed(const Array& y, const Resize& h, const Resize& w) {
  const Planes planes(y.shape(), h.in, w.in);
  Array x = Array::zeros(planes.shape, y.dtype());
  dispatch_floating("upsample", y.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const auto rows = nearest<T>(h), columns = nearest<T>(w);
    for_each_image(planes, [&](std::int64_t n) {
      const T* from = in<T>(y) + n * h.out * w.out;
      T* to = out<T>(x) + n * h.in * w.in;
      for (std::size_t r = 0; r < rows.size(); ++r, from += w.out) {
        T* row = to + rows[r] * w.in;
        for (std::size_t q = 0; q < columns.size(); ++q) row[columns[q]] += from[q];
      }
    });
  });
  return x;
}

Array resize_linear(const Array& x, const Resize& h, const Resize& w, bool align_corners) {
  const Planes planes(x.shape(), h.out, w.out);
  Array y = Array::empty(planes.shape, x.dtype());
  dispatch_floating("upsample", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const auto rows = mixes<T>(h, align_corners), columns = mixes<T>(w, align_corners);
    for_each_image(planes, [&](std::int64_t n) {
      const T* from = in<T>(x) + n * h.in * w.in;
      T* to = out<T>(y) + n * h.out * w.out;
      for (const Mix<T>& r : rows) {
        const T *upper = from + r.low * w.in, *lower = from + r.high * w.in;
        for (const Mix<T>& q : columns) {
          const T above = mix(q, upper);
          *to++ = r.b == 0 ? above : r.a * above + r.b * mix(q, lower);
        }
      }
    });
  });
  return y;
}

Array resize_linear_transposed(const Array& y, const Resize& h, const Resize& w, bool align_corners) {
  const Planes planes(y.shape(), h.in, w.in);
  Array x = Array::zeros(planes.shape, y.dtype());
  dispatch_floating("upsample", y.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const auto rows = mixes<T>(h, align_corners), columns = mixes<T>(w, align_corners);
    for_each_image(planes, [&](std::int64_t n) {
      const T* from = in<T>(y) + n * h.out * w.out;
      T* to = out<T>(x) + n * h.in * w.in;
      for (const Mix<T>& r : rows) {
        T *upper = to + r.low * w.in, *lower = to + r.high * w.in;
        for (const Mix<T>& q : columns) {
          const T g = *from++;
          add_mixed(q, r.a * g, upper);
          if (r.b != 0) add_mixed(q, r.b * g, lower);
        }
      }
    });
  });
  return x;
}

}  // namespace xgrad::kernels
