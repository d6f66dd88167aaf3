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

TEST_CASE("cross_entropy: NaN in a sample that is ignored is not seen, recorded and smoothed too") {
  Tensor x = tensor({{1., 2.}, {NAN, INFINITY}}, float64).requires_grad_();
  const nn::CrossEntropyOptions smooth{.label_smoothing = 0.2, .reduction = nn::Reduction::sum};
  for (const auto& options : {nn::CrossEntropyOptions{}, smooth}) {
    const Tensor l = nn::cross_entropy(x, tensor({1, -100}), options);
    CHECK(std::isfinite(l.item<double>()));
    const Tensor g = grad(l, x, {.create_graph = true});
    CHECK(std::isfinite(g.data<double>()[0]));
    CHECK((options.label_smoothing > 0. || (g.data<double>()[2] == 0. && g.data<double>()[3] == 0.)));
  }
}

TEST_CASE("binary_cross_entropy: logarithms are cut off at -100, and at 0 and 1 the gradient is finite") {
  Tensor x = tensor({1e-60, 1., 0., 1., 0.}, float64).requires_grad_();
  const Tensor y = tensor({1., 1., 0., 0., 1.}, float64);
  const Tensor l = nn::binary_cross_entropy(x, y, {.reduction = nn::Reduction::none});
  CHECK(l.str() == "[100.   0.   0. 100. 100.]");
  sum(l).backward();
  const double steep = 1. / static_cast<double>(1e-12f);  // PyTorch's 1e-12 is a float
  check_close(x.grad(), tensor({-steep, 0., 0., steep, -steep}, float64));
  check_close(
      grad(sum(nn::binary_cross_entropy(x, y, {.reduction = nn::Reduction::none})), x, {.create_graph = true}).detach(),
      x.grad());
  CHECK(nn::BinaryCrossEntropy{}(tensor({0.5, 0.5}), tensor({0, 1})).item<double>() == doctest::Approx(std::log(2.)));
}

TEST_CASE("losses of numbers at their kinks: no slope of |d| at 0, one sided beyond, NaN stays") {
  const auto slopes = [](auto loss) {
    Tensor x = tensor({0., 1., -1., 3., -3., NAN}, float64).requires_grad_();
    const Tensor l = loss(x, zeros({6}, float64));
    CHECK(std::isnan(l.data<double>()[5]));
    Tensor g = grad(sum(slice(l, 0, 0, 5)), x);
    check_close(
        slice(g, 0, 0, 5),
        slice(grad(sum(slice(loss(x, zeros({6}, float64)), 0, 0, 5)), x, {.create_graph = true}).detach(), 0, 0, 5));
    return slice(g, 0, 0, 5).str();
  };
  using nn::Reduction;
  CHECK(slopes([](auto& x, auto y) { return nn::l1_loss(x, y, {Reduction::none}); }) == "[ 0.  1. -1.  1. -1.]");
  CHECK(slopes([](auto& x, auto y) { return nn::smooth_l1_loss(x, y, {.beta = 0, .reduction = Reduction::none}); }) ==
        "[ 0.  1. -1.  1. -1.]");
  CHECK(slopes([](auto& x, auto y) { return nn::smooth_l1_loss(x, y, {.beta = 2, .reduction = Reduction::none}); }) ==
        "[ 0.   0.5 -0.5  1.  -1. ]");
  CHECK(slopes([](auto& x, auto y) { return nn::huber_loss(x, y, {.delta = 2, .reduction = Reduction::none}); }) ==
        "[ 0.  1. -1.  2. -2.]");
  CHECK(slopes([](auto& x, auto y) { return nn::mse(x, y, {Reduction::none}); }) == "[ 0.  2. -2.  6. -6.]");
}

TEST_CASE("huber_loss is delta times smooth_l1_loss, and its values are the parabola and the line") {
  const Tensor x = tensor({0.5, -2., 3.}, float64), y = zeros({3}, float64);
  const Tensor l = nn::huber_loss(x, y, {.delta = 2, .reduction = nn::Reduction::none});
  CHECK(l.str() == "[0.125 2.    4.   ]");
  check_close(l, nn::smooth_l1_loss(x, y, {.beta = 2, .reduction = nn::Reduction::none}) * 2);
  CHECK(nn::Huber{}(x, y).item<double>() == doctest::Approx((0.125 + 1.5 + 2.5) / 3));
}

