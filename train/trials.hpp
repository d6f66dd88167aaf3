#pragma once
/// Short trainings that leave everything as it was: overfit_one_batch, lr_range_test.

#include <vector>

#include "data/dataset.hpp"
#include "nn/module.hpp"
#include "optim/optimizer.hpp"
#include "train/loss.hpp"

namespace xgrad::train {

struct OverfitOptions {
  std::int64_t steps = 200;  ///< at most
  double tolerance = 0.01;   ///< passed as soon as the loss is below this share of the first
};
struct Overfit {
  bool passed = false;
  std::vector<double> losses;  ///< before each step; the last one decides
};
/// The smoke test of every practitioner: a network that is put together right can learn one batch by heart. Trains on
/// that batch alone, in training mode; parameters, buffers, modes and the optimiser's state are as before afterwards.
Overfit overfit_one_batch(nn::Module& model, optim::Optimizer& optimizer, const Loss& loss, const data::Batch& batch,
                          OverfitOptions options = {});

struct RangeTestOptions {
  double lr_min = 1e-7, lr_max = 10;
  std::int64_t steps = 100;  ///< at least 2; the data is gone through again where it ends
  std::int64_t batch_size = 32;
  double smoothing = 0.05;  ///< weight of the newest loss in the average
  double diverged = 4;      ///< ends where the average is larger than so many times the best
  std::uint64_t seed = 0;   ///< of the order of the examples
};
struct RangeTest {
  std::vector<double> rates, losses, smoothed;
  double suggestion = 0;  ///< the rate at which the average falls fastest per decade; NaN where it never falls
};
/// Trains with rates that grow geometrically, one step each (Smith 2017), to see which ones are of use. Everything is
/// as before afterwards, the learning rates too.
RangeTest lr_range_test(nn::Module& model, optim::Optimizer& optimizer, const Loss& loss, const data::Dataset& data,
                        RangeTestOptions options = {});

}  // namespace xgrad::train
