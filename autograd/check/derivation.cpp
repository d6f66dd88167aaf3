#include "autograd/check/derivation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <ostream>

#include "autograd/check/fault.hpp"
#include "autograd/check/numeric.hpp"
#include "autograd/create.hpp"
#include "autograd/ops.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/exact.hpp"
#include "tensor/random.hpp"

namespace xgrad {
namespace {

double element(const Tensor& t, std::int64_t i) {
  return t.dtype() == float32 ? static_cast<double>(t.data<float>()[i]) : t.data<double>()[i];
}

/// While it lives, random numbers come from a copy of `from`: the same at each evaluation.
struct SameNumbers {
  explicit SameNumbers(const Generator& from) : copy(from), guard(copy) {}
  Generator copy;
  GeneratorGuard guard;
};

/// The outputs as one number.
Tensor total(const std::vector<Tensor>& outputs) {
  Tensor result;
  for (const Tensor& y : outputs) {
    const Tensor s = sum(y);
    result = result.defined() ? result + s : s;
  }
  if (!result.defined()) fail<ValueError>("check_derivation", "the function returned nothing");
  return result;
}

std::vector<Tensor> by_autograd(const TensorFunction& f, const std::vector<Tensor>& inputs, const Generator& random,
                                std::vector<detail::MetSize>* met = nullptr) {
  const GradMode on(true);
  const SameNumbers same(random);
  std::vector<Tensor> at;
  for (const Tensor& x : inputs) at.push_back(x.clone().detach().requires_grad_());
  const Tensor y = total(f(at));
  if (met) *met = detail::sizes_met(y);
  std::vector<Tensor> g(at.size());
  if (y.requires_grad()) g = grad(std::vector{y}, at, {}, {.allow_unused = true});
  for (std::size_t k = 0; k < g.size(); ++k)
    if (!g[k].defined()) g[k] = zeros_like(at[k]);
  return g;
}

/// d f / d inputs[k][i] by differences.
detail::Numeric by_differences(const TensorFunction& f, const std::vector<Tensor>& inputs, std::size_t k,
                               std::int64_t i, const Generator& random) {
  std::vector<Tensor> at = inputs;
  const double x = element(inputs[k], i);
  const detail::Samples samples = [&](double& dx, std::span<double> values) {
    const NoGradGuard off;
    const SameNumbers same(random);
    at[k] = inputs[k].clone();
    if (at[k].dtype() == float64) dx = (at[k].mutable_data<double>()[i] = x + dx) - x;
    else dx = static_cast<double>(at[k].mutable_data<float>()[i] = static_cast<float>(x + dx)) - x;
    const std::vector<Tensor> y = f(at);
    values[0] = total(y).item<double>();
    double magnitude = std::abs(values[0]);
    for (const Tensor& t : y)
      if (t.numel() > 0) magnitude = std::max(magnitude, std::max(max(t).item<double>(), -min(t).item<double>()));
    return magnitude;
  };
  const double epsilon =
      inputs[k].dtype() == float32 ? std::numeric_limits<float>::epsilon() : std::numeric_limits<double>::epsilon();
  return detail::differentiate(samples, 1, x, epsilon)[0];
}

/// All elements of one input, where the shapes agree.
struct Compared {
  std::vector<DerivationRow> rows;
  std::string doubt;  ///< why autograd cannot be relied on here; empty for no reason
};

double distance(const DerivationRow& row) { return std::abs(row.derived - row.autograd); }

/// What differences say about one element.
void look(DerivationRow& row, const detail::Numeric& n, double scale, std::string& doubt) {
  row.numeric = n.value;
  row.kink = n.kink;
  bool against = false;
  if (n.kink) {
    const double slack = 1e-4 * (n.high - n.low);
    const auto between = [&](double v) { return v >= n.low - slack && v <= n.high + slack; };
    if (between(row.derived)) row.wrong = false;
    against = !between(row.autograd);
  } else if (n.known()) {
    const double gap = std::abs(row.autograd - row.numeric);
    against = !(gap <= 1e-5 * (std::abs(row.numeric) + 1e-3 * scale) + 10. * n.error);
  }
  if (against) doubt = "autograd and differences contradict each other";
}

Compared compare(const TensorFunction& f, const std::vector<Tensor>& inputs, std::size_t k, const Tensor& derived,
                 const Tensor& autograd, double rtol, const DerivationOptions& options, const Generator& random) {
  Compared result;
  double scale = 0.;
  for (std::int64_t i = 0; i < autograd.numel(); ++i)
    if (const double a = std::abs(element(autograd, i)); std::isfinite(a)) scale = std::max(scale, a);
  for (std::int64_t i = 0; i < autograd.numel(); ++i) {
    DerivationRow row{static_cast<int>(k),
                      detail::unravel(i, autograd.shape()),
                      element(derived, i),
                      element(autograd, i),
                      std::nan(""),
                      false,
                      false};
    const double off = distance(row);
    row.wrong = !(row.derived == row.autograd ||
                  (std::isfinite(off) && off <= rtol * std::abs(row.autograd) + 1e-4 * rtol * scale));
    if (std::isnan(row.autograd)) result.doubt = "autograd's derivative is NaN";
    result.rows.push_back(std::move(row));
  }
  // Those farthest off, for the table; wrong ones, until one is at no kink; and others here and there.
  std::vector<std::size_t> order(result.rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return distance(result.rows[a]) > distance(result.rows[b]); });
  const std::size_t n = order.size();
  const std::size_t stride =
      options.max_elements <= 0 ? 1 : std::max<std::size_t>(1, n / static_cast<std::size_t>(options.max_elements));
  bool proven = false;
  for (std::size_t place = 0; place < n; ++place) {
    DerivationRow& row = result.rows[order[place]];
    const bool shown = place < static_cast<std::size_t>(std::max(options.max_rows, 0));
    if (!shown && (!row.wrong || proven) && order[place] % stride != 0) continue;
    look(row, by_differences(f, inputs, k, static_cast<std::int64_t>(order[place]), random), scale, result.doubt);
    proven = proven || row.wrong;
  }
  return result;
}

void keep_rows(DerivationReport& report, std::vector<DerivationRow> rows, int most) {
  const auto size = static_cast<std::size_t>(std::max(most, 0));
  if (rows.size() > size) {  // those farthest off, in their order
    std::vector<std::size_t> order(rows.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      if (rows[a].wrong != rows[b].wrong) return rows[a].wrong;
      return distance(rows[a]) > distance(rows[b]);
    });
    order.resize(size);
    std::sort(order.begin(), order.end());
    std::vector<DerivationRow> kept;
    for (const std::size_t i : order) kept.push_back(rows[i]);
    rows = std::move(kept);
  }
  report.rows.insert(report.rows.end(), rows.begin(), rows.end());
}