TEST_CASE("hinge losses at the margin itself have the slope of 1 - y x, as clamp has") {
  Tensor x = tensor({1., -1., 2., 0.}, float64).requires_grad_();
  const Tensor y = tensor({1, -1, 1, 1});
  for (const bool create : {false, true}) {
    const Tensor l = nn::hinge_loss(x, y, {nn::Reduction::sum});
    CHECK(grad(l, x, {.create_graph = create}).detach().str() == "[-1.  1.  0. -1.]");
  }
  CHECK(nn::squared_hinge_loss(x, y, {nn::Reduction::none}).str() == "[0. 0. 0. 1.]");
  CHECK(nn::Hinge{}(x, y).item<double>() == 0.25);
  CHECK(nn::SquaredHinge{}(x, y).item<double>() == 0.25);
}

TEST_CASE("soft_margin_loss and log_cosh neither overflow nor cancel") {
  CHECK(nn::soft_margin_loss(tensor({-1e4, 1e4}), tensor({1, 1}), {nn::Reduction::none}).str() == "[10000.     0.]");
  const Tensor l = nn::log_cosh(tensor({1e4, 1e-4, 0.}), zeros({3}), {nn::Reduction::none});
  CHECK(l.data<float>()[0] == doctest::Approx(1e4 - std::log(2.)).epsilon(1e-7));
  CHECK(l.data<float>()[1] == doctest::Approx(5e-9).epsilon(1e-6));
  CHECK(l.data<float>()[2] == 0.f);
}

TEST_CASE("hinge_embedding_loss, margin_ranking_loss and multi_margin_loss of numbers worked by hand") {
  const Tensor x = tensor({0.25, 0.25, 2.}, float64);
  CHECK(nn::hinge_embedding_loss(x, tensor({1, -1, -1}), {.reduction = nn::Reduction::none}).str() ==
        "[0.25 0.75 0.  ]");
  CHECK(nn::hinge_embedding_loss(x, tensor({0, 0, 0}), {.reduction = nn::Reduction::none}).str() == "[1. 1. 2.]");
  CHECK(nn::margin_ranking_loss(x, tensor({0., 0., 0.}, float64), tensor({1, -1, 1}),
                                {.margin = 0.5, .reduction = nn::Reduction::none})
            .str() == "[0.25 0.75 0.  ]");
  CHECK(nn::multi_margin_loss(tensor({0.1, 0.2, 0.4, 0.8}, float64), tensor(3)).item<double>() ==
        doctest::Approx((0.3 + 0.4 + 0.6) / 4));  // PyTorch's documented example
  CHECK(nn::multilabel_margin_loss(tensor({{0.1, 0.2, 0.4, 0.8}}, float64), tensor({{3, 0, -1, 1}})).item<double>() ==
        doctest::Approx(0.85));  // likewise
}

TEST_CASE("multi_margin_loss at its kink has no slope") {
  Tensor x = tensor({{1., 0., 3.}}, float64).requires_grad_();
  nn::multi_margin_loss(x, tensor({0})).backward();
  check_close(x.grad(), tensor({{-1. / 3, 0., 1. / 3}}, float64));
}

TEST_CASE("kl_div: targets of probability 0 count nothing, whatever the prediction") {
  Tensor x = tensor({-INFINITY, -1., -2.}, float64).requires_grad_();
  for (const bool logs : {false, true}) {
    Tensor t = tensor({0., 0.5, 0.5}, float64);
    if (logs) t = log(t);
    const Tensor l = nn::kl_div(x, t, {.log_target = logs, .reduction = nn::Reduction::sum});
    CHECK(l.item<double>() == doctest::Approx(0.5 * (std::log(0.5) + 1) + 0.5 * (std::log(0.5) + 2)));
    check_close(grad(l, x), tensor({0., -0.5, -0.5}, float64));
  }
  const Tensor two = tensor({{-1., -2.}, {-3., -4.}}, float64), t = full({2, 2}, 0.5, float64);
  CHECK(nn::kl_div(two, t, {.reduction = nn::Reduction::batchmean}).item<double>() ==
        doctest::Approx(nn::kl_div(two, t, {.reduction = nn::Reduction::sum}).item<double>() / 2));
}

TEST_CASE("nll_loss of log_softmax is cross_entropy, with weights and ignored labels, over more axes too") {
  const Tensor x = randn({2, 3, 4}, float64), t = tensor({{0, 1, 2, 0}, {1, 1, 9, 2}});
  for (const auto reduction : {nn::Reduction::mean, nn::Reduction::sum, nn::Reduction::none}) {
    const Tensor w = tensor({1., 2., 3.}, float64);
    check_close(nn::nll_loss(log_softmax(x, 1), t, {.weight = w, .ignore_index = 9, .reduction = reduction}),
                nn::cross_entropy(x, t, {.weight = w, .ignore_index = 9, .reduction = reduction}));
  }
  check_close(nn::nll_loss(log_softmax(x[0][0], 0), tensor(3)), nn::cross_entropy(x[0][0], tensor(3)));
  CHECK(std::isnan(nn::nll_loss(ones({1, 2}), tensor({-100})).item<double>()));
  CHECK(nn::nll_loss(ones({0, 2}), zeros({0}, int64), {.reduction = nn::Reduction::sum}).item<double>() == 0.);
}

