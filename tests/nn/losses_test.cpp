#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "autograd/autograd.hpp"
#include "nn/nn.hpp"
#include "tests/throws.hpp"

using namespace xgrad;

namespace {

void check_close(const Tensor& a, const Tensor& b, double tolerance = 1e-12) {
  REQUIRE(a.shape() == b.shape());
  for (std::int64_t i = 0; i < a.numel(); ++i)
    CHECK(a.data<double>()[i] == doctest::Approx(b.data<double>()[i]).epsilon(tolerance));
}
}  // namespace

TEST_SUITE_BEGIN("nn");

TEST_CASE("cross_entropy's gradient is (softmax - one_hot) / N, fused and recorded alike") {
  Tensor x = randn({5, 10}, float64).requires_grad_();
  const Tensor t = randint(0, 10, {5});
  const Tensor expected = (softmax(x.detach(), 1) - one_hot(t, 10)) / 5;
  nn::cross_entropy(x, t).backward();
  check_close(x.grad(), expected);
  check_close(grad(nn::cross_entropy(x, t), x, {.create_graph = true}).detach(), expected);
  CHECK(nn::cross_entropy(x, t).item<double>() ==
        doctest::Approx((-sum(log_softmax(x, 1) * one_hot(t, 10)) / 5).item<double>()).epsilon(1e-12));
}

TEST_CASE("cross_entropy with labels equals that with one-hot probabilities, also with weights and smoothing") {
  const Tensor x = randn({6, 4}, float64), t = randint(0, 4, {6}), q = one_hot(t, 4).to(float64);
  check_close(nn::cross_entropy(x, t), nn::cross_entropy(x, q));
  const nn::CrossEntropyOptions smooth{.label_smoothing = 0.2, .reduction = nn::Reduction::none};
  check_close(nn::cross_entropy(x, t, smooth), nn::cross_entropy(x, q, smooth));
  const nn::CrossEntropyOptions weighted{.weight = tensor({1., 2., 3., 4.}, float64), .reduction = nn::Reduction::sum};
  check_close(nn::cross_entropy(x, t, weighted), nn::cross_entropy(x, q, weighted));
}

TEST_CASE("cross_entropy: ignored labels count nowhere, and if all are ignored the mean is NaN") {
  Tensor x = randn({3, 4}, float64).requires_grad_();
  const Tensor with = nn::cross_entropy(x, tensor({1, -100, 2}));
  const Tensor without = nn::cross_entropy(concat({slice(x, 0, 0, 1), slice(x, 0, 2)}), tensor({1, 2}));
  check_close(with, without);
  with.backward();
  for (std::int64_t i = 4; i < 8; ++i) CHECK(x.grad().data<double>()[i] == 0.);
  CHECK(std::isnan(nn::cross_entropy(x, tensor({-100, -100, -100})).item<double>()));
}

TEST_CASE("cross_entropy takes huge and infinite logits") {
  Tensor x = tensor({{1e4, -1e4, 0.}, {-1e4, 1e4, 0.}}).requires_grad_();
  const Tensor l = nn::cross_entropy(x, tensor({0, 0}), {.reduction = nn::Reduction::none});
  CHECK(l.values<float>()[0] == 0.f);
  CHECK(l.values<float>()[1] == 2e4f);
  sum(l).backward();
  for (const float g : x.grad().values<float>()) CHECK(std::isfinite(g));
  const Tensor masked = tensor({{-INFINITY, 0., 0.}}, float64);
  CHECK(nn::cross_entropy(masked, tensor({1})).item<double>() == doctest::Approx(std::log(2.)));
  CHECK(nn::cross_entropy(masked, tensor({{0., 1., 0.}}, float64)).item<double>() == doctest::Approx(std::log(2.)));
}

