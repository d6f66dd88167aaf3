#include "optim/keras_curves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace xgrad::optim::keras {

namespace {

double real(std::int64_t t) { return static_cast<double>(t); }

double share(std::int64_t t, std::int64_t steps, bool staircase) {
  return staircase ? real(t / steps) : real(t) / real(steps);
}

/// From 1 at 0 to alpha at 1.
double cosine(double p, double alpha) { return (1. - alpha) * 0.5 * (1. + std::cos(std::numbers::pi * p)) + alpha; }

void check_count(const char* op, const char* field, std::int64_t value, std::int64_t low) {
  if (value < low) fail<ValueError>(op, fmt::format("{}: got {}; expected {} or more", field, value, low));
}

}  // namespace

void ExponentialDecay::check() const {
  check_count("ExponentialDecay", "decay_steps", decay_steps, 1);
  check_option("ExponentialDecay", "decay_rate", decay_rate, 0., kLargest);
}
double ExponentialDecay::operator()(std::int64_t t, double lr) const {
  return lr * std::pow(decay_rate, share(t, decay_steps, staircase));
}

void InverseTimeDecay::check() const {
  check_count("InverseTimeDecay", "decay_steps", decay_steps, 1);
  check_option("InverseTimeDecay", "decay_rate", decay_rate, 0., kLargest);
}
double InverseTimeDecay::operator()(std::int64_t t, double lr) const {
  return lr / (1. + decay_rate * share(t, decay_steps, staircase));
}

void PolynomialDecay::check() const {
  check_count("PolynomialDecay", "decay_steps", decay_steps, 1);
  check_option("PolynomialDecay", "end_learning_rate", end_learning_rate, 0., kLargest);
  check_option("PolynomialDecay", "power", power, 0., kLargest);
}
double PolynomialDecay::operator()(std::int64_t t, double lr) const {
  std::int64_t steps = decay_steps;
  if (cycle) steps *= std::max<std::int64_t>(1, t / decay_steps + (t % decay_steps != 0));
  else t = std::min(t, steps);
  return (lr - end_learning_rate) * std::pow(1. - real(t) / real(steps), power) + end_learning_rate;
}

void CosineDecay::check() const {
  check_count("CosineDecay", "decay_steps", decay_steps, 1);
  check_option("CosineDecay", "alpha", alpha, 0., 1.);
  check_option("CosineDecay", "warmup_target", warmup_target, 0., kLargest);
  check_count("CosineDecay", "warmup_steps", warmup_steps, 0);
}
double CosineDecay::operator()(std::int64_t t, double lr) const {
  if (t < warmup_steps) return (warmup_target - lr) * (real(t) / real(warmup_steps)) + lr;
  const double from = warmup_steps > 0 ? warmup_target : lr;
  return from * cosine(real(std::min(t - warmup_steps, decay_steps)) / real(decay_steps), alpha);
}

void CosineDecayRestarts::check() const {
  check_count("CosineDecayRestarts", "first_decay_steps", first_decay_steps, 1);
  check_option("CosineDecayRestarts", "t_mul", t_mul, 1., kLargest);
  check_option("CosineDecayRestarts", "m_mul", m_mul, 0., kLargest);
  check_option("CosineDecayRestarts", "alpha", alpha, 0., 1.);
}
double CosineDecayRestarts::operator()(std::int64_t t, double lr) const {
  double done = real(t) / real(first_decay_steps), restarts = std::floor(done);
  if (t_mul != 1.) {
    // 1 + t_mul + ... periods are over after so many restarts; the logarithm may miss a whole number by rounding.
    restarts = std::floor(std::log(1. - done * (1. - t_mul)) / std::log(t_mul));
    const auto begin = [&](double n) { return (1. - std::pow(t_mul, n)) / (1. - t_mul); };
    if (begin(restarts + 1.) <= done) restarts += 1.;
    if (begin(restarts) > done) restarts -= 1.;
    done = (done - begin(restarts)) / std::pow(t_mul, restarts);
  } else {
    done -= restarts;
  }
  const double p = std::pow(m_mul, restarts) * 0.5 * (1. + std::cos(std::numbers::pi * done));
  return lr * ((1. - alpha) * p + alpha);
}

void PiecewiseConstantDecay::check() const {
  if (values.size() != boundaries.size() + 1) {
    fail<ValueError>("PiecewiseConstantDecay", fmt::format("got {} boundaries and {} values; expected one value more",
                                                           boundaries.size(), values.size()));
  }
  for (std::size_t i = 1; i < boundaries.size(); ++i)
    if (boundaries[i] <= boundaries[i - 1])
      fail<ValueError>("PiecewiseConstantDecay", fmt::format("boundaries: got {} after {}; expected rising numbers",
                                                             boundaries[i], boundaries[i - 1]));
  for (const double value : values) check_option("PiecewiseConstantDecay", "values", value, 0., kLargest);
}
double PiecewiseConstantDecay::operator()(std::int64_t t, double) const {
  const auto at = std::lower_bound(boundaries.begin(), boundaries.end(), t);
  return values[static_cast<std::size_t>(at - boundaries.begin())];
}

}  // namespace xgrad::optim::keras
