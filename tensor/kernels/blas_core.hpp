#pragma once

namespace xgrad::kernels {

/// OpenBLAS chooses its kernels by the processor's model number, and for one newer than itself falls back to SSE3: an
/// eighth of the speed. Where that has happened on a processor with AVX2 or AVX-512, this makes it choose again by what
/// the processor can do. Leaves a core forced by OPENBLAS_CORETYPE alone. True when something was changed.
bool choose_blas_core() noexcept;

}  // namespace xgrad::kernels
