#pragma once
// Finite differences in float64: what the recorded gradients are compared with.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "autograd/autograd.hpp"

namespace oracle {

using xgrad::Tensor;
using Function = std::function<Tensor(const std::vector<Tensor>&)>;

/// A tensor of fixed, well spread numbers in about [low, high], different for every `salt`; no two equal.
inline Tensor spread(const xgrad::Shape& shape, double low = -1.5, double high = 1.5, int salt = 0) {
  xgrad::Array a = xgrad::Array::empty(shape, xgrad::float64);
  double* x = a.mutable_data<double>();
  for (std::int64_t i = 0; i < a.numel(); ++i) {
    const double u = std::fmod(0.5 + 0.6180339887498949 * static_cast<double>(i + 1 + 7 * salt), 1.);
    x[i] = low + (high - low) * u;
  }
  return a;
}

inline double value(const Function& f, const std::vector<Tensor>& inputs) {
  const xgrad::NoGradGuard guard;
  const Tensor y = f(inputs);
  return xgrad::sum(y * spread(y.shape(), 0.5, 1.5, 3)).item<double>();
}

/// d value / d inputs[k], by central differences.
inline std::vector<double> differences(const Function& f, const std::vector<Tensor>& inputs, std::size_t k) {
  std::vector<double> result;
  for (std::int64_t i = 0; i < inputs[k].numel(); ++i) {
    const double h = 1e-5;
    double side[2];
    for (int s = 0; s < 2; ++s) {
      std::vector<Tensor> moved = inputs;
      xgrad::Array a = inputs[k].array().clone();
      a.mutable_data<double>()[i] += s == 0 ? h : -h;
      moved[k] = Tensor(a);
      side[s] = value(f, moved);
    }
    result.push_back((side[0] - side[1]) / (2 * h));
  }
  return result;
}

inline std::vector<Tensor> gradients(const Function& f, const std::vector<Tensor>& inputs, bool create_graph = false) {
  const Tensor y = f(inputs);
  const Tensor total = xgrad::sum(y * spread(y.shape(), 0.5, 1.5, 3).to(y.dtype()));
  return xgrad::grad(std::vector{total}, inputs, {}, {.create_graph = create_graph, .allow_unused = true});
}

inline void check_first(const std::string& name, const Function& f, std::vector<Tensor> inputs) {
  for (Tensor& x : inputs) x.requires_grad_();
  const std::vector<Tensor> analytic = gradients(f, inputs);
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const std::vector<double> numeric = differences(f, inputs, k);
    REQUIRE_MESSAGE(analytic[k].defined(), name << ": input " << k << " got no gradient");
    REQUIRE(analytic[k].shape() == inputs[k].shape());
    for (std::size_t i = 0; i < numeric.size(); ++i) {
      const double got = analytic[k].data<double>()[i];
      CHECK_MESSAGE(
          std::abs(got - numeric[i]) <= 1e-7 * (1 + std::abs(numeric[i])),
          name << ": input " << k << ", element " << i << ": got " << got << ", differences say " << numeric[i]);
    }
  }
}

/// The first derivatives and, through the recorded gradients, the second ones.
inline void check(const std::string& name, const Function& f, const std::vector<Tensor>& inputs) {
  check_first(name, f, inputs);
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const Function derivative = [&](const std::vector<Tensor>& at) {
      const xgrad::GradMode on(true);
      std::vector<Tensor> leaves = at;
      for (Tensor& x : leaves)
        if (!x.requires_grad()) x = x.detach().requires_grad_();
      Tensor g = gradients(f, leaves, true)[k];
      return g.defined() ? g : xgrad::zeros_like(at[k]);
    };
    std::vector<Tensor> leaves = inputs;
    for (Tensor& x : leaves) x = x.detach().requires_grad_();
    const Tensor recorded = derivative(leaves);
    if (!recorded.requires_grad()) continue;  // linear in everything: the second derivative is zero
    const Tensor total = xgrad::sum(recorded * spread(recorded.shape(), 0.5, 1.5, 3));
    const auto second = xgrad::grad(std::vector{total}, leaves, {}, {.allow_unused = true});
    for (std::size_t m = 0; m < inputs.size(); ++m) {
      const std::vector<double> numeric = differences(derivative, leaves, m);
      for (std::size_t i = 0; i < numeric.size(); ++i) {
        const double got = second[m].defined() ? second[m].data<double>()[i] : 0.;
        CHECK_MESSAGE(std::abs(got - numeric[i]) <= 1e-6 * (1 + std::abs(numeric[i])),
                      name << ": second derivative by inputs " << k << " and " << m << ", element " << i << ": got "
                           << got << ", differences say " << numeric[i]);
      }
    }
  }
}

}  // namespace oracle