TEST_CASE(
    "cosine_embedding_loss: parallel, opposite and empty vectors, and lengths beyond the square root of the range") {
  const Tensor a = tensor({{1., 0.}, {1., 0.}, {0., 0.}, {1e18, 0.}}),
               b = tensor({{2., 0.}, {-2., 0.}, {1., 1.}, {1e18, 0.}});
  const Tensor alike = nn::cosine_embedding_loss(a, b, ones({4}), {.reduction = nn::Reduction::none});
  CHECK(alike.str() == "[0. 2. 1. 0.]");
  const Tensor apart =
      nn::cosine_embedding_loss(a, b, full({4}, -1.), {.margin = 0.5, .reduction = nn::Reduction::none});
  CHECK(apart.str() == "[0.5 0.  0.  0.5]");
}

TEST_CASE("triplet_margin_loss of equal vectors is the margin, with a finite gradient for every p") {
  for (const double p : {1., 2., 3., static_cast<double>(INFINITY)}) {
    Tensor a = ones({2, 3}, float64).requires_grad_();
    const Tensor l = nn::triplet_margin_loss(a, ones({2, 3}, float64), ones({2, 3}, float64), {.p = p, .eps = 0});
    CHECK(l.item<double>() == 1.);
    l.backward();
    for (const double g : a.grad().values<double>()) CHECK(g == 0.);
  }
}

TEST_CASE("triplet_margin_loss: swap takes the nearer of the two distances to the negative") {
  const Tensor a = tensor({0., 0.}, float64), p = tensor({3., 0.}, float64), n = tensor({4., 0.}, float64);
  CHECK(nn::triplet_margin_loss(a, p, n, {.eps = 0}).item<double>() == doctest::Approx(0.));
  CHECK(nn::triplet_margin_loss(a, p, n, {.eps = 0, .swap = true}).item<double>() == doctest::Approx(3.));
}

TEST_CASE("categorical_cross_entropy clips as Keras does, and for one-hot targets is cross_entropy of the logits") {
  CHECK(nn::categorical_cross_entropy(tensor({{1., 0.}}, float64), tensor({{0, 1}})).item<double>() ==
        doctest::Approx(-std::log(1e-7)));
  const Tensor x = randn({4, 3}, float64), t = tensor({0, 2, 1, 1});
  check_close(nn::categorical_cross_entropy(softmax(x, 1), one_hot(t, 3)), nn::cross_entropy(x, t), 1e-9);
  check_close(nn::categorical_cross_entropy(exp(x), one_hot(t, 3)), nn::cross_entropy(x, t), 1e-9);
}

TEST_CASE("gaussian_nll_loss and poisson_nll_loss of numbers worked by hand") {
  const Tensor x = tensor({1.}, float64), t = tensor({3.}, float64);
  CHECK(nn::gaussian_nll_loss(x, t, tensor({2.}, float64)).item<double>() ==
        doctest::Approx(0.5 * (std::log(2.) + 2.)));
  CHECK(nn::gaussian_nll_loss(x, t, tensor({0.}, float64)).item<double>() ==
        doctest::Approx(0.5 * (std::log(1e-6) + 4e6)));
  CHECK(nn::poisson_nll_loss(x, t).item<double>() == doctest::Approx(std::exp(1.) - 3.));
  CHECK(nn::poisson_nll_loss(x, t, {.log_input = false}).item<double>() == doctest::Approx(1.));
}

TEST_CASE("losses of nothing: the sum is 0, the mean NaN; integer operands count as float32") {
  const Tensor none = zeros({0});
  for (const auto& loss : {nn::mse, nn::l1_loss, nn::hinge_loss, nn::squared_hinge_loss, nn::soft_margin_loss}) {
    CHECK(loss(none, none, {nn::Reduction::sum}).item<float>() == 0.f);
    CHECK(std::isnan(loss(none, none, {}).item<float>()));
    CHECK(loss(none, none, {nn::Reduction::none}).shape() == Shape{0});
    CHECK(loss(tensor({1, 2}), tensor({true, false}), {nn::Reduction::none}).dtype() == float32);
  }
  CHECK(nn::half_sse(none, none).item<float>() == 0.f);
  CHECK(nn::l1_loss(tensor({1, 4}), tensor({3, 4})).item<float>() == 1.f);
}

TEST_SUITE_END();
