#pragma once
/// Data sets with several inputs or targets.

#include <cstdint>
#include <span>
#include <vector>

#include "data/dataset.hpp"

namespace xgrad::train {

/// Some examples of several inputs and targets, each (N, ...).
struct MultiBatch {
  std::vector<Tensor> inputs, targets;
};

/// A data set whose examples have several inputs or targets. `fit`, `evaluate` and `predict` call the module with all
/// inputs (up to six), and the loss with all targets. Other users see the first of each.
class MultiDataset : public data::Dataset {
 public:
  virtual MultiBatch multi_batch(std::span<const std::int64_t> indices) const = 0;
  data::Batch batch(std::span<const std::int64_t> indices) const override;
};

/// Held in memory; shares the arrays.
class MultiTensorDataset : public MultiDataset {
 public:
  /// ShapeError unless all have a first axis of the same size; ValueError without input or target.
  MultiTensorDataset(const std::vector<Tensor>& inputs, const std::vector<Tensor>& targets);
  std::int64_t size() const override { return size_; }
  MultiBatch multi_batch(std::span<const std::int64_t> indices) const override;

 private:
  std::vector<data::TensorDataset> inputs_, targets_;
  std::int64_t size_;
};

}  // namespace xgrad::train
