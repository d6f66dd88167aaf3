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
struct Greater {
  bool operator()(const auto& a, const auto& b) const { return a > b; }
};
struct GreaterEqual {
  bool operator()(const auto& a, const auto& b) const { return a >= b; }
};

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

/// Operands of `where`: a single element is read in place, others have the result's shape.
template <bool SingleA, bool SingleB, class T>
void choose(const bool* m, const T* a, const T* b, T* y, std::int64_t n) {
  const auto* const mask = reinterpret_cast<const unsigned char*>(m);  // g++ vectorises a test of bytes, not of bools
  parallel_for(n, kGrain, [=](std::int64_t begin, std::int64_t end) {
    const T a0 = *a, b0 = *b;  // n > 0
    for (std::int64_t i = begin; i < end; ++i) {
      const T v = SingleA ? a0 : a[i], w = SingleB ? b0 : b[i];  // loaded in any case: a select then, not a branch
      y[i] = mask[i] != 0 ? v : w;
    }
  });
}

}  // namespace

Array add(const Array& a, const Array& b) { return zip_arithmetic("add", a, b, Add{}); }
Array sub(const Array& a, const Array& b) { return zip_arithmetic("sub", a, b, Sub{}); }
Array mul(const Array& a, const Array& b) { return zip_arithmetic("mul", a, b, Mul{}); }
Array div(const Array& a, const Array& b) { return zip_real("div", a, b, Div{}); }
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
Array greater(const Array& a, const Array& b) { return zip_compare("gt", a, b, Greater{}); }
Array greater_equal(const Array& a, const Array& b) { return zip_compare("ge", a, b, GreaterEqual{}); }

Array where(const Array& condition, const Array& a, const Array& b) {
  const Shape shape = broadcast("where", broadcast("where", condition.shape(), a.shape()), b.shape());
  const bool one_a = a.numel() == 1, one_b = b.numel() == 1;
  const Array c = expand(condition, shape), x = one_a ? a : expand(a, shape), y = one_b ? b : expand(b, shape);
  Array z = Array::empty(shape, a.dtype());
  const bool* m = in<bool>(c);
  dispatch(a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T *p = in<T>(x), *q = in<T>(y);
    T* r = out<T>(z);
    if (one_a && one_b) choose<true, true>(m, p, q, r, z.numel());
    else if (one_a) choose<true, false>(m, p, q, r, z.numel());
    else if (one_b) choose<false, true>(m, p, q, r, z.numel());
    else choose<false, false>(m, p, q, r, z.numel());
  });
  return z;
}

}  // namespace xgrad::kernels
