#pragma once
/// Normalisation: (x - mean) / sqrt(var + eps) * weight + bias, with the biased variance and with statistics taken over
/// different sets of elements. `weight` and `bias` may be undefined: 1 and 0.
///
/// Statistics are computed in float64 about the mean, so that float32 numbers far from 0 with a small spread (1e4 with
/// a deviation of 1e-2) are normalised as float64 would. Integers are taken as float32; operands of another floating
/// dtype than x's are a DTypeError, a negative eps is a ValueError. With x^ the normalised x, h = g weight and the
/// means taken over the elements that share their statistics,
///
///     dx = (h - mean(h) - x^ mean(h x^)) / sqrt(var + eps),   dweight = sum(g x^),   dbias = sum(g).

#include <cstdint>
#include <optional>

#include "autograd/tensor.hpp"

namespace xgrad {

struct BatchNormOptions {
  bool training = false;            ///< by the batch's own statistics; otherwise by the running ones
  double momentum = 0.1;            ///< weight of the new statistics in the running ones (Keras' 0.99 is 0.01 here)
  double eps = 1e-5;                ///< Keras: 1e-3
  bool biased_running_var = false;  ///< keep the running variance over n (Keras 3), not over n - 1 (PyTorch)
  bool relu = false;                ///< max(y, 0) of the result y, in the same pass
};

/// Batch normalisation (Ioffe and Szegedy, 2015) of x [N, C], [N, C, L], [N, C, H, W], ...: statistics of each of the C
/// channels over all other axes; weight, bias, running_mean and running_var are [C].
///
/// In training each running statistic that is given is updated in place to (1 - momentum) running + momentum new, and
/// one element per channel is a ValueError (its variance would be 0; PyTorch likewise). In evaluation both are needed
/// (ValueError) and count as constants: dx = g weight / sqrt(running_var + eps). A batch without elements changes
/// nothing.
Tensor batch_norm(const Tensor& x, const Tensor& running_mean = {}, const Tensor& running_var = {},
                  const Tensor& weight = {}, const Tensor& bias = {}, const BatchNormOptions& options = {});

/// Layer normalisation (Ba, Kiros and Hinton, 2016): statistics over the last axes, whose sizes are `normalized_shape`,
/// the shape of weight and bias too (ShapeError where they differ).
Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight = {}, const Tensor& bias = {},
                  double eps = 1e-5);

/// Group normalisation (Wu and He, 2018) of x [N, C, ...]: statistics over each sample's groups of C / num_groups
/// neighbouring channels; weight and bias are [C]. ShapeError where num_groups does not divide C; one element per group
/// in all of the batch is a ValueError (as in PyTorch).
Tensor group_norm(const Tensor& x, std::int64_t num_groups, const Tensor& weight = {}, const Tensor& bias = {},
                  double eps = 1e-5);

struct InstanceNormOptions {
  bool use_input_stats = true;  ///< by each sample's own statistics; otherwise by the running ones
  double momentum = 0.1;        ///< as for batch_norm
  double eps = 1e-5;
};

/// Instance normalisation (Ulyanov, Vedaldi and Lempitsky, 2016) of x [N, C, ...]: statistics of each channel of each
/// sample; weight, bias and running statistics are [C]. With `use_input_stats` the running statistics that are given
/// are updated by the mean over the samples of their statistics (the variance unbiased), and one element per channel
/// and sample is a ValueError.
Tensor instance_norm(const Tensor& x, const Tensor& running_mean = {}, const Tensor& running_var = {},
                     const Tensor& weight = {}, const Tensor& bias = {}, const InstanceNormOptions& options = {});

/// Root-mean-square normalisation (Zhang and Sennrich, 2019) over the last axes: x / sqrt(mean(x^2) + eps) * weight.
/// Without `eps` it is the dtype's epsilon, as in PyTorch.
Tensor rms_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight = {},
                std::optional<double> eps = {});

/// x / max(||x||_p, eps) with the norm along one axis, p > 0 or infinite (ValueError otherwise). Where the norm is
/// below eps it counts as a constant; the norm's own derivative is 0 at zeros, and for infinite p shared equally among
/// ties.
Tensor normalize(const Tensor& x, double p = 2., std::int64_t axis = 1, double eps = 1e-12);

}  // namespace xgrad
