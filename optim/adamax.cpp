#include "optim/adamax.hpp"

#include <cmath>

#include "optim/internal/corrections.hpp"
#include "optim/internal/sweep.hpp"

namespace xgrad::optim {

Adamax::Adamax(Parameters parameters, AdamaxOptions options, const Groups& groups) {
  add_groups(std::move(parameters), options, groups);
}

void Adamax::update(Tensor& p, const Array& gradient, ParameterState& s, const AdamaxOptions& o) {
  kernels::dispatch_floating("Adamax", p.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const double lr = internal::decayed(o.lr, o.lr_decay, s.step);
    const T b1 = static_cast<T>(o.betas[0]), a1 = static_cast<T>(1. - o.betas[0]), b2 = static_cast<T>(o.betas[1]);
    const T rate = static_cast<T>(lr / internal::corrections(o.betas, s.step)[0]);
    const T inside = static_cast<T>(o.eps_beside_maximum ? 0. : o.eps);
    const T beside = static_cast<T>(o.eps_beside_maximum ? o.eps : 0.);
    const internal::Beginning<T> begin(o, lr);
    internal::sweep(
        p.numel(),
        [=](T gi, T& xi, T& mi, T& ui) {
          const T d = begin(gi, xi);
          mi = b1 * mi + a1 * d;
          const T before = b2 * ui, now = std::abs(d) + inside;
          ui = before > now ? before : now;
          xi -= rate * mi / (ui + beside);
        },
        kernels::in<T>(gradient), p.mutable_data<T>(), internal::slot<T>(s.slots, 0), internal::slot<T>(s.slots, 1));
  });
}

}  // namespace xgrad::optim
