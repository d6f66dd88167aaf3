// The tape without networks: xgrad::autograd alone.
#include <autograd/autograd.hpp>

int main() {
  const xgrad::Tensor x = xgrad::tensor({3.}).requires_grad_();
  square(x).backward();
  return x.grad().item<double>() == 6. ? 0 : 1;
}
