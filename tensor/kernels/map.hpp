#pragma once
/// Elementwise kernels from functors. An operation's functor works on C++ numbers and on xtensor expressions alike:
///
///     struct Mul { auto operator()(const auto& a, const auto& b) const { return a * b; } };
///
/// Same shapes and functions of floating numbers are xtensor expressions on rank-1 adaptors; broadcasting and integers
/// are plain loops. So are operations on numbers alone, which say how much of them is worth a thread:
///
///     struct Atan2 {
///       static constexpr std::int64_t piece = kLibmGrain;
///       auto operator()(auto y, auto x) const { return std::atan2(y, x); }
///     };

#include <cstdint>
#include <type_traits>

#include "tensor/kernels/broadcast.hpp"
#include "tensor/kernels/dispatch.hpp"
#include "tensor/parallel.hpp"
#include "tensor/xtensor.hpp"
//
#include <xtensor/xmath.hpp>
#include <xtensor/xoperation.hpp>

namespace xgrad::kernels {

template <class Op>
concept NumbersOnly = requires {
  Op::piece;
};

/// The pieces that an operation on two operands is cut into.
template <class Op>
constexpr std::int64_t grain_of() {
  if constexpr (NumbersOnly<Op>) return Op::piece;
  else return kGrain;
}

/// y = op(x), element by element, for real T through xtensor.
template <class Op, class T>
void map_flat(const T* x, T* y, std::int64_t n, std::int64_t grain, Op op) {
  parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
    if constexpr (std::is_floating_point_v<T> && !NumbersOnly<Op>) {
      const auto size = static_cast<std::size_t>(end - begin);
      auto result = detail::flat(y + begin, size);
      xt::noalias(result) = op(detail::flat(x + begin, size));
    } else {
      for (std::int64_t i = begin; i < end; ++i) y[i] = static_cast<T>(op(x[i]));
    }
  });
}

/// The same for an operation on numbers alone, x and y of any types.
template <NumbersOnly Op, class T, class R>
void map_numbers(const T* x, R* y, std::int64_t n, Op op) {
  parallel_for(n, Op::piece, [&](std::int64_t begin, std::int64_t end) {
    const Op f = op;  // what it holds may otherwise lie in y, for all g++ knows
    for (std::int64_t i = begin; i < end; ++i) y[i] = static_cast<R>(f(x[i]));
  });
}

/// How far an elementwise kernel on whole arrays runs: blocks are padded to 64 bytes, so a small one needs no tail
/// loop, which would cost more than the rest. What lies in the padding is garbage, before and after.
template <class T>
std::int64_t whole_vectors(std::int64_t n) {
#ifdef XGRAD_NO_POOL
  return n;
#else
  constexpr std::int64_t kWidth = 64 / sizeof(T);
  return std::is_floating_point_v<T> && n < 4096 ? (n + kWidth - 1) / kWidth * kWidth : n;
#endif
}

/// x in dtype t: itself, or a conversion kept in `room`.
inline const Array& as_type(const Array& x, DType t, Array& room) {
  if (x.dtype() == t) return x;
  room = x.to(t);
  return room;
}

/// A function of real numbers; integers are taken as float32, as PyTorch does.
template <class Op>
Array map_real(const Array& x, Op op, std::int64_t grain = kMathGrain) {
  if (!is_floating(x.dtype())) return map_real(x.to(float32), op, grain);
  Array y = Array::empty_like(x);
  dispatch_floating("map", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    map_flat(in<T>(x), out<T>(y), whole_vectors<T>(x.numel()), grain, op);
  });
  return y;
}

/// An operation that keeps the dtype, integers included (bools become int64).
template <class Op>
Array map_any(const Array& x, Op op) {
  if (x.dtype() == bool_) return map_any(x.to(int64), op);
  Array y = Array::empty_like(x);
  dispatch(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    if constexpr (!std::is_same_v<T, bool>) map_flat(in<T>(x), out<T>(y), whole_vectors<T>(x.numel()), kGrain, op);
  });
  return y;
}

