#include "tensor/kernels/blas_core.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string_view>

// OpenBLAS built for several cores exports these; other builds do not, and then there is nothing to choose.
extern "C" {
__attribute__((weak)) extern void* gotoblas;
__attribute__((weak)) void gotoblas_dynamic_init(void);
__attribute__((weak)) char* openblas_get_corename(void);
}

namespace xgrad::kernels {

bool choose_blas_core() noexcept {
#if defined(__x86_64__)
  constexpr const char* kVariable = "OPENBLAS_CORETYPE";
  if (!&gotoblas || !gotoblas_dynamic_init || !openblas_get_corename || std::getenv(kVariable)) return false;
  constexpr std::string_view kWithoutAvx2[] = {"Prescott",  "Core2",   "Penryn", "Dunnington", "Atom",
                                               "Nano",      "Nehalem", "Athlon", "Opteron",    "Opteron_SSE3",
                                               "Barcelona", "Bobcat",  "Katmai", "Coppermine", "Northwood"};
  if (std::find(std::begin(kWithoutAvx2), std::end(kWithoutAvx2), openblas_get_corename()) == std::end(kWithoutAvx2))
    return false;
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (!avx2) return false;
  ::setenv(kVariable, avx512 ? "SkylakeX" : "Haswell", 1);
  gotoblas = nullptr;
  gotoblas_dynamic_init();
  ::unsetenv(kVariable);
  return true;
#else
  return false;
#endif
}

}  // namespace xgrad::kernels
