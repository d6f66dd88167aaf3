#pragma once
/// Matrix products.

#include <cstdint>

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// The last two axes multiplied, op(a) op(b) with op a transposition where the flag is set; the axes before them
/// broadcast. Both of one dtype other than bool and of rank >= 2, inner sizes equal. Integers wrap around.
Array bmm(const Array& a, const Array& b, bool transpose_a, bool transpose_b);

/// C = op(A) op(B) + beta C for float or double: op(A) m x k, op(B) k x n, C m x n, row-major at `a`, `b`, `c` with
/// rows lda, ldb, ldc apart. On this thread alone: for use inside parallel work. With beta = 0, C is not read.
template <class T>
void gemm(bool trans_a, bool trans_b, std::int64_t m, std::int64_t n, std::int64_t k, const T* a, std::int64_t lda,
          const T* b, std::int64_t ldb, T beta, T* c, std::int64_t ldc);

/// x W^T + bias for x [..., in], weight [out, in], bias [out] or undefined, likewise.
Array linear(const Array& x, const Array& weight, const Array& bias);

}  // namespace xgrad::kernels
