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
          // By signs, not by the product, which may be too small for a number; bit by bit, for vectors.
          const bool same = ((g > 0) & (before > 0)) | ((g < 0) & (before < 0));
          const bool turned = ((g > 0) & (before < 0)) | ((g < 0) & (before > 0));
          const T longer = e * more, shorter = e * less;
          T step = same ? longer : turned ? shorter : e;
          step = step < least ? least : step;
          step = step > most ? most : step;
          const T used = turned ? T(0) : g;
          e = step;
          before = used;
          xi -= used > 0 ? step : used < 0 ? -step : used;  // 0 stays, NaN shows
        },
        kernels::in<T>(gradient), p.mutable_data<T>(), internal::slot<T>(s.slots, 0), internal::slot<T>(s.slots, 1));
  });
}

}  // namespace xgrad::optim
