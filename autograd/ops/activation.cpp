#include "autograd/ops/activation.hpp"

#include <fmt/format.h>

#include <limits>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/functions.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/activation.hpp"
#include "tensor/kernels/arithmetic.hpp"
#include "tensor/kernels/exponential.hpp"
#include "tensor/kernels/selection.hpp"

namespace xgrad {

namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// g times the slope of a function made of straight pieces at x: linear in g, constant in x.
Tensor slope(const char* name, const Tensor& g, const Tensor& x, const kernels::Pieces& pieces) {
  return record(
      name, kernels::slope(g.array(), x.array(), pieces),
      [name, pieces](Ctx& c) { c.give(0, slope(name, c.grad(), c.in(1), pieces)); }, Edge{g}, Save{x});
}

/// x where a function that is flat or straight beyond `far` is what it is in the limit; so that no 0 meets infinity.
Tensor near(const Tensor& x, double far) { return clamp(x, -far, far); }
}  // namespace

// ---- straight pieces ---------------------------------------------------------------------------------------------------

Tensor leaky_relu(const Tensor& x, double negative_slope) {
  const kernels::Pieces pieces{
      .low = 0, .high = kInfinity, .below = negative_slope, .middle = 1, .above = 1, .closed = false};
  return record(
      "leaky_relu", kernels::leaky_relu(x.array(), negative_slope),
      [pieces](Ctx& c) { c.give(0, slope("leaky_relu_backward", c.grad(), c.in(0), pieces)); }, Save{x});
}

Tensor prelu(const Tensor& x, const Tensor& weight) {
  const std::int64_t channels = x.dim() < 2 ? 1 : x.size(1), n = weight.numel();
  if (weight.dim() > 1 || (n != 1 && n != channels))
    fail<ShapeError>("prelu", fmt::format("got input {}, weight {}; expected one weight, or one per channel of axis 1: "
                                          "[{}]",
                                          x.shape().str(), weight.shape().str(), channels));
  DType t = promote("prelu", x.dtype(), weight.dtype());
  if (!is_floating(t)) t = float32;
  Shape per_channel;
  if (n != 1) {
    per_channel = {n};
    for (int i = 2; i < x.dim(); ++i) per_channel.push_back(1);
  }
  const Tensor w = weight.reshape(per_channel);
  const Array value = x.array().to(t), zero = Array::zeros({}, t);
  return record(
      "prelu", kernels::where(kernels::greater(value, zero), value, kernels::mul(value, w.array())),
      [](Ctx& c) {
        const Tensor &x_ = c.in(0), &g = c.grad(), positive = gt(x_, 0);
        if (c.needs(0)) c.give(0, where(positive, g, mul(g, c.in(1))));
        if (c.needs(1)) c.give(1, where(positive, 0, mul(g, x_)));
      },
      Save{x}, Save{w});
}

Tensor hardtanh(const Tensor& x, Scalar min_val, Scalar max_val) {
  const auto low = min_val.to<double>(), high = max_val.to<double>();
  if (low > high) fail<ValueError>("hardtanh", fmt::format("got min_val {} > max_val {}; expected <=", low, high));
  if (!is_floating(x.dtype())) return clamp(x, min_val, max_val);
  const kernels::Pieces pieces{.low = low, .high = high, .below = 0, .middle = 1, .above = 0, .closed = false};
  return record(
      "hardtanh", kernels::clamp(x.array(), low, high),
      [pieces](Ctx& c) { c.give(0, slope("hardtanh_backward", c.grad(), c.in(0), pieces)); }, Save{x});
}

Tensor relu6(const Tensor& x) { return hardtanh(x, 0, 6); }

Tensor hardsigmoid(const Tensor& x) {
  return record(
      "hardsigmoid", kernels::hardsigmoid(x.array()),
      [](Ctx& c) {
        constexpr kernels::Pieces kSlopes{
            .low = -3, .high = 3, .below = 0, .middle = 1. / 6, .above = 0, .closed = false};
        c.give(0, slope("hardsigmoid_backward", c.grad(), c.in(0), kSlopes));
      },
      Save{x});
}

Tensor hardswish(const Tensor& x) {
  return record(
      "hardswish", kernels::hardswish(x.array()),
      [](Ctx& c) {
        const Tensor &g = c.grad(), &x_ = c.in(0);
        if (GradMode::enabled()) c.give(0, where(lt(x_, -3), 0, where(gt(x_, 3), g, mul(g, add(div(x_, 3), 0.5)))));
        else c.give(0, kernels::hardswish_backward(g.array(), x_.array()));
      },
      Save{x});
}

// ---- curves. Each has a fused first derivative, taken when it is not recorded itself. ----------------------------------

