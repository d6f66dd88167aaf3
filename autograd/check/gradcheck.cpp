#include "autograd/check/gradcheck.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <ostream>

#include "autograd/check/numeric.hpp"
#include "autograd/create.hpp"
#include "autograd/ops.hpp"
#include "tensor/kernels/exact.hpp"

namespace xgrad {
namespace detail {

std::vector<std::int64_t> unravel(std::int64_t flat, const Shape& shape) {
  std::vector<std::int64_t> index(static_cast<std::size_t>(shape.rank()));
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    index[static_cast<std::size_t>(axis)] = flat % shape[axis];
    flat /= shape[axis];
  }
  return index;
}

namespace {

constexpr std::size_t kWeightings = 2;  // a wrong entry of the Jacobian shows in each with probability 1

double element(const Array& a, std::int64_t i) {
  return a.dtype() == float32 ? static_cast<double>(a.data<float>()[i]) : a.data<double>()[i];
}

/// Sets an element; returns what it then holds.
double set_element(Tensor& t, std::int64_t i, double v) {
  if (t.dtype() == float64) return t.mutable_data<double>()[i] = v;
  return static_cast<double>(t.mutable_data<float>()[i] = static_cast<float>(v));
}

/// The elements of an input that are looked at.
std::vector<std::int64_t> chosen(std::int64_t n, const GradcheckOptions& o, Generator& generator) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  if (o.max_elements <= 0 || n <= o.max_elements) return all;
  for (std::int64_t i = 0; i < o.max_elements; ++i)
    std::swap(all[static_cast<std::size_t>(i)], all[static_cast<std::size_t>(i + generator.below(n - i))]);
  all.resize(static_cast<std::size_t>(o.max_elements));
  std::sort(all.begin(), all.end());
  return all;
}

/// Random numbers of magnitude 0.5 to 1 and of either sign, one for each element of the outputs.
std::vector<Tensor> weights_for(const std::vector<Tensor>& outputs, Generator& generator) {
  std::vector<Tensor> result;
  for (const Tensor& y : outputs) {
    if (!is_floating(y.dtype())) {
      result.emplace_back();
      continue;
    }
    const Tensor u = rand(y.shape(), y.dtype(), generator);
    result.push_back(where(u < 0.5, u + 0.5, -u));  // [0.5, 1) and (-1, -0.5]
  }
  return result;
}

/// What became of one element, the worse the later.
enum class Outcome { agrees, kink, imprecise, wrong };

/// How far off a derivative is, in units of what is allowed; a wrong one more than any that passes.
struct Judged {
  Outcome outcome;
  double by;
};

/// `largest`: of all the derivatives looked at. Where even that is below 1, as behind a mean over very many elements,
/// atol shrinks with it: else a gradient of 1e-9 could be anything.
Judged judge(const CheckedElement& e, const Numeric& n, const GradcheckOptions& o, double largest) {
  if (!std::isfinite(e.analytic)) {  // at the edge of a domain, where differences find no limit either
    const bool steep = !n.known() || n.error > 1e-3 * std::abs(n.value);
    return steep ? Judged{Outcome::kink, 0.} : Judged{Outcome::wrong, HUGE_VAL};
  }
  if (!n.known()) return {Outcome::imprecise, 0.};
  const double off = std::abs(e.analytic - e.numeric), coarse = o.atol + o.rtol * std::abs(e.numeric);
  const double tolerance = o.atol * std::min(1., largest) + o.rtol * std::abs(e.numeric);
  if (n.kink) {
    const double slack = tolerance + 1e-4 * (n.high - n.low);
    const bool between = e.analytic >= n.low - slack && e.analytic <= n.high + slack;
    return between ? Judged{Outcome::kink, 0.} : Judged{Outcome::wrong, 1e3 + off / coarse};
  }
  const double allowed = tolerance + std::min(n.error, 1e300), by = off == 0. ? 0. : off / allowed;
  if (off <= tolerance) return {Outcome::agrees, by};
  // Below atol what counts is a derivative that shows clearly, in the digits that the differences do have; where they
  // see next to none, autograd's may be what rounding left.
  const bool clear =
      off > 100. * n.error && off > 1e-4 * std::abs(e.numeric) && std::abs(e.numeric) > 1e-3 * std::abs(e.analytic);
  if (off <= coarse && !clear) return {Outcome::agrees, by};
  return off <= 10. * n.error ? Judged{Outcome::imprecise, by} : Judged{Outcome::wrong, 1e3 + by};
}

}  // namespace

