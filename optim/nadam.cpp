#include "optim/nadam.hpp"

#include <cmath>

#include "optim/internal/corrections.hpp"
#include "optim/internal/sweep.hpp"

namespace xgrad::optim {

NAdam::NAdam(Parameters parameters, NAdamOptions options, const Groups& groups) {
  add_groups(std::move(parameters), options, groups);
}

namespace {

double momentum_at(std::int64_t t, const NAdamOptions& o) {
  return o.betas[0] * (1. - 0.5 * std::pow(0.96, static_cast<double>(t) * o.momentum_decay));
}

}  // namespace

void NAdam::update(Tensor& p, const Array& gradient, ParameterState& s, const NAdamOptions& o) {
  const double mu = momentum_at(s.step, o), next = momentum_at(s.step + 1, o);
  s.number *= mu;
  kernels::dispatch_floating("NAdam", p.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T b1 = static_cast<T>(o.betas[0]), a1 = static_cast<T>(1. - o.betas[0]);
    const T b2 = static_cast<T>(o.betas[1]), a2 = static_cast<T>(1. - o.betas[1]);
    const T of_g = static_cast<T>(o.lr * (1. - mu) / (1. - s.number));
    const T of_m = static_cast<T>(o.lr * next / (1. - s.number * next));
    const T root = static_cast<T>(1. / std::sqrt(internal::corrections(o.betas, s.step)[1]));
    const T eps = static_cast<T>(o.eps);
    const internal::Beginning<T> begin(o, o.lr);
    internal::sweep(
        p.numel(),
        [=](T gi, T& xi, T& mi, T& vi) {
          const T d = begin(gi, xi);
          mi = b1 * mi + a1 * d;
          vi = b2 * vi + a2 * d * d;
          xi -= (of_g * d + of_m * mi) / (std::sqrt(vi) * root + eps);
        },
        kernels::in<T>(gradient), p.mutable_data<T>(), internal::slot<T>(s.slots, 0), internal::slot<T>(s.slots, 1));
  });
}

}  // namespace xgrad::optim
