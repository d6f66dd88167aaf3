#pragma once
/// The updates of the elementwise optimisers, written out by hand in float64 and step by step as their papers and the
/// documentation of PyTorch and Keras have them. Each gives a maker of fresh formulas.

#include <algorithm>
#include <cmath>

#include "tests/optim/rows.hpp"

namespace optimisers {

/// How an update begins: gradient, direction, both kinds of weight decay. Changes p.
template <class O>
double begin(const O& o, double& p, double g, double lr) {
  if (o.maximize) g = -g;
  if (o.decoupled_weight_decay) p -= lr * o.weight_decay * p;
  else g += o.weight_decay * p;
  return g;
}

inline auto sgd(optim::SGDOptions o) {
  return [o] {
    return Formula([o, b = 0., t = 0](double p, double g) mutable {
      const double lr = o.lr / (1 + o.lr_decay * t++);
      g = begin(o, p, g, lr);
      if (o.velocity_includes_lr) {
        b = t == 1 ? lr * g : o.momentum * b + lr * g;
        return p - (o.nesterov ? o.momentum * b + lr * g : b);
      }
      if (o.momentum == 0) return p - lr * g;
      b = t == 1 ? g : o.momentum * b + (1 - o.dampening) * g;
      return p - lr * (o.nesterov ? g + o.momentum * b : b);
    });
  };
}

inline auto adam(optim::AdamOptions o) {
  return [o] {
    return Formula([o, m = 0., v = 0., top = 0., t = 0](double p, double g) mutable {
      const double lr = o.lr / (1 + o.lr_decay * t++), b1 = o.betas[0], b2 = o.betas[1];
      g = begin(o, p, g, lr);
      m = b1 * m + (1 - b1) * g;
      v = b2 * v + (1 - b2) * g * g;
      top = std::max(top, v);
      const double second = o.amsgrad ? top : v;
      if (o.eps_hat)
        return p - lr * std::sqrt(1 - std::pow(b2, t)) / (1 - std::pow(b1, t)) * m / (std::sqrt(second) + o.eps);
      return p - lr * (m / (1 - std::pow(b1, t))) / (std::sqrt(second / (1 - std::pow(b2, t))) + o.eps);
    });
  };
}

inline auto nadam(optim::NAdamOptions o) {
  return [o] {
    return Formula([o, m = 0., v = 0., product = 1., t = 0](double p, double g) mutable {
      ++t;
      const double b1 = o.betas[0], b2 = o.betas[1];
      const auto mu = [&](int n) { return b1 * (1 - 0.5 * std::pow(0.96, n * o.momentum_decay)); };
      g = begin(o, p, g, o.lr);
      product *= mu(t);
      m = b1 * m + (1 - b1) * g;
      v = b2 * v + (1 - b2) * g * g;
      const double ahead = mu(t + 1) * m / (1 - product * mu(t + 1)) + (1 - mu(t)) * g / (1 - product);
      return p - o.lr * ahead / (std::sqrt(v / (1 - std::pow(b2, t))) + o.eps);
    });
  };
}

inline auto radam(optim::RAdamOptions o) {
  return [o] {
    return Formula([o, m = 0., v = 0., t = 0](double p, double g) mutable {
      ++t;
      const double b1 = o.betas[0], b2 = o.betas[1], b2t = std::pow(b2, t);
      g = begin(o, p, g, o.lr);
      m = b1 * m + (1 - b1) * g;
      v = b2 * v + (1 - b2) * g * g;
      const double mean = m / (1 - std::pow(b1, t));
      const double all = 2 / (1 - b2) - 1, now = all - 2 * t * b2t / (1 - b2t);
      if (now <= 5) return p - o.lr * mean;
      const double r = std::sqrt((now - 4) * (now - 2) * all / ((all - 4) * (all - 2) * now));
      return p - o.lr * mean * r * std::sqrt(1 - b2t) / (std::sqrt(v) + o.eps);
    });
  };
}

inline auto adamax(optim::AdamaxOptions o) {
  return [o] {
    return Formula([o, m = 0., u = 0., t = 0](double p, double g) mutable {
      const double lr = o.lr / (1 + o.lr_decay * t++);
      g = begin(o, p, g, lr);
      m = o.betas[0] * m + (1 - o.betas[0]) * g;
      const double step = lr / (1 - std::pow(o.betas[0], t)) * m;
      u = std::max(o.betas[1] * u, std::abs(g) + (o.eps_beside_maximum ? 0 : o.eps));
      return p - step / (o.eps_beside_maximum ? u + o.eps : u);
    });
  };
}

inline auto adagrad(optim::AdagradOptions o) {
  return [o] {
    return Formula([o, s = o.initial_accumulator_value, t = 0](double p, double g) mutable {
      const double lr = o.lr / (1 + o.lr_decay * t++);
      g = begin(o, p, g, lr);
      s += g * g;
      return p - lr * g / (o.eps_inside_sqrt ? std::sqrt(s + o.eps) : std::sqrt(s) + o.eps);
    });
  };
}

inline auto adadelta(optim::AdadeltaOptions o) {
  return [o] {
    return Formula([o, s = 0., a = 0., t = 0](double p, double g) mutable {
      const double lr = o.lr / (1 + o.lr_decay * t++);
      g = begin(o, p, g, lr);
      s = o.rho * s + (1 - o.rho) * g * g;
      const double d = std::sqrt(a + o.eps) / std::sqrt(s + o.eps) * g;
      a = o.rho * a + (1 - o.rho) * d * d;
      return p - lr * d;
    });
  };
}

inline auto rmsprop(optim::RMSpropOptions o) {
  return [o] {
    return Formula([o, s = 0., h = 0., b = 0., t = 0](double p, double g) mutable {
      const double lr = o.lr / (1 + o.lr_decay * t++);
      g = begin(o, p, g, lr);
      s = o.alpha * s + (1 - o.alpha) * g * g;
      h = o.alpha * h + (1 - o.alpha) * g;
      const double q = o.centered ? s - h * h : s;
      const double d = g / (o.eps_inside_sqrt ? std::sqrt(q + o.eps) : std::sqrt(q) + o.eps);
      b = o.momentum * b + (o.velocity_includes_lr ? lr * d : d);
      return p - (o.velocity_includes_lr ? b : lr * b);
    });
  };
}

inline auto rprop(optim::RpropOptions o) {
  return [o] {
    return Formula([o, before = 0., e = o.lr](double p, double g) mutable {
      if (o.maximize) g = -g;
      if (g * before > 0) e *= o.etas[1];
      if (g * before < 0) e *= o.etas[0];
      e = std::clamp(e, o.step_sizes[0], o.step_sizes[1]);
      if (g * before < 0) g = 0;
      before = g;
      return g > 0 ? p - e : g < 0 ? p + e : p;
    });
  };
}

}  // namespace optimisers
