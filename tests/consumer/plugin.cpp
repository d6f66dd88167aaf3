// xgrad inside a shared library that is loaded at run time.
#include <xgrad.hpp>

extern "C" double derivative_of_square(double at) {
  const xgrad::Tensor x = xgrad::tensor({at}, xgrad::float64).requires_grad_();
  square(x).backward();
  return x.grad().item<double>();
}
