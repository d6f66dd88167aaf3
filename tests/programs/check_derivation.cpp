// The third program of the manual: a derivation made on paper, checked.
#include <iostream>
#include <xgrad.hpp>
using namespace xgrad;

int main() {
  Tensor t = randint(0, 10, {5});
  auto report = check_derivation(
      [&](const Tensor& a) {
        return nn::cross_entropy(a, t, {.reduction = nn::Reduction::sum});
      },                                                                // what autograd differentiates
      [&](const Tensor& a) { return softmax(a, 1) - one_hot(t, 10); },  // what was derived by hand
      randn({5, 10}, float64));
  std::cout << report;  // derived vs autograd vs numerical: largest error, where, verdict

  // Not part of the program: it is right, and all of it was looked at.
  return report && report.elements == 50 && report.str().ends_with("verdict: right\n") ? 0 : 1;
}
