#include "train/loss.hpp"

#include <fmt/format.h>

#include "autograd/ops.hpp"
#include "tensor/error.hpp"

namespace xgrad::train {
namespace {

const Tensor& only(std::span<const Tensor> targets) {
  if (targets.size() != 1)
    fail<ValueError>(
        "train::Loss",
        fmt::format("got {} targets; expected one, or a loss of (prediction, std::span of targets)", targets.size()));
  return targets[0];
}

}  // namespace

Tensor Loss::operator()(const Tensor& prediction, std::span<const Tensor> targets) const {
  Tensor value = one_ ? one_(prediction, only(targets)) : many_(prediction, targets);
  if (!value.defined() || value.numel() != 1)
    fail<ShapeError>("train::Loss", fmt::format("a loss is one number: got {}; expected a mean or a sum",
                                                value.defined() ? value.shape().str() : "an undefined tensor"));
  return value;
}

Tensor Loss::operator()(const Tensor& prediction, std::span<const Tensor> targets, const Tensor& weight) const {
  if (!weight.defined()) return (*this)(prediction, targets);
  if (!single_)
    fail<ValueError>("train::Loss",
                     "class and sample weights need the loss of each sample, which this loss does not give; expected "
                     "one of nn's with an option `reduction`");
  const Tensor losses = single_(prediction, only(targets));
  if (losses.dim() < 1 || losses.size(0) != weight.numel())
    fail<ShapeError>("train::Loss", fmt::format("the weights do not fit the losses: got weights {}, losses {}",
                                                weight.shape().str(), losses.shape().str()));
  Shape shape = losses.shape();
  for (int axis = 1; axis < shape.rank(); ++axis) shape[axis] = 1;
  const Tensor weighted = losses * weight.to(losses.dtype()).reshape(shape);
  return summed_ ? weighted.sum() : weighted.mean();
}

}  // namespace xgrad::train
