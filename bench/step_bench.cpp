// Training steps in xgrad: see bench/workloads.cpp for which, docs/performance.md for the figures.
//
//     step_bench --workload xor_mlp_b10 --threads 1

#include <memory>
#include <vector>
#include <xgrad.hpp>

#include "bench/network.hpp"
#include "bench/runner.hpp"
#include "bench/workloads.hpp"

namespace {

using namespace xgrad;

std::unique_ptr<optim::Optimizer> optimiser(const bench::Workload& workload, nn::Module& net) {
  if (workload.optimiser == bench::Optimiser::adam)
    return std::make_unique<optim::Adam>(net.parameters(), optim::AdamOptions{.lr = bench::kLearningRateAdam});
  const bool nesterov = workload.optimiser == bench::Optimiser::nesterov;
  return std::make_unique<optim::SGD>(net.parameters(), optim::SGDOptions{.lr = bench::kLearningRateSgd,
                                                                          .momentum = nesterov ? bench::kMomentum : 0.,
                                                                          .nesterov = nesterov});
}

class XgradTrainer : public bench::Trainer {
 public:
  explicit XgradTrainer(const bench::Workload& workload)
      : kind_(workload.loss), net_(bench::network(workload)), optimiser_(optimiser(workload, net_)) {
    sample_ = workload.input_shape();
    target_ = workload.target_shape();
    feed(make_batch(workload));
  }

  void feed(const bench::Batch& batch) override {
    Shape input = sample_, target = target_;
    input[0] = target[0] = batch.size(target_.numel() / target_[0]);
    x_ = tensor(batch.x, input);
    y_ = batch.labels.empty() ? tensor(batch.y, target) : tensor(batch.labels, target);
  }

  std::int64_t correct() override {
    const NoGradGuard no_grad;
    net_.eval();
    const Tensor hits = (argmax(net_(x_), 1) == y_).sum();
    net_.train();
    return hits.item<std::int64_t>();
  }

  void dropout(bool on) override {
    net_.apply([on](nn::Module& m) {
      if (dynamic_cast<nn::Dropout*>(&m)) m.train(on);
    });
  }

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
  Shape sample_, target_;
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
