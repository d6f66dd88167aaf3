#include "autograd/check/fault.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_set>

#include "autograd/check/gradcheck.hpp"
#include "autograd/engine.hpp"
#include "autograd/ops.hpp"

namespace xgrad::detail {
namespace {

std::vector<double> numbers(const Tensor& t) {
  const Tensor wide = t.detach().to(float64);
  const auto v = wide.values<double>();
  return {v.begin(), v.end()};
}

double largest(const std::vector<double>& v) {
  double top = 0.;
  for (const double x : v)
    if (std::isfinite(x)) top = std::max(top, std::abs(x));
  return top;
}

bool close(double d, double a, double scale, double rtol) {
  const double off = std::abs(d - a);
  return d == a || (std::isfinite(off) && off <= rtol * std::abs(a) + 1e-4 * rtol * scale);
}

bool same(const std::vector<double>& d, const std::vector<double>& a, double rtol) {
  const double scale = largest(a);
  for (std::size_t i = 0; i < d.size(); ++i)
    if (!close(d[i], a[i], scale, rtol)) return false;
  return true;
}

/// c with d = c a everywhere, from the largest element of a; none where no such c exists.
std::optional<double> constant_factor(const std::vector<double>& d, const std::vector<double>& a, double rtol) {
  if (a.empty()) return {};
  const auto top = std::max_element(a.begin(), a.end(), [](double x, double y) { return std::abs(x) < std::abs(y); });
  if (*top == 0.) return {};
  const double c = d[static_cast<std::size_t>(top - a.begin())] / *top;
  if (!std::isfinite(c) || std::abs(c) < 1e-12) return {};
  std::vector<double> scaled = a;
  for (double& x : scaled) x *= c;
  return same(d, scaled, rtol) ? std::optional(c) : std::nullopt;
}

/// The sizes of the axes of a shape, and products of neighbouring ones.
void add_sizes(std::vector<MetSize>& sizes, const Shape& shape, const std::string& name) {
  for (int i = 0; i < shape.rank(); ++i) {
    std::int64_t n = 1;
    for (int j = i; j < shape.rank(); ++j) {
      n *= shape[j];
      const std::string what = j == i                            ? fmt::format("the size of axis {} of {}", i, name)
                               : i == 0 && j + 1 == shape.rank() ? fmt::format("the number of elements of {}", name)
                                                                 : fmt::format("axes {} to {} of {}", i, j, name);
      if (n > 1) sizes.push_back({n, what});
    }
  }
}

/// "derived = -2.000 x autograd: the sign, and ..."
std::string factor_in_words(double c, const std::string& of, const std::vector<MetSize>& sizes, double rtol) {
  const auto is = [&](double v) { return std::abs(std::abs(c) - v) <= 10. * rtol * v; };
  if (c < 0 && is(1.)) return fmt::format("the sign: derived = -{}", of);
  std::string text = fmt::format("derived = {:.4g} x {}", c, of);
  if (std::abs(c) >= 0.001 && std::abs(c) < 1e4) text = fmt::format("derived = {:.3f} x {}", c, of);
  if (c < 0) text += ", with the sign wrong";
  // 2 and 1/2 come from squares at least as often.
  const char* perhaps = is(2.) || is(0.5) ? ": perhaps " : ": ";
  for (const auto& [n, where] : sizes) {
    const double size = static_cast<double>(n);
    if (is(size)) return text + fmt::format("{}a missing 1/N with N = {}, {}", perhaps, n, where);
    if (is(1. / size)) return text + fmt::format("{}1/N too often with N = {}, {}", perhaps, n, where);
  }
  return text;
}

/// d is the right gradient before it was summed down to `shape`: over which axes.
std::string unsummed_axes(const Shape& big, const Shape& small) {
  std::vector<int> axes;
  const int lead = big.rank() - small.rank();
  for (int i = 0; i < big.rank(); ++i)
    if (i < lead || small[i - lead] != big[i]) axes.push_back(i);
  return fmt::format("{} {}", axes.size() == 1 ? "axis" : "axes", fmt::join(axes, ", "));
}

bool sums_down(const Shape& big, const Shape& small) {
  if (big.rank() < small.rank()) return false;
  const int lead = big.rank() - small.rank();
  for (int i = 0; i < small.rank(); ++i)
    if (small[i] != 1 && small[i] != big[i + lead]) return false;
  return true;
}

/// A way to read the derived gradient as another one.
struct Reading {
  std::string what;  ///< in words, "" for as it stands
  std::vector<double> values;
  std::size_t of;  ///< the input whose gradient it is compared with
};

std::vector<Reading> readings(std::size_t i, const Tensor& d, const std::vector<Tensor>& right,
                              const std::vector<std::string>& names) {
  std::vector<Reading> all;
  const Shape& shape = right[i].shape();
  if (d.shape() == shape) all.push_back({"", numbers(d), i});
  if (d.dim() == 2 && d.t().shape() == shape) all.push_back({"transposed", numbers(d.t()), i});
  if (d.dim() > 2 && d.dim() <= 4 && d.dim() == shape.rank()) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(d.dim()));
    for (std::size_t axis = 0; axis < order.size(); ++axis) order[axis] = static_cast<std::int64_t>(axis);
    while (std::next_permutation(order.begin(), order.end())) {
      const Tensor turned = d.permute(order);
      if (turned.shape() == shape)
        all.push_back({fmt::format("a transposition: derived.permute({{{}}}) is right", fmt::join(order, ", ")),
                       numbers(turned), i});
    }
  }
  if (d.shape() != shape && sums_down(d.shape(), shape)) {
    all.push_back({fmt::format("a missing sum over {}, which was broadcast: derived has shape {}, {} has {}",
                               unsummed_axes(d.shape(), shape), d.shape().str(), names[i], shape.str()),
                   numbers(sum_to(d, shape)), i});
  }
  if (d.dim() == 2 && d.t().shape() != shape && sums_down(d.t().shape(), shape))
    all.push_back({"transposed, and a missing sum over " + unsummed_axes(d.t().shape(), shape),
                   numbers(sum_to(d.t(), shape)), i});
  for (std::size_t k = 0; k < right.size(); ++k)
    if (k != i && right[k].shape() == d.shape())
      all.push_back({fmt::format("the gradient of another input: this is that of {}", names[k]), numbers(d), k});
  if (d.shape() != shape && d.numel() == shape.numel())
    all.push_back(
        {fmt::format("the shape: derived has {}, {} has {}", d.shape().str(), names[i], shape.str()), numbers(d), i});
  return all;
}

