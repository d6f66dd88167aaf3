#pragma once
/// How much a share of so many examples says: an accuracy on 200 images, say.

#include <cstdint>

namespace xgrad::train {

struct Proportion {
  double value = 0;          ///< successes / n
  double low = 0, high = 0;  ///< the interval that has the true share in it with about the confidence asked for
};
/// A share with its interval by the score method (Wilson 1927): all p with |value - p| <= z sqrt(p (1 - p) / n), where
/// z is the normal quantile of (1 + confidence) / 2. It stays within 0 and 1, and does not shrink to a point where all
/// or none succeed. ValueError unless 0 <= successes <= n, n >= 1 and 0 < confidence < 1.
///
///     const auto [accuracy, low, high] = train::proportion(185, 200);  // 0.925, 0.880 to 0.954
Proportion proportion(std::int64_t successes, std::int64_t n, double confidence = 0.95);

}  // namespace xgrad::train
