#pragma once
/// Batch normalisation: statistics of channels over samples and places. Means and variances are float64 throughout.

#include <cstdint>

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// An array seen as [samples, channels, inner].
struct ChannelView {
  std::int64_t samples = 1, channels = 1, inner = 1;
};

/// One number each for every channel (or every row of row_norm.hpp): the mean and the biased variance, float64.
struct Statistics {
  Array mean, var;
};
Statistics channel_statistics(const Array& x, ChannelView view);

struct BatchNormRule {
  double eps = 0;
  bool relu = false;  ///< negative results become 0; gradients pass where they were positive, which x tells again
};

/// (x - mean) / sqrt(var + eps) * weight + bias, all of these by channel.
Array batch_norm(const Array& x, ChannelView view, const Statistics& s, BatchNormRule rule, const Array& weight,
                 const Array& bias);

/// Below, `bias` may be undefined without relu.

/// The sums of g and of g (x - mean) / sqrt(var + eps) over each channel: the gradients of bias and weight, float64.
struct ChannelSums {
  Array bias, weight;
};
ChannelSums batch_norm_sums(const Array& g, const Array& x, ChannelView view, const Statistics& s, BatchNormRule rule,
                            const Array& weight, const Array& bias);
/// The gradient of x where the statistics are those of x itself.
Array batch_norm_backward(const Array& g, const Array& x, ChannelView view, const Statistics& s, BatchNormRule rule,
                          const Array& weight, const Array& bias, const ChannelSums& sums);
/// The gradient of x where the statistics are given.
Array batch_norm_eval_backward(const Array& g, const Array& x, ChannelView view, const Statistics& s,
                               BatchNormRule rule, const Array& weight, const Array& bias);

/// running = (1 - momentum) running + momentum factor batch, in place; batch is float64.
void update_running(Array& running, const Array& batch, double momentum, double factor);

}  // namespace xgrad::kernels
