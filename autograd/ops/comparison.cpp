#include "autograd/ops/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <limits>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/arithmetic.hpp"
#include "tensor/kernels/selection.hpp"

namespace xgrad {

Array detail::beside(const Tensor& x, Scalar s) {
  DType t = s.with(x.dtype());
  if (t == uint8 && !s.is_real() && (s.to<std::int64_t>() < 0 || s.to<std::int64_t>() > 255)) t = int64;
  return Array::full({}, s, t);
}

Tensor eq(const Tensor& x, const Tensor& y) { return kernels::equal(x.array(), y.array()); }
Tensor ne(const Tensor& x, const Tensor& y) { return kernels::not_equal(x.array(), y.array()); }
Tensor lt(const Tensor& x, const Tensor& y) { return kernels::less(x.array(), y.array()); }
Tensor le(const Tensor& x, const Tensor& y) { return kernels::less_equal(x.array(), y.array()); }
Tensor gt(const Tensor& x, const Tensor& y) { return kernels::greater(x.array(), y.array()); }
Tensor ge(const Tensor& x, const Tensor& y) { return kernels::greater_equal(x.array(), y.array()); }
Tensor eq(const Tensor& x, Scalar y) { return kernels::equal(x.array(), detail::beside(x, y)); }
Tensor ne(const Tensor& x, Scalar y) { return kernels::not_equal(x.array(), detail::beside(x, y)); }
Tensor lt(const Tensor& x, Scalar y) { return kernels::less(x.array(), detail::beside(x, y)); }
Tensor le(const Tensor& x, Scalar y) { return kernels::less_equal(x.array(), detail::beside(x, y)); }
Tensor gt(const Tensor& x, Scalar y) { return kernels::greater(x.array(), detail::beside(x, y)); }
Tensor ge(const Tensor& x, Scalar y) { return kernels::greater_equal(x.array(), detail::beside(x, y)); }

Tensor isnan(const Tensor& x) { return kernels::isnan(x.array()); }
Tensor isinf(const Tensor& x) { return kernels::isinf(x.array()); }
Tensor isfinite(const Tensor& x) { return kernels::isfinite(x.array()); }

Tensor logical_and(const Tensor& x, const Tensor& y) { return kernels::logical_and(x.array(), y.array()); }
Tensor logical_or(const Tensor& x, const Tensor& y) { return kernels::logical_or(x.array(), y.array()); }
Tensor logical_xor(const Tensor& x, const Tensor& y) { return kernels::logical_xor(x.array(), y.array()); }
Tensor logical_not(const Tensor& x) { return kernels::logical_not(x.array()); }

namespace {
void check_bools(const char* op, std::initializer_list<const Tensor*> operands, const char* instead) {
  for (const Tensor* x : operands)
    if (x->dtype() != bool_)
      fail<DTypeError>(
          op, fmt::format("got {}; expected bool, from a comparison, or call {}", name_of(x->dtype()), instead));
}
}  // namespace

Tensor operator&(const Tensor& x, const Tensor& y) {
  check_bools("operator&", {&x, &y}, "logical_and");
  return logical_and(x, y);
}
Tensor operator|(const Tensor& x, const Tensor& y) {
  check_bools("operator|", {&x, &y}, "logical_or");
  return logical_or(x, y);
}
Tensor operator^(const Tensor& x, const Tensor& y) {
  check_bools("operator^", {&x, &y}, "logical_xor");
  return logical_xor(x, y);
}
Tensor operator~(const Tensor& x) {
  check_bools("operator~", {&x}, "logical_not");
  return logical_not(x);
}

// ---- choice ------------------------------------------------------------------------------------------------------------

Tensor where(const Tensor& condition, const Tensor& x, const Tensor& y) {
  if (condition.dtype() != bool_)
    fail<DTypeError>("where", fmt::format("condition: got {}; expected bool, from a comparison or .to(bool_)",
                                          name_of(condition.dtype())));
  const DType t = promote("where", x.dtype(), y.dtype());
  return record(
      "where", kernels::where(condition.array(), x.array().to(t), y.array().to(t)),
      [](Ctx& c) {
        if (c.needs(1)) c.give(1, where(c.in(0), c.grad(), 0));
        if (c.needs(2)) c.give(2, where(c.in(0), 0, c.grad()));
      },
      Save{condition}, Edge{x}, Edge{y});
}

Tensor where(const Tensor& condition, const Tensor& x, Scalar y) {
  return where(condition, x, Tensor(detail::beside(x, y)));
}
Tensor where(const Tensor& condition, Scalar x, const Tensor& y) {
  return where(condition, Tensor(detail::beside(y, x)), y);
}
Tensor where(const Tensor& condition, Scalar x, Scalar y) {
  return where(condition, Tensor(Array::full({}, x, x.dtype())), Tensor(Array::full({}, y, y.dtype())));
}

namespace {

/// The part of g that belongs to an operand: all of it where it alone was chosen, half on a tie.
Tensor share(const Tensor& g, const Tensor& tie, const Tensor& lost) {
  return where(tie, mul(g, 0.5), where(lost, 0, g));
}

}  // namespace

Tensor maximum(const Tensor& x, const Tensor& y) {
  return record(
      "maximum", kernels::maximum(x.array(), y.array()),
      [](Ctx& c) {
        const Tensor &a = c.in(0), &b = c.in(1), tie = eq(a, b);
        if (c.needs(0)) c.give(0, share(c.grad(), tie, lt(a, b)));
        if (c.needs(1)) c.give(1, share(c.grad(), tie, lt(b, a)));
      },
      Save{x}, Save{y});
}

Tensor minimum(const Tensor& x, const Tensor& y) {
  return record(
      "minimum", kernels::minimum(x.array(), y.array()),
      [](Ctx& c) {
        const Tensor &a = c.in(0), &b = c.in(1), tie = eq(a, b);
        if (c.needs(0)) c.give(0, share(c.grad(), tie, lt(b, a)));
        if (c.needs(1)) c.give(1, share(c.grad(), tie, lt(a, b)));
      },
      Save{x}, Save{y});
}

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// g where low <= x <= high, else 0: linear in g, constant in x.
Tensor clamp_gate(const Tensor& g, const Tensor& x, double low, double high) {
  const kernels::Pieces slopes{.low = low, .high = high, .below = 0, .middle = 1, .above = 0, .closed = true};
  return record(
      "clamp_backward", kernels::slope(g.array(), x.array(), slopes),
      [low, high](Ctx& c) { c.give(0, clamp_gate(c.grad(), c.in(1), low, high)); }, Edge{g}, Save{x});
}

/// The bounds of an integer tensor, within what its dtype holds.
struct Bounds {
  std::int64_t low, high;
};
Bounds integer_bounds(DType t, std::optional<Scalar> min, std::optional<Scalar> max) {
  using Limits = std::numeric_limits<std::int64_t>;
  const Bounds all = t == uint8 ? Bounds{0, 255} : Bounds{Limits::min(), Limits::max()};
  const Bounds wanted{min ? min->to<std::int64_t>() : all.low, max ? max->to<std::int64_t>() : all.high};
  if (wanted.low > all.high || wanted.high < all.low)
    fail<ValueError>("clamp", fmt::format("bounds: got [{}, {}] for {}; expected some of its numbers inside",
                                          wanted.low, wanted.high, name_of(t)));
  return {std::max(wanted.low, all.low), std::min(wanted.high, all.high)};
}

/// One bound that is a tensor.
Tensor clamp_below(const Tensor& x, const Tensor& min) {
  return record(
      "clamp", kernels::maximum(x.array(), min.array(), "clamp"),
      [](Ctx& c) {
        if (c.needs(0)) c.give(0, where(ge(c.in(0), c.in(1)), c.grad(), 0));
        if (c.needs(1)) c.give(1, where(lt(c.in(0), c.in(1)), c.grad(), 0));
      },
      Save{x}, Save{min});
}
Tensor clamp_above(const Tensor& x, const Tensor& max) {
  return record(
      "clamp", kernels::minimum(x.array(), max.array(), "clamp"),
      [](Ctx& c) {
        if (c.needs(0)) c.give(0, where(le(c.in(0), c.in(1)), c.grad(), 0));
        if (c.needs(1)) c.give(1, where(gt(c.in(0), c.in(1)), c.grad(), 0));
      },
      Save{x}, Save{max});
}

[[noreturn]] void fail_no_bounds() { fail<ValueError>("clamp", "got neither min nor max; expected one or both"); }

}  // namespace

Tensor clamp(const Tensor& x, std::optional<Scalar> min, std::optional<Scalar> max) {
  if (!min && !max) fail_no_bounds();
  DType t = x.dtype();
  for (const auto& bound : {min, max})
    if (bound) t = bound->with(t);
  if (t == bool_) t = int64;
  if (!is_floating(t)) {
    const Bounds b = integer_bounds(t, min, max);
    return kernels::clamp(x.array().to(t), b.low, b.high);
  }
  const double low = min ? min->to<double>() : -kInfinity, high = max ? max->to<double>() : kInfinity;
  return record(
      "clamp", kernels::clamp(x.array().to(t), low, high),
      [low, high](Ctx& c) { c.give(0, clamp_gate(c.grad(), c.in(0), low, high)); }, Save{x});
}

Tensor clamp(const Tensor& x, const Tensor& min, const Tensor& max) {
  if (!min.defined() && !max.defined()) fail_no_bounds();
  const Tensor y = min.defined() ? clamp_below(x, min) : x;
  return max.defined() ? clamp_above(y, max) : y;
}

Tensor Tensor::clamp(std::optional<Scalar> min, std::optional<Scalar> max) const {
  return xgrad::clamp(*this, min, max);
}

}  // namespace xgrad
