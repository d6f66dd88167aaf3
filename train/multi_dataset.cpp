#include "train/multi_dataset.hpp"

#include <fmt/format.h>

#include "tensor/error.hpp"

namespace xgrad::train {

data::Batch MultiDataset::batch(std::span<const std::int64_t> indices) const {
  MultiBatch all = multi_batch(indices);
  return {all.inputs.at(0), all.targets.at(0)};
}

MultiTensorDataset::MultiTensorDataset(const std::vector<Tensor>& inputs, const std::vector<Tensor>& targets) {
  constexpr const char* op = "train::MultiTensorDataset";
  if (inputs.empty() || targets.empty())
    fail<ValueError>(
        op, fmt::format("got {} inputs and {} targets; expected at least one of each", inputs.size(), targets.size()));
  if (inputs[0].dim() == 0) fail<ShapeError>(op, "the first input has no axis of examples");
  size_ = inputs[0].size(0);
  const auto add = [&](const std::vector<Tensor>& from, const char* what, std::vector<data::TensorDataset>& to) {
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (from[i].dim() == 0 || from[i].size(0) != size_)
        fail<ShapeError>(op, fmt::format("{} {} does not fit the first input: got {}; expected {} examples", what, i,
                                         from[i].shape().str(), size_));
      // As targets, which a TensorDataset hands out as they are.
      to.emplace_back(Array::empty({size_, 0}), from[i].array());
    }
  };
  add(inputs, "input", inputs_);
  add(targets, "target", targets_);
}

MultiBatch MultiTensorDataset::multi_batch(std::span<const std::int64_t> indices) const {
  MultiBatch out;
  for (const auto& part : inputs_) out.inputs.push_back(part.batch(indices).y);
  for (const auto& part : targets_) out.targets.push_back(part.batch(indices).y);
  return out;
}

}  // namespace xgrad::train
