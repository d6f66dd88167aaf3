#pragma once
/// Normalisation of rows, each by its own statistics: layer, group, instance and root-mean-square normalisation.

#include <cstdint>

#include "tensor/kernels/batch_norm.hpp"

namespace xgrad::kernels {

/// An array seen as [samples, groups, channels, inner]: a row is what lies behind a sample and a group, and weight and
/// bias have one number for each of groups x channels. Layer normalisation has one group, as many channels as a row has
/// elements, and inner = 1; instance normalisation has groups of one channel.
struct RowView {
  std::int64_t samples = 1, groups = 1, channels = 1, inner = 1;
  std::int64_t rows() const noexcept { return samples * groups; }
  std::int64_t size() const noexcept { return channels * inner; }
};

/// How rows are normalised: by mean and variance or, not `centered`, by the mean square alone.
struct RowRule {
  double eps = 1e-5;
  bool centered = true;
};

/// y and, for every row, the mean (0 unless centered) and the variance (the mean square).
struct RowNorm {
  Array y;
  Statistics s;
};
RowNorm row_norm(const Array& x, RowView view, RowRule rule, const Array& weight, const Array& bias);

/// The gradient of x.
Array row_norm_backward(const Array& g, const Array& x, RowView view, RowRule rule, const Statistics& s,
                        const Array& weight);
/// The gradients of bias and weight, float64.
ChannelSums row_norm_sums(const Array& g, const Array& x, RowView view, RowRule rule, const Statistics& s);

}  // namespace xgrad::kernels
