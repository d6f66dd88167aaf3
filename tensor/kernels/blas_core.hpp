#pragma once
/// Which of its kernels OpenBLAS uses.

#include <string>

namespace xgrad::kernels {

/// OpenBLAS chooses its kernels by the processor's model number, and for one newer than itself falls back to SSE3: an
/// eighth of the speed. Where that has happened on a processor with AVX2 or AVX-512, this makes it choose again by what
/// the processor can do. Leaves a core forced by OPENBLAS_CORETYPE alone. True when something was changed.
bool choose_blas_core() noexcept;

/// The name of the kernels in use ("SkylakeX"), or "unknown" for another BLAS; and its own version line.
std::string blas_core();
std::string blas_version();
/// Keeps OpenBLAS to the calling thread: threads are ours alone. The setting is global and costs 2 ns.
void serial_blas() noexcept;
/// Whether these kernels use narrower vectors than the processor has.
bool blas_core_is_slow() noexcept;

}  // namespace xgrad::kernels
