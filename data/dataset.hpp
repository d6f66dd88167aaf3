#pragma once
/// Data sets: numbered examples, handed out in batches.

#include <cstdint>
#include <span>

#include "autograd/tensor.hpp"

namespace xgrad::data {

/// Some examples: inputs `x` (N, ...) and targets `y` (N, ...). `const auto& [x, y] = batch;` takes it apart.
struct Batch {
  Tensor x, y;
};

/// Examples numbered 0 ... size() - 1. Subclass it to read examples from anywhere: a loader asks for nothing but `size`
/// and `batch`. An epoch of a loader calls `batch` one call at a time, but from a thread of its own; epochs under way
/// at the same time call it at the same time.
class Dataset {
 public:
  virtual ~Dataset() = default;

  /// The number of examples.
  virtual std::int64_t size() const = 0;
  /// The examples with these numbers, in this order; a number may come more than once. Throws IndexError for a number
  /// outside 0 ... size() - 1.
  virtual Batch batch(std::span<const std::int64_t> indices) const = 0;
  /// Every example in order, as one batch.
  Batch all() const;

 protected:
  Dataset() = default;
  Dataset(const Dataset&) = default;
  Dataset(Dataset&&) = default;
  Dataset& operator=(const Dataset&) = default;
  Dataset& operator=(Dataset&&) = default;
};

struct TensorDatasetOptions {
  /// What uint8 inputs are multiplied by on their way into a batch; 1.0 / 255 takes pixels to [0, 1].
  double scale = 1;
};

/// Examples held in memory: inputs x (N, ...) and targets y (N, ...).
///
/// uint8 inputs stay uint8 in memory, so that 60,000 images of 28 x 28 take 47 MB, and become float32 times
/// `options.scale` in a batch, the product rounded once: with 1.0 / 255 exactly pixel / 255.f. Inputs of other dtypes
/// and all targets keep their dtype. A copy of a data set and its slices share the arrays.
class TensorDataset : public Dataset {
 public:
  /// Shares both arrays. Throws ShapeError unless they have a first axis, of the same size.
  TensorDataset(Array x, Array y, TensorDatasetOptions options = {});

  std::int64_t size() const override { return size_; }
  Batch batch(std::span<const std::int64_t> indices) const override;

  /// Inputs and targets as they are stored, unscaled. Those of a whole data set share its arrays, those of a slice are
  /// copied out.
  Array inputs() const { return part(x_); }
  Array targets() const { return part(y_); }
  double scale() const noexcept { return options_.scale; }

  /// The examples first ... last - 1, or to the end, as a data set that shares these arrays. Throws IndexError unless
  /// 0 <= first <= last <= size().
  TensorDataset slice(std::int64_t first, std::int64_t last) const;
  TensorDataset slice(std::int64_t first) const { return slice(first, size_); }
  /// The first n examples. Throws IndexError unless 0 <= n <= size().
  TensorDataset take(std::int64_t n) const { return slice(0, n); }

 private:
  Array part(const Array& whole) const;

  Array x_, y_;
  TensorDatasetOptions options_;
  std::int64_t first_ = 0;
  std::int64_t size_;
};

}  // namespace xgrad::data
