#pragma once
/// Metrics of probabilities and scores: log loss, area under the ROC curve.

#include <cstdint>
#include <optional>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad::train {

struct LogLossOptions {
  /// Probabilities are brought into [eps, 1 - eps]; by default the machine epsilon of their dtype, for integers that of
  /// float32.
  std::optional<double> eps = {};
  bool normalize = true;                  ///< the mean over examples; else the sum
  std::vector<std::int64_t> labels = {};  ///< all classes, where the target does not have each of them
  Tensor sample_weight = {};              ///< (N), by default 1 each
};

/// The mean of -log(probability of the true class), as scikit-learn's log_loss: probabilities are clipped to
/// [eps, 1 - eps], then each row is divided by its sum.
///
/// `probability` is (N, K), the columns belonging to the sorted classes, or, for two classes, (N) or (N, 1): the
/// probability of the second. `target` is classes (N), or one-hot (N, K). (scikit-learn takes the truth first.)
/// Throws ShapeError for different N and where the number of classes is not that of the columns (then `labels` may be
/// missing), ValueError for no examples, NaN, a probability outside [0, 1] by more than 1e-6 (logits?), fewer than two
/// classes, a target that is not among `labels`, and an `eps` outside [0, 0.5).
double log_loss(const Tensor& probability, const Tensor& target, const LogLossOptions& options = {});

enum class MultiClass {
  ovr,  ///< each class against all others
  ovo,  ///< each pair of classes by itself, both ways (D. J. Hand, R. J. Till 2001)
};
enum class AucAverage {
  macro,     ///< the mean over classes, or pairs
  weighted,  ///< weighted by how many examples each has
};

struct RocAucOptions {
  MultiClass multi_class = MultiClass::ovr;
  AucAverage average = AucAverage::macro;
  Tensor sample_weight = {};  ///< (N), by default 1 each; not with `ovo`
};

/// The area under the ROC curve: the probability that a positive example has a larger score than a negative one, equal
/// scores counting half.
///
/// Two classes: scores (N) or (N, 1) of the second one. More: scores (N, K) of the sorted classes; for `ovr` any will
/// do, where scikit-learn asks for rows that sum to 1. Infinite scores are the largest and the smallest. (scikit-learn
/// takes the truth first, rejects infinity, and has no default for several classes.) Throws ShapeError for different N
/// and where the columns are not as many as the classes, ValueError for no examples, NaN, and fewer than two classes:
/// there is no curve then.
double roc_auc(const Tensor& score, const Tensor& target, const RocAucOptions& options = {});

}  // namespace xgrad::train
