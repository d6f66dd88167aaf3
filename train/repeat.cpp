#include "train/repeat.hpp"

#include <fmt/format.h>

#include <cmath>

#include "autograd/tensor.hpp"
#include "tensor/error.hpp"
#include "tensor/random.hpp"
#include "tensor/tasks.hpp"
#include "train/model_selection/detail/runs.hpp"

namespace xgrad::train {
namespace {

/// The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), from the front (Lentz 1976).
double beta_fraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  const auto away = [](double v) { return std::abs(v) < kTiny ? kTiny : v; };
  double c = 1, d = 1 / away(1 - (a + b) * x / (a + 1)), value = d;
  for (int m = 1; m <= 10000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    value *= c * d;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    value *= c * d;
    if (std::abs(c * d - 1) < 1e-15) break;
  }
  return value;
}

/// I_x(a, b), where y = 1 - x is given too, which would lose digits.
double incomplete_beta(double a, double b, double x, double y) {
  if (x <= 0 || y <= 0) return x <= 0 ? 0 : 1;
  const double front =
      std::exp(a * std::log(x) + b * std::log(y) - std::lgamma(a) - std::lgamma(b) + std::lgamma(a + b));
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, y) / b;
}

/// P(T > t) for t >= 0.
double upper_tail(double t, double df) {
  const double all = df + t * t;
  return std::isinf(t * t) ? 0 : 0.5 * incomplete_beta(df / 2, 0.5, df / all, t * t / all);
}

void check_df(const char* op, double df) {
  if (!(df > 0 && std::isfinite(df))) fail<ValueError>(op, fmt::format("df: got {}; expected more than 0", df));
}

template <class Result>
std::vector<Result> results(std::int64_t n, const std::function<Result(std::uint64_t)>& experiment,
                            const RepeatOptions& o) {
  std::vector<Result> all(static_cast<std::size_t>(n));
  const bool recording = GradMode::enabled();
  parallel_tasks(n, detail::workers_of("train::repeat", o.n_jobs), [&](std::int64_t i) {
    const std::uint64_t seed = o.seed + static_cast<std::uint64_t>(i);
    Generator own(seed);
    const GeneratorGuard guard(own);
    const GradMode mode(recording);
    all[static_cast<std::size_t>(i)] = experiment(seed);
  });
  return all;
}

Sample run(std::int64_t n, const std::function<double(std::uint64_t)>& experiment, const RepeatOptions& o) {
  return summarize(results(n, experiment, o), o.confidence);
}

void check_runs(const char* op, std::int64_t n, std::int64_t least, double confidence) {
  if (n < least) fail<ValueError>(op, fmt::format("n: got {}; expected {} or more", n, least));
  if (!(confidence > 0 && confidence < 1))
    fail<ValueError>(op, fmt::format("confidence: got {}; expected 0 < confidence < 1", confidence));
}

}  // namespace

double student_t_cdf(double t, double df) {
  check_df("student_t_cdf", df);
  if (std::isnan(t)) return t;
  const double tail = upper_tail(std::abs(t), df);
  return t >= 0 ? 1 - tail : tail;
}

double student_t_quantile(double p, double df) {
  check_df("student_t_quantile", df);
  if (!(p > 0 && p < 1)) fail<ValueError>("student_t_quantile", fmt::format("p: got {}; expected 0 < p < 1", p));
  if (p == 0.5) return 0;
  const double tail = p < 0.5 ? p : 1 - p;
  double low = 0, high = 1;
  while (upper_tail(high, df) > tail && high < 1e150) high *= 2;
  for (int i = 0; i < 2000 && high - low > 1e-16 * high; ++i) {
    const double middle = low + (high - low) / 2;
    if (middle == low || middle == high) break;
    (upper_tail(middle, df) > tail ? low : high) = middle;
  }
  return p < 0.5 ? -high : high;
}

Sample summarize(std::vector<double> values, double confidence) {
  const auto n = static_cast<std::int64_t>(values.size());
  check_runs("train::summarize", n, 1, confidence);
  Sample s;
  for (const double v : values) s.mean += v;
  s.mean /= static_cast<double>(n);
  for (const double v : values) s.std += (v - s.mean) * (v - s.mean);
  s.std = std::sqrt(s.std / static_cast<double>(n - 1));
  const double half = n > 1 ? student_t_quantile((1 + confidence) / 2, static_cast<double>(n - 1)) * s.std /
                                  std::sqrt(static_cast<double>(n))
                            : std::nan("");
  s.low = s.mean - half;
  s.high = s.mean + half;
  s.values = std::move(values);
  return s;
}

Sample repeat(std::int64_t n, const std::function<double(std::uint64_t)>& experiment, RepeatOptions options) {
  check_runs("train::repeat", n, 1, options.confidence);
  return run(n, experiment, options);
}

Samples repeat(std::int64_t n, const std::function<Logs(std::uint64_t)>& experiment, RepeatOptions options) {
  check_runs("train::repeat", n, 1, options.confidence);
  const std::vector<Logs> runs = results(n, experiment, options);
  std::vector<Samples::Entry> entries;
  for (const auto& [name, first] : runs.front()) {
    std::vector<double> values;
    for (const Logs& logs : runs) {
      if (logs.size() != runs.front().size() || !logs.contains(name))
        fail<ValueError>("train::repeat",
                         fmt::format("run {} measured other things than run 0: {} values, {} {}", &logs - runs.data(),
                                     logs.size(), logs.contains(name) ? "with" : "without", name));
      values.push_back(logs[name]);
    }
    entries.emplace_back(name, summarize(std::move(values), options.confidence));
  }
  return Samples(std::move(entries));
}

const Sample& Samples::operator[](std::string_view name) const {
  std::string names;
  for (const auto& [known, sample] : entries_) {
    if (known == name) return sample;
    names += (names.empty() ? "" : ", ") + known;
  }
  fail<ValueError>("Samples", fmt::format("there is no \"{}\"; there are: {}", name, names));
}

Comparison compare(std::int64_t n, const std::function<double(std::uint64_t)>& a,
                   const std::function<double(std::uint64_t)>& b, RepeatOptions options) {
  check_runs("train::compare", n, 2, options.confidence);
  Comparison c{run(n, a, options), run(n, b, options), {}};
  std::vector<double> differences;
  for (std::size_t i = 0; i < c.a.values.size(); ++i) differences.push_back(c.a.values[i] - c.b.values[i]);
  c.difference = summarize(std::move(differences), options.confidence);
  if (c.difference.mean == 0 && c.difference.std == 0) return c;
  c.t = c.difference.mean / (c.difference.std / std::sqrt(static_cast<double>(n)));
  c.p = std::isnan(c.t) ? c.t : 2 * upper_tail(std::abs(c.t), static_cast<double>(n - 1));
  return c;
}

}  // namespace xgrad::train
