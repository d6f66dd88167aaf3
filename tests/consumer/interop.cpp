// xtensor in and out, with xtensor compiled as this program wants it.
#include <cmath>
#include <iostream>
#include <xgrad.hpp>
#include <xtensor/xmath.hpp>

#include "tensor/xtensor.hpp"
using namespace xgrad;

int main() {
  const xt::xarray<double> m = {{1., 2., 3.}, {4., 5., 6.}};
  Tensor t = to_array(m * 2. + 1.);
  t.requires_grad_();
  square(t).sum().backward();  // the gradient is 2 t
  const Tensor g = t.grad();
  const double sum = xt::sum(as_xtensor<double>(g))();
  Array a = Array::zeros({2, 2});
  as_mutable_xtensor<float>(a).fill(1.5f);
  std::cout << "sum " << sum << ", " << a.str() << "\n";
  return std::abs(sum - 96.) < 1e-12 && a.values<float>()[3] == 1.5f ? 0 : 1;
}
