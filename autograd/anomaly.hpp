#pragma once
/// Finding where a NaN or an infinity came from.

#include "autograd/tensor.hpp"

namespace xgrad {

/// A NaN or infinity was met under DetectAnomaly.
class AnomalyError : public AutogradError {
 public:
  using AutogradError::AutogradError;
};

struct AnomalyOptions {
  bool infinities = true;  ///< false: look for NaN alone, where infinities are meant (masks of -inf, say)
};

/// While it lives, every operation on this thread, forward and backward, is looked at: the first one whose result has a
/// NaN or an infinity throws an AnomalyError that tells the module's path, the operation, the index, and the range of
/// each input. Operations recorded under it remember their module, so that backward can name it too.
///
///     const DetectAnomaly guard;
///     Tensor loss = nn::cross_entropy(net(x), y);
///     loss.backward();
///     // AnomalyError: Net.out Dense(128, 10): linear: result has NaN at [3, 1] ...
///
/// Each value is read once more: use it to search, not to train. Outside of such a guard nothing is looked at or
/// stored. PyTorch's detect_anomaly looks at NaN in backward alone.
class DetectAnomaly {
 public:
  explicit DetectAnomaly(AnomalyOptions options = {}) noexcept;
  ~DetectAnomaly();
  DetectAnomaly(const DetectAnomaly&) = delete;
  DetectAnomaly& operator=(const DetectAnomaly&) = delete;

 private:
  bool watching_before_;
  int mode_before_;
};

/// While it lives, recorded operations remember the path of the module they belong to, for `to_text` and `to_dot`.
class NameGraph {
 public:
  NameGraph() noexcept;
  ~NameGraph();
  NameGraph(const NameGraph&) = delete;
  NameGraph& operator=(const NameGraph&) = delete;

 private:
  bool watching_before_;
};

}  // namespace xgrad
