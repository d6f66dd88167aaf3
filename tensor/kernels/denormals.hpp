#pragma once
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace xgrad::kernels {

/// While it lives, results and operands too small for a normal number count as 0 on this thread.
class FlushDenormals {
 public:
#if defined(__SSE2__)
  FlushDenormals() noexcept : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040u); }  // FTZ and DAZ
  ~FlushDenormals() { _mm_setcsr(before_); }
#else
  FlushDenormals() noexcept : before_(0) {}
#endif
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  [[maybe_unused]] unsigned before_;
};

}  // namespace xgrad::kernels
