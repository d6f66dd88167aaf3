#pragma once
// What bandwidth is measured against: a plain triad a[i] = b[i] + s c[i].

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "tensor/array.hpp"
#include "tensor/parallel.hpp"

namespace bench {

using Clock = std::chrono::steady_clock;

/// Of the best of three calls.
inline double seconds(const std::function<void()>& f) {
  double best = 1e300;
  for (int i = 0; i < 3; ++i) {
    const auto begin = Clock::now();
    f();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - begin).count());
  }
  return best;
}

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Over three arrays, as many bytes as asked for.
class Triad {
 public:
  explicit Triad(std::int64_t bytes)
      : n_(bytes / 12), a_(xgrad::Array::zeros({n_})), b_(xgrad::Array::full({n_}, 1., xgrad::float32)),
        c_(b_.clone()) {}
  void operator()() {
    float* const a = a_.mutable_data<float>();
    const float *const b = b_.data<float>(), *const c = c_.data<float>();
    xgrad::parallel_for(n_, 131072, [=](std::int64_t begin, std::int64_t end) { run(a, b, c, begin, end); });
  }

 private:
  static void run(float* __restrict a, const float* __restrict b, const float* __restrict c, std::int64_t begin,
                  std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) a[i] = b[i] + 0.5f * c[i];
  }
  std::int64_t n_;
  xgrad::Array a_, b_, c_;
};

}  // namespace bench
