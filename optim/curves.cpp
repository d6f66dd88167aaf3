#include "optim/curves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace xgrad::optim {

namespace {

double real(std::int64_t t) { return static_cast<double>(t); }

/// From `a` at 0 to `b` at 1, along half a period of the cosine.
double cosine(double a, double b, double p) { return b + (a - b) / 2. * (std::cos(std::numbers::pi * p) + 1.); }

void check_count(const char* op, const char* field, std::int64_t value, std::int64_t low) {
  if (value < low) fail<ValueError>(op, fmt::format("{}: got {}; expected {} or more", field, value, low));
}

}  // namespace

void StepLR::check() const {
  check_count("StepLR", "step_size", step_size, 1);
  check_option("StepLR", "gamma", gamma, 0., kLargest);
}
double StepLR::operator()(std::int64_t t, double lr) const { return lr * std::pow(gamma, real(t / step_size)); }

void MultiStepLR::check() const { check_option("MultiStepLR", "gamma", gamma, 0., kLargest); }
double MultiStepLR::operator()(std::int64_t t, double lr) const {
  const auto passed = std::count_if(milestones.begin(), milestones.end(), [t](std::int64_t m) { return m <= t; });
  return lr * std::pow(gamma, real(passed));
}

void ExponentialLR::check() const { check_option("ExponentialLR", "gamma", gamma, 0., kLargest); }
double ExponentialLR::operator()(std::int64_t t, double lr) const { return lr * std::pow(gamma, real(t)); }

void ConstantLR::check() const {
  check_option("ConstantLR", "factor", factor, 0., 1.);
  check_count("ConstantLR", "total_iters", total_iters, 0);
}
double ConstantLR::operator()(std::int64_t t, double lr) const { return t < total_iters ? lr * factor : lr; }

void LinearLR::check() const {
  check_option("LinearLR", "start_factor", start_factor, 0., 1.);
  check_option("LinearLR", "end_factor", end_factor, 0., 1.);
  check_count("LinearLR", "total_iters", total_iters, 1);
}
double LinearLR::operator()(std::int64_t t, double lr) const {
  const double done = real(std::min(t, total_iters)) / real(total_iters);
  return lr * (start_factor + (end_factor - start_factor) * done);
}

void PolynomialLR::check() const {
  check_count("PolynomialLR", "total_iters", total_iters, 1);
  check_option("PolynomialLR", "power", power, 0., kLargest);
}
double PolynomialLR::operator()(std::int64_t t, double lr) const {
  return lr * std::pow(1. - real(std::min(t, total_iters)) / real(total_iters), power);
}

void CosineAnnealingLR::check() const {
  check_count("CosineAnnealingLR", "T_max", T_max, 1);
  check_option("CosineAnnealingLR", "eta_min", eta_min, 0., kLargest);
}
double CosineAnnealingLR::operator()(std::int64_t t, double lr) const {
  return cosine(lr, eta_min, real(t % (2 * T_max)) / real(T_max));
}

void CosineAnnealingWarmRestarts::check() const {
  check_count("CosineAnnealingWarmRestarts", "T_0", T_0, 1);
  check_count("CosineAnnealingWarmRestarts", "T_mult", T_mult, 1);
  check_option("CosineAnnealingWarmRestarts", "eta_min", eta_min, 0., kLargest);
}
double CosineAnnealingWarmRestarts::operator()(std::int64_t t, double lr) const {
  std::int64_t period = T_0;
  if (T_mult == 1) t %= period;
  while (t >= period) {
    t -= period;
    period = period > kMost / T_mult ? kMost : period * T_mult;
  }
  return cosine(lr, eta_min, real(t) / real(period));
}

// ---- one cycle -------------------------------------------------------------------------------------------------------

void OneCycleLR::check() const {
  check_option("OneCycleLR", "max_lr", max_lr, 0., kLargest);
  check_count("OneCycleLR", "total_steps", total_steps, 1);
  check_option("OneCycleLR", "pct_start", pct_start, 0., 1.);
  check_option("OneCycleLR", "base_momentum", base_momentum, 0., kBelowOne);
  check_option("OneCycleLR", "max_momentum", max_momentum, 0., kBelowOne);
  check_option("OneCycleLR", "div_factor", div_factor, kAboveZero, kLargest);
  check_option("OneCycleLR", "final_div_factor", final_div_factor, kAboveZero, kLargest);
}

/// From `first` to `top` and on to `last`; with three phases back to `first` in between.
double OneCycleLR::at(std::int64_t t, double first, double top, double last) const {
  if (t > total_steps) fail<ValueError>("OneCycleLR", fmt::format("step {} is after the last of {}", t, total_steps));
  const double up = pct_start * real(total_steps) - 1., end = real(total_steps) - 1.;
  const double down = three_phase ? 2. * pct_start * real(total_steps) - 2. : end;
  const auto between = [&](double a, double b, double from, double to) {
    const double p = to == from ? 1. : (real(t) - from) / (to - from);
    return anneal_strategy == Anneal::cos ? cosine(a, b, p) : (b - a) * p + a;
  };
  if (real(t) <= up) return between(first, top, 0., up);
  if (!three_phase) return between(top, last, up, end);
  if (real(t) <= down) return between(top, first, up, down);
  return between(first, last, down, end);
}

double OneCycleLR::operator()(std::int64_t t, double) const {
  const double first = max_lr / div_factor, last = first / final_div_factor;
  return std::max(at(t, first, max_lr, last), 0.);
}
double OneCycleLR::momentum(std::int64_t t, double) const { return at(t, max_momentum, base_momentum, max_momentum); }

// ---- combinations ----------------------------------------------------------------------------------------------------

void Chained::check() const {
  if (curves.empty()) fail<ValueError>("Chained", "got no curves");
}
double Chained::operator()(std::int64_t t, double lr) const {
  for (const Curve& curve : curves) lr = curve(t, lr);
  return lr;
}
bool Chained::has_momentum() const {
  return std::any_of(curves.begin(), curves.end(), [](const Curve& c) { return c.has_momentum(); });
}
double Chained::momentum(std::int64_t t, double initial) const {
  for (const Curve& curve : curves) initial = curve.momentum(t, initial);
  return initial;
}

namespace {

/// Which curve, and its own t.
std::pair<std::size_t, std::int64_t> piece_of(const std::vector<std::int64_t>& milestones, std::int64_t t) {
  const auto next = std::upper_bound(milestones.begin(), milestones.end(), t);
  return {static_cast<std::size_t>(next - milestones.begin()), next == milestones.begin() ? t : t - *(next - 1)};
}

}  // namespace

void Sequential::check() const {
  if (curves.empty() || milestones.size() + 1 != curves.size()) {
    fail<ValueError>("Sequential", fmt::format("got {} curves and {} milestones; expected one milestone less",
                                               curves.size(), milestones.size()));
  }
  for (std::size_t i = 0; i < milestones.size(); ++i)
    if (milestones[i] <= (i == 0 ? 0 : milestones[i - 1]))
      fail<ValueError>("Sequential",
                       fmt::format("milestones: got {} at {}; expected rising numbers above 0", milestones[i], i));
}
double Sequential::operator()(std::int64_t t, double lr) const {
  const auto [i, own] = piece_of(milestones, t);
  return curves[i](own, lr);
}
bool Sequential::has_momentum() const {
  return std::any_of(curves.begin(), curves.end(), [](const Curve& c) { return c.has_momentum(); });
}
double Sequential::momentum(std::int64_t t, double initial) const {
  const auto [i, own] = piece_of(milestones, t);
  return curves[i].momentum(own, initial);
}

}  // namespace xgrad::optim
