#pragma once
/// Estimator: a model with all that it takes to train it, as scikit-learn has it: fit, then predict.

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "data/pipeline.hpp"
#include "nn/losses/binary.hpp"
#include "nn/losses/cross_entropy.hpp"
#include "nn/losses/likelihood.hpp"
#include "optim/optimizer.hpp"
#include "train/fit.hpp"
#include "train/model_selection/params.hpp"

namespace xgrad::train {

/// What a model's outputs are, which says how probabilities and classes are made of them. One output of each sample,
/// (N) or (N, 1), stands for the second of two classes; (N, K) with K >= 2 for all of them, 0 to K-1.
enum class Output {
  values,             ///< numbers, of a regression; or scores: the largest of a row is the class
  probabilities,      ///< they are taken as they are
  logits,             ///< softmax of a row; of one output, sigmoid
  binary_logits,      ///< sigmoid of each output
  log_probabilities,  ///< exp
};

/// What the outputs of a model are that is trained with a loss of this type. Specialise it for a loss of your own.
template <class Loss>
inline constexpr Output kOutputOf = Output::values;
template <>
inline constexpr Output kOutputOf<nn::CrossEntropy> = Output::logits;
template <>
inline constexpr Output kOutputOf<nn::BinaryCrossEntropyWithLogits> = Output::binary_logits;
template <>
inline constexpr Output kOutputOf<nn::CategoricalCrossEntropy> = Output::probabilities;
template <>
inline constexpr Output kOutputOf<nn::SparseCategoricalCrossEntropy> = Output::probabilities;
template <>
inline constexpr Output kOutputOf<nn::BinaryCrossEntropy> = Output::probabilities;
template <>
inline constexpr Output kOutputOf<nn::NLL> = Output::log_probabilities;

/// Anything that learns from examples: a subclass makes it an Estimator.
class Learner {
 public:
  virtual ~Learner() = default;
  virtual void fit(const data::Dataset& data) = 0;
  /// One row for each example (N, ...); targets are not to be looked at.
  virtual Tensor predict(const data::Dataset& data) = 0;
  virtual Output output() const { return Output::values; }
  /// Null where there is none.
  virtual nn::Module* module() { return nullptr; }
  virtual const History* history() const { return nullptr; }
};

struct EstimatorOptions {
  data::Pipeline prepare = {};         ///< of inputs: fitted on the training part alone
  data::Pipeline prepare_target = {};  ///< of targets, as `prepare`; undone for what is predicted
  /// What the model gives; by default what its loss says (`kOutputOf`).
  std::optional<Output> output = {};
  std::int64_t predict_batch_size = 256;
  /// Kept alive as long as the estimator: a schedule or validation set that the options of `fit` point to.
  std::vector<std::shared_ptr<const void>> keep = {};
};

/// A model, its optimiser, loss and options of `fit`. Copies share all of it.
///
///     return train::estimator<optim::Adam>(net, {.lr = p["learning_rate"]}, nn::CrossEntropy{},
///                                          {.epochs = p["epochs"], .batch_size = p["batch_size"]});
class Estimator {
 public:
  template <class M, class L>
  requires std::derived_from<std::remove_cvref_t<M>, nn::Module> Estimator(M&& model,
                                                                           std::shared_ptr<optim::Optimizer> optimizer,
                                                                           L loss, FitOptions fit = {},
                                                                           EstimatorOptions options = {})
      : Estimator(std::make_shared<std::remove_cvref_t<M>>(std::forward<M>(model)), std::move(optimizer),
                  with_output<L>(std::move(options)), Loss(std::move(loss)), std::move(fit)) {}
  template <class M, class L>
  requires std::derived_from<M, nn::Module> Estimator(std::shared_ptr<M> model,
                                                      std::shared_ptr<optim::Optimizer> optimizer, L loss,
                                                      FitOptions fit = {}, EstimatorOptions options = {})
      : Estimator(std::shared_ptr<nn::Module>(std::move(model)), std::move(optimizer),
                  with_output<L>(std::move(options)), Loss(std::move(loss)), std::move(fit)) {}
  template <class L>
  requires std::derived_from<std::remove_cvref_t<L>, Learner> Estimator(L&& learner)
      : learner_(std::make_shared<std::remove_cvref_t<L>>(std::forward<L>(learner))) {}
  explicit Estimator(std::shared_ptr<Learner> learner);

  /// Trains on, from what the weights are.
  void fit(const data::Dataset& data) { learner_->fit(data); }
  void fit(const Tensor& x, const Tensor& y);
  /// The model's outputs (N, ...), those of a `prepare_target` undone.
  Tensor predict(const data::Dataset& data) { return learner_->predict(data); }
  Tensor predict(const Tensor& x);
  /// Probabilities, of the shape of the outputs. ValueError where they are values.
  Tensor predict_proba(const Tensor& x);
  /// The class of each example (N), int64. ValueError for values of one output.
  Tensor predict_classes(const Tensor& x);

  Output output() const { return learner_->output(); }
  /// Whether it tells classes apart, as far as its outputs say so.
  bool classifier() const { return output() != Output::values; }
  /// Whether there is a network.
  bool trains_module() const { return learner_->module() != nullptr; }
  /// The network. ValueError where there is none.
  nn::Module& module() const;
  /// Of the last fit. ValueError where there is none.
  const History& history() const;

 private:
  Estimator(std::shared_ptr<nn::Module> model, std::shared_ptr<optim::Optimizer> optimizer, EstimatorOptions options,
            Loss loss, FitOptions fit);
  template <class L>
  static EstimatorOptions with_output(EstimatorOptions options) {
    if (!options.output) options.output = kOutputOf<L>;
    return options;
  }

  std::shared_ptr<Learner> learner_;
};

namespace detail {
template <class O>
struct OptionsOf {
  using type = typename O::Options;
};
template <class O>
requires requires { typename O::Preset; }
struct OptionsOf<O> {
  using type = typename O::Preset;
};
}  // namespace detail

/// An estimator with an optimiser of the kind O, of these options (for `optim::keras::Adam` and the like their own),
/// for all parameters of the model.
template <class O, class M, class L>
Estimator estimator(M model, const typename detail::OptionsOf<O>::type& optimizer, L loss, FitOptions fit = {},
                    EstimatorOptions options = {}) {
  auto shared = std::make_shared<M>(std::move(model));
  auto bound = std::make_shared<O>(shared->parameters(), optimizer);
  return Estimator(std::move(shared), std::move(bound), std::move(loss), std::move(fit), std::move(options));
}

/// Makes an estimator, with fresh weights, from parameters: a function of Params, or of nothing. Called for every fit,
/// on any thread, with a `default_generator()` of the fit's own, which draws the weights.
class Builder {
 public:
  template <class F>
  requires std::is_invocable_r_v<Estimator, const F&, const Params&> Builder(F f) : f_(std::move(f)) {}
  template <class F>
  requires(!std::is_invocable_r_v<Estimator, const F&, const Params&> && std::is_invocable_r_v<Estimator, const F&>)
      Builder(F f)
      : f_([f = std::move(f)](const Params&) { return f(); }) {}
  Estimator operator()(const Params& params) const { return f_(params); }

 private:
  std::function<Estimator(const Params&)> f_;
};

/// The seed of `default_generator()` in the fit of a candidate on a fold, both counted from 0: nothing else counts, in
/// particular no order and no thread.
std::uint64_t fit_seed(std::uint64_t seed, std::int64_t candidate, std::int64_t fold);

}  // namespace xgrad::train
