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

/// Division in the floating dtype of either operand; of two integers, in float32.
template <class Op>
Array divide(const Array& x, const Array& y, Op op) {
  if (x.dtype() == y.dtype() && is_floating(x.dtype()) && x.shape() == y.shape()) return zip_same(x, y, op);
  DType t = promote("div", x.dtype(), y.dtype());
  if (!is_floating(t)) t = float32;
  Array room_x, room_y;
  const Array &a = as_type(x, t, room_x), &b = as_type(y, t, room_y);
  Array z = a.shape() == b.shape() ? Array::empty_like(a) : Array::empty(broadcast("div", a.shape(), b.shape()), t);
  dispatch_floating("div", t, [&](auto type) {
    using T = typename decltype(type)::type;
    zip<Op, T, T>(a, b, z, op);
  });
  return z;
}

template <class Op>
Array divide(const Array& x, Scalar s, Op op) {
  Array room;
  const Array& a = as_type(x, is_floating(x.dtype()) ? x.dtype() : float32, room);
  Array y = Array::empty_like(a);
  dispatch_floating("div", a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T v = s.to<T>();
    map_flat(in<T>(a), out<T>(y), whole_vectors<T>(a.numel()), kGrain, [&](const auto& e) { return op(e, v); });
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
