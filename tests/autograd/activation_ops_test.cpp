// Activation functions: one row each; a new one adds its row here.

#include "tests/autograd/at.hpp"
#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;
using at::kInf;
using at::kNaN;

namespace {

const Rows& pieces() {
  static const Rows all = {
      Row("leaky_relu", [](In x) { return leaky_relu(x[0]); }, {spread({2, 3})})
          .also({spread({0, 2})})
          .large({spread({300'000})}),
      {"leaky_relu, slope", [](In x) { return square(leaky_relu(x[0], 0.3)); }, {spread({7})}},
      {"leaky_relu, slope below 0", [](In x) { return leaky_relu(x[0], -0.5) * x[0]; }, {spread({7})}},
      Row("prelu", [](In x) { return prelu(x[0], x[1]); }, {spread({2, 3, 2}), spread({3}, -0.5, 0.5, 1)})
          .also({spread({4, 3}), spread({3}, -0.5, 0.5, 1)})
          .also({spread({2, 3}), spread({1}, 0.1, 0.5)})
          .also({spread({5}), spread({1}, 0.1, 0.5)})
          .also({spread({}), spread({}, 0.1, 0.5)})
          .also({spread({2, 3, 0}), spread({3}, -0.5, 0.5, 1)})
          .large({spread({40, 3, 2500}), spread({3}, -0.5, 0.5, 1)})
          .fails<ShapeError>(
              [] {
                prelu(ones({2, 3}), ones({2}));
              },
              "prelu: got input [2, 3], weight [2]; expected one weight, or one per channel of axis 1: [3]")
          .fails<ShapeError>([] { prelu(ones({3}), ones({3})); }, "prelu: ")
          .fails<ShapeError>(
              [] {
                prelu(ones({2, 3}), ones({3, 1}));
              },
              "prelu: ")
          .fails<DTypeError>(
              [] {
                prelu(ones({2, 3}), ones({3}, float64));
              },
              "operands of different precision"),
      Row("hardtanh", [](In x) { return square(hardtanh(x[0])); }, {spread({2, 4})})
          .also({spread({0})})
          .large({spread({300'000})})
          .fails<ValueError>([] { hardtanh(ones({2}), 1., -1.); }, "hardtanh: got min_val 1 > max_val -1"),
      {"hardtanh, bounds", [](In x) { return square(hardtanh(x[0], -0.5, 1.2)); }, {spread({7})}},
      Row("relu6", [](In x) { return square(relu6(x[0])); }, {spread({7}, -4, 9)}).also({spread({})}),
      Row("hardsigmoid", [](In x) { return square(hardsigmoid(x[0])); }, {spread({7}, -5, 5)})
          .also({spread({0, 3})})
          .large({spread({300'000}, -5, 5)}),
      Row("hardswish", [](In x) { return square(hardswish(x[0])); }, {spread({9}, -5, 5)})
          .also({spread({})})
          .large({spread({300'000}, -5, 5)}),
  };
  return all;
}

const Rows& curves() {
  static const Rows all = {
      Row("elu", [](In x) { return elu(x[0]) * x[0]; }, {spread({2, 4})}).also({spread({0})}).large({spread({70'000})}),
      {"elu, alpha", [](In x) { return square(elu(x[0], 0.7)); }, {spread({7})}},
      Row("selu", [](In x) { return square(selu(x[0])); }, {spread({7})}).also({spread({})}),
      Row("softplus", [](In x) { return softplus(x[0]); }, {spread({2, 4}, -4, 4)})
          .also({spread({0, 1})})
          .also({spread({3}, 30, 40)})
          .large({spread({70'000})})
          .fails<ValueError>([] { softplus(ones({2}), 0); }, "softplus: beta: got 0"),
      {"softplus, beta", [](In x) { return softplus(x[0], 2.5); }, {spread({7})}},
      {"softplus, negative beta", [](In x) { return softplus(x[0], -1.5); }, {spread({7})}},
      {"softplus, threshold", [](In x) { return softplus(x[0], 2, 0.5); }, {spread({7})}},
      Row("logsigmoid", [](In x) { return logsigmoid(x[0]); }, {spread({2, 4}, -4, 4)})
          .also({spread({})})
          .large({spread({70'000})}),
      Row("softsign", [](In x) { return softsign(x[0]); }, {spread({2, 4}, -4, 4)}).also({spread({0, 1})}),
      Row("gelu", [](In x) { return gelu(x[0]); }, {spread({2, 4}, -3, 3)})
          .also({spread({0, 1})})
          .large({spread({70'000}, -3, 3)})
          .fails<ValueError>([] { gelu(ones({2}), "erf"); }, "gelu: approximate: got 'erf'; expected 'none' or 'tanh'"),
      Row("gelu, tanh", [](In x) { return gelu(x[0], "tanh"); }, {spread({2, 4}, -3, 3)})
          .also({spread({})})
          .large({spread({70'000}, -3, 3)}),
      Row("silu", [](In x) { return silu(x[0]); }, {spread({2, 4}, -4, 4)})
          .also({spread({0, 1})})
          .large({spread({70'000}, -4, 4)}),
      Row("mish", [](In x) { return mish(x[0]); }, {spread({2, 4}, -4, 4)})
          .also({spread({})})
          .large({spread({70'000}, -4, 4)}),
  };
  return all;
}

using Curve = std::function<Tensor(const Tensor&)>;
struct Named {
  const char* name;
  Curve f;
  double far_left, far_right;  ///< the values at -infinity and infinity
  double slope_left = 0, slope_right = 1;
};
const std::vector<Named>& all_of_them() {
  static const std::vector<Named> all = {
      {"leaky_relu", [](const Tensor& x) { return leaky_relu(x, 0.25); }, -kInf, kInf, 0.25},
      {"prelu", [](const Tensor& x) { return prelu(x, tensor({0.25}, x.dtype() == float64 ? float64 : float32)); },
       -kInf, kInf, 0.25},
      {"hardtanh", [](const Tensor& x) { return hardtanh(x); }, -1, 1, 0, 0},
      {"relu6", relu6, 0, 6, 0, 0},
      {"hardsigmoid", hardsigmoid, 0, 1, 0, 0},
      {"hardswish", hardswish, 0, kInf},
      {"elu", [](const Tensor& x) { return elu(x, 2); }, -2, kInf},
      {"softplus", [](const Tensor& x) { return softplus(x); }, 0, kInf},
      {"logsigmoid", logsigmoid, -kInf, 0, 1, 0},
      {"softsign", softsign, -1, 1, 0, 0},
      {"gelu", [](const Tensor& x) { return gelu(x); }, 0, kInf},
      {"gelu, tanh", [](const Tensor& x) { return gelu(x, "tanh"); }, 0, kInf},
      {"silu", silu, 0, kInf},
      {"mish", mish, 0, kInf},
  };
  return all;
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("activations of straight pieces") { check(pieces()); }
TEST_CASE("curved activations") { check(curves()); }

TEST_CASE("activations have their limits at infinity, pass NaN on, and take integers as float32") {
  for (const auto& [name, f, left, right, slope_left, slope_right] : all_of_them()) {
    CAPTURE(name);
    for (const DType t : {float32, float64}) {
      const Tensor x = tensor({-kInf, -1e30, kNaN, 1e30, kInf}, t);
      const std::vector<double> y = at::values(f(x));
      CHECK(y[0] == left);
      CHECK(std::isnan(y[2]));
      CHECK(y[4] == right);
      if (std::isfinite(left)) CHECK(y[1] == left);
      if (std::isfinite(right)) CHECK(y[3] == right);
      for (const bool recorded : {false, true}) {
        const std::vector<double> d = at::values(at::slope(f, x, recorded));
        CHECK(d[0] == slope_left);
        CHECK(std::abs(d[1] - slope_left) < 1e-50);  // softsign is not there yet
        CHECK(std::abs(d[3] - slope_right) < 1e-50);
        CHECK(d[4] == slope_right);
      }
    }
    const std::string op = name;
    if (op != "hardtanh" && op != "relu6") {  // these keep integers
      CHECK(f(tensor({1, -2})).dtype() == float32);
      CHECK(same_bytes(f(tensor({1, -2})).array(), f(tensor({1., -2.})).array()));
    }
  }
}

TEST_CASE("the fused derivatives and the recorded ones agree") {
  const Tensor x = linspace(-12, 12, 2001, float64);
  for (const auto& [name, f, left, right, slope_left, slope_right] : all_of_them()) {
    const std::vector<double> fused = at::values(at::slope(f, x)), recorded = at::values(at::slope(f, x, true));
    for (std::size_t i = 0; i < fused.size(); ++i)
      CHECK_MESSAGE(std::abs(fused[i] - recorded[i]) <= 4e-15 * (1 + std::abs(fused[i])),
                    name << " at " << x.data<double>()[i] << ": " << fused[i] << " and " << recorded[i]);
  }
}

TEST_CASE("the conventions at kinks are PyTorch's") {
  const auto slope = [](const Curve& f, std::vector<double> x, const std::vector<double>& want) {
    for (const DType t : {float32, float64}) CHECK(at::slope_is(f, tensor(x).to(t), want));
  };
  slope([](const Tensor& x) { return leaky_relu(x, 0.25); }, {-1, 0, -0., 1}, {0.25, 0.25, 0.25, 1});
  slope([](const Tensor& x) { return prelu(x, tensor({0.25}).to(x.dtype())); }, {-1, 0, 1}, {0.25, 0.25, 1});
  slope([](const Tensor& x) { return hardtanh(x); }, {-2, -1, 0, 1, 2}, {0, 0, 1, 0, 0});
  slope(relu6, {-1, 0, 3, 6, 7}, {0, 0, 1, 0, 0});
  slope([](const Tensor& x) { return hardsigmoid(x) * 6; }, {-4, -3, 0, 3, 4}, {0, 0, 1, 0, 0});
  slope(hardswish, {-4, -3, 0, 3, 4}, {0, -0.5, 0.5, 1.5, 1});
  slope([](const Tensor& x) { return elu(x, 0.5); }, {0, 1}, {0.5, 1});
  slope([](const Tensor& x) { return softplus(x, 1, 2); }, {3}, {1});
}

TEST_CASE("softplus is x itself above its threshold, and nothing overflows") {
  for (const DType t : {float32, float64}) {
    CHECK(at::same(softplus(tensor({100., 1e30, -1e30, 20.5}, t)), at::values(tensor({100., 1e30, 0., 20.5}, t))));
    CHECK(softplus(tensor({1.}, t), 1, 0.5).item<double>() == 1);
    CHECK(at::same(logsigmoid(tensor({-1000., 1000.}, t)), {-1000, 0}));
    CHECK(at::same(sigmoid(tensor({-1000., 1000.}, t)), {0, 1}));
  }
  CHECK(softplus(tensor({20.}, float64)).item<double>() == doctest::Approx(20 + std::exp(-20.)).epsilon(1e-15));
}

TEST_CASE("hardtanh and relu6 keep integers") {
  CHECK(hardtanh(tensor({-5, 0, 5})).dtype() == int64);
  CHECK(at::same(hardtanh(tensor({-5, 0, 5})), {-1, 0, 1}));
  CHECK(at::same(relu6(tensor({-5, 3, 9})), {0, 3, 6}));
  CHECK(at::same(relu6(tensor({3, 9}, uint8)), {3, 6}));
  CHECK(hardtanh(tensor({-5, 5}), -0.5, 0.5).dtype() == float32);
}

TEST_CASE("prelu gives its weight nothing from where x is positive, infinite or not") {
  Tensor w = tensor({0.25}, float64).requires_grad_();
  sum(prelu(tensor({kInf, 2., -3.}, float64), w)).backward();
  CHECK(w.grad().item<double>() == -3);
}

TEST_SUITE_END();
