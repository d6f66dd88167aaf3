#pragma once
/// What Adam and its relatives divide moments by.

#include <array>
#include <cmath>
#include <cstdint>

namespace xgrad::optim::internal {

/// 1 - b1^t and 1 - b2^t. Powers take as long as the update of a hundred weights, and parameters come one after the
/// other with the same t: the last ones are kept.
inline std::array<double, 2> corrections(const std::array<double, 2>& betas, std::int64_t t) {
  struct Last {
    std::array<double, 2> betas;
    std::int64_t t;
    std::array<double, 2> value;
  };
  static constinit thread_local Last last{{-1., -1.}, 0, {}};
  if (last.t != t || last.betas != betas) {
    const auto n = static_cast<double>(t);
    last = {betas, t, {1. - std::pow(betas[0], n), 1. - std::pow(betas[1], n)}};
  }
  return last.value;
}

}  // namespace xgrad::optim::internal
