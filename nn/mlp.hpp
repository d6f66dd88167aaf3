#pragma once
/// mlp: dense layers one after the other.

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "nn/dense.hpp"
#include "nn/sequential.hpp"

namespace xgrad::nn {

/// Dense layers of these sizes, the inputs' first, with an activation between any two of them, none behind the last:
///
///     nn::mlp({784, 512, 512, 10}, nn::ReLU())
///     nn::mlp({784, 30, 10}, nn::Sigmoid(), {.weight_init = nn::init::glorot_uniform}).add(nn::Sigmoid())
///     nn::mlp({784, 50, 30, 10}, [](std::int64_t width) {   // what follows a layer of so many units
///       return nn::Sequential(nn::BatchNorm(width), nn::ReLU(), nn::Dropout(0.2));
///     })
///
/// `activation` is a module, of which each place gets a copy with parameters of its own, a function of a tensor, or
/// makes a module from the number of units. The options are those of every layer. ValueError for fewer than two sizes,
/// and sizes below 1, as Dense has them.
template <class A>
Sequential mlp(const std::vector<std::int64_t>& sizes, const A& activation, const DenseOptions& options = {}) {
  if (sizes.size() < 2)
    fail<ValueError>("mlp", "got " + std::to_string(sizes.size()) +
                                " sizes; expected those of the inputs, of hidden "
                                "layers and of the outputs: {784, 30, 10}");
  Sequential net;
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) {
    net.add(Dense(sizes[i], sizes[i + 1], options));
    if (i + 2 == sizes.size()) break;
    if constexpr (std::derived_from<A, Module>) net.add(clone(activation));
    else if constexpr (std::is_invocable_v<const A&, const Tensor&>) net.add(activation);
    else net.add(activation(sizes[i + 1]));
  }
  return net;
}

}  // namespace xgrad::nn