/// z = op(x, y) for operands of one type and shape, through xtensor for real T.
template <class Op, class T, class R>
void zip_flat(const T* x, const T* y, R* z, std::int64_t n, Op op) {
  parallel_for(n, grain_of<Op>(), [&](std::int64_t begin, std::int64_t end) {
    if constexpr (std::is_floating_point_v<R> && !NumbersOnly<Op>) {
      const auto size = static_cast<std::size_t>(end - begin);
      auto result = detail::flat(z + begin, size);
      xt::noalias(result) = op(detail::flat(x + begin, size), detail::flat(y + begin, size));
    } else {
      for (std::int64_t i = begin; i < end; ++i) z[i] = static_cast<R>(op(x[i], y[i]));
    }
  });
}

/// Rows shorter than this are repeated into a longer one when one operand is a single row for all of the other.
inline constexpr std::int64_t kShortRow = 64;

template <class Op, class T, class R>
void zip_row(const T* x, const T* y, R* z, const MergedAxis& axis, Op op) {
  const std::int64_t n = axis.size;
  if (axis.a != 0 && axis.b != 0) {
    for (std::int64_t i = 0; i < n; ++i) z[i] = static_cast<R>(op(x[i], y[i]));
  } else if (axis.a != 0) {
    const T s = *y;
    for (std::int64_t i = 0; i < n; ++i) z[i] = static_cast<R>(op(x[i], s));
  } else {
    const T s = *x;
    for (std::int64_t i = 0; i < n; ++i) z[i] = static_cast<R>(op(s, y[i]));
  }
}

/// [N, short] with [short]: the small operand repeated to a row of several, so that the loop is worth starting.
template <class Op, class T, class R>
bool zip_short_rows(const T* x, const T* y, R* z, const MergedAxes& axes, Op op) {
  if (axes.size() != 2 || axes[1].size >= kShortRow || axes[0].size < 4) return false;
  const std::int64_t row = axes[1].size, rows = axes[0].size;
  const bool small_b = axes[0].b == 0 && axes[1].b == 1 && axes[1].a == 1;
  const bool small_a = axes[0].a == 0 && axes[1].a == 1 && axes[1].b == 1;
  if (!small_a && !small_b) return false;
  const T* const small = small_b ? y : x;  // not in the subscript: g++ 12 miscompiles that under UBSan
  T repeated[4 * kShortRow];
  const std::int64_t times = std::min<std::int64_t>(4 * kShortRow / row, rows), run = times * row;
  for (std::int64_t i = 0; i < run; ++i) repeated[i] = small[i % row];
  const std::int64_t total = rows * row;
  for (std::int64_t at = 0; at < total; at += run) {
    const MergedAxis axis{std::min(run, total - at), 1, 1};
    if (small_b) zip_row(x + at, repeated, z + at, axis, op);
    else zip_row(repeated, y + at, z + at, axis, op);
  }
  return true;
}

/// z = op(x, y) with broadcasting; x and y of one type T already.
template <class Op, class T, class R>
void zip(const Array& x, const Array& y, Array& z, Op op) {
  const T *a = in<T>(x), *b = in<T>(y);
  R* c = out<R>(z);
  if (z.numel() == 0) return;
  constexpr std::int64_t grain = grain_of<Op>();
  if (x.shape() == y.shape()) return zip_flat(a, b, c, NumbersOnly<Op> ? z.numel() : whole_vectors<R>(z.numel()), op);
  const MergedAxes axes = merge(z.shape(), x.shape(), y.shape());
  if (z.numel() <= grain && zip_short_rows(a, b, c, axes, op)) return;
  if (axes.size() == 1 && axes[0].size > grain) {  // a scalar with a large operand: cut the one long row
    parallel_for(axes[0].size, grain, [&](std::int64_t begin, std::int64_t end) {
      zip_row(a + begin * axes[0].a, b + begin * axes[0].b, c + begin, {end - begin, axes[0].a, axes[0].b}, op);
    });
    return;
  }
  for_each_row(axes, grain, [&](std::int64_t at, std::int64_t at_a, std::int64_t at_b, const MergedAxis& inner) {
    zip_row(a + at_a, b + at_b, c + at, inner, op);
  });
}

