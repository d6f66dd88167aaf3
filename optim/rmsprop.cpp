#include "optim/rmsprop.hpp"

#include <cmath>

#include "optim/internal/sweep.hpp"

namespace xgrad::optim {

RMSprop::RMSprop(Parameters parameters, RMSpropOptions options, const Groups& groups) {
  add_groups(std::move(parameters), options, groups);
}

namespace {

/// One step's constants in the element type, and the two halves of the update.
template <class T>
struct Step {
  internal::Beginning<T> begin;
  T alpha, rest, mu, inside, beside, lr_before, lr_after;

  Step(const RMSpropOptions& o, double lr)
      : begin(o, lr), alpha(static_cast<T>(o.alpha)), rest(static_cast<T>(1. - o.alpha)),
        mu(static_cast<T>(o.momentum)), inside(static_cast<T>(o.eps_inside_sqrt ? o.eps : 0.)),
        beside(static_cast<T>(o.eps_inside_sqrt ? 0. : o.eps)),
        lr_before(static_cast<T>(o.velocity_includes_lr ? lr : 1.)),
        lr_after(static_cast<T>(o.velocity_includes_lr ? 1. : lr)) {}

  T direction(T d, T q) const { return d / (std::sqrt(q + inside) + beside); }
  void move(T& x, T way) const { x -= lr_after * (lr_before * way); }
  void move(T& x, T way, T& b) const {
    b = mu * b + lr_before * way;
    x -= lr_after * b;
  }
  T mean_square(T& s, T d) const { return s = alpha * s + rest * d * d; }
  T variance(T& s, T& h, T d) const {
    mean_square(s, d);
    h = alpha * h + rest * d;
    const T q = s - h * h;
    return q < 0 ? T(0) : q;
  }
};

}  // namespace

void RMSprop::update(Tensor& p, const Array& gradient, ParameterState& s, const RMSpropOptions& o) {
  kernels::dispatch_floating("RMSprop", p.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const Step<T> c(o, internal::decayed(o.lr, o.lr_decay, s.step));
    const auto run = [&](auto f, auto*... slots) {
      internal::sweep(p.numel(), f, kernels::in<T>(gradient), p.mutable_data<T>(), slots...);
    };
    const auto slot = [&](std::size_t k) { return internal::slot<T>(s.slots, k); };
    if (o.centered && o.momentum > 0.) {
      run(
          [c](T g, T& x, T& si, T& b, T& h) {
            const T d = c.begin(g, x);
            c.move(x, c.direction(d, c.variance(si, h, d)), b);
          },
          slot(0), slot(1), slot(2));
    } else if (o.centered) {
      run(
          [c](T g, T& x, T& si, T& h) {
            const T d = c.begin(g, x);
            c.move(x, c.direction(d, c.variance(si, h, d)));
          },
          slot(0), slot(2));
    } else if (o.momentum > 0.) {
      run(
          [c](T g, T& x, T& si, T& b) {
            const T d = c.begin(g, x);
            c.move(x, c.direction(d, c.mean_square(si, d)), b);
          },
          slot(0), slot(1));
    } else {
      run(
          [c](T g, T& x, T& si) {
            const T d = c.begin(g, x);
            c.move(x, c.direction(d, c.mean_square(si, d)));
          },
          slot(0));
    }
  });
}

}  // namespace xgrad::optim
