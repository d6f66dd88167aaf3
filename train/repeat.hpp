#pragma once
/// Repetition: one training says little; several say how much.

#include <cstdint>
#include <functional>
#include <vector>

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
};
/// Runs the experiment n times, each under a default generator of its own seed, which it is given too, and sums up what
/// it returns: `repeat(5, [&](std::uint64_t seed) { Net net; ...; return evaluate(...)["accuracy"]; })`.
Sample repeat(std::int64_t n, const std::function<double(std::uint64_t seed)>& experiment, RepeatOptions options = {});

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