std::string place(const DerivationReport& r, const DerivationRow& row) {
  const std::string& name = r.names[static_cast<std::size_t>(row.input)];
  return row.index.empty() ? name : fmt::format("{} [{}]", name, fmt::join(row.index, ", "));
}

/// Differences with the digits that they have; "-" where there are none.
std::string numeric(const DerivationRow& row) {
  return std::isnan(row.numeric) ? "-" : fmt::format("{:.8g}", row.numeric);
}

void check_inputs(const std::vector<Tensor>& inputs) {
  if (inputs.empty()) fail<ValueError>("check_derivation", "got no input; expected at least one");
  for (const Tensor& x : inputs)
    if (!is_floating(x.dtype()))
      fail<DTypeError>(
          "check_derivation",
          fmt::format("input: got {}; expected float64 (let the lambda capture labels)", name_of(x.dtype())));
}

/// A second point, near the first: of the same signs, and no two elements moved alike.
struct Nearby {
  std::vector<Tensor> inputs, derived, right;  ///< empty where the functions cannot be evaluated
};

Nearby evaluate_nearby(const TensorFunction& f, const TensorFunction& derived, const std::vector<Tensor>& inputs,
                       const Generator& random) {
  Nearby there;
  Generator own(20'241'017);
  try {
    for (const Tensor& x : inputs) {
      const Tensor u = rand(x.shape(), x.dtype(), own) * 0.05 + 0.02;
      there.inputs.push_back(where(x == 0., u, x * (1. + u)));
    }
    {
      const NoGradGuard off;
      const SameNumbers same(random);
      there.derived = derived(there.inputs);
    }
    there.right = by_autograd(f, there.inputs, random);
  } catch (const Error&) {  // out of the functions' domain
    return {};
  }
  return there;
}