GradcheckReport check_gradient(const GradientProblem& problem, const GradcheckOptions& options) {
  const kernels::ExactSums exact;
  const Generator random = default_generator();
  Generator own(options.seed ^ 0x9e3779b97f4a7c15u);
  const auto evaluate = [&] {
    Generator again = random;
    const GeneratorGuard guard(again);
    const NoGradGuard off;
    return problem.evaluate();
  };
  GradcheckReport report;
  report.names = problem.names;
  bool single = false, floating = false;
  double worst = -1.;

  std::vector<std::vector<Tensor>> weights, analytic;
  const std::vector<Tensor> outputs = evaluate();
  for (const Tensor& y : outputs) floating = floating || is_floating(y.dtype());
  for (std::size_t w = 0; w < kWeightings; ++w) {
    weights.push_back(weights_for(outputs, own));
    Generator again = random;
    const GeneratorGuard guard(again);
    analytic.push_back(problem.differentiate(weights.back()));
  }
  double largest = 0.;
  for (const std::vector<Tensor>& gradients : analytic)
    for (const Tensor& g : gradients)
      for (std::int64_t i = 0; g.defined() && i < g.numel(); ++i)
        if (const double v = std::abs(element(g.array(), i)); std::isfinite(v)) largest = std::max(largest, v);

  for (std::size_t k = 0; k < problem.values.size(); ++k) {
    Tensor value = problem.values[k];
    if (!is_floating(value.dtype())) continue;
    const double epsilon =
        value.dtype() == float32 ? std::numeric_limits<float>::epsilon() : std::numeric_limits<double>::epsilon();
    single = single || value.dtype() == float32;
    for (const std::int64_t i : chosen(value.numel(), options, own)) {
      const double x = element(value.array(), i);
      const struct PutBack {
        Tensor& value;
        std::int64_t i;
        double x;
        ~PutBack() { set_element(value, i, x); }
      } put_back{value, i, x};
      const Samples samples = [&](double& dx, std::span<double> sums) {
        dx = set_element(value, i, x + dx) - x;
        const std::vector<Tensor> y = evaluate();
        double magnitude = 0.;
        for (std::size_t w = 0; w < kWeightings; ++w) {
          long double sum = 0.;  // so that adding up many outputs costs no digits
          double squares = 0.;
          for (std::size_t o = 0; o < y.size(); ++o) {
            if (!weights[w][o].defined()) continue;
            for (std::int64_t j = 0; j < y[o].numel(); ++j) {
              const double term = element(y[o].array(), j) * element(weights[w][o].array(), j);
              sum += static_cast<long double>(term);
              if (std::abs(term) < 1e150) squares += term * term;
              else if (std::isfinite(term)) magnitude = std::max(magnitude, std::abs(term));
            }
          }
          sums[w] = static_cast<double>(sum);
          magnitude = std::max(magnitude, std::sqrt(squares));  // roundings of many terms partly cancel
        }
        return magnitude;
      };
      const std::vector<Numeric> numeric = detail::differentiate(samples, kWeightings, x, epsilon);
      ++report.checked;
      Outcome outcome = Outcome::agrees;
      CheckedElement shown;
      for (std::size_t w = 0; w < kWeightings; ++w) {
        const Tensor& g = analytic[w][k];
        const CheckedElement e{static_cast<int>(k), unravel(i, value.shape()), g.defined() ? element(g.array(), i) : 0.,
                               numeric[w].value, numeric[w].error};
        const Judged judged = judge(e, numeric[w], options, largest);
        if (w == 0 || judged.outcome > outcome) shown = e;
        outcome = std::max(outcome, judged.outcome);
        if (judged.outcome != Outcome::kink && judged.by > worst) {
          worst = judged.by;
          report.worst = e;
        }
      }
      report.failed += outcome == Outcome::wrong;
      report.imprecise += outcome == Outcome::imprecise;
      if (outcome == Outcome::kink && report.kinks++ == 0) report.first_kink = shown;
    }
  }
  report.verdict = report.failed > 0 ? Verdict::wrong : report.imprecise > 0 ? Verdict::undecided : Verdict::right;
  if (!floating) report.note = "no output is float32 or float64: there is nothing to differentiate";
  else if (single) report.note = "float32: precision limits this, not the formula; repeat it in float64 (.to(float64))";
  return report;
}

}  // namespace detail

