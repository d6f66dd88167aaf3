#include "optim/adagrad.hpp"

#include <cmath>

#include "optim/internal/sweep.hpp"

namespace xgrad::optim {

Adagrad::Adagrad(Parameters parameters, AdagradOptions options, const Groups& groups) {
  add_groups(std::move(parameters), options, groups);
}

void Adagrad::update(Tensor& p, const Array& gradient, ParameterState& s, const AdagradOptions& o) {
  kernels::dispatch_floating("Adagrad", p.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const double lr = internal::decayed(o.lr, o.lr_decay, s.step);
    const T rate = static_cast<T>(lr);
    const T inside = static_cast<T>(o.eps_inside_sqrt ? o.eps : 0.),
            beside = static_cast<T>(o.eps_inside_sqrt ? 0. : o.eps);
    const internal::Beginning<T> begin(o, lr);
    internal::sweep(
        p.numel(),
        [=](T gi, T& xi, T& si) {
          const T d = begin(gi, xi);
          si += d * d;
          xi -= rate * d / (std::sqrt(si + inside) + beside);
        },
        kernels::in<T>(gradient), p.mutable_data<T>(), internal::slot<T>(s.slots, 0));
  });
}

}  // namespace xgrad::optim
