#include <doctest/doctest.h>

#include <cmath>
#include <utility>

#include "autograd/autograd.hpp"
#include "nn/nn.hpp"
#include "tests/throws.hpp"

using namespace xgrad;

namespace {

void check_values(const Tensor& got, const std::vector<double>& expected) {
  const Array values = got.array().to(float64);
  REQUIRE(values.numel() == static_cast<std::int64_t>(expected.size()));
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(values.values<double>()[i] == doctest::Approx(expected[i]).epsilon(1e-6));
}

/// Two layers with one weight.
struct Tied : nn::Module {
  nn::Dense a{2, 2, {.bias = false}}, b{2, 2, {.bias = false, .kernel_regularizer = nn::l2(1)}},
      c{2, 2, {.bias = false, .kernel_regularizer = nn::l2(10)}};
  Tied() { a.weight = c.weight = b.weight; }
  void members(Members& m) override { m("a", a)("b", b)("c", c); }
};

}  // namespace

TEST_SUITE_BEGIN("nn");

TEST_CASE("penalties are sums over the elements, l2 without the half, and 0 has no slope of l1") {
  Tensor w = tensor({{1., -2.}, {0., 3.}}, float64).requires_grad_();
  CHECK(nn::l1(0.1)(w).item<double>() == doctest::Approx(0.6));
  CHECK(nn::l2(0.1)(w).item<double>() == doctest::Approx(1.4));
  CHECK(nn::l1_l2(0.1, 0.1)(w).item<double>() == doctest::Approx(2.0));
  nn::l1_l2(0.1, 0.01)(w).backward();
  check_values(w.grad(), {0.1 + 0.02, -0.1 - 0.04, 0., 0.1 + 0.06});
  CHECK(nn::Regularizer{}(w).item<double>() == 0.);
  CHECK(nn::l1() == nn::Regularizer{0.01, 0.});  // Keras' defaults
  CHECK(nn::l2() == nn::Regularizer{0., 0.01});
}

TEST_CASE("regularization_loss adds the penalties of all layers, and its gradient reaches the parameters") {
  nn::Sequential net(nn::Dense(2, 2, {.kernel_regularizer = nn::l2(0.5)}), nn::ReLU(),
                     nn::Dense(2, 1, {.kernel_regularizer = nn::l1(2), .bias_regularizer = nn::l2(3)}));
  net.at<nn::Dense>(0).weight.copy_(tensor({{1., 2.}, {3., 4.}}));
  net.at<nn::Dense>(2).weight.copy_(tensor({{-1., 5.}}));
  net.at<nn::Dense>(2).bias.copy_(tensor({2.}));
  const Tensor loss = nn::regularization_loss(net);
  CHECK(loss.dim() == 0);
  CHECK(loss.item<double>() == doctest::Approx(0.5 * 30 + 2 * 6 + 3 * 4));
  loss.backward();
  check_values(net.at<nn::Dense>(0).weight.grad(), {1., 2., 3., 4.});
  check_values(net.at<nn::Dense>(2).weight.grad(), {-2., 2.});
  check_values(net.at<nn::Dense>(2).bias.grad(), {12.});
  CHECK_FALSE(net.at<nn::Dense>(0).bias.grad().defined());

  net.at<nn::Dense>(0).requires_grad_(false);
  CHECK_MESSAGE(nn::regularization_loss(net).item<double>() == doctest::Approx(24), "frozen parameters do not count");
  const NoGradGuard evaluation;
  CHECK(nn::regularization_loss(net).item<double>() == doctest::Approx(24));
}

TEST_CASE("without regularisers the penalty is a 0 that fits the loss") {
  nn::Dense plain(2, 2);
  CHECK_FALSE(nn::has_regularizers(plain));
  CHECK(nn::regularization_loss(plain).item<double>() == 0.);
  plain.to(float64);
  CHECK(nn::regularization_loss(plain).dtype() == float64);
  nn::Sequential none;
  CHECK(nn::regularization_loss(none).item<double>() == 0.);
}

TEST_CASE("a parameter that layers share is penalised once, by the first that has a regulariser for it") {
  Tied net;
  net.b.weight.copy_(ones({2, 2}));
  CHECK(nn::regularization_loss(net).item<double>() == doctest::Approx(4));
}

TEST_CASE("copies, clones and moved layers keep their regularisers and constraints, and a clone its own parameters") {
  nn::Dense dense(2, 2, {.kernel_regularizer = nn::l2(1), .kernel_constraint = nn::max_norm(1)});
  nn::Dense copy = dense;
  nn::Sequential net(nn::clone(dense));
  nn::Sequential again = nn::clone(net), moved = std::move(net);
  dense.weight.copy_(zeros({2, 2}));
  copy.to(float64);
  CHECK(nn::regularization_loss(copy).dtype() == float64);
  CHECK(nn::regularization_loss(copy).item<double>() == 0.);
  for (nn::Sequential* n : {&again, &moved}) {
    CHECK(nn::has_regularizers(*n));
    CHECK(nn::has_constraints(*n));
    CHECK(nn::regularization_loss(*n).item<double>() > 0.);
  }
}

