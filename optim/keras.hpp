#pragma once
/// The optimisers as Keras 3 has them: its defaults, its places for epsilon, its decoupled weight decay.
///
///     optim::keras::Adam adam(net.parameters(), {.lr = 3e-4});
///
/// A parameter without a gradient is passed over and its count of steps stays, as everywhere here; Keras has one count
/// for all.

#include <array>

#include "optim/adadelta.hpp"
#include "optim/adagrad.hpp"
#include "optim/adam.hpp"
#include "optim/adamax.hpp"
#include "optim/nadam.hpp"
#include "optim/rmsprop.hpp"
#include "optim/sgd.hpp"

namespace xgrad::optim::keras {

struct SGDOptions {
  double lr = 0.01, momentum = 0.;
  bool nesterov = false;  ///< without momentum it changes nothing
  double weight_decay = 0.;

  static constexpr std::string_view kName = "keras::SGD";
  optim::SGDOptions resolved() const {
    return {.lr = lr,
            .momentum = momentum,
            .weight_decay = weight_decay,
            .nesterov = nesterov && momentum != 0.,
            .decoupled_weight_decay = true,
            .velocity_includes_lr = true};
  }
};
/// v = mu v - lr g;  p += v, or with Nesterov mu v - lr g.
using SGD = PresetOf<optim::SGD, SGDOptions>;

struct AdamOptions {
  double lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-7, weight_decay = 0.;
  bool amsgrad = false;

  static constexpr std::string_view kName = "keras::Adam";
  optim::AdamOptions resolved() const {
    return {.lr = lr,
            .betas = betas,
            .eps = eps,
            .weight_decay = weight_decay,
            .amsgrad = amsgrad,
            .decoupled_weight_decay = true,
            .eps_hat = true};
  }
};
/// p -= lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps).
using Adam = PresetOf<optim::Adam, AdamOptions>;

struct AdamWOptions {
  double lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-7, weight_decay = 0.004;
  bool amsgrad = false;

  static constexpr std::string_view kName = "keras::AdamW";
  optim::AdamOptions resolved() const {
    return AdamOptions{.lr = lr, .betas = betas, .eps = eps, .weight_decay = weight_decay, .amsgrad = amsgrad}
        .resolved();
  }
};
/// Adam with p -= lr wd p first.
using AdamW = PresetOf<optim::Adam, AdamWOptions>;

struct NadamOptions {
  double lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-7, weight_decay = 0.;

  static constexpr std::string_view kName = "keras::Nadam";
  optim::NAdamOptions resolved() const {
    return {.lr = lr,
            .betas = betas,
            .eps = eps,
            .weight_decay = weight_decay,
            .momentum_decay = 1.,
            .decoupled_weight_decay = true};
  }
};
/// mu_t = b1 (1 - 0.96^t / 2): the warm-up of the momentum is over after a hundred steps, where PyTorch and Keras 2
/// take thousands.
using Nadam = PresetOf<optim::NAdam, NadamOptions>;

struct AdamaxOptions {
  double lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-7, weight_decay = 0.;

  static constexpr std::string_view kName = "keras::Adamax";
  optim::AdamaxOptions resolved() const {
    return {.lr = lr,
            .betas = betas,
            .eps = eps,
            .weight_decay = weight_decay,
            .decoupled_weight_decay = true,
            .eps_beside_maximum = true};
  }
};
/// u = max(b2 u, |g|);  p -= lr / (1 - b1^t) m / (u + eps).
using Adamax = PresetOf<optim::Adamax, AdamaxOptions>;

struct AdagradOptions {
  double lr = 1e-3, initial_accumulator_value = 0.1, eps = 1e-7, weight_decay = 0.;

  static constexpr std::string_view kName = "keras::Adagrad";
  optim::AdagradOptions resolved() const {
    return {.lr = lr,
            .weight_decay = weight_decay,
            .initial_accumulator_value = initial_accumulator_value,
            .eps = eps,
            .decoupled_weight_decay = true,
            .eps_inside_sqrt = true};
  }
};
/// p -= lr g / sqrt(s + eps).
using Adagrad = PresetOf<optim::Adagrad, AdagradOptions>;

struct AdadeltaOptions {
  double lr = 1e-3, rho = 0.95, eps = 1e-7, weight_decay = 0.;

  static constexpr std::string_view kName = "keras::Adadelta";
  optim::AdadeltaOptions resolved() const {
    return {.lr = lr, .rho = rho, .eps = eps, .weight_decay = weight_decay, .decoupled_weight_decay = true};
  }
};
using Adadelta = PresetOf<optim::Adadelta, AdadeltaOptions>;

struct RMSpropOptions {
  double lr = 1e-3, rho = 0.9, momentum = 0., eps = 1e-7;
  bool centered = false;
  double weight_decay = 0.;

  static constexpr std::string_view kName = "keras::RMSprop";
  optim::RMSpropOptions resolved() const {
    return {.lr = lr,
            .alpha = rho,
            .eps = eps,
            .weight_decay = weight_decay,
            .momentum = momentum,
            .centered = centered,
            .decoupled_weight_decay = true,
            .eps_inside_sqrt = true,
            .velocity_includes_lr = true};
  }
};
/// d = lr g / sqrt(q + eps);  p -= d, or with momentum b = mu b + d and p -= b.
using RMSprop = PresetOf<optim::RMSprop, RMSpropOptions>;

}  // namespace xgrad::optim::keras
