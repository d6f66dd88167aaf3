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
__attribute__((weak)) char* openblas_get_config(void);
__attribute__((weak)) void openblas_set_num_threads(int);
}

namespace xgrad::kernels {
namespace {

constexpr const char* kVariable = "OPENBLAS_CORETYPE";

enum class Vectors { sse, avx2, avx512 };

/// What the kernels named so are written for. Names not listed (newer ones) are taken to be for AVX-512.
Vectors vectors_of(std::string_view core) noexcept {
  constexpr std::string_view kSse[] = {"Prescott",    "Core2",     "Penryn",    "Dunnington", "Atom",
                                       "Nano",        "Nehalem",   "Athlon",    "Opteron",    "Opteron_SSE3",
                                       "Barcelona",   "Bobcat",    "Katmai",    "Coppermine", "Northwood",
                                       "Sandybridge", "Bulldozer", "Piledriver"};
  constexpr std::string_view kAvx2[] = {"Haswell", "Zen", "Excavator", "Steamroller"};
  const auto among = [core](const auto& names) {
    return std::find(std::begin(names), std::end(names), core) != std::end(names);
  };
  return among(kSse) ? Vectors::sse : among(kAvx2) ? Vectors::avx2 : Vectors::avx512;
}

Vectors processor_vectors() noexcept {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return Vectors::sse;
  const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return wide ? Vectors::avx512 : Vectors::avx2;
#else
  return Vectors::sse;
#endif
}

}  // namespace

bool choose_blas_core() noexcept {
  if (!&gotoblas || !gotoblas_dynamic_init || !openblas_get_corename || std::getenv(kVariable)) return false;
  const Vectors wide = processor_vectors();
  if (wide == Vectors::sse || vectors_of(openblas_get_corename()) != Vectors::sse) return false;
  ::setenv(kVariable, wide == Vectors::avx512 ? "SkylakeX" : "Haswell", 1);
  gotoblas = nullptr;
  gotoblas_dynamic_init();
  ::unsetenv(kVariable);
  return true;
}

std::string blas_core() { return openblas_get_corename ? openblas_get_corename() : "unknown"; }
std::string blas_version() { return openblas_get_config ? openblas_get_config() : "unknown"; }

void serial_blas() noexcept {
  if (openblas_set_num_threads) openblas_set_num_threads(1);
}

bool blas_core_is_slow() noexcept {
  return openblas_get_corename && vectors_of(openblas_get_corename()) < processor_vectors();
}

}  // namespace xgrad::kernels
