#include "train/proportion.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "tensor/error.hpp"

namespace xgrad::train {

/// The z > 0 with P(|Z| <= z) = confidence: Newton's steps on erf, which is concave there, from a point to the left of
/// the root, so that they come from one side.
static double two_sided_quantile(double confidence) {
  double x = 0;  // z / sqrt(2)
  for (int i = 0; i < 200; ++i) {
    const double tail = std::erfc(x) - (1 - confidence);
    const double step = tail * std::sqrt(std::numbers::pi) / 2 * std::exp(x * x);
    x += step;
    if (std::abs(step) <= 1e-15 * x) break;
  }
  return x * std::numbers::sqrt2;
}

Proportion proportion(std::int64_t successes, std::int64_t n, double confidence) {
  const char* op = "train::proportion";
  if (n < 1) fail<ValueError>(op, fmt::format("n: got {}; expected 1 or more", n));
  if (successes < 0 || successes > n)
    fail<ValueError>(op, fmt::format("successes: got {}; expected 0 to {}", successes, n));
  if (!(confidence > 0 && confidence < 1))
    fail<ValueError>(op, fmt::format("confidence: got {}; expected between 0 and 1, both excluded", confidence));
  const double z = two_sided_quantile(confidence), size = static_cast<double>(n),
               p = static_cast<double>(successes) / size;
  const double scale = 1 + z * z / size, middle = p + z * z / (2 * size);
  const double half = z * std::sqrt(p * (1 - p) / size + z * z / (4 * size * size));
  return {p, successes == 0 ? 0 : (middle - half) / scale, successes == n ? 1 : (middle + half) / scale};
}

}  // namespace xgrad::train
