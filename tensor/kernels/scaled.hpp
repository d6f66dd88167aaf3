#pragma once
/// Products of many numbers that neither overflow nor underflow on the way.

#include <cmath>
#include <cstdint>

namespace xgrad::kernels {

/// fraction * 2^exponent. Scaling by powers of two is exact: the product has the bits it has without, as long as that
/// stays in range.
class Scaled {
 public:
  Scaled& operator*=(double x) {
    int e = 0;
    fraction_ = std::frexp(fraction_ * std::frexp(x, &e), &moved_);
    exponent_ += e + moved_;
    return *this;
  }
  Scaled& operator*=(const Scaled& x) {
    fraction_ = std::frexp(fraction_ * x.fraction_, &moved_);
    exponent_ += x.exponent_ + moved_;
    return *this;
  }
  /// Rounded to T once: infinite, or 0, where it does not fit.
  template <class T>
  T to() const {
    constexpr std::int64_t kFar = 5000;
    const std::int64_t e = exponent_ < -kFar ? -kFar : exponent_ > kFar ? kFar : exponent_;
    return static_cast<T>(std::ldexp(fraction_, static_cast<int>(e)));
  }

 private:
  double fraction_ = 1;
  std::int64_t exponent_ = 0;
  int moved_ = 0;
};

}  // namespace xgrad::kernels