namespace {
Tensor scaled_elu(const char* name, const Tensor& x, double alpha, double scale) {
  return record(
      name, kernels::elu(x.array(), alpha, scale),
      [alpha, scale](Ctx& c) {
        const Tensor &g = c.grad(), &x_ = c.in(0);
        if (!GradMode::enabled()) return c.give(0, kernels::elu_backward(g.array(), x_.array(), alpha, scale));
        const Tensor below = mul(exp(clamp(x_, {}, 0)), alpha * scale);  // finite where it is not chosen, too
        c.give(0, where(gt(x_, 0), mul(g, scale), mul(g, below)));
      },
      Save{x});
}
}  // namespace

Tensor elu(const Tensor& x, double alpha) { return scaled_elu("elu", x, alpha, 1); }
Tensor selu(const Tensor& x) { return scaled_elu("selu", x, 1.6732632423543772, 1.0507009873554805); }

Tensor softplus(const Tensor& x, double beta, double threshold) {
  if (beta == 0) fail<ValueError>("softplus", "beta: got 0; expected another number");
  return record(
      "softplus", kernels::softplus(x.array(), beta, threshold),
      [beta, threshold](Ctx& c) {
        const Tensor v = mul(c.in(0), beta);
        c.give(0, where(gt(v, threshold), c.grad(), mul(c.grad(), sigmoid(v))));
      },
      Save{x});
}

Tensor logsigmoid(const Tensor& x) {
  return record(
      "logsigmoid", kernels::logsigmoid(x.array()), [](Ctx& c) { c.give(0, mul(c.grad(), sigmoid(neg(c.in(0))))); },
      Save{x});
}

Tensor softsign(const Tensor& x) {
  return record(
      "softsign", kernels::softsign(x.array()),
      [](Ctx& c) { c.give(0, mul(c.grad(), square(reciprocal(add(abs(c.in(0)), 1))))); }, Save{x});
}

Tensor silu(const Tensor& x) {
  return record(
      "silu", kernels::silu(x.array()),
      [](Ctx& c) {
        if (!GradMode::enabled()) return c.give(0, kernels::silu_backward(c.grad().array(), c.in(0).array()));
        const Tensor v = near(c.in(0), 1000);
        c.give(0, mul(c.grad(), mul(sigmoid(v), add(mul(v, sigmoid(neg(v))), 1))));
      },
      Save{x});
}

Tensor mish(const Tensor& x) {
  return record(
      "mish", kernels::mish(x.array()),
      [](Ctx& c) {
        if (!GradMode::enabled()) return c.give(0, kernels::mish_backward(c.grad().array(), c.in(0).array()));
        const Tensor v = near(c.in(0), 1000), t = tanh(softplus(v));
        c.give(0, mul(c.grad(), add(t, mul(mul(v, sigmoid(v)), sub(1, square(t))))));
      },
      Save{x});
}

namespace {
constexpr double kOneOverRootTwoPi = 0.3989422804014327;

/// The standard normal distribution function, whose derivative is the density.
Tensor normal_cdf(const Tensor& x) {
  return record(
      "normal_cdf", kernels::normal_cdf(x.array()),
      [](Ctx& c) { c.give(0, mul(c.grad(), mul(exp(mul(square(c.in(0)), -0.5)), kOneOverRootTwoPi))); }, Save{x});
}

Tensor gelu_normal(const Tensor& x) {
  return record(
      "gelu", kernels::gelu(x.array()),
      [](Ctx& c) {
        if (!GradMode::enabled()) return c.give(0, kernels::gelu_backward(c.grad().array(), c.in(0).array()));
        const Tensor v = near(c.in(0), 1000), density = mul(exp(mul(square(v), -0.5)), kOneOverRootTwoPi);
        c.give(0, mul(c.grad(), add(normal_cdf(v), mul(v, density))));
      },
      Save{x});
}

/// (1 + tanh(u)) / 2 = s(2 u) with 2 u = a x (1 + b x^2).
Tensor gelu_tanh(const Tensor& x) {
  return record(
      "gelu", kernels::gelu_tanh(x.array()),
      [](Ctx& c) {
        if (!GradMode::enabled()) return c.give(0, kernels::gelu_tanh_backward(c.grad().array(), c.in(0).array()));
        constexpr double kA = 4 * kOneOverRootTwoPi, kB = 0.044715;
        const Tensor v = near(c.in(0), 1000), v2 = square(v);
        const Tensor u = mul(mul(v, kA), add(mul(v2, kB), 1)), du = mul(add(mul(v2, 3 * kB), 1), kA);
        c.give(0, mul(c.grad(), mul(sigmoid(u), add(mul(mul(v, sigmoid(neg(u))), du), 1))));
      },
      Save{x});
}
}  // namespace

Tensor gelu(const Tensor& x, std::string_view approximate) {
  if (approximate == "tanh") return gelu_tanh(x);
  if (approximate != "none")
    fail<ValueError>("gelu", fmt::format("approximate: got '{}'; expected 'none' or 'tanh'", approximate));
  return gelu_normal(x);
}

}  // namespace xgrad
