#include "optim/adam.hpp"

#include <algorithm>
#include <cmath>

#include "optim/internal/corrections.hpp"
#include "optim/internal/sweep.hpp"

namespace xgrad::optim {

Adam::Adam(Parameters parameters, AdamOptions options, const Groups& groups) {
  add_groups(std::move(parameters), options, groups);
}

namespace {

/// One step's constants in the element type.
template <class T>
struct Constants {
  T b1, a1, b2, a2, step, root, eps;
  Constants(const AdamOptions& o, double lr, std::int64_t t)
      : b1(static_cast<T>(o.betas[0])), a1(static_cast<T>(1. - o.betas[0])), b2(static_cast<T>(o.betas[1])),
        a2(static_cast<T>(1. - o.betas[1])), eps(static_cast<T>(o.eps)) {
    const auto [first, second] = internal::corrections(o.betas, t);
    step = static_cast<T>(o.eps_hat ? lr * std::sqrt(second) / first : lr / first);
    root = static_cast<T>(o.eps_hat ? 1. : 1. / std::sqrt(second));
  }
};

}  // namespace

void Adam::update(Tensor& p, const Array& gradient, ParameterState& s, const AdamOptions& o) {
  kernels::dispatch_floating("Adam", p.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const double lr = internal::decayed(o.lr, o.lr_decay, s.step);
    const Constants<T> c(o, lr, s.step);
    const internal::Beginning<T> begin(o, lr);
    const T* g = kernels::in<T>(gradient);
    T* x = p.mutable_data<T>();
    T *m = internal::slot<T>(s.slots, 0), *v = internal::slot<T>(s.slots, 1);
    if (o.amsgrad) {
      internal::sweep(
          p.numel(),
          [=](T gi, T& xi, T& mi, T& vi, T& top) {
            const T d = begin(gi, xi);
            mi = c.b1 * mi + c.a1 * d;
            vi = c.b2 * vi + c.a2 * d * d;
            top = std::max(top, vi);
            xi -= c.step * mi / (std::sqrt(top) * c.root + c.eps);
          },
          g, x, m, v, internal::slot<T>(s.slots, 2));
    } else {
      internal::sweep(
          p.numel(),
          [=](T gi, T& xi, T& mi, T& vi) {
            const T d = begin(gi, xi);
            mi = c.b1 * mi + c.a1 * d;
            vi = c.b2 * vi + c.a2 * d * d;
            xi -= c.step * mi / (std::sqrt(vi) * c.root + c.eps);
          },
          g, x, m, v);
    }
  });
}

}  // namespace xgrad::optim
