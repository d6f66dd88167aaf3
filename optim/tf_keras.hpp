#pragma once
/// The optimisers as tf.keras 2.x has them: no weight decay, and `decay`, with which step t = 1, 2, ... takes the rate
/// lr / (1 + decay (t - 1)). Keras 2.3 and older differ in defaults: Adagrad lr 0.01 and sums that start at 0, Adadelta
/// lr 1, Nadam lr 0.002.

#include <array>

#include "optim/keras.hpp"

namespace xgrad::optim::tf_keras {

struct SGDOptions {
  double lr = 0.01, momentum = 0.;
  bool nesterov = false;  ///< without momentum it changes nothing
  double decay = 0.;

  static constexpr std::string_view kName = "tf_keras::SGD";
  optim::SGDOptions resolved() const {
    optim::SGDOptions o = keras::SGDOptions{.lr = lr, .momentum = momentum, .nesterov = nesterov}.resolved();
    o.lr_decay = decay;
    return o;
  }
};
using SGD = PresetOf<optim::SGD, SGDOptions>;

struct AdamOptions {
  double lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-7;
  bool amsgrad = false;
  double decay = 0.;

  static constexpr std::string_view kName = "tf_keras::Adam";
  optim::AdamOptions resolved() const {
    return {.lr = lr, .betas = betas, .eps = eps, .amsgrad = amsgrad, .eps_hat = true, .lr_decay = decay};
  }
};
using Adam = PresetOf<optim::Adam, AdamOptions>;

struct NadamOptions {
  double lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-7;
  double schedule_decay = 0.004;  ///< of the momentum: mu_t = b1 (1 - 0.96^(t schedule_decay) / 2)

  static constexpr std::string_view kName = "tf_keras::Nadam";
  optim::NAdamOptions resolved() const {
    return {.lr = lr, .betas = betas, .eps = eps, .momentum_decay = schedule_decay};
  }
};
using Nadam = PresetOf<optim::NAdam, NadamOptions>;

struct AdamaxOptions {
  double lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-7, decay = 0.;

  static constexpr std::string_view kName = "tf_keras::Adamax";
  optim::AdamaxOptions resolved() const {
    return {.lr = lr, .betas = betas, .eps = eps, .eps_beside_maximum = true, .lr_decay = decay};
  }
};
using Adamax = PresetOf<optim::Adamax, AdamaxOptions>;

struct AdagradOptions {
  double lr = 1e-3, initial_accumulator_value = 0.1, eps = 1e-7, decay = 0.;

  static constexpr std::string_view kName = "tf_keras::Adagrad";
  optim::AdagradOptions resolved() const {
    return {.lr = lr, .lr_decay = decay, .initial_accumulator_value = initial_accumulator_value, .eps = eps};
  }
};
/// p -= lr g / (sqrt(s) + eps).
using Adagrad = PresetOf<optim::Adagrad, AdagradOptions>;

struct AdadeltaOptions {
  double lr = 1e-3, rho = 0.95, eps = 1e-7, decay = 0.;

  static constexpr std::string_view kName = "tf_keras::Adadelta";
  optim::AdadeltaOptions resolved() const { return {.lr = lr, .rho = rho, .eps = eps, .lr_decay = decay}; }
};
using Adadelta = PresetOf<optim::Adadelta, AdadeltaOptions>;

struct RMSpropOptions {
  double lr = 1e-3, rho = 0.9, momentum = 0., eps = 1e-7;
  bool centered = false;
  double decay = 0.;

  static constexpr std::string_view kName = "tf_keras::RMSprop";
  optim::RMSpropOptions resolved() const {
    return {.lr = lr,
            .alpha = rho,
            .eps = eps,
            .momentum = momentum,
            .centered = centered,
            .eps_inside_sqrt = momentum > 0.,
            .velocity_includes_lr = true,
            .lr_decay = decay};
  }
};
/// d = lr g / (sqrt(q) + eps) without momentum, but sqrt(q + eps) with it: there TensorFlow has another kernel.
using RMSprop = PresetOf<optim::RMSprop, RMSpropOptions>;

}  // namespace xgrad::optim::tf_keras
