#include "optim/adadelta.hpp"

#include <cmath>

#include "optim/internal/sweep.hpp"

namespace xgrad::optim {

Adadelta::Adadelta(Parameters parameters, AdadeltaOptions options, const Groups& groups) {
  add_groups(std::move(parameters), options, groups);
}

void Adadelta::update(Tensor& p, const Array& gradient, ParameterState& s, const AdadeltaOptions& o) {
  kernels::dispatch_floating("Adadelta", p.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const double lr = internal::decayed(o.lr, o.lr_decay, s.step);
    const T rate = static_cast<T>(lr), eps = static_cast<T>(o.eps);
    const T rho = static_cast<T>(o.rho), rest = static_cast<T>(1. - o.rho);
    const internal::Beginning<T> begin(o, lr);
    internal::sweep(
        p.numel(),
        [=](T gi, T& xi, T& si, T& ai) {
          const T d = begin(gi, xi);
          si = rho * si + rest * d * d;
          const T delta = std::sqrt(ai + eps) / std::sqrt(si + eps) * d;
          ai = rho * ai + rest * delta * delta;
          xi -= rate * delta;
        },
        kernels::in<T>(gradient), p.mutable_data<T>(), internal::slot<T>(s.slots, 0), internal::slot<T>(s.slots, 1));
  });
}

}  // namespace xgrad::optim
