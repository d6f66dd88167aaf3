#pragma once
/// The standard normal distribution and its inverse, number by number.

namespace xgrad::nn::detail {

/// P(Z <= z); exact in both tails to the precision of erfc.
double normal_cdf(double z);
/// The z with normal_cdf(z) = p, to about 1e-15; infinite for p = 0 and 1 (Wichura 1988, algorithm AS 241).
double normal_quantile(double p);

}  // namespace xgrad::nn::detail
