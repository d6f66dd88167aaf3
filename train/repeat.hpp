#pragma once
/// Repetition: one training says little; several say how much.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "train/history.hpp"

namespace xgrad::train {

/// Student's t distribution with `df` > 0 degrees of freedom: P(T <= t), and the t for which that is p (0 < p < 1).
double student_t_cdf(double t, double df);
double student_t_quantile(double p, double df);

struct Sample {
  std::vector<double> values;
  double mean = 0, std = 0;  ///< std with n - 1; NaN of one value
  double low = 0, high = 0;  ///< the confidence interval of the mean: mean -+ t std / sqrt(n)
};
/// Mean, standard deviation and confidence interval of some values. ValueError of none, or unless 0 < confidence < 1.
Sample summarize(std::vector<double> values, double confidence = 0.95);

struct RepeatOptions {
  std::uint64_t seed = 0;  ///< run i has the seed `seed` + i
  double confidence = 0.95;
  /// How many runs at the same time, at most `num_threads()`; -1: that many. Kernels inside share the rest. With more
  /// than one the experiment is called on several threads at once; what it returns stays in the order of the seeds.
  int n_jobs = 1;
};
/// Runs the experiment n times, each under a default generator of its own seed, which it is given too, and sums up what
/// it returns: `repeat(5, [&](std::uint64_t seed) { Net net; ...; return evaluate(...)["accuracy"]; })`.
Sample repeat(std::int64_t n, const std::function<double(std::uint64_t seed)>& experiment, RepeatOptions options = {});

/// A sample for each of several values.
class Samples {
 public:
  using Entry = std::pair<std::string, Sample>;
  Samples() = default;
  explicit Samples(std::vector<Entry> entries) : entries_(std::move(entries)) {}

  /// ValueError, listing the names there are, where there is none.
  const Sample& operator[](std::string_view name) const;
  auto begin() const noexcept { return entries_.begin(); }
  auto end() const noexcept { return entries_.end(); }

 private:
  std::vector<Entry> entries_;
};
/// The same for an experiment that measures several things: `return train::Logs{{"loss", ...}, {"accuracy", ...}};`, or
/// what `evaluate` returns. ValueError where a run measures other things than the first one.
Samples repeat(std::int64_t n, const std::function<Logs(std::uint64_t seed)>& experiment, RepeatOptions options = {});

struct Comparison {
  Sample a, b;
  Sample difference;  ///< of the pairs, a - b
  double t = 0;       ///< mean / (std / sqrt(n)) of the differences
  double p = 1;       ///< of no difference, two-sided; 1 where all differences are 0
};
/// Two configurations on the same seeds: the paired t-test (Student 1908), which sees differences that are smaller than
/// what the seeds alone make. ValueError for n < 2.
Comparison compare(std::int64_t n, const std::function<double(std::uint64_t seed)>& a,
                   const std::function<double(std::uint64_t seed)>& b, RepeatOptions options = {});

}  // namespace xgrad::train
