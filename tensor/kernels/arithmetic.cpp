#include "tensor/kernels/arithmetic.hpp"

#include "tensor/kernels/layout.hpp"
#include "tensor/kernels/map.hpp"

namespace xgrad::kernels {
namespace {

struct Add {
  auto operator()(const auto& a, const auto& b) const { return modular(a) + modular(b); }
};
struct Sub {
  auto operator()(const auto& a, const auto& b) const { return modular(a) - modular(b); }
};
struct Mul {
  auto operator()(const auto& a, const auto& b) const { return modular(a) * modular(b); }
};
struct Div {
  auto operator()(const auto& a, const auto& b) const { return a / b; }
};
struct ReverseSub {
  auto operator()(const auto& a, const auto& s) const { return modular(s) - modular(a); }
};
struct ReverseDiv {
  auto operator()(const auto& a, const auto& s) const { return s / a; }
};
struct Neg {
  auto operator()(const auto& a) const { return -modular(a); }
};
struct Equal {
  bool operator()(const auto& a, const auto& b) const { return a == b; }
};
struct NotEqual {
  bool operator()(const auto& a, const auto& b) const { return a != b; }
};
struct Less {
  bool operator()(const auto& a, const auto& b) const { return a < b; }
};
struct LessEqual {
  bool operator()(const auto& a, const auto& b) const { return a <= b; }
};

Array real(const Array& a) { return is_floating(a.dtype()) ? a : a.to(float32); }

/// Division by an operand of a floating dtype leaves the other as it is; of two integers both become float32.
template <class Op>
Array divide(const Array& a, const Array& b, Op op) {
  const bool integers = !is_floating(a.dtype()) && !is_floating(b.dtype());
  if (integers) return zip_arithmetic("div", real(a), real(b), op);
  const DType t = promote("div", a.dtype(), b.dtype());
  const Array x = a.to(t), y = b.to(t);
  Array z = Array::empty(broadcast("div", x.shape(), y.shape()), t);
  dispatch_floating("div", t, [&](auto type) {
    using T = typename decltype(type)::type;
    zip<Op, T, T>(x, y, z, op);
  });
  return z;
}

template <class Op>
Array divide(const Array& a, Scalar s, Op op) {
  const Array x = real(a);
  Array y = Array::empty(x.shape(), x.dtype());
  dispatch_floating("div", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T v = s.to<T>();
    map_flat(in<T>(x), out<T>(y), x.numel(), kGrain, [&](const auto& e) { return op(e, v); });
  });
  return y;
}

}  // namespace

Array add(const Array& a, const Array& b) { return zip_arithmetic("add", a, b, Add{}); }
Array sub(const Array& a, const Array& b) { return zip_arithmetic("sub", a, b, Sub{}); }
Array mul(const Array& a, const Array& b) { return zip_arithmetic("mul", a, b, Mul{}); }
Array div(const Array& a, const Array& b) { return divide(a, b, Div{}); }
Array add(const Array& a, Scalar s) { return map_scalar(a, s, Add{}); }
Array mul(const Array& a, Scalar s) { return map_scalar(a, s, Mul{}); }
Array div(const Array& a, Scalar s) { return divide(a, s, Div{}); }
Array rsub(const Array& a, Scalar s) { return map_scalar(a, s, ReverseSub{}); }
Array rdiv(const Array& a, Scalar s) { return divide(a, s, ReverseDiv{}); }
Array neg(const Array& a) { return map_any(a, Neg{}); }

void add_into(Array& a, const Array& b) {
  a.mutable_raw();
  dispatch(a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    if constexpr (!std::is_same_v<T, bool>) zip_flat(in<T>(a), in<T>(b), out<T>(a), a.numel(), Add{});
  });
}

Array equal(const Array& a, const Array& b) { return zip_compare("eq", a, b, Equal{}); }
Array not_equal(const Array& a, const Array& b) { return zip_compare("ne", a, b, NotEqual{}); }
Array less(const Array& a, const Array& b) { return zip_compare("lt", a, b, Less{}); }
Array less_equal(const Array& a, const Array& b) { return zip_compare("le", a, b, LessEqual{}); }

Array where(const Array& condition, const Array& a, const Array& b) {
  const Shape shape = broadcast("where", broadcast("where", condition.shape(), a.shape()), b.shape());
  const Array c = expand(condition, shape), x = expand(a, shape), y = expand(b, shape);
  Array z = Array::empty(shape, a.dtype());
  const bool* m = in<bool>(c);
  dispatch(a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T *p = in<T>(x), *q = in<T>(y);
    T* r = out<T>(z);
    parallel_for(z.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) r[i] = m[i] ? p[i] : q[i];
    });
  });
  return z;
}

}  // namespace xgrad::kernels
