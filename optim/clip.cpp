#include "optim/clip.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "optim/internal/gradient.hpp"
#include "optim/internal/sums.hpp"
#include "optim/options.hpp"
#include "tensor/kernels/dispatch.hpp"

namespace xgrad::optim {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// f(pointer to the gradient's elements, their number) for every parameter that has one.
template <class F>
void each_gradient(const std::vector<Tensor>& parameters, F f) {
  for (const Tensor& p : parameters) {
    const Tensor* g = internal::gradient_of(p);
    if (!g) continue;
    kernels::dispatch_floating("clip", g->dtype(), [&](auto type) {
      using T = typename decltype(type)::type;
      f(kernels::in<T>(g->array()), g->numel());
    });
  }
}

double largest(const std::vector<Tensor>& parameters) {
  double most = 0.;
  each_gradient(parameters, [&](const auto* g, std::int64_t n) {
    most = internal::nan_max(most,
                             internal::max_of(n, [g](std::int64_t i) { return static_cast<double>(std::abs(g[i])); }));
  });
  return most;
}

/// Sum of |f(g)|^p.
template <class F>
double power_sum(const std::vector<Tensor>& parameters, double p, F f) {
  double sum = 0.;
  each_gradient(parameters, [&](const auto* g, std::int64_t n) {
    const auto element = [g, f](std::int64_t i) { return f(static_cast<double>(g[i])); };
    if (p == 2.) sum += internal::sum_of(n, [=](std::int64_t i) { return element(i) * element(i); });
    else if (p == 1.) sum += internal::sum_of(n, [=](std::int64_t i) { return std::abs(element(i)); });
    else sum += internal::sum_of(n, [=](std::int64_t i) { return std::pow(std::abs(element(i)), p); });
  });
  return sum;
}

double root(double sum, double p) { return p == 2. ? std::sqrt(sum) : p == 1. ? sum : std::pow(sum, 1. / p); }

double norm_of(const std::vector<Tensor>& parameters, double p) {
  if (p == kInfinity) return largest(parameters);
  const double sum = power_sum(parameters, p, [](double g) { return g; });
  if (sum > 1e-250 && sum < 1e250) return root(sum, p);
  // Powers too large or too small for a double: once more with the largest element as the unit.
  const double most = largest(parameters);
  if (!(most > 0.) || !std::isfinite(most)) return most;
  return most * root(power_sum(parameters, p, [most](double g) { return g / most; }), p);
}

void check_norm_type(const char* op, double p) {
  if (!(p > 0.)) fail<ValueError>(op, fmt::format("norm_type: got {}; expected more than 0, or infinity", p));
}
void check_bound(const char* op, const char* name, double bound) {
  if (!(bound >= 0.)) fail<ValueError>(op, fmt::format("{}: got {}; expected 0 or more", name, bound));
}

/// Changes every gradient in place by f(element). Where a gradient's buffer is somebody else's too (two parameters that
/// were added share theirs), or the tape knows it, the parameter gets one of its own first; memory for all is taken
/// before anything changes.
template <class F>
void change(const std::vector<Tensor>& parameters, F f) {
  std::vector<std::pair<Tensor, Tensor>> replaced;
  for (const Tensor& p : parameters) {
    const Tensor* g = internal::gradient_of(p);
    if (g && (!g->is_leaf() || !detail::Access::unique(g->array()))) replaced.emplace_back(p, g->array().clone());
  }
  for (auto& [p, g] : replaced) p.set_grad(std::move(g));
  for (const Tensor& p : parameters) {
    const Tensor* g = internal::gradient_of(p);
    if (!g) continue;
    Tensor gradient = *g;
    kernels::dispatch_floating("clip", gradient.dtype(), [&](auto type) {
      using T = typename decltype(type)::type;
      T* x = gradient.mutable_data<T>();
      parallel_for(gradient.numel(), kernels::kGrain, [x, f](std::int64_t begin, std::int64_t end) {
        T* const here = x;
        for (std::int64_t i = begin; i < end; ++i) here[i] = f(here[i]);
      });
    });
  }
}

void scale_down(const std::vector<Tensor>& parameters, double factor) {
  if (!(factor >= 1.)) scale_grad(parameters, factor);
}

}  // namespace

void scale_grad(const std::vector<Tensor>& parameters, double factor) {
  change(parameters, [factor](auto g) { return g * static_cast<decltype(g)>(factor); });
}

double grad_norm(const std::vector<Tensor>& parameters, double norm_type) {
  check_norm_type("grad_norm", norm_type);
  return norm_of(parameters, norm_type);
}

double clip_grad_norm(const std::vector<Tensor>& parameters, double max_norm, double norm_type,
                      bool error_if_nonfinite) {
  check_bound("clip_grad_norm", "max_norm", max_norm);
  check_norm_type("clip_grad_norm", norm_type);
  const double norm = norm_of(parameters, norm_type);
  if (error_if_nonfinite && !std::isfinite(norm))
    fail<ValueError>("clip_grad_norm", fmt::format("the norm of the gradients is {}", norm));
  if (max_norm < kInfinity) scale_down(parameters, max_norm / (norm + 1e-6));
  return norm;
}

double clip_grad_value(const std::vector<Tensor>& parameters, double clip_value) {
  check_bound("clip_grad_value", "clip_value", clip_value);
  const double most = largest(parameters);
  if (most <= clip_value) return most;
  change(parameters, [clip_value](auto g) {
    const auto bound = static_cast<decltype(g)>(clip_value);
    return g < -bound ? -bound : g > bound ? bound : g;
  });
  return most;
}

namespace keras {

double global_clipnorm(const std::vector<Tensor>& parameters, double clipnorm) {
  check_bound("global_clipnorm", "clipnorm", clipnorm);
  const double norm = norm_of(parameters, 2.);
  if (!(norm <= clipnorm)) scale_down(parameters, clipnorm / norm);
  return norm;
}

double clipnorm(const std::vector<Tensor>& parameters, double clipnorm) {
  check_bound("clipnorm", "clipnorm", clipnorm);
  double most = 0.;
  for (const Tensor& p : parameters) {
    const std::vector<Tensor> one{p};
    const double norm = norm_of(one, 2.);
    most = internal::nan_max(most, norm);
    if (!(norm <= clipnorm)) scale_down(one, clipnorm / norm);
  }
  return most;
}

}  // namespace keras

}  // namespace xgrad::optim
