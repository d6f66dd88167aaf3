// evaluate, predict, and the pieces that they share with fit.

#include <fmt/format.h>

#include "autograd/create.hpp"
#include "autograd/ops.hpp"
#include "nn/regularization.hpp"
#include "tensor/error.hpp"
#include "train/detail/feed.hpp"
#include "train/detail/measure.hpp"
#include "train/fit.hpp"

namespace xgrad::train {

EvalMode::EvalMode(nn::Module& model) {
  for (const nn::NamedModule& each : model.named_modules()) before_.emplace_back(each.module, each.module->training());
  model.eval();
}

EvalMode::~EvalMode() {
  for (const auto& [module, training] : before_)  // outermost first: each overrides what its owner set
    if (module->training() != training) module->train(training);
}

Tensor call(nn::Module& m, std::span<const Tensor> x) {
  switch (x.size()) {
    case 1: return m(x[0]);
    case 2: return m(x[0], x[1]);
    case 3: return m(x[0], x[1], x[2]);
    case 4: return m(x[0], x[1], x[2], x[3]);
    case 5: return m(x[0], x[1], x[2], x[3], x[4]);
    case 6: return m(x[0], x[1], x[2], x[3], x[4], x[5]);
    default: fail<ValueError>("train::call", fmt::format("got {} inputs; expected 1 to 6", x.size()));
  }
}

Tensor weights_of(const ClassWeight& weight, const Tensor& target) {
  const bool rows = target.dim() > 1 && target.size(-1) > 1;
  const Tensor labels = (rows ? argmax(target, -1) : target).to(int64).reshape({-1});
  if (target.dim() == 0 || labels.numel() != target.size(0))
    fail<ShapeError>("train::fit", fmt::format("class weights take a label for each sample: got targets {}; expected "
                                               "[N], [N, 1] or one-hot [N, C]",
                                               target.shape().str()));
  std::vector<double> out;
  for (const std::int64_t label : labels.values<std::int64_t>()) {
    const auto found = weight.find(label);
    out.push_back(found == weight.end() ? 1. : found->second);
  }
  return tensor(out);
}

StepResult train_step(nn::Module& model, optim::Optimizer& optimizer, const Loss& loss, const data::Batch& batch) {
  StepResult result{0, {}};
  optimizer.zero_grad();
  result.prediction = model(batch.x);
  Tensor value = loss(result.prediction, batch.y);
  if (nn::has_regularizers(model)) value = value + nn::regularization_loss(model);
  result.loss = value.item<double>();
  value.backward();
  optimizer.step();
  if (nn::has_constraints(model)) nn::apply_constraints(model);
  return result;
}

namespace detail {

Logs evaluate(nn::Module& model, const Loss& loss, Feed& feed, Measures& measures) {
  const EvalMode eval(model);
  const NoGradGuard no_grad;
  // as Keras: the penalties of the weights belong to the loss that is reported
  const double penalty = nn::has_regularizers(model) ? nn::regularization_loss(model).item<double>() : 0.;
  measures.reset();
  feed.begin();
  while (const View* batch = feed.next()) {
    const Tensor prediction = call(model, batch->inputs);
    const double value = loss(prediction, batch->targets, batch->weight).item<double>();
    measures.update(value + penalty, prediction, *batch);
  }
  feed.end();
  return measures.logs();
}

void check_weights(const char* op, const Tensor& weights, std::int64_t samples) {
  if (!weights.defined()) return;
  if (weights.dim() != 1 || weights.size(0) != samples)
    fail<ShapeError>(
        op, fmt::format("sample_weight: got {}; expected [{}], one for each sample", weights.shape().str(), samples));
}

}  // namespace detail

Logs evaluate(nn::Module& model, const Loss& loss, const data::Dataset& data, EvaluateOptions o) {
  if (data.size() == 0) fail<ValueError>("train::evaluate", "got an empty data set");
  detail::check_weights("train::evaluate", o.sample_weight, data.size());
  detail::Feed feed(data, {.batch_size = o.batch_size}, o.sample_weight);
  detail::Measures measures(o.metrics);
  return detail::evaluate(model, loss, feed, measures);
}

Logs evaluate(nn::Module& model, const Loss& loss, const Tensor& x, const Tensor& y, EvaluateOptions o) {
  return evaluate(model, loss, MultiTensorDataset({x}, {y}), std::move(o));
}

Tensor predict(nn::Module& model, const data::Dataset& data, PredictOptions o) {
  if (data.size() == 0) fail<ValueError>("train::predict", "got an empty data set");
  const EvalMode eval(model);
  const NoGradGuard no_grad;
  detail::Feed feed(data, {.batch_size = o.batch_size});
  std::vector<Tensor> parts;
  feed.begin();
  while (const detail::View* batch = feed.next()) parts.push_back(call(model, batch->inputs));
  return parts.size() == 1 ? parts[0] : concat(parts, 0);
}

Tensor predict(nn::Module& model, const Tensor& x, PredictOptions o) {
  const std::int64_t samples = x.dim() == 0 ? 0 : x.size(0);
  return predict(model, MultiTensorDataset({x}, {empty({samples, 0})}), o);
}

}  // namespace xgrad::train
