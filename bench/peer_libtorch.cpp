// The training steps of step_bench in libtorch, from the same weights and the same batch, written as its users do.
//
// Whatever would only slow it down is left out: gradients are dropped before a step, as newer versions do by default,
// where `zero_grad` of 1.13 fills them with zeros. OpenBLAS takes the same core as in xgrad; `--plain` leaves it alone.

#include <torch/torch.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include "bench/runner.hpp"
#include "bench/workloads.hpp"

extern "C" __attribute__((weak)) void openblas_set_num_threads(int);

namespace {

template <class Layer>
Layer filled(Layer layer, bench::InitialValues& values) {
  const torch::NoGradGuard no_grad;
  for (torch::Tensor& p : layer->parameters()) {
    const std::vector<std::int64_t> shape = p.sizes().vec();
    p.copy_(torch::tensor(values.next(shape)).reshape(shape));
  }
  return layer;
}

torch::nn::Sequential network(const bench::Workload& workload) {
  torch::nn::Sequential net;
  bench::InitialValues values;
  for (const bench::LayerSpec& layer : workload.layers) {
    switch (layer.kind) {
      case bench::Layer::dense: net->push_back(filled(torch::nn::Linear(layer.in, layer.out), values)); break;
      case bench::Layer::conv:
        net->push_back(
            filled(torch::nn::Conv2d(torch::nn::Conv2dOptions(layer.in, layer.out, layer.size).padding(layer.padding)),
                   values));
        break;
      case bench::Layer::batch_norm: net->push_back(torch::nn::BatchNorm2d(layer.in)); break;
      case bench::Layer::relu: net->push_back(torch::nn::ReLU()); break;
      case bench::Layer::sigmoid: net->push_back(torch::nn::Sigmoid()); break;
      case bench::Layer::max_pool: net->push_back(torch::nn::MaxPool2d(layer.size)); break;
      case bench::Layer::dropout: net->push_back(torch::nn::Dropout(layer.p)); break;
      case bench::Layer::flatten: net->push_back(torch::nn::Flatten()); break;
    }
  }
  return net;
}

std::unique_ptr<torch::optim::Optimizer> optimiser(const bench::Workload& workload, torch::nn::Sequential& net) {
  if (workload.optimiser == bench::Optimiser::adam)
    return std::make_unique<torch::optim::Adam>(net->parameters(), torch::optim::AdamOptions(bench::kLearningRateAdam));
  torch::optim::SGDOptions sgd(bench::kLearningRateSgd);
  if (workload.optimiser == bench::Optimiser::nesterov) sgd.momentum(bench::kMomentum).nesterov(true);
  return std::make_unique<torch::optim::SGD>(net->parameters(), sgd);
}

class LibtorchTrainer : public bench::Trainer {
 public:
  explicit LibtorchTrainer(const bench::Workload& workload)
      : kind_(workload.loss), net_(network(workload)), optimiser_(optimiser(workload, net_)) {
    sample_ = workload.input_shape();
    target_ = workload.target_shape();
    feed(make_batch(workload));
  }

  void feed(const bench::Batch& batch) override {
    sample_[0] = target_[0] = -1;
    x_ = copy(batch.x, torch::kFloat).reshape(sample_);
    y_ = (batch.labels.empty() ? copy(batch.y, torch::kFloat) : copy(batch.labels, torch::kLong)).reshape(target_);
  }

  std::int64_t correct() override {
    const torch::NoGradGuard no_grad;
    net_->eval();
    const auto hits = net_->forward(x_).argmax(1).eq(y_).sum().item<std::int64_t>();
    net_->train();
    return hits;
  }

  void dropout(bool on) override {
    for (const auto& module : net_->modules())
      if (module->as<torch::nn::Dropout>()) module->train(on);
  }

  void step() override {
    for (torch::optim::OptimizerParamGroup& group : optimiser_->param_groups())
      for (torch::Tensor& p : group.params()) p.mutable_grad().reset();
    forward().backward();
    optimiser_->step();
  }

  double loss() override {
    const torch::NoGradGuard no_grad;
    return forward().item<double>();
  }

 private:
  template <class T>
  static torch::Tensor copy(const std::vector<T>& values, torch::Dtype dtype) {
    return torch::from_blob(const_cast<T*>(values.data()), {static_cast<std::int64_t>(values.size())}, dtype).clone();
  }

  torch::Tensor forward() {
    namespace F = torch::nn::functional;
    const torch::Tensor out = net_->forward(x_);
    switch (kind_) {
      case bench::Loss::bce_with_logits: return F::binary_cross_entropy_with_logits(out, y_);
      case bench::Loss::mse: return F::mse_loss(out, y_);
      case bench::Loss::cross_entropy: return F::cross_entropy(out, y_);
    }
    return {};
  }

  bench::Loss kind_;
  torch::nn::Sequential net_;
  std::unique_ptr<torch::optim::Optimizer> optimiser_;
  std::vector<std::int64_t> sample_, target_;
  torch::Tensor x_, y_;
};

void set_threads(int n) {
  at::set_num_threads(n);
  // A pthread build of OpenBLAS, as Debian's, does not see that; without this it would take every core.
  if (openblas_set_num_threads && !std::getenv("OPENBLAS_NUM_THREADS")) openblas_set_num_threads(n);
}

}  // namespace

int main(int argc, char** argv) {
  bench::Framework libtorch;
  libtorch.name = "libtorch";
  libtorch.version = TORCH_VERSION;
  libtorch.set_threads = set_threads;
  libtorch.make = [](const bench::Workload& w) { return std::make_unique<LibtorchTrainer>(w); };
  libtorch.choose_blas_core = true;
  return bench::run(libtorch, argc, argv);
}