namespace {

std::string named(const GradcheckReport& r, const CheckedElement& e) {
  const auto k = static_cast<std::size_t>(e.input);
  const std::string name = k < r.names.size() ? r.names[k] : fmt::format("input {}", k);
  return e.index.empty() ? name : fmt::format("{} [{}]", name, fmt::join(e.index, ", "));
}

const char* word(Verdict v) { return v == Verdict::right ? "right" : v == Verdict::wrong ? "wrong" : "undecided"; }

}  // namespace

std::string GradcheckReport::str() const {
  std::string text = fmt::format("{} derivatives checked", checked);
  if (failed) text += fmt::format(", {} wrong", failed);
  if (kinks) text += fmt::format(", {} at kinks or ties (the first: {})", kinks, named(*this, first_kink));
  if (imprecise) text += fmt::format(", {} beyond the precision of differences", imprecise);
  text += '\n';
  if (worst.input >= 0) {
    text += fmt::format("worst: {}: autograd {:.12g}, differences {:.12g} (their error about {:.1g})\n",
                        named(*this, worst), worst.analytic, worst.numeric, worst.error_estimate);
  }
  if (!note.empty()) text += note + "\n";
  return text + fmt::format("gradcheck: {}\n", word(verdict));
}

std::ostream& operator<<(std::ostream& out, const GradcheckReport& report) { return out << report.str(); }

GradcheckReport gradcheck(const TensorFunction& f, const std::vector<Tensor>& inputs, GradcheckOptions options) {
  detail::GradientProblem problem;
  for (const Tensor& x : inputs) problem.values.push_back(x.detach().clone().detach());
  problem.evaluate = [&] { return f(problem.values); };
  problem.differentiate = [&](const std::vector<Tensor>& cotangents) {
    const GradMode on(true);
    std::vector<Tensor> at, wanted, from, with;
    for (const Tensor& x : problem.values) {
      at.push_back(x.clone().detach());
      if (is_floating(x.dtype())) wanted.push_back(at.back().requires_grad_());
    }
    const std::vector<Tensor> y = f(at);
    for (std::size_t o = 0; o < y.size(); ++o) {
      if (!cotangents[o].defined() || !y[o].requires_grad()) continue;
      from.push_back(y[o]);
      with.push_back(cotangents[o]);
    }
    std::vector<Tensor> found(wanted.size());
    if (!from.empty()) found = grad(from, wanted, with, {.allow_unused = true});
    std::vector<Tensor> result(at.size());
    for (std::size_t k = 0, w = 0; k < at.size(); ++k)
      if (is_floating(at[k].dtype())) result[k] = found[w++];
    return result;
  };
  return detail::check_gradient(problem, options);
}

GradcheckReport gradgradcheck(const TensorFunction& f, const std::vector<Tensor>& inputs, GradcheckOptions options) {
  const kernels::ExactSums exact;
  std::vector<Tensor> all;
  for (const Tensor& x : inputs) all.push_back(x.detach());
  Generator own(options.seed ^ 0xd1b54a32d192ed03u);
  std::size_t n_outputs = 0;
  {
    const NoGradGuard off;
    for (const Tensor& y : f(all)) {
      if (is_floating(y.dtype())) all.push_back(randn(y.shape(), y.dtype(), own));
      ++n_outputs;
    }
  }
  const std::size_t n = inputs.size();
  const auto products = [&f, n](const std::vector<Tensor>& x) {
    const GradMode on(true);
    std::vector<Tensor> at(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(n)), wanted, from, with;
    for (Tensor& t : at) {
      if (!is_floating(t.dtype())) continue;
      if (!t.requires_grad()) t = t.detach().requires_grad_();
      wanted.push_back(t);
    }
    std::size_t v = n;
    for (const Tensor& y : f(at)) {
      if (!is_floating(y.dtype())) continue;
      if (y.requires_grad()) {
        from.push_back(y);
        with.push_back(x[v]);
      }
      ++v;
    }
    std::vector<Tensor> g(wanted.size());
    if (!from.empty()) g = grad(from, wanted, with, {.create_graph = true, .allow_unused = true});
    for (std::size_t k = 0; k < g.size(); ++k)
      if (!g[k].defined()) g[k] = zeros_like(wanted[k]);
    return g;
  };
  return gradcheck(products, all, options);
}

}  // namespace xgrad
