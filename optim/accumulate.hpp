#pragma once
/// Steps from several batches' gradients.

#include <cstdint>

#include "optim/optimizer.hpp"

namespace xgrad::optim {

/// Gathers the gradients of `every` batches, which backward adds up anyway, and then takes one step with their mean:
/// for batches larger than memory. Call `step()` after each backward, and no `zero_grad`.
///
///     optim::Accumulation gather(adam, 4);
///     for (const auto& [x, y] : batches) { nn::cross_entropy(net(x), y).backward(); gather.step(); }
///     gather.flush();                                        // the rest, if any
///
/// Four batches of 8 give the step of one batch of 32, up to rounding, where the loss is a mean. Keras'
/// gradient_accumulation_steps. The optimiser must outlive it.
class Accumulation {
 public:
  /// ValueError unless every >= 1. `mean` off: the step takes the sum.
  Accumulation(Optimizer& optimizer, std::int64_t every, bool mean = true);

  /// One batch more; true when it was the last one and the optimiser has stepped (and its gradients are cleared).
  bool step();
  /// Steps with what there is, as the mean of so many; false when there is nothing.
  bool flush();
  /// Batches since the last step.
  std::int64_t gathered() const noexcept { return gathered_; }

 private:
  Optimizer& optimizer_;
  std::int64_t every_, gathered_ = 0;
  bool mean_;
};

}  // namespace xgrad::optim
