#pragma once
/// The recorded graph, to read and to draw.

#include <span>
#include <string>

#include "autograd/tensor.hpp"

namespace xgrad {

/// A tensor under its name ("features.0.weight").
struct NamedTensor {
  std::string name;
  Tensor tensor;
};

/// What `y` was computed from, one line per operation in the order of recording: its number, operation, inputs, dtype
/// and shape. Leaves carry the given names (`net.named_parameters()`), others are numbered; saved values that need no
/// gradient appear as constants. Operations recorded under a NameGraph guard say which module they belong to:
///
///     %1 = linear(const float32 [32, 784], hidden.weight, hidden.bias)  float32 [32, 128]  Net.hidden Dense(784, 128)
///     %2 = relu(%1)                                                     float32 [32, 128]
///
/// A tensor without history gives one line that says so. Never recurses, changes nothing.
std::string to_text(const Tensor& y, std::span<const NamedTensor> names = {});
/// The same for Graphviz: `dot -Tsvg`. Leaves are boxes, operations ovals; an edge points from an input to what was
/// computed.
std::string to_dot(const Tensor& y, std::span<const NamedTensor> names = {});

}  // namespace xgrad