TEST_CASE("cross_entropy over more axes is that of every position") {
  const Tensor x = randn({2, 3, 4, 5}, float64), t = randint(0, 3, {2, 4, 5});
  const Tensor each = nn::cross_entropy(x, t, {.reduction = nn::Reduction::none});
  REQUIRE(each.shape() == Shape{2, 4, 5});
  for (std::int64_t n = 0; n < 2; ++n)
    for (std::int64_t i = 0; i < 20; ++i) {
      const Tensor logits = select(reshape(select(x, 0, n), {3, 20}), 1, i);
      const Tensor label = reshape(t, {2, 20})[n][i];
      CHECK(each.data<double>()[n * 20 + i] == doctest::Approx(nn::cross_entropy(logits, label).item<double>()));
    }
}

TEST_CASE("binary cross-entropy with logits: its gradient is (sigmoid - y) / N, and large logits are exact") {
  Tensor x = randn({7}, float64).requires_grad_();
  const Tensor y = tensor({0., 1., 1., 0., 0.5, 1., 0.}, float64);
  nn::binary_cross_entropy_with_logits(x, y).backward();
  check_close(x.grad(), (sigmoid(x.detach()) - y) / 7);
  const Tensor big = tensor({1e4, -1e4, 1e4, -1e4});
  const Tensor l =
      nn::binary_cross_entropy_with_logits(big, tensor({1., 0., 0., 1.}), {.reduction = nn::Reduction::none});
  CHECK(l.str() == "[    0.     0. 10000. 10000.]");
}

TEST_CASE("mse and half_sse are what they say, as functions and as objects") {
  Tensor x = tensor({1., 2., 4.}, float64).requires_grad_();
  const Tensor y = tensor({0., 2., 1.}, float64);
  CHECK(nn::mse(x, y).item<double>() == doctest::Approx(10. / 3));
  CHECK(nn::half_sse(x, y).item<double>() == 5.);
  CHECK(nn::MSE{{.reduction = nn::Reduction::sum}}(x, y).item<double>() == 10.);
  nn::HalfSSE{}(x, y).backward();
  check_close(x.grad(), x.detach() - y);
  CHECK(nn::CrossEntropy{}(zeros({2, 4}), tensor({0, 1})).item<double>() == doctest::Approx(std::log(4.)));
  CHECK(nn::BinaryCrossEntropyWithLogits{}(zeros({2}), tensor({0, 1})).item<double>() == doctest::Approx(std::log(2.)));
}

TEST_CASE("losses refuse shapes that would silently broadcast, and labels outside the classes") {
  CHECK(throws<ShapeError>(
      [] {
        nn::mse(ones({4}), ones({4, 1}));
      },
      "mse: got prediction [4], target [4, 1]; expected equal shapes; use target.reshape({4})"));
  CHECK(throws<ShapeError>([] { nn::half_sse(ones({4}), ones({3})); }, "half_sse"));
  CHECK(throws<ShapeError>(
      [] {
        nn::binary_cross_entropy_with_logits(ones({4, 1}), ones({4}));
      },
      "expected equal shapes"));
  CHECK(throws<IndexError>(
      [] {
        nn::cross_entropy(ones({2, 3}), tensor({0, 3}));
      },
      "cross_entropy: label out of range: got 3 at position 1; expected 0 to 2"));
  CHECK(throws<IndexError>([] { nn::cross_entropy(ones({2, 3}), tensor({-1, 0})); }, "got -1 at position 0"));
  CHECK(throws<ShapeError>([] { nn::cross_entropy(ones({2, 3}), tensor({0})); }, "labels: got [1] for logits [2, 3]"));
  CHECK(throws<ShapeError>([] { nn::cross_entropy(ones({2, 3}), one_hot(tensor({0, 1}), 3)); }, "use .to(float32)"));
  CHECK(throws<DTypeError>([] { nn::cross_entropy(tensor({{1, 2}}), tensor({0})); }, "logits: got int64"));
  CHECK(throws<ValueError>(
      [] {
        nn::cross_entropy(ones({1, 2}), tensor({0}), {.label_smoothing = 2.});
      },
      "label_smoothing"));
  CHECK(throws<ShapeError>(
      [] {
        nn::cross_entropy(ones({1, 2}), tensor({0}), {.weight = ones({3})});
      },
      "weight: got [3]"));
}

TEST_SUITE_END();
