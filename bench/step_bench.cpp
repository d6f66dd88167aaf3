// Training steps in xgrad: see bench/workloads.cpp for which, docs/performance.md for the figures.
//
//     step_bench --workload xor_mlp_b10 --threads 1

#include <memory>
#include <vector>
#include <xgrad.hpp>

#include "bench/runner.hpp"
#include "bench/workloads.hpp"

namespace {

using namespace xgrad;

class Conv : public nn::Module {
 public:
  Conv(std::int64_t in, std::int64_t out, std::int64_t size)
      : weight_(empty({out, in, size, size}).requires_grad_()), bias_(empty({out}).requires_grad_()) {}
  void members(Members& m) override { m("weight", weight_)("bias", bias_); }
  Tensor forward(const Tensor& x) override { return conv2d(x, weight_, bias_); }

 private:
  Tensor weight_, bias_;
};

class MaxPool : public nn::Module {
 public:
  explicit MaxPool(std::int64_t size) : size_(size) {}
  Tensor forward(const Tensor& x) override { return max_pool2d(x, size_); }

 private:
  std::int64_t size_;
};

class Dropout : public nn::Module {
 public:
  explicit Dropout(double p) : p_(p) {}
  Tensor forward(const Tensor& x) override { return dropout(x, p_, training()); }

 private:
  double p_;
};

nn::Sequential network(const bench::Workload& workload) {
  nn::Sequential net;
  for (const bench::LayerSpec& layer : workload.layers) {
    switch (layer.kind) {
      case bench::Layer::dense: net.add(nn::Dense(layer.in, layer.out)); break;
      case bench::Layer::conv: net.add(Conv(layer.in, layer.out, layer.size)); break;
      case bench::Layer::relu: net.add(nn::ReLU()); break;
      case bench::Layer::sigmoid: net.add(nn::Sigmoid()); break;
      case bench::Layer::max_pool: net.add(MaxPool(layer.size)); break;
      case bench::Layer::dropout: net.add(Dropout(layer.p)); break;
      case bench::Layer::flatten: net.add(nn::Flatten()); break;
    }
  }
  bench::InitialValues values;
  for (Tensor& p : net.parameters()) {
    const std::vector<std::int64_t> shape(p.shape().begin(), p.shape().end());
    p.copy_(tensor(values.next(shape), p.shape()));
  }
  return net;
}

std::unique_ptr<optim::Optimizer> optimiser(const bench::Workload& workload, nn::Module& net) {
  if (workload.optimiser == bench::Optimiser::adam)
    return std::make_unique<optim::Adam>(net.parameters(), optim::AdamOptions{.lr = bench::kLearningRateAdam});
  return std::make_unique<optim::SGD>(net.parameters(), optim::SGDOptions{.lr = bench::kLearningRateSgd});
}

class XgradTrainer : public bench::Trainer {
 public:
  explicit XgradTrainer(const bench::Workload& workload)
      : kind_(workload.loss), net_(network(workload)), optimiser_(optimiser(workload, net_)) {
    const bench::Batch batch = make_batch(workload);
    const Shape target = workload.target_shape();
    x_ = tensor(batch.x, workload.input_shape());
    y_ = batch.labels.empty() ? tensor(batch.y, target) : tensor(batch.labels, target);
  }

  void train(bool on) override { net_.train(on); }

  void step() override {
    optimiser_->zero_grad();
    forward().backward();
    optimiser_->step();
  }

  double loss() override {
    const NoGradGuard no_grad;
    return forward().item<double>();
  }

 private:
  Tensor forward() {
    const Tensor out = net_(x_);
    switch (kind_) {
      case bench::Loss::bce_with_logits: return nn::binary_cross_entropy_with_logits(out, y_);
      case bench::Loss::mse: return nn::mse(out, y_);
      case bench::Loss::cross_entropy: return nn::cross_entropy(out, y_);
    }
    return {};
  }

  bench::Loss kind_;
  nn::Sequential net_;
  std::unique_ptr<optim::Optimizer> optimiser_;
  Tensor x_, y_;
};

}  // namespace

int main(int argc, char** argv) {
  return bench::run({.name = "xgrad",
                     .version = XGRAD_VERSION,
                     .set_threads = set_num_threads,
                     .make = [](const bench::Workload& w) { return std::make_unique<XgradTrainer>(w); }},
                    argc, argv);
}
