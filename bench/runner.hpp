#pragma once
/// What step_bench and its peers share: the command line, the stopwatch, the line that is printed.

#include <functional>
#include <memory>
#include <string>

#include "bench/workloads.hpp"

namespace bench {

/// A network in training.
class Trainer {
 public:
  virtual ~Trainer() = default;
  /// With dropout, as a trainer begins, or without: then losses can be compared. All else is in training mode.
  virtual void dropout(bool on) = 0;
  /// zero_grad, forward, loss, backward, optimiser step.
  virtual void step() = 0;
  /// The loss with the present weights; outside of the time measured.
  virtual double loss() = 0;
  /// Takes the place of the batch; of any size.
  virtual void feed(const Batch& batch) = 0;
  /// How many samples of the batch get their own class, in evaluation mode; for cross-entropy.
  virtual std::int64_t correct() = 0;
};

/// A framework.
struct Framework {
  std::string name, version;
  /// Called once, before the first trainer is made.
  std::function<void(int threads)> set_threads;
  /// From the first weights on, every time.
  std::function<std::unique_ptr<Trainer>(const Workload&)> make;
  /// Whether OpenBLAS is made to choose again here, as xgrad does by itself (see `--plain`).
  bool choose_blas_core = false;
};

/// The whole program: prints a line of `key=value` for each workload, and returns the exit code.
int run(const Framework& framework, int argc, char** argv);

}  // namespace bench
