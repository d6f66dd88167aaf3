#pragma once
/// The network of a workload in xgrad, as its users write it.

#include <vector>
#include <xgrad.hpp>

#include "bench/workloads.hpp"

namespace bench {

/// With the initial values that every program has.
template <class M>
M filled(M layer, InitialValues& values) {
  for (xgrad::Tensor& p : layer.parameters()) {
    const std::vector<std::int64_t> shape(p.shape().begin(), p.shape().end());
    p.copy_(xgrad::tensor(values.next(shape), p.shape()));
  }
  return layer;
}

inline xgrad::nn::Sequential network(const Workload& workload) {
  using namespace xgrad;
  nn::Sequential net;
  InitialValues values;
  for (const LayerSpec& layer : workload.layers) {
    switch (layer.kind) {
      case Layer::dense: net.add(filled(nn::Dense(layer.in, layer.out), values)); break;
      case Layer::conv:
        net.add(filled(nn::Conv2D(layer.in, layer.out, layer.size, {.padding = layer.padding}), values));
        break;
      case Layer::batch_norm: net.add(nn::BatchNorm(layer.in)); break;
      case Layer::relu: net.add(nn::ReLU()); break;
      case Layer::sigmoid: net.add(nn::Sigmoid()); break;
      case Layer::max_pool: net.add(nn::MaxPool(layer.size)); break;
      case Layer::dropout: net.add(nn::Dropout(layer.p)); break;
      case Layer::flatten: net.add(nn::Flatten()); break;
    }
  }
  return net;
}

}  // namespace bench
