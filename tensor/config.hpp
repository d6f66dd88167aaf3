#pragma once
/// What this build of xgrad is, and what it runs on.

#include <iosfwd>

namespace xgrad {

/// Writes versions, compiler and instruction set, BLAS with the kernels it uses, and threads, a line each; with a
/// warning when the BLAS uses narrower vectors than the processor has (because OPENBLAS_CORETYPE says so, say). For bug
/// reports and benchmarks.
void print_config(std::ostream& out);
/// The same to standard output.
void print_config();

}  // namespace xgrad
