#include "optim/sgd.hpp"

#include "tensor/kernels/dispatch.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::optim {

SGD::SGD(std::vector<Tensor> parameters, SGDOptions options) { add_group(std::move(parameters), options); }

void SGD::check(const SGDOptions& o) const {
  check_option("SGD", "lr", o.lr, 0., 1e300);
  check_option("SGD", "momentum", o.momentum, 0., 1e300);
  check_option("SGD", "dampening", o.dampening, 0., 1.);
  check_option("SGD", "weight_decay", o.weight_decay, 0., 1e300);
  if (o.nesterov && (o.momentum == 0. || o.dampening != 0.))
    fail<ValueError>("SGD", "nesterov: expected momentum > 0 and dampening = 0 with it");
}

namespace {

template <class T>
void plain(T* p, const T* g, std::int64_t n, T lr, T decay) {
  parallel_for(n, kernels::kGrain, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) p[i] -= lr * (g[i] + decay * p[i]);
  });
}

template <class T>
void with_momentum(T* p, const T* g, T* b, std::int64_t n, const SGDOptions& o, bool first) {
  const T lr = static_cast<T>(o.lr), mu = static_cast<T>(o.momentum), decay = static_cast<T>(o.weight_decay);
  const T fresh = static_cast<T>(1. - o.dampening);
  const bool nesterov = o.nesterov;
  parallel_for(n, kernels::kGrain, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const T d = g[i] + decay * p[i];
      const T v = first ? d : mu * b[i] + fresh * d;
      b[i] = v;
      p[i] -= lr * (nesterov ? d + mu * v : v);
    }
  });
}

}  // namespace

void SGD::update(Tensor& p, const Array& gradient, ParameterState& s, const SGDOptions& o) {
  kernels::dispatch_floating("SGD", p.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* g = kernels::in<T>(gradient);
    if (o.momentum == 0.) {
      plain(p.mutable_data<T>(), g, p.numel(), static_cast<T>(o.lr), static_cast<T>(o.weight_decay));
      return;
    }
    T* b = s.slots[0].template mutable_data<T>();
    with_momentum(p.mutable_data<T>(), g, b, p.numel(), o, s.step == 1);
  });
}

}  // namespace xgrad::optim