/// Additions: d - a is a constant, or a multiple of the input.
std::string addition(const std::vector<double>& d, const std::vector<double>& a, const std::vector<double>& x,
                     const std::string& name, double rtol) {
  if (d.size() < 3) return {};
  std::vector<double> rest(d.size());
  for (std::size_t i = 0; i < d.size(); ++i) rest[i] = d[i] - a[i];
  // What is left of large numbers has fewer digits.
  const double loose = std::max(rtol, 1e-14 * std::max(largest(d), largest(a)) / std::max(largest(rest), 1e-300));
  if (loose > 1e-3) return {};
  const std::vector<double> one(d.size(), 1.);
  if (const auto c = constant_factor(rest, one, loose))
    return fmt::format("derived = autograd {:+.4g}: a constant added", *c);
  if (const auto c = constant_factor(rest, x, loose))
    return fmt::format("derived = autograd {:+.4g} x {}: the derivative of a penalty too {}", *c, name,
                       *c > 0 ? "much" : "little");
  return {};
}

std::string partly(const std::vector<double>& d, const std::vector<double>& a, const Shape& shape, double rtol) {
  const double scale = largest(a);
  std::size_t wrong = 0, first = 0;
  for (std::size_t i = d.size(); i-- > 0;)
    if (!close(d[i], a[i], scale, rtol)) {
      ++wrong;
      first = i;
    }
  if (2 * wrong >= d.size()) return {};
  return fmt::format("only {} of {} elements, the first at [{}]", wrong, d.size(),
                     fmt::join(unravel(static_cast<std::int64_t>(first), shape), ", "));
}

