#pragma once

#include <utility>

namespace xgrad::kernels {

extern constinit thread_local bool exact_sums;

/// While it lives, kernels called on this thread compute sums of products as such, also where a faster way with a
/// larger rounding error is there (winograd.hpp): for the checks of derivatives.
class ExactSums {
 public:
  ExactSums() noexcept : before_(std::exchange(exact_sums, true)) {}
  ~ExactSums() { exact_sums = before_; }
  ExactSums(const ExactSums&) = delete;
  ExactSums& operator=(const ExactSums&) = delete;

  static bool on() noexcept { return exact_sums; }

 private:
  bool before_;
};

}  // namespace xgrad::kernels
