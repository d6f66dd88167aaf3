#include "train/model_selection/estimator.hpp"

#include <fmt/format.h>

#include <optional>

#include "autograd/ops.hpp"
#include "tensor/error.hpp"
#include "train/metrics/detail/inputs.hpp"
#include "train/model_selection/detail/outputs.hpp"

namespace xgrad::train {
namespace detail {

Tensor probability_of(const Tensor& outputs, Output output) {
  const NoGradGuard no_grad;
  switch (output) {
    case Output::values:
    case Output::probabilities: return outputs;
    case Output::log_probabilities: return outputs.exp();
    case Output::binary_logits: return outputs.sigmoid();
    case Output::logits: break;
  }
  return outputs.dim() >= 2 && outputs.size(1) >= 2 ? softmax(outputs, 1) : outputs.sigmoid();
}

Tensor target_classes(const Tensor& target) { return Array::copy_of(labels_of("train::Outcome", "target", target)); }

Tensor classes_of(const Tensor& outputs, Output output) {
  const bool single = outputs.dim() == 1 || (outputs.dim() == 2 && outputs.size(1) == 1);
  if (!single || output == Output::values) return Array::copy_of(labels_of("train::Outcome", "prediction", outputs));
  Labels labels;
  for (const double p : numbers_of("train::Outcome", "prediction", probability_of(outputs, output)))
    labels.push_back(p > 0.5);
  return Array::copy_of(labels);
}

}  // namespace detail

namespace {

/// Transforms a tensor by a pipeline of transformers of (N, F); (N) goes through as (N, 1).
template <class F>
Tensor through(const Tensor& x, F transform) {
  if (x.dim() != 1) return transform(x);
  const Tensor y = transform(x.reshape({-1, 1}));
  return y.numel() == x.numel() ? y.reshape({-1}) : y;
}

data::TensorDataset without_targets(const Tensor& x) {
  if (x.dim() == 0) fail<ShapeError>("train::Estimator", "got a single number; expected inputs [N, ...]");
  return {x.array(), Array::zeros({x.size(0)})};
}

class Network final : public Learner {
 public:
  Network(std::shared_ptr<nn::Module> model, std::shared_ptr<optim::Optimizer> optimizer, Loss loss, FitOptions fit,
          EstimatorOptions options)
      : model_(std::move(model)), optimizer_(std::move(optimizer)), loss_(std::move(loss)), fit_(std::move(fit)),
        options_(std::move(options)) {}

  void fit(const data::Dataset& data) override {
    if (!prepares()) {
      history_ = train::fit(*model_, *optimizer_, loss_, data, fit_);
      return;
    }
    const data::Batch all = whole(data);
    const Tensor x = options_.prepare.fit_transform(all.x);
    const Tensor y = through(all.y, [&](const Tensor& t) { return options_.prepare_target.fit_transform(t); });
    FitOptions fit = fit_;
    std::optional<data::TensorDataset> validation;
    if (fit_.validation) {
      const data::Batch held = whole(*fit_.validation);
      validation.emplace(prepared(held.x), prepared_target(held.y));
      fit.validation = &*validation;
    }
    history_ = train::fit(*model_, *optimizer_, loss_, x, y, std::move(fit));
  }

  Tensor predict(const data::Dataset& data) override {
    const PredictOptions options{.batch_size = options_.predict_batch_size};
    if (!prepares()) return train::predict(*model_, data, options).detach();
    const data::Batch all = whole(data);
    const Tensor out = train::predict(*model_, prepared(all.x), options).detach();
    return options_.prepare_target.size() == 0
               ? out
               : through(out, [&](const Tensor& t) { return options_.prepare_target.inverse_transform(t); });
  }

  Output output() const override { return options_.output.value_or(Output::values); }
  nn::Module* module() override { return model_.get(); }
  const History* history() const override { return history_ ? &*history_ : nullptr; }

 private:
  bool prepares() const { return options_.prepare.size() + options_.prepare_target.size() > 0; }
  Array prepared(const Tensor& x) const { return options_.prepare.transform(x).array(); }
  Array prepared_target(const Tensor& y) const {
    return through(y, [&](const Tensor& t) { return options_.prepare_target.transform(t); }).array();
  }
  static data::Batch whole(const data::Dataset& data) {
    if (dynamic_cast<const MultiDataset*>(&data))
      fail<ValueError>("train::Estimator",
                       "prepare: got a data set of several inputs or targets; expected one of each");
    return data.all();
  }

  std::shared_ptr<nn::Module> model_;
  std::shared_ptr<optim::Optimizer> optimizer_;
  Loss loss_;
  FitOptions fit_;
  EstimatorOptions options_;
  std::optional<History> history_;
};

}  // namespace

Estimator::Estimator(std::shared_ptr<nn::Module> model, std::shared_ptr<optim::Optimizer> optimizer,
                     EstimatorOptions options, Loss loss, FitOptions fit) {
  if (!model || !optimizer)
    fail<ValueError>("train::Estimator", "got a null pointer; expected a model and an optimiser");
  learner_ = std::make_shared<Network>(std::move(model), std::move(optimizer), std::move(loss), std::move(fit),
                                       std::move(options));
}

Estimator::Estimator(std::shared_ptr<Learner> learner) : learner_(std::move(learner)) {
  if (!learner_) fail<ValueError>("train::Estimator", "got a null pointer; expected a learner");
}

void Estimator::fit(const Tensor& x, const Tensor& y) { fit(data::TensorDataset(x.array(), y.array())); }
Tensor Estimator::predict(const Tensor& x) { return predict(without_targets(x)); }

Tensor Estimator::predict_proba(const Tensor& x) {
  if (!classifier())
    fail<ValueError>("train::Estimator",
                     "predict_proba: the outputs are values; say what they are: {.output = "
                     "train::Output::logits}");
  return detail::probability_of(predict(x), output());
}

Tensor Estimator::predict_classes(const Tensor& x) { return detail::classes_of(predict(x), output()); }

nn::Module& Estimator::module() const {
  if (nn::Module* m = learner_->module()) return *m;
  fail<ValueError>("train::Estimator", "module: this one has none");
}

const History& Estimator::history() const {
  if (const History* h = learner_->history()) return *h;
  fail<ValueError>("train::Estimator", "history: there is none; call fit first");
}

std::uint64_t fit_seed(std::uint64_t seed, std::int64_t candidate, std::int64_t fold) {
  // SplitMix64 (Steele, Lea, Flood 2014), once for each number.
  const auto mix = [](std::uint64_t z) {
    z += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  };
  return mix(mix(mix(seed) ^ static_cast<std::uint64_t>(candidate)) ^ static_cast<std::uint64_t>(fold));
}

}  // namespace xgrad::train
