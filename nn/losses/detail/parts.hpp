#pragma once
/// What the losses are made of. Everything here may be differentiated twice.

#include <optional>
#include <string_view>

#include "nn/losses/reduction.hpp"

namespace xgrad::nn::detail {

/// ValueError naming `op` for `batchmean`.
void check_reduction(std::string_view op, Reduction reduction);
/// The mean, the sum, or the losses themselves.
Tensor reduce(const Tensor& losses, Reduction reduction);

/// A loss that is recorded together with its mean or sum is one operation where there were two:
///
///     record("mse", reduced(kernels::squared_error(x.array(), y.array()), reduction),
///            [reduction](Ctx& c) { ... spread(c.grad(), c.in(0).shape(), reduction) ... }, Save{x}, Save{y});
///
/// The mean, the sum, or the losses themselves, of values.
Array reduced(Array losses, Reduction reduction);
/// From the gradient of what `reduced` made to that of each of the losses, recorded; of `shape`.
Tensor spread(const Tensor& g, const Shape& shape, Reduction reduction);
/// The same as a value for kernels, to which one number does for all losses.
Array shared(const Array& g, std::int64_t losses, Reduction reduction);

/// Throws ShapeError naming `op` unless prediction and target have the same shape: silent broadcasting of [N] against
/// [N, 1] to [N, N] is the commonest way to a wrong loss (PyTorch warns, Keras squeezes).
void check_same_shape(std::string_view op, const Tensor& prediction, const Tensor& target);

/// Prediction and target in one floating dtype: integers adopt the other's, float32 if both are integers.
struct Pair {
  Tensor x, y;
};
/// Throws ShapeError unless the shapes are equal, DTypeError for float32 with float64, ValueError for `batchmean`.
Pair matched(std::string_view op, const Tensor& prediction, const Tensor& target, Reduction reduction);

/// Losses times weight, which must broadcast to their shape (ShapeError otherwise); unchanged where it is undefined.
Tensor weighted(std::string_view op, const char* name, const Tensor& losses, const Tensor& weight);

/// A 0-d number of x's dtype.
Tensor number_like(const Tensor& x, double value);
/// log(1 + e^x), without overflow; its derivative is the logistic function.
Tensor log1p_exp(const Tensor& x);
/// max(0, x), NaN staying NaN; the derivative at 0 is 1 (as clamp's).
Tensor positive_part(const Tensor& x);
/// |x|; the derivative at 0 is 0.
Tensor magnitude(const Tensor& x);
/// (sum |x|^p)^(1/p) over the last axis, p > 0 or infinite; the derivative is 0 for a row of zeros, and at zeros.
Tensor length_of_rows(const Tensor& x, double p);

/// Class labels for the classes on axis 1 (or 0 of a single sample), one axis: int64, those to be ignored as -1.
struct Labels {
  Tensor labels;
  bool any_ignored = false;
  /// 0 where a label is ignored, so that all can be looked up.
  Tensor safe() const;
  /// bool: not ignored.
  Tensor kept() const;
};
/// ShapeError unless target has `scores`' shape without the class axis, DTypeError for labels that are not integers,
/// IndexError for those outside the classes.
Labels class_labels(std::string_view op, const Tensor& scores, const Tensor& target,
                    std::optional<std::int64_t> ignore_index);

/// What the mean over labels divides by: the sum of their classes' weights, those ignored left out.
Tensor total_weight(std::string_view op, const Tensor& scores, const Tensor& target, const Tensor& weight,
                    std::int64_t ignore_index);

/// Scores [N, C, d1, ...] or [C] as [rows, C], in the order of the labels.
Tensor rows_of_classes(const Tensor& scores);
/// Where the classes lie: axis 1, or 0 of a single sample. ShapeError for a scalar and for no classes.
int class_axis(std::string_view op, const Tensor& scores);
/// ShapeError unless weight is undefined or has one number for each class; DTypeError unless it fits scores of `dtype`.
void check_class_weight(std::string_view op, const Tensor& weight, std::int64_t classes, DType dtype);

}  // namespace xgrad::nn::detail
