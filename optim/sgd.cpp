#include "optim/sgd.hpp"

#include "optim/internal/sweep.hpp"

namespace xgrad::optim {

SGD::SGD(Parameters parameters, SGDOptions options, const Groups& groups) {
  add_groups(std::move(parameters), options, groups);
}

void SGD::check(const SGDOptions& o) const {
  if (o.nesterov && (o.momentum == 0. || o.dampening != 0.))
    fail<ValueError>(name(), "nesterov: expected momentum > 0 and dampening = 0 with it");
}

namespace {

template <class T>
void plain(T* p, const T* g, std::int64_t n, double rate, const SGDOptions& o) {
  const auto lr = static_cast<T>(o.maximize ? -rate : rate);
  if (o.weight_decay == 0.)
    return internal::sweep<internal::KeepDenormals>(
        n, [lr](T gradient, T& x) { x -= lr * gradient; }, g, p);
  internal::sweep<internal::KeepDenormals>(
      n,
      [step = static_cast<T>(rate), begin = internal::Beginning<T>(o, rate)](T gradient, T& x) {
        const T d = begin(gradient, x);
        x -= step * d;
      },
      g, p);
}

template <class T>
void with_momentum(T* p, const T* g, T* b, std::int64_t n, double rate, const SGDOptions& o, bool first) {
  const T lr = static_cast<T>(o.velocity_includes_lr ? 1. : rate), inside = static_cast<T>(rate);
  const T mu = static_cast<T>(o.momentum), fresh = static_cast<T>(1. - o.dampening);
  const internal::Beginning<T> begin(o, rate);
  const auto run = [&](auto is_first, auto is_nesterov, auto lr_inside) {
    internal::sweep(
        n,
        [=](T gradient, T& x, T& velocity) {
          T d = begin(gradient, x);
          if constexpr (lr_inside) d *= inside;
          T v = d;
          if constexpr (!is_first) v = mu * velocity + fresh * d;
          velocity = v;
          if constexpr (is_nesterov) x -= lr * (d + mu * v);
          else x -= lr * v;
        },
        g, p, b);
  };
  const auto with_lr = [&](auto is_first, auto is_nesterov) {
    if (o.velocity_includes_lr) run(is_first, is_nesterov, std::true_type{});
    else run(is_first, is_nesterov, std::false_type{});
  };
  const auto with_form = [&](auto is_first) {
    if (o.nesterov) with_lr(is_first, std::true_type{});
    else with_lr(is_first, std::false_type{});
  };
  if (first) with_form(std::true_type{});
  else with_form(std::false_type{});
}

}  // namespace

void SGD::update(Tensor& p, const Array& gradient, ParameterState& s, const SGDOptions& o) {
  kernels::dispatch_floating("SGD", p.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* g = kernels::in<T>(gradient);
    const double lr = internal::decayed(o.lr, o.lr_decay, s.step);
    if (o.momentum == 0.) return plain(p.mutable_data<T>(), g, p.numel(), lr, o);
    with_momentum(p.mutable_data<T>(), g, internal::slot<T>(s.slots, 0), p.numel(), lr, o, s.fresh);
  });
}

}  // namespace xgrad::optim
