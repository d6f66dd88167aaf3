#include "tensor/kernels/exact.hpp"

namespace xgrad::kernels {

constinit thread_local bool exact_sums = false;

}  // namespace xgrad::kernels
