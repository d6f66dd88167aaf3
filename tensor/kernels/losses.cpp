#include "tensor/kernels/losses.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tensor/kernels/functions.hpp"
#include "tensor/kernels/map.hpp"

namespace xgrad::kernels {
namespace {

/// z[i] = op(x[i], y[i]) by a plain loop, which the compiler vectorises for arithmetic and selection.
template <class Make>
Array each(const Array& x, const Array& y, std::int64_t grain, const Make& make) {
  Array z = Array::empty_like(x);
  dispatch_floating("loss", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const auto op = make(type);
    const T *p = in<T>(x), *q = in<T>(y);
    T* r = out<T>(z);
    parallel_for(x.numel(), grain, [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) r[i] = op(p[i], q[i]);
    });
  });
  return z;
}

/// z[i] = op(g[i], x[i], y[i]); a single g goes with all.
template <class Make>
Array each_of_three(const Array& g, const Array& x, const Array& y, const Make& make) {
  Array z = Array::empty_like(x);
  dispatch_floating("loss", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const auto op = make(type);
    const T *s = in<T>(g), *p = in<T>(x), *q = in<T>(y);
    T* r = out<T>(z);
    const bool single = g.numel() == 1;
    parallel_for(x.numel(), kGrain, [=](std::int64_t begin, std::int64_t end) {
      if (single) {
        const T one = *s;
        for (std::int64_t i = begin; i < end; ++i) r[i] = op(one, p[i], q[i]);
      } else {
        for (std::int64_t i = begin; i < end; ++i) r[i] = op(s[i], p[i], q[i]);
      }
    });
  });
  return z;
}

struct Log1pNegative {
  auto operator()(const auto& x) const { return xt::log1p(-x); }
};

}  // namespace

Array squared_error(const Array& x, const Array& y) {
  return each(x, y, kGrain, [](auto) { return [](auto p, auto q) { return (p - q) * (p - q); }; });
}

Array squared_error_backward(const Array& g, const Array& x, const Array& y) {
  return each_of_three(g, x, y, [](auto) { return [](auto s, auto p, auto q) { return s * (2 * (p - q)); }; });
}

Array huber(const Array& x, const Array& y, Huber h) {
  return each(x, y, kGrain, [h](auto type) {
    using T = typename decltype(type)::type;
    const T beta = static_cast<T>(h.beta), inner = static_cast<T>(h.inner), outer = static_cast<T>(h.outer);
    return [=](T p, T q) {
      const T d = p - q, a = std::abs(d), parabola = T(0.5) * inner * d * d, line = outer * (a - T(0.5) * beta);
      return a < beta ? parabola : line;
    };
  });
}

Array huber_backward(const Array& g, const Array& x, const Array& y, Huber h) {
  return each_of_three(g, x, y, [h](auto type) {
    using T = typename decltype(type)::type;
    const T beta = static_cast<T>(h.beta), inner = static_cast<T>(h.inner), outer = static_cast<T>(h.outer);
    return [=](T s, T p, T q) {
      const T d = p - q, side = d > T(0) ? outer : d < T(0) ? -outer : d, slope = inner * d;
      return s * (std::abs(d) < beta ? slope : side);
    };
  });
}

Array log_cosh(const Array& x, const Array& y) {
  return each(x, y, kMathGrain / 4, [](auto type) {
    using T = typename decltype(type)::type;
    return [](T p, T q) {
      const T a = std::abs(p - q);
      if (a < T(1)) {
        const T s = std::sinh(a);
        return T(0.5) * std::log1p(s * s);
      }
      return a + std::log1p(std::exp(T(-2) * a)) - std::numbers::ln2_v<T>;
    };
  });
}

Array hinge(const Array& x, const Array& y, bool squared) {
  const auto plain = [](auto type) {
    using T = typename decltype(type)::type;
    return [](T p, T q) {
      const T u = T(1) - p * q;
      return u < T(0) ? T(0) : u;
    };
  };
  const auto square = [](auto type) {
    using T = typename decltype(type)::type;
    return [](T p, T q) {
      const T u = T(1) - p * q, v = u * u;
      return u < T(0) ? T(0) : v;
    };
  };
  return squared ? each(x, y, kGrain, square) : each(x, y, kGrain, plain);
}

Array hinge_backward(const Array& g, const Array& x, const Array& y, bool squared) {
  const auto plain = [](auto type) {
    using T = typename decltype(type)::type;
    return [](T s, T p, T q) {
      const T u = T(1) - p * q, v = -s * q;
      return u < T(0) ? T(0) : v;
    };
  };
  const auto square = [](auto type) {
    using T = typename decltype(type)::type;
    return [](T s, T p, T q) {
      const T u = T(1) - p * q, v = s * (T(-2) * u * q);
      return u < T(0) ? T(0) : v;
    };
  };
  return squared ? each_of_three(g, x, y, square) : each_of_three(g, x, y, plain);
}

Array probability_cross_entropy(const Array& x, const Array& y) {
  const Array a = log(x), b = map_real(x, Log1pNegative{});
  return each_of_three(y, a, b, [](auto type) {
    using T = typename decltype(type)::type;
    return [](T target, T yes, T no) {
      return -(target * std::max(yes, T(-100))) - (T(1) - target) * std::max(no, T(-100));
    };
  });
}

Array probability_cross_entropy_backward(const Array& g, const Array& x, const Array& y) {
  return each_of_three(g, x, y, [](auto type) {
    using T = typename decltype(type)::type;
    return [](T s, T p, T q) { return s * ((p - q) / std::max((T(1) - p) * p, T(kLeastSquare))); };
  });
}

}  // namespace xgrad::kernels
