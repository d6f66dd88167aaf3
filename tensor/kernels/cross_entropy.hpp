#pragma once
/// Softmax and cross-entropy against class labels in one pass over the logits.

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// Per row of logits [rows, classes]: `log_sum` = log(sum(exp(x))), `loss` = log_sum - x[label], 0 where label < 0.
struct CrossEntropyRows {
  Array loss, log_sum;
};
CrossEntropyRows cross_entropy(const Array& logits, const Array& labels);

/// g[r] (softmax(x) - one_hot(label)) per row, 0 where label < 0; a single g goes with all rows.
Array cross_entropy_backward(const Array& g, const Array& logits, const Array& labels, const Array& log_sum);

}  // namespace xgrad::kernels
