#include "optim/accumulate.hpp"

#include "optim/clip.hpp"

namespace xgrad::optim {

Accumulation::Accumulation(Optimizer& optimizer, std::int64_t every, bool mean)
    : optimizer_(optimizer), every_(every), mean_(mean) {
  check_option("Accumulation", "every", every, 1, kMost);
}

bool Accumulation::step() {
  if (++gathered_ < every_) return false;
  return flush();
}

bool Accumulation::flush() {
  if (gathered_ == 0) return false;
  if (mean_ && gathered_ > 1) {
    std::vector<Tensor> all;
    for (std::size_t g = 0; g < optimizer_.num_groups(); ++g)
      all.insert(all.end(), optimizer_.parameters(g).begin(), optimizer_.parameters(g).end());
    scale_grad(all, 1. / static_cast<double>(gathered_));
    gathered_ = 1;  // should the step fail, the next one must not divide again
  }
  optimizer_.step();
  optimizer_.zero_grad();
  gathered_ = 0;
  return true;
}

}  // namespace xgrad::optim
