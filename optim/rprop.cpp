#include "optim/rprop.hpp"

#include "optim/internal/sweep.hpp"

namespace xgrad::optim {

Rprop::Rprop(Parameters parameters, RpropOptions options, const Groups& groups) {
  add_groups(std::move(parameters), options, groups);
}

void Rprop::check(const RpropOptions& o) const {
  if (o.step_sizes[0] > o.step_sizes[1]) fail<ValueError>(name(), "step_sizes: expected the least one first");
}

void Rprop::update(Tensor& p, const Array& gradient, ParameterState& s, const RpropOptions& o) {
  kernels::dispatch_floating("Rprop", p.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T less = static_cast<T>(o.etas[0]), more = static_cast<T>(o.etas[1]);
    const T least = static_cast<T>(o.step_sizes[0]), most = static_cast<T>(o.step_sizes[1]);
    const bool maximize = o.maximize;
    internal::sweep(
        p.numel(),
        [=](T gi, T& xi, T& before, T& e) {
          const T g = maximize ? -gi : gi;
          // By signs, not by the product of the gradients, which may be too small for a number; a NaN stays one.
          const T now = g > 0 ? T(1) : g < 0 ? T(-1) : g, then = before > 0 ? T(1) : before < 0 ? T(-1) : before;
          const T agree = now * then;
          T step = e * (agree > 0 ? more : agree < 0 ? less : T(1));
          step = step < least ? least : step;
          step = step > most ? most : step;
          e = step;
          before = agree < 0 ? T(0) : g;
          xi -= (agree < 0 ? T(0) : now) * step;
        },
        kernels::in<T>(gradient), p.mutable_data<T>(), internal::slot<T>(s.slots, 0), internal::slot<T>(s.slots, 1));
  });
}

}  // namespace xgrad::optim
