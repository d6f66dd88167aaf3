#pragma once
/// The learning-rate schedules of Keras, as functions of the number of steps t and of the initial rate lr, for a
/// Schedule (see optim/curves.hpp). Keras counts batches, from 0. `staircase` rounds t / decay_steps down.

#include <cstdint>
#include <vector>

#include "optim/schedule.hpp"

namespace xgrad::optim::keras {

/// lr decay_rate^(t / decay_steps).
struct ExponentialDecay {
  std::int64_t decay_steps = 0;  ///< 1 or more
  double decay_rate = -1.;       ///< 0 or more
  bool staircase = false;
  void check() const;
  double operator()(std::int64_t t, double lr) const;
};

/// lr / (1 + decay_rate t / decay_steps).
struct InverseTimeDecay {
  std::int64_t decay_steps = 0;  ///< 1 or more
  double decay_rate = -1.;       ///< 0 or more
  bool staircase = false;
  void check() const;
  double operator()(std::int64_t t, double lr) const;
};

/// (lr - end) (1 - min(t, T) / T)^power + end, T = decay_steps; with `cycle` T is the next multiple of decay_steps.
struct PolynomialDecay {
  std::int64_t decay_steps = 0;     ///< 1 or more
  double end_learning_rate = 1e-4;  ///< 0 or more
  double power = 1.;                ///< 0 or more
  bool cycle = false;
  void check() const;
  double operator()(std::int64_t t, double lr) const;
};

/// lr ((1 - alpha) (1 + cos(pi min(t, T) / T)) / 2 + alpha), T = decay_steps. With warmup_steps > 0, first straight
/// from lr to warmup_target over so many steps, then the cosine from there, over T more.
struct CosineDecay {
  std::int64_t decay_steps = 0;   ///< 1 or more
  double alpha = 0.;              ///< 0 ... 1
  double warmup_target = 0.;      ///< 0 or more; counts only with warmup_steps
  std::int64_t warmup_steps = 0;  ///< 0 or more
  void check() const;
  double operator()(std::int64_t t, double lr) const;
};

/// The cosine over first_decay_steps, then over t_mul times as many from m_mul times the rate, and so on.
struct CosineDecayRestarts {
  std::int64_t first_decay_steps = 0;  ///< 1 or more
  double t_mul = 2., m_mul = 1.;       ///< 1 or more; 0 or more
  double alpha = 0.;                   ///< 0 ... 1
  void check() const;
  double operator()(std::int64_t t, double lr) const;
};

/// values[i] where boundaries[i - 1] < t <= boundaries[i]. The initial rate does not count.
struct PiecewiseConstantDecay {
  std::vector<std::int64_t> boundaries = {};  ///< rising
  std::vector<double> values = {};            ///< one more
  void check() const;
  double operator()(std::int64_t t, double lr) const;
};

}  // namespace xgrad::optim::keras