/// The commonest case: one floating dtype, one shape.
template <class Op>
Array zip_same(const Array& x, const Array& y, Op op) {
  Array z = Array::empty_like(x);
  dispatch_floating("zip", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    zip_flat(in<T>(x), in<T>(y), out<T>(z), NumbersOnly<Op> ? z.numel() : whole_vectors<T>(z.numel()), op);
  });
  return z;
}

/// An operation of two floating operands with broadcasting; two integers are taken as float32.
template <class Op>
Array zip_real(const char* name, const Array& x, const Array& y, Op op) {
  if (x.dtype() == y.dtype() && is_floating(x.dtype()) && x.shape() == y.shape()) return zip_same(x, y, op);
  DType t = promote(name, x.dtype(), y.dtype());
  if (!is_floating(t)) t = float32;
  Array room_x, room_y;
  const Array &a = as_type(x, t, room_x), &b = as_type(y, t, room_y);
  Array z = a.shape() == b.shape() ? Array::empty_like(a) : Array::empty(broadcast(name, a.shape(), b.shape()), t);
  dispatch_floating(name, t, [&](auto type) {
    using T = typename decltype(type)::type;
    zip<Op, T, T>(a, b, z, op);
  });
  return z;
}

/// An arithmetic operation with broadcasting in the promoted dtype (bools count as int64 unless kept).
template <bool KeepBool = false, class Op>
Array zip_arithmetic(const char* name, const Array& x, const Array& y, Op op) {
  if (x.dtype() == y.dtype() && is_floating(x.dtype()) && x.shape() == y.shape()) return zip_same(x, y, op);
  DType t = promote(name, x.dtype(), y.dtype());
  if (t == bool_ && !KeepBool) t = int64;
  Array room_x, room_y;
  const Array &a = as_type(x, t, room_x), &b = as_type(y, t, room_y);
  Array z = a.shape() == b.shape() ? Array::empty_like(a) : Array::empty(broadcast(name, a.shape(), b.shape()), t);
  dispatch(t, [&](auto type) {
    using T = typename decltype(type)::type;
    if constexpr (KeepBool || !std::is_same_v<T, bool>) zip<Op, T, T>(a, b, z, op);
  });
  return z;
}

/// A comparison with broadcasting: bools.
template <class Op>
Array zip_compare(const char* name, const Array& x, const Array& y, Op op) {
  const DType t = promote(name, x.dtype(), y.dtype());
  Array room_x, room_y;
  const Array &a = as_type(x, t, room_x), &b = as_type(y, t, room_y);
  Array z = Array::empty(broadcast(name, a.shape(), b.shape()), bool_);
  dispatch(t, [&](auto type) {
    using T = typename decltype(type)::type;
    zip<Op, T, bool>(a, b, z, op);
  });
  return z;
}

/// y = op(x, s) with a C++ number; `t` as Scalar::with gives it.
template <class Op>
Array map_scalar(const Array& x, Scalar s, Op op) {
  DType t = s.with(x.dtype());
  if (t == bool_) t = int64;
  Array room;
  const Array& a = as_type(x, t, room);
  Array y = Array::empty_like(a);
  dispatch(t, [&](auto type) {
    using T = typename decltype(type)::type;
    if constexpr (!std::is_same_v<T, bool>) {
      const T v = s.to<T>();
      map_flat(in<T>(a), out<T>(y), whole_vectors<T>(a.numel()), kGrain, [&](const auto& e) { return op(e, v); });
    }
  });
  return y;
}

}  // namespace xgrad::kernels
