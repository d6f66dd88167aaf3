// One row per operation of autograd/ops/vector_norm.hpp; a new one adds its row here.

#include "tests/autograd/values.hpp"
#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;
using namespace values;

namespace {

/// Numbers of both signs, away from 0, where the powers have their kinks.
Tensor away(const Shape& shape) {
  const Tensor x = spread(shape, -1.5, 1.5);
  return where(x > 0, x + 0.4, x - 0.4);
}

Row of_order(double p) {
  return Row("norm, p = " + std::to_string(p),
             [p](In x) { return square(norm(x[0], p, 0)) + norm(square(x[0]) + x[0], p); }, {away({3, 2})});
}

Rows norms() {
  return {
      Row("norm", [](In x) { return norm(x[0]); }, {spread({2, 3})})
          .also({spread({})})
          .also({spread({1})})
          .large({spread({300'000})})
          .fails<ValueError>([] { norm(ones({2}), kNaN); }, "norm: p: got nan; expected a number, inf or -inf")
          .fails<IndexError>([] { norm(ones({2}), 2, 1); }, "norm: axis out of range: got axis 1")
          .fails<ShapeError>(
              [] {
                norm(zeros({2, 0}), kInf, 1);
              },
              "norm: got shape [2, 0]; expected at least one")
          .fails<ShapeError>([] { norm(zeros({0}), -1); }, "norm: got shape [0]; expected at least one"),
      Row("norm along an axis", [](In x) { return square(norm(x[0], 2, 1)); }, {spread({2, 3, 2})})
          .also({spread({2, 1})})
          .also({spread({0, 3})})
          .large({spread({300, 1000})})
          .large({spread({3, 1000, 100})}),
      Row("norm over axes with one between, keepdim",
          [](In x) {
            return x[0] / norm(x[0], 2, {0, -1}, true);
          },
          {spread({2, 3, 2})})
          .large({spread({20, 30, 500})}),
      of_order(1),
      of_order(3),
      of_order(4),
      of_order(2.5),
      of_order(1.5),
      of_order(0.5),
      of_order(-1),
      of_order(-2.5),
      of_order(kInf),
      of_order(-kInf),
      Row("norm, p = 3, large", [](In x) { return norm(x[0], 3, 0); }, {away({3, 2})}).large({away({300'000, 2})}),
      Row("norm, p = 0", [](In x) { return norm(x[0], 0, 1); }, {away({2, 3})}).without_gradient(),
  };
}

Rows cosines() {
  return {
      Row("cosine_similarity", [](In x) { return cosine_similarity(x[0], x[1]); },
          {spread({2, 3}), spread({2, 3}, -1, 2, 1)})
          .also({spread({0, 3}), spread({0, 3})})
          .also({spread({2, 1}), spread({2, 1}, 1, 2)})
          .also({spread({3}), spread({2, 3}, 1, 2, 1)})
          .large({spread({300, 1000}), spread({300, 1000}, -1, 2, 1)})
          .fails<ShapeError>(
              [] {
                cosine_similarity(ones({2, 3}), ones({2, 4}));
              },
              "cosine_similarity: shapes do not")
          .fails<IndexError>([] { cosine_similarity(ones({2}), ones({2})); }, "cosine_similarity: axis out of range")
          .fails<ValueError>(
              [] {
                cosine_similarity(ones({2, 2}), ones({2, 2}), 1, -1);
              },
              "eps: got -1")
          .fails<DTypeError>(
              [] {
                cosine_similarity(ones({2, 2}), ones({2, 2}, float64));
              },
              "cosine_similarity:"),
      Row("cosine_similarity, below eps", [](In x) { return cosine_similarity(x[0], x[1], 0, 2.5); },
          {spread({3, 2}), spread({3, 2}, -3, 3, 1)}),
  };
}

Tensor gradient(double p, const Tensor& x, int order = 1) {
  return derivative([p](const Tensor& a) { return norm(a, p, -1); }, x, order);
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("norms") { check(norms()); }
TEST_CASE("cosine similarities") { check(cosines()); }

TEST_CASE("norm: the values of every order") {
  const Tensor x = tensor({3., -4., 0.}, float64);
  for (const auto& [p, want] : {std::pair{2., 5.},
                                {1., 7.},
                                {0., 2.},
                                {kInf, 4.},
                                {-kInf, 0.},
                                {3., std::cbrt(91.)},
                                {0.5, std::pow(std::sqrt(3.) + 2, 2)},
                                {-1., 0.}})
    CHECK(unlike(norm(x, p), {want}, 1e-14) == "");
  CHECK(unlike(norm(tensor({2., -2.}, float64), -1), {1}, 1e-15) == "");
  CHECK(unlike(norm(tensor({3, 4})), {5}) == "");
  CHECK(norm(tensor({3, 4})).dtype() == float32);
  CHECK(unlike(norm(tensor(-2.5)), {2.5}) == "");
  CHECK(unlike(norm(ones({2, 2, 2}), 1, {0, 2}, true), {4, 4}) == "");
  CHECK(norm(ones({2, 2, 2}), 1, {0, 2}, true).shape() == Shape{1, 2, 1});
  for (const double p : {0., 0.5, 1., 2., 3.}) CHECK(unlike(norm(zeros({2, 0}), p, 1), {0, 0}) == "");
  CHECK(norm(zeros({0, 2}), kInf, 1).shape() == Shape{0});
}

TEST_CASE("norm neither overflows nor underflows unless the result does") {
  for (const double p : {0.5, 1., 1.5, 2., 3., 10., 100., kInf, -kInf, -1., -2., -10.}) {
    CAPTURE(p);
    const double two = p == kInf || p == -kInf ? 1 : std::pow(2., 1 / p);
    for (const double v : {1e200, 1e-200, 1e300, 1e-300})
      CHECK(unlike(norm(tensor({v, -v}, float64), p), {v * two}, 1e-13) == "");
    for (const double v : {1e25, 1e-25, 1e37}) CHECK(unlike(norm(tensor({v, -v}), p), {v * two}, 1e-6) == "");
  }
  CHECK(unlike(norm(tensor({{3e200, 4e200}, {3e-200, 4e-200}, {3., 4.}, {0., 0.}}, float64), 2, 1),
               {5e200, 5e-200, 5, 0}, 1e-15) == "");
  CHECK(unlike(norm(tensor({1.5e308, 1.5e308}, float64)), {kInf}) == "");
}

TEST_CASE("the gradient of norm is a direction at any length") {
  for (const double s : {1., 1e200, 1e-200, 1e-300})
    CHECK(unlike(gradient(2, tensor({3 * s, -4 * s}, float64)), {.6, -.8}, 1e-14) == "");
  for (const double s : {1., 1e25, 1e-25}) {
    CHECK(unlike(gradient(2, tensor({3 * s, -4 * s})), {.6, -.8}, 1e-6) == "");
    CHECK(unlike(gradient(3, tensor({1 * s, -1 * s})), {std::pow(2., -2. / 3), -std::pow(2., -2. / 3)}, 1e-6) == "");
  }
  CHECK(unlike(gradient(1, tensor({1e308, -1e-308, 1.7e308}, float64)), {1, -1, 1}) == "");
}

TEST_CASE("norm: 0 for the zero vector and at zero elements, ties of p = inf share") {
  for (const double p : {-2., 0.5, 1., 1.5, 2., 2.5, 3., kInf, -kInf})
    for (const int order : {1, 2, 3}) {
      CAPTURE(p);
      CAPTURE(order);
      if (order > 1 && (p == 1 || std::isinf(p))) continue;  // linear: nothing to differentiate again
      CHECK(unlike(gradient(p, zeros({2, 2}, float64), order), {0, 0, 0, 0}) == "");
    }
  CHECK(unlike(gradient(1, tensor({0., -2., 3.}, float64)), {0, -1, 1}) == "");
  CHECK(unlike(gradient(1.5, tensor({0., 4.}, float64)), {0, 1}) == "");
  CHECK(unlike(gradient(0.5, tensor({0., 4.}, float64)), {0, 1}) == "");
  CHECK(unlike(gradient(kInf, tensor({{2., -2., 1.}, {0., 0., -3.}}, float64)), {.5, -.5, 0, 0, 0, -1}) == "");
  CHECK(unlike(gradient(-kInf, tensor({2., -1., 1.}, float64)), {0, -.5, .5}) == "");
  CHECK(unlike(gradient(2, tensor({{0., 0.}, {3., 4.}}, float64)), {0, 0, .6, .8}, 1e-15) == "");
}

TEST_CASE("norm: NaN and infinity go through, in their own row") {
  for (const double p : {0.5, 1., 2., 3., kInf, -kInf, -1.}) {
    CAPTURE(p);
    const Tensor x = tensor({{kNaN, 1.}, {2., 0.}, {kNaN, kInf}}, float64);
    CHECK(unlike(norm(x, p, 1), {kNaN, p > 0 ? 2. : 0., kNaN}) == "");
    CHECK(unlike(norm(tensor({-kInf, 1.}, float64), p), {p > 0 ? kInf : 1}) == "");
  }
  CHECK(unlike(gradient(2, tensor({{kNaN, 1.}, {3., 4.}}, float64)), {kNaN, kNaN, .6, .8}, 1e-15) == "");
}

TEST_CASE("cosine_similarity: parallel, opposite, orthogonal; huge and tiny; against zero") {
  const Tensor a = tensor({{1., 2.}, {1., 0.}, {3e200, 4e200}, {0., 0.}, {3e-5, 4e-5}}, float64);
  const Tensor b = tensor({{-2., -4.}, {0., 5.}, {3e-5, 4e-5}, {1., 1.}, {3., 4.}}, float64);
  CHECK(unlike(cosine_similarity(a, b), {-1, 0, 1, 0, 1}, 1e-15) == "");
  CHECK(unlike(cosine_similarity(a, b, 1, 1e-4), {-1, 0, .5, 0, .5}, 1e-15) == "");
  CHECK(unlike(cosine_similarity(tensor({3, 4}), tensor({4, 3}), 0), {.96}, 1e-7) == "");
  const Tensor gradient =
      derivative([&](const Tensor& x) { return cosine_similarity(x, b[4], 0, 0.5); }, zeros({2}, float64));
  CHECK(unlike(gradient, {.6 / .5, .8 / .5}, 1e-15) == "");  // the norm counts as the constant eps
}

TEST_SUITE_END();