/// A relation found at one point, looked at again nearby: at a point where all elements are alike, or with a single
/// element, everything looks constant.
std::string confirmed(const detail::Fault& here, std::size_t k, const std::vector<Tensor>& gradients,
                      const Nearby& there, const std::vector<std::string>& names,
                      const std::vector<detail::MetSize>& met, double rtol) {
  if (there.derived.size() != gradients.size()) return here.text;
  const Tensor& d = there.derived[k];
  const auto finite = [](const Tensor& t) { return isfinite(t).all().item<bool>(); };
  if (!d.defined() || d.shape() != gradients[k].shape() || !is_floating(d.dtype()) || !finite(d) ||
      !finite(there.right[k]))
    return here.text;
  // Numbers worked out beforehand, which belong to the first point alone.
  if (same_bytes(d.array(), gradients[k].array())) return here.text;
  const detail::Fault again = detail::describe_fault(k, there.derived, there.right, there.inputs, names, met, rtol);
  if (again.relation && std::abs(again.factor - here.factor) <= 10. * rtol * std::abs(here.factor)) return here.text;
  if (here.factor != 1.) {
    return fmt::format(
        "derived / autograd varies: {:.4g} here, but not nearby: a factor that differs between points, like the "
        "derivative of an activation",
        here.factor);
  }
  return again.text;
}

}  // namespace

DerivationReport check_derivation(const TensorFunction& f, const TensorFunction& derived,
                                  const std::vector<Tensor>& given, const DerivationOptions& options) {
  check_inputs(given);
  const kernels::ExactSums exact;
  std::vector<Tensor> inputs;
  for (const Tensor& x : given) inputs.push_back(x.detach());
  std::vector<Tensor> gradients;
  const Generator random = default_generator();
  bool steady;
  {
    const NoGradGuard off;
    const auto value = [&] {
      const SameNumbers same(random);
      return total(f(inputs));
    };
    steady = same_bytes(value().array(), value().array());
    const SameNumbers same(random);
    gradients = derived(inputs);
  }
  if (gradients.size() != inputs.size()) {
    fail<ValueError>("check_derivation", fmt::format("derived gave {} gradients for {} inputs; expected one for each",
                                                     gradients.size(), inputs.size()));
  }
  for (std::size_t k = 0; k < gradients.size(); ++k)
    if (!gradients[k].defined())
      fail<ValueError>("check_derivation",
                       fmt::format("derived gave no gradient for input {}; expected zeros for none", k));
  DerivationReport report;
  report.names = options.names;
  for (std::size_t k = report.names.size(); k < inputs.size(); ++k)
    report.names.push_back(inputs.size() == 1 ? "a" : fmt::format("input {}", k));
  std::vector<detail::MetSize> met;
  const std::vector<Tensor> right = by_autograd(f, inputs, random, &met);
  std::optional<Nearby> there;
  std::string doubt = steady ? "" : "the function gives another value each time";
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    if (!is_floating(gradients[k].dtype())) gradients[k] = gradients[k].to(inputs[k].dtype());
    const double rtol = options.rtol > 0. ? options.rtol : inputs[k].dtype() == float64 ? 1e-8 : 1e-4;
    report.elements += right[k].numel();
    bool wrong = gradients[k].shape() != inputs[k].shape();
    if (wrong) {
      report.wrong += right[k].numel();
    } else {
      Compared compared = compare(f, inputs, k, gradients[k], right[k], rtol, options, random);
      if (doubt.empty()) doubt = compared.doubt;
      for (const DerivationRow& row : compared.rows) {
        report.wrong += row.wrong;
        report.kinks += row.kink;
        wrong = wrong || row.wrong;
        if (row.kink && !row.wrong) continue;
        const double off = distance(row);
        if (report.where.empty() || off > report.largest_absolute || off != off) {
          report.largest_absolute = off;
          report.where = place(report, row);
        }
        if (row.autograd != 0.)
          report.largest_relative = std::max(report.largest_relative, off / std::abs(row.autograd));
      }
      keep_rows(report, std::move(compared.rows), options.max_rows);
    }
    if (!wrong) continue;
    report.verdict = Verdict::wrong;
    const detail::Fault found = detail::describe_fault(k, gradients, right, inputs, report.names, met, rtol);
    if (found.relation && !there) there = evaluate_nearby(f, derived, inputs, random);
    std::string fault = found.relation ? confirmed(found, k, gradients, *there, report.names, met, rtol) : found.text;
    if (fault.empty()) fault = "no simple relation to autograd's";
    if (inputs.size() > 1) fault = report.names[k] + ": " + fault;
    report.fault += (report.fault.empty() ? "" : "; ") + fault;
  }
  if (!doubt.empty()) {
    report.verdict = Verdict::undecided;
    report.fault = doubt + (report.fault.empty() ? "" : "; " + report.fault);
  }
  return report;
}

