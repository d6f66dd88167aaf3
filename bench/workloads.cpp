#include "bench/workloads.hpp"

#include <cmath>
#include <functional>
#include <numeric>
#include <stdexcept>

namespace bench {
namespace {

/// Dense layers of these widths with an activation between them, none after the last.
std::vector<LayerSpec> mlp(const std::vector<std::int64_t>& widths, Layer activation) {
  std::vector<LayerSpec> layers;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    if (i > 0) layers.push_back({activation});
    layers.push_back({Layer::dense, widths[i], widths[i + 1]});
  }
  return layers;
}

/// Two convolutions and two dense layers for images of 28 x 28: 26 x 26, 13 x 13, 11 x 11, 5 x 5.
std::vector<LayerSpec> cnn() {
  return {{.kind = Layer::conv, .in = 1, .out = 16, .size = 3},
          {.kind = Layer::relu},
          {.kind = Layer::max_pool, .size = 2},
          {.kind = Layer::conv, .in = 16, .out = 32, .size = 3},
          {.kind = Layer::relu},
          {.kind = Layer::max_pool, .size = 2},
          {.kind = Layer::flatten},
          {.kind = Layer::dense, .in = 800, .out = 128},
          {.kind = Layer::relu},
          {.kind = Layer::dense, .in = 128, .out = 10}};
}

/// Two pairs of convolutions that keep the size, each with batch norm, and a dense layer for images of 32 x 32.
std::vector<LayerSpec> vgg_bn() {
  std::vector<LayerSpec> layers;
  const auto block = [&](std::int64_t in, std::int64_t out) {
    layers.push_back({.kind = Layer::conv, .in = in, .out = out, .size = 3, .padding = 1});
    layers.push_back({.kind = Layer::batch_norm, .in = out});
    layers.push_back({.kind = Layer::relu});
  };
  const auto shrink = [&] {
    layers.push_back({.kind = Layer::max_pool, .size = 2});
    layers.push_back({.kind = Layer::dropout, .p = 0.25});
  };
  block(3, 64);
  block(64, 64);
  shrink();
  block(64, 128);
  block(128, 128);
  shrink();
  layers.push_back({.kind = Layer::flatten});
  layers.push_back({.kind = Layer::dense, .in = 128 * 8 * 8, .out = 10});
  return layers;
}

/// In [low, high); written out because the standard's distributions differ between libraries.
float uniform(std::mt19937& engine, double low, double high) {
  constexpr double kUnit = 1. / (1 << 24);
  return static_cast<float>(low + (high - low) * static_cast<double>(engine() >> 8) * kUnit);
}

std::int64_t numel(const std::vector<std::int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

}  // namespace

const std::vector<Workload>& workloads() {
  static const std::vector<Workload> all{
      {.name = "xor_mlp_b10",
       .input = {2},
       .batch = 10,
       .layers = mlp({2, 10, 1}, Layer::relu),
       .loss = Loss::bce_with_logits,
       .optimiser = Optimiser::sgd},
      {.name = "regression_mlp_b3",
       .input = {1},
       .batch = 3,
       .layers = mlp({1, 20, 11, 7, 1}, Layer::relu),
       .loss = Loss::mse,
       .optimiser = Optimiser::sgd},
      {.name = "deep_sigmoid_b2",
       .input = {784},
       .batch = 2,
       .layers = mlp({784, 15, 25, 50, 75, 100, 150, 10}, Layer::sigmoid),
       .loss = Loss::cross_entropy,
       .optimiser = Optimiser::sgd},
      {.name = "mnist_mlp_b1000",
       .input = {784},
       .batch = 1000,
       .layers = mlp({784, 250, 10}, Layer::relu),
       .loss = Loss::cross_entropy,
       .optimiser = Optimiser::adam},
      {.name = "mnist_mlp512_b128",
       .input = {784},
       .batch = 128,
       .layers = mlp({784, 512, 512, 10}, Layer::relu),
       .loss = Loss::cross_entropy,
       .optimiser = Optimiser::adam},
      {.name = "mnist_cnn_b32",
       .input = {1, 28, 28},
       .batch = 32,
       .layers = cnn(),
       .loss = Loss::cross_entropy,
       .optimiser = Optimiser::nesterov},
      {.name = "mnist_cnn_adam_b128",
       .input = {1, 28, 28},
       .batch = 128,
       .layers = cnn(),
       .loss = Loss::cross_entropy,
       .optimiser = Optimiser::adam},
      {.name = "mnist_cnn_b256",
       .input = {1, 28, 28},
       .batch = 256,
       .layers = cnn(),
       .loss = Loss::cross_entropy,
       .optimiser = Optimiser::nesterov},
      {.name = "vgg_bn_b64",
       .input = {3, 32, 32},
       .batch = 64,
       .layers = vgg_bn(),
       .loss = Loss::cross_entropy,
       .optimiser = Optimiser::adam},
  };
  return all;
}

const Workload& find_workload(const std::string& name) {
  std::string names;
  for (const Workload& w : workloads()) {
    if (w.name == name) return w;
    names += (names.empty() ? "" : ", ") + w.name;
  }
  throw std::invalid_argument("there is no workload " + name + "; choose from " + names);
}

std::int64_t Workload::outputs() const {
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer)
    if (layer->kind == Layer::dense) return layer->out;
  throw std::logic_error("workload " + name + " has no dense layer");
}

std::vector<std::int64_t> Workload::input_shape() const {
  std::vector<std::int64_t> shape{batch};
  shape.insert(shape.end(), input.begin(), input.end());
  return shape;
}

std::vector<std::int64_t> Workload::target_shape() const {
  if (loss == Loss::cross_entropy) return {batch};
  return {batch, outputs()};
}

Batch make_batch(const Workload& workload) {
  std::mt19937 engine(1);
  Batch batch;
  batch.x.resize(static_cast<std::size_t>(numel(workload.input_shape())));
  for (float& x : batch.x) x = uniform(engine, -1, 1);
  const auto targets = static_cast<std::size_t>(numel(workload.target_shape()));
  for (std::size_t i = 0; i < targets; ++i) {
    switch (workload.loss) {
      case Loss::bce_with_logits: batch.y.push_back(static_cast<float>(engine() >> 31)); break;
      case Loss::mse: batch.y.push_back(uniform(engine, -1, 1)); break;
      case Loss::cross_entropy:
        batch.labels.push_back(static_cast<std::int64_t>(engine() % static_cast<std::uint32_t>(workload.outputs())));
        break;
    }
  }
  return batch;
}

std::vector<float> InitialValues::next(const std::vector<std::int64_t>& shape) {
  std::vector<float> values(static_cast<std::size_t>(numel(shape)));
  if (shape.size() > 1) bound_ = 1 / std::sqrt(static_cast<double>(values.size()) / static_cast<double>(shape[0]));
  for (float& v : values) v = uniform(engine_, -bound_, bound_);
  return values;
}

}  // namespace bench