std::string varying(const std::vector<double>& d, const std::vector<double>& a) {
  double low = HUGE_VAL, high = -HUGE_VAL;
  const double scale = largest(a);
  for (std::size_t i = 0; i < d.size(); ++i) {
    if (std::abs(a[i]) <= 1e-9 * scale) continue;
    low = std::min(low, d[i] / a[i]);
    high = std::max(high, d[i] / a[i]);
  }
  if (!(low <= high)) return {};
  return fmt::format("derived / autograd varies from {:.4g} to {:.4g}", low, high) +
         (low > 0 ? ": a factor that differs between elements, like the derivative of an activation" : "");
}

}  // namespace

std::vector<MetSize> sizes_met(const Tensor& y) {
  std::vector<MetSize> sizes;
  std::vector<const Node*> todo;
  std::unordered_set<const Node*> seen;
  const auto meet = [&](const Node* node) {
    if (node && seen.size() < 10'000 && seen.insert(node).second) todo.push_back(node);
  };
  meet(y.node());
  while (!todo.empty()) {
    const Node* node = todo.back();
    todo.pop_back();
    if (!node->leaf()) add_sizes(sizes, node->shape, fmt::format("the result of '{}'", node->name));
    for (std::size_t i = 0; i < node->n_inputs; ++i) {
      const Input& in = node->inputs[i];
      if (in.node()) meet(in.node());
      else if (in.value.defined()) add_sizes(sizes, in.value.shape(), fmt::format("what goes into '{}'", node->name));
    }
  }
  return sizes;
}

Fault describe_fault(std::size_t i, const std::vector<Tensor>& derived, const std::vector<Tensor>& right,
                     const std::vector<Tensor>& inputs, const std::vector<std::string>& names,
                     const std::vector<MetSize>& met, double rtol) {
  const Tensor& d = derived[i];
  const std::vector<Reading> all = readings(i, d, right, names);
  const auto named = [](const Reading& r) { return r.what == "transposed" ? "a transposition" : r.what; };
  for (const Reading& r : all)  // exactly right, once read otherwise
    if (!r.what.empty() && !r.values.empty() && same(r.values, numbers(right[r.of]), rtol)) return {named(r), true, 1.};
  std::vector<MetSize> sizes;  // a mean may be over any axis of the inputs, or over those that were broadcast
  for (std::size_t k = 0; k < inputs.size(); ++k) add_sizes(sizes, inputs[k].shape(), names[k]);
  add_sizes(sizes, d.shape(), "the derived gradient");
  sizes.insert(sizes.end(), met.begin(), met.end());
  for (const Reading& r : all) {
    const auto c = constant_factor(r.values, numbers(right[r.of]), rtol);
    if (!c) continue;
    const std::string of = r.of == i ? "autograd" : "the gradient of " + names[r.of];
    const std::string factor = factor_in_words(*c, of, sizes, rtol);
    return {r.what.empty() || r.of != i ? factor : named(r) + ", and " + factor, true, *c};
  }
  if (d.shape() != right[i].shape())
    return {fmt::format("the shape: derived has {}, {} has {}", d.shape().str(), names[i], right[i].shape().str())};
  const std::vector<double> a = numbers(right[i]), v = numbers(d);
  if (std::any_of(v.begin(), v.end(), [](double x) { return !std::isfinite(x); }) &&
      std::all_of(a.begin(), a.end(), [](double x) { return std::isfinite(x); }))
    return {"derived is NaN or infinite where autograd is not"};
  if (largest(v) == 0.) return {"derived is 0 everywhere"};
  if (largest(a) == 0.) return {fmt::format("{} has no influence: its gradient is 0", names[i])};
  if (const std::string text = partly(v, a, right[i].shape(), rtol); !text.empty()) return {text};
  if (const std::string text = addition(v, a, numbers(inputs[i]), names[i], rtol); !text.empty()) return {text};
  return {varying(v, a)};
}

}  // namespace xgrad::detail