TEST_CASE("Dense says its regularisers and constraints") {
  CHECK(nn::Dense(4, 3, {.kernel_regularizer = nn::l2(1e-4)}).repr() ==
        "Dense(4, 3, {.kernel_regularizer = l2(0.0001)})");
  CHECK(
      nn::Dense(4, 3, {.bias = false, .kernel_regularizer = nn::l1_l2(0.5, 0.25), .kernel_constraint = nn::max_norm(3)})
          .repr() ==
      "Dense(4, 3, {.bias = false, .kernel_regularizer = l1_l2(0.5, 0.25), .kernel_constraint = "
      "max_norm(3)})");
  CHECK(nn::l1(2).repr() == "l1(2)");
  CHECK(nn::unit_norm().repr() == "unit_norm()");
  CHECK(nn::non_neg().repr() == "non_neg()");
  CHECK(nn::min_max_norm(0.5, 2, 0.25).repr() == "min_max_norm(0.5, 2, 0.25)");
}

TEST_CASE("max_norm scales the rows that are too long to the bound, and leaves the others to the bit") {
  nn::Dense dense(2, 3, {.kernel_constraint = nn::max_norm(2), .bias_constraint = nn::max_norm(1)});
  dense.weight.copy_(tensor({{3., 4.}, {0.6, 0.8}, {0., 2.}}));
  dense.bias.copy_(tensor({2., 0., 0.}));
  nn::apply_constraints(dense);
  check_values(dense.weight, {1.2, 1.6, 0.6, 0.8, 0., 2.});
  CHECK(dense.weight.values<float>()[2] == 0.6f);
  CHECK(dense.weight.values<float>()[5] == 2.f);
  check_values(dense.bias, {1., 0., 0.});
  CHECK(dense.weight.requires_grad());
  dense.requires_grad_(false);
  dense.weight.copy_(full({3, 2}, 9.));
  nn::apply_constraints(dense);
  CHECK_MESSAGE(dense.weight.values<float>()[0] == 9.f, "frozen parameters stay");
}

TEST_CASE("constraints of a convolution's weight take all of a filter; of zeros there is nothing to scale") {
  const Tensor w = full({2, 1, 2, 2}, 3.);
  check_values(nn::max_norm(3)(w), std::vector<double>(8, 1.5));
  check_values(nn::max_norm(3)(reshape(w, {1, 2, 2, 2}), 1), std::vector<double>(8, 1.5));
  check_values(nn::unit_norm()(zeros({2, 2})), {0., 0., 0., 0.});
  check_values(nn::unit_norm()(tensor({{3., 4.}, {0.3, 0.4}})), {0.6, 0.8, 0.6, 0.8});
  check_values(nn::non_neg()(tensor({{-1., 2.}, {0., NAN}}).slice(0, 0, 1)), {0., 2.});
  CHECK(std::isnan(nn::non_neg()(tensor({NAN})).item<float>()));
  check_values(nn::min_max_norm(1, 2, 0.5)(tensor({{4., 0.}, {0.5, 0.}, {1.5, 0.}})), {3., 0., 0.75, 0., 1.5, 0.});
  CHECK(nn::max_norm(1)(zeros({0, 3})).shape() == Shape{0, 3});
}

TEST_CASE("training with l2 is training with twice the weight decay, in the gradient") {
  nn::Dense dense(3, 2, {.kernel_regularizer = nn::l2(0.1)});
  const Tensor x = randn({4, 3}), y = randn({4, 2});
  const Tensor plain = grad(nn::mse(dense(x), y), dense.weight);
  const Tensor with = grad(nn::mse(dense(x), y) + nn::regularization_loss(dense), dense.weight);
  const Tensor expected = plain + 0.2 * dense.weight.detach();
  for (std::size_t i = 0; i < 6; ++i)
    CHECK(with.values<float>()[i] == doctest::Approx(expected.values<float>()[i]).epsilon(1e-5));
}

TEST_CASE("factors and bounds out of range are refused") {
  CHECK(throws<ValueError>([] { nn::l1(-1); }, "l1: factor: got -1; expected a finite number, 0 or more"));
  CHECK(throws<ValueError>([] { nn::l2(NAN); }, "l2: factor: got nan"));
  CHECK(throws<ValueError>([] { nn::l1_l2(0, INFINITY); }, "l1_l2: l2: got inf"));
  CHECK(throws<ValueError>([] { nn::max_norm(-1); }, "max_norm: max: got -1"));
  CHECK(throws<ValueError>([] { nn::min_max_norm(2, 1); }, "min_max_norm: got min 2, max 1; expected min <= max"));
  CHECK(throws<ValueError>([] { nn::min_max_norm(0, 1, 2); }, "min_max_norm: rate: got 2; expected 0 to 1"));
}

TEST_SUITE_END();
