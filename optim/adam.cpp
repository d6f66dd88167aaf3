#include "optim/adam.hpp"

#include <algorithm>
#include <cmath>

#include "tensor/kernels/denormals.hpp"
#include "tensor/kernels/dispatch.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::optim {

Adam::Adam(std::vector<Tensor> parameters, AdamOptions options) { add_group(std::move(parameters), options); }

void Adam::check(const AdamOptions& o) const {
  constexpr double kBelowOne = 1. - 0x1p-53;
  check_option("Adam", "lr", o.lr, 0., 1e300);
  check_option("Adam", "betas[0]", o.betas[0], 0., kBelowOne);
  check_option("Adam", "betas[1]", o.betas[1], 0., kBelowOne);
  check_option("Adam", "eps", o.eps, 0., 1e300);
  check_option("Adam", "weight_decay", o.weight_decay, 0., 1e300);
}

namespace {

/// One step's constants in the element type.
template <class T>
struct Constants {
  T b1, a1, b2, a2, step, root, eps, decay;
  Constants(const AdamOptions& o, std::int64_t t)
      : b1(static_cast<T>(o.betas[0])), a1(static_cast<T>(1. - o.betas[0])), b2(static_cast<T>(o.betas[1])),
        a2(static_cast<T>(1. - o.betas[1])),
        step(static_cast<T>(o.lr / (1. - std::pow(o.betas[0], static_cast<double>(t))))),
        root(static_cast<T>(1. / std::sqrt(1. - std::pow(o.betas[1], static_cast<double>(t))))),
        eps(static_cast<T>(o.eps)), decay(static_cast<T>(o.weight_decay)) {}
};

template <bool amsgrad, class T>
void run(T* __restrict p, const T* __restrict g, T* __restrict m, T* __restrict v, T* __restrict top, std::int64_t n,
         Constants<T> c) {
  for (std::int64_t i = 0; i < n; ++i) {
    const T d = g[i] + c.decay * p[i];
    m[i] = c.b1 * m[i] + c.a1 * d;
    v[i] = c.b2 * v[i] + c.a2 * d * d;
    T second = v[i];
    if constexpr (amsgrad) second = top[i] = std::max(top[i], v[i]);
    p[i] -= c.step * m[i] / (std::sqrt(second) * c.root + c.eps);
  }
}

}  // namespace

void Adam::update(Tensor& p, const Array& gradient, ParameterState& s, const AdamOptions& o) {
  kernels::dispatch_floating("Adam", p.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* g = kernels::in<T>(gradient);
    T* m = s.slots[0].template mutable_data<T>();
    T* v = s.slots[1].template mutable_data<T>();
    T* top = o.amsgrad ? s.slots[2].template mutable_data<T>() : nullptr;
    T* x = p.mutable_data<T>();
    const Constants<T> c(o, s.step);
    parallel_for(p.numel(), kernels::kGrain, [=](std::int64_t begin, std::int64_t end) {
      // Moments of weights whose gradient stays 0 decay into denormals, which are many times slower.
      const kernels::FlushDenormals flush;
      if (top) run<true>(x + begin, g + begin, m + begin, v + begin, top + begin, end - begin, c);
      else run<false>(x + begin, g + begin, m + begin, v + begin, top, end - begin, c);
    });
  });
}

}  // namespace xgrad::optim
