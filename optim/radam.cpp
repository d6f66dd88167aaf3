#include "optim/radam.hpp"

#include <cmath>

#include "optim/internal/corrections.hpp"
#include "optim/internal/sweep.hpp"

namespace xgrad::optim {

RAdam::RAdam(Parameters parameters, RAdamOptions options, const Groups& groups) {
  add_groups(std::move(parameters), options, groups);
}

namespace {

/// What the adaptive step is multiplied with; 0 while there is none.
double rectification(const RAdamOptions& o, std::int64_t t, double correction) {
  const double b2 = o.betas[1];
  const double longest = 2. / (1. - b2) - 1.;
  const double now = longest - 2. * static_cast<double>(t) * (1. - correction) / correction;
  if (!(now > 5.)) return 0.;
  return std::sqrt((now - 4.) * (now - 2.) * longest / ((longest - 4.) * (longest - 2.) * now));
}

}  // namespace

void RAdam::update(Tensor& p, const Array& gradient, ParameterState& s, const RAdamOptions& o) {
  const auto [first, second] = internal::corrections(o.betas, s.step);
  const double rectified = rectification(o, s.step, second);
  const double step = o.lr / first * (rectified > 0. ? rectified * std::sqrt(second) : 1.);
  kernels::dispatch_floating("RAdam", p.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T b1 = static_cast<T>(o.betas[0]), a1 = static_cast<T>(1. - o.betas[0]);
    const T b2 = static_cast<T>(o.betas[1]), a2 = static_cast<T>(1. - o.betas[1]);
    const T rate = static_cast<T>(step), eps = static_cast<T>(o.eps);
    const internal::Beginning<T> begin(o, o.lr);
    const auto run = [&](auto adaptive) {
      internal::sweep(
          p.numel(),
          [=](T gi, T& xi, T& mi, T& vi) {
            const T d = begin(gi, xi);
            mi = b1 * mi + a1 * d;
            vi = b2 * vi + a2 * d * d;
            if constexpr (adaptive) xi -= rate * mi / (std::sqrt(vi) + eps);
            else xi -= rate * mi;
          },
          kernels::in<T>(gradient), p.mutable_data<T>(), internal::slot<T>(s.slots, 0), internal::slot<T>(s.slots, 1));
    };
    if (rectified > 0.) run(std::true_type{});
    else run(std::false_type{});
  });
}

}  // namespace xgrad::optim