std::string DerivationReport::str() const {
  std::size_t width = 7;
  for (const DerivationRow& row : rows) width = std::max(width, place(*this, row).size());
  std::string text = fmt::format("{:<{}}  {:>18}  {:>18}  {:>18}  {:>9}\n", "element", width, "derived", "autograd",
                                 "numerical", "error");
  for (const DerivationRow& row : rows) {
    text += fmt::format("{:<{}}  {:>18.12g}  {:>18.12g}  {:>18}  {:>9.1e}{}\n", place(*this, row), width, row.derived,
                        row.autograd, numeric(row), distance(row),
                        row.wrong  ? "  wrong"
                        : row.kink ? "  kink"
                                   : "");
  }
  if (static_cast<std::size_t>(elements) > rows.size())
    text += fmt::format("({} of {} elements shown)\n", rows.size(), elements);
  return text + summary();
}

std::string DerivationReport::markdown() const {
  std::string text = "| element | derived | autograd | numerical | error |\n| --- | ---: | ---: | ---: | ---: |\n";
  for (const DerivationRow& row : rows) {
    text += fmt::format("| {} | {:.12g} | {:.12g} | {} | {:.1e}{} |\n", place(*this, row), row.derived, row.autograd,
                        numeric(row), distance(row),
                        row.wrong  ? " wrong"
                        : row.kink ? " kink"
                                   : "");
  }
  return text + "\n" + summary();
}

std::string DerivationReport::summary() const {
  std::string text;
  if (!where.empty())
    text = fmt::format("largest error: {:.2g} absolute, {:.2g} relative, at {}\n", largest_absolute, largest_relative,
                       where);
  if (kinks) text += fmt::format("{} at kinks, where any value between the one-sided derivatives is right\n", kinks);
  return text + verdict_line();
}

std::string DerivationReport::verdict_line() const {
  if (verdict == Verdict::right) return "verdict: right\n";
  return fmt::format("verdict: {} ({})\n", verdict == Verdict::wrong ? "wrong" : "undecided", fault);
}

std::ostream& operator<<(std::ostream& out, const DerivationReport& report) { return out << report.str(); }

}  // namespace xgrad
