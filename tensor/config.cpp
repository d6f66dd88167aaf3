#include "tensor/config.hpp"

#include <fmt/core.h>
#include <tbb/version.h>

#include <cstdlib>
#include <iostream>
#include <xsimd/xsimd.hpp>
#include <xtensor/xtensor_config.hpp>

#include "tensor/kernels/blas_core.hpp"
#include "tensor/parallel.hpp"

namespace xgrad {
namespace {

std::string processor() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") ? "AVX-512" : __builtin_cpu_supports("avx2") ? "AVX2" : "SSE";
#else
  return "unknown";
#endif
}

}  // namespace

void print_config(std::ostream& out) {
  const char* forced = std::getenv("OPENBLAS_CORETYPE");
  out << fmt::format("xgrad {}, {} {}, compiled for {}; the processor has {}\n", XGRAD_VERSION,
#if defined(__clang__)
                     "clang", __clang_version__,
#else
                     "g++", __VERSION__,
#endif
                     xsimd::default_arch::name(), processor());
  out << fmt::format("xtensor {}.{}.{}, xsimd {}.{}.{}, oneTBB {} ({} at run time)\n", XTENSOR_VERSION_MAJOR,
                     XTENSOR_VERSION_MINOR, XTENSOR_VERSION_PATCH, XSIMD_VERSION_MAJOR, XSIMD_VERSION_MINOR,
                     XSIMD_VERSION_PATCH, TBB_VERSION_STRING, TBB_runtime_version());
  out << fmt::format("BLAS: {}; kernels: {}{}\n", kernels::blas_version(), kernels::blas_core(),
                     forced ? fmt::format(" (OPENBLAS_CORETYPE={})", forced) : "");
  out << fmt::format("threads: {}\n", num_threads());
  if (kernels::blas_core_is_slow()) {
    out << fmt::format(
        "warning: the BLAS kernels are not written for this processor's {}; products are several times "
        "slower than they could be{}\n",
        processor(), forced ? ": unset OPENBLAS_CORETYPE" : "");
  }
  if (kernels::blas_version().find("SINGLE_THREADED") != std::string::npos)
    out << "warning: this OpenBLAS was built without threads and must not be called from several; link the one with "
           "them "
           "(Debian: libopenblas0-pthread), or set_num_threads(1)\n";
}

void print_config() { print_config(std::cout); }

}  // namespace xgrad
