// One row per loss.

#include <limits>

#include "nn/losses.hpp"
#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;
using nn::Reduction;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

/// -1 or 1 for every element of x, alternating by pairs.
Tensor signs(const Tensor& x) {
  Array a = Array::empty(x.shape(), x.dtype());
  for (std::int64_t i = 0; i < a.numel(); ++i) {
    const double v = i % 4 < 2 ? 1. : -1.;
    if (x.dtype() == float32) a.mutable_data<float>()[i] = static_cast<float>(v);
    else a.mutable_data<double>()[i] = v;
  }
  return a;
}

/// Labels 0, 1, 2, 0, ... without those ignored.
Tensor labels(const Shape& shape, std::int64_t classes) {
  Array a = Array::empty(shape, int64);
  for (std::int64_t i = 0; i < a.numel(); ++i) a.mutable_data<std::int64_t>()[i] = (i * i + 1) % classes;
  return a;
}

std::vector<Tensor> pair(const Shape& shape) { return {spread(shape), spread(shape, -1.2, 1.4, 1)}; }

Rows regression_rows() {
  return {
      Row(
          "mse", [](In x) { return nn::mse(x[0], x[1]); }, pair({3, 4}))
          .also(pair({}))
          .large(pair({600, 1000}))
          .fails<ShapeError>(
              [] {
                nn::mse(ones({4}), ones({4, 1}));
              },
              "mse: got prediction [4], target [4, 1]; expected equal shapes; use target.reshape({4})")
          .fails<DTypeError>([] { nn::mse(ones({4}), ones({4}, float64)); }, "mse")
          .fails<ValueError>([] { nn::mse(ones({4}), ones({4}), {Reduction::batchmean}); },
                             "mse: reduction: got batchmean; expected mean, sum or none"),
      Row(
          "mse_loss, none", [](In x) { return nn::mse_loss(x[0], x[1], {Reduction::none}); }, pair({2, 3}))
          .also(pair({0, 3})),
      Row(
          "half_sse", [](In x) { return nn::half_sse(x[0], x[1]); }, pair({3, 2}))
          .also(pair({0}))
          .fails<ShapeError>([] { nn::half_sse(ones({4}), ones({3})); }, "half_sse: got prediction [4], target [3]"),
      Row(
          "sse", [](In x) { return nn::sse(x[0], x[1]); }, pair({3, 2}))
          .also(pair({0}))
          .fails<ShapeError>([] { nn::sse(ones({4}), ones({3})); }, "sse: got prediction [4], target [3]"),
      Row(
          "l1_loss", [](In x) { return nn::l1_loss(x[0], x[1], {Reduction::none}); }, pair({3, 4}))
          .also(pair({0}))
          .large(pair({600, 1000}))
          .fails<ShapeError>([] { nn::l1_loss(ones({4}), ones({3})); }, "l1_loss: got prediction [4], target [3]"),
      Row(
          "l1_loss, mae", [](In x) { return nn::mae(x[0], x[1]); }, pair({3, 4})),
      Row(
          "smooth_l1_loss", [](In x) { return nn::smooth_l1_loss(x[0], x[1], {.beta = 0.7}); }, pair({3, 4}))
          .large(pair({600, 1000}))
          .fails<ValueError>([] { nn::smooth_l1_loss(ones({4}), ones({4}), {.beta = -1}); },
                             "smooth_l1_loss: beta: got -1; expected 0 or more")
          .fails<ShapeError>([] { nn::smooth_l1_loss(ones({4}), ones({3})); }, "smooth_l1_loss"),
      Row(
          "smooth_l1_loss, beta = 0", [](In x) { return nn::smooth_l1_loss(x[0], x[1], {.beta = 0}); }, pair({4})),
      Row(
          "huber_loss", [](In x) { return nn::huber_loss(x[0], x[1], {.delta = 0.7, .reduction = Reduction::sum}); },
          pair({3, 4}))
          .large(pair({600, 1000}))
          .fails<ValueError>([] { nn::huber_loss(ones({4}), ones({4}), {.delta = 0}); },
                             "huber_loss: delta: got 0; expected a positive number")
          .fails<ShapeError>([] { nn::huber_loss(ones({4}), ones({3})); }, "huber_loss"),
      Row(
          "huber_loss, parabola only", [](In x) { return nn::huber_loss(x[0], x[1], {.delta = kInf}); }, pair({4})),
      Row(
          "log_cosh", [](In x) { return nn::log_cosh(x[0], x[1]); }, pair({3, 4}))
          .also({spread({6}, -30, 30), spread({6})})
          .large(pair({100, 1000}))
          .fails<ShapeError>([] { nn::log_cosh(ones({4}), ones({3})); }, "log_cosh"),
  };
}

Rows binary_rows() {
  const auto probabilities = [](const Shape& s) {
    return std::vector<Tensor>{spread(s, 0.05, 0.95), spread(s, 0, 1, 1)};
  };
  return {
      Row(
          "binary_cross_entropy", [](In x) { return nn::binary_cross_entropy(x[0], x[1]); }, probabilities({3, 4}))
          .also(probabilities({}))
          .large(probabilities({300, 1000}))
          .fails<ShapeError>([] { nn::binary_cross_entropy(ones({4}), ones({3})); }, "binary_cross_entropy")
          .fails<ValueError>(
              [] {
                nn::binary_cross_entropy(tensor({0.5, 1.5}), ones({2}));
              },
              "binary_cross_entropy: probabilities: got 1.5 at position 1; expected 0 to 1")
          .fails<ValueError>([] { nn::binary_cross_entropy(tensor({NAN}), ones({1})); }, "got nan at position 0")
          .fails<ShapeError>(
              [] {
                nn::binary_cross_entropy(ones({2}), ones({2}), {.weight = ones({3, 2})});
              },
              "binary_cross_entropy: weight: got [3, 2]; expected a shape that broadcasts to [2]"),
      Row(
          "binary_cross_entropy, weighted",
          [](In x) { return nn::binary_cross_entropy(x[0], x[1], {.weight = spread({4}, 0.5, 2).to(x[0].dtype())}); },
          probabilities({3, 4})),
      Row(
          "binary_cross_entropy_with_logits", [](In x) { return nn::binary_cross_entropy_with_logits(x[0], x[1]); },
          pair({3, 4}))
          .large(pair({300, 1000}))
          .fails<ShapeError>(
              [] { nn::binary_cross_entropy_with_logits(ones({2}), ones({2}), {.pos_weight = ones({3})}); },
              "pos_weight: got [3]; expected a shape that broadcasts to [2]"),
      Row(
          "binary_cross_entropy_with_logits, weighted",
          [](In x) {
            const Tensor w = spread({4}, 0.5, 2).to(x[0].dtype());
            return nn::binary_cross_entropy_with_logits(x[0], x[1], {.weight = w, .pos_weight = w + 1});
          },
          pair({3, 4})),
      Row(
          "binary_cross_entropy_with_logits, smoothed",
          [](In x) { return nn::binary_cross_entropy_with_logits(x[0], x[1], {.label_smoothing = 0.2}); },
          pair({3, 4})),
      Row(
          "multilabel_soft_margin_loss",
          [](In x) {
            const Tensor w = spread({4}, 0.5, 2).to(x[0].dtype());
            return nn::multilabel_soft_margin_loss(x[0], x[1], {.weight = w, .reduction = Reduction::none});
          },
          pair({3, 4}))
          .fails<ShapeError>([] { nn::multilabel_soft_margin_loss(ones({}), ones({})); }, "got a scalar"),
  };
}

Rows class_rows() {
  return {
      Row("cross_entropy", [](In x) { return nn::cross_entropy(x[0], labels({4}, 3), {.reduction = Reduction::sum}); },
          {spread({4, 3})})
          .also({spread({4, 3}, -300, 300)}),
      Row("cross_entropy, ignored, weighted, smoothed",
          [](In x) {
            const Tensor w = spread({3}, 0.5, 2).to(x[0].dtype());
            return nn::cross_entropy(x[0], labels({2, 2}, 3), {.weight = w, .ignore_index = 1, .label_smoothing = 0.2});
          },
          {spread({2, 3, 2})}),
      Row("cross_entropy, probabilities", [](In x) { return nn::cross_entropy(x[0], x[1], {.label_smoothing = 0.1}); },
          {spread({2, 3}), spread({2, 3}, 0.1, 0.6, 1)}),
      Row("categorical_cross_entropy",
          [](In x) { return nn::categorical_cross_entropy(x[0], x[1], {.label_smoothing = 0.1}); },
          {spread({3, 4}, 0.1, 1), spread({3, 4}, 0, 1, 1)})
          .fails<ShapeError>([] { nn::categorical_cross_entropy(ones({4}), ones({3})); }, "categorical_cross_entropy")
          .fails<ValueError>([] { nn::categorical_cross_entropy(ones({4}), ones({4}), {.label_smoothing = -1}); },
                             "label_smoothing: got -1"),
      Row("sparse_categorical_cross_entropy",
          [](In x) { return nn::sparse_categorical_cross_entropy(x[0], labels({3}, 4)); }, {spread({3, 4}, 0.1, 1)}),
      Row("nll_loss", [](In x) { return nn::nll_loss(square(x[0]), labels({4}, 3)); }, {spread({4, 3})})
          .fails<IndexError>(
              [] {
                nn::nll_loss(ones({2, 3}), tensor({0, 3}));
              },
              "nll_loss: label out of range: got 3 at position 1; expected 0 to 2")
          .fails<ShapeError>(
              [] {
                nn::nll_loss(ones({2, 3}), tensor({0}));
              },
              "nll_loss: labels: got [1] for logits [2, 3]; expected [2]")
          .fails<DTypeError>(
              [] {
                nn::nll_loss(ones({2, 3}), ones({2}));
              },
              "nll_loss: indices: got float32")
          .fails<DTypeError>(
              [] {
                nn::nll_loss(ones({2, 3}, int64), tensor({0, 1}));
              },
              "got int64")
          .fails<ShapeError>(
              [] {
                nn::nll_loss(ones({2, 3}), tensor({0, 1}), {.weight = ones({2})});
              },
              "nll_loss: weight: got [2]; expected [3]"),
      Row("nll_loss, ignored, weighted",
          [](In x) {
            const Tensor w = spread({3}, 0.5, 2).to(x[0].dtype());
            return nn::nll_loss(square(x[0]), labels({2, 2}, 3), {.weight = w, .ignore_index = 1});
          },
          {spread({2, 3, 2})}),
      Row("multi_margin_loss",
          [](In x) {
            return nn::multi_margin_loss(x[0], labels({4}, 3), {.margin = 0.77, .reduction = Reduction::none});
          },
          {spread({4, 3})})
          .fails<ValueError>(
              [] {
                nn::multi_margin_loss(ones({2, 3}), tensor({0, 1}), {.p = 3});
              },
              "multi_margin_loss: p: got 3; expected 1 or 2")
          .fails<IndexError>(
              [] {
                nn::multi_margin_loss(ones({2, 3}), tensor({0, -1}));
              },
              "got -1 at position 1")
          .fails<ShapeError>(
              [] {
                nn::multi_margin_loss(ones({2, 3}), tensor({0}));
              },
              "labels: got [1]")
          .fails<ShapeError>(
              [] {
                nn::multi_margin_loss(ones({2, 3, 1}), tensor({0, 1}));
              },
              "multi_margin_loss: got prediction [2, 3, 1]; expected [N, C] or [C]"),
      Row("multi_margin_loss, squared, weighted",
          [](In x) {
            const Tensor w = spread({3}, 0.5, 2).to(x[0].dtype());
            return nn::multi_margin_loss(x[0], labels({4}, 3), {.p = 2, .margin = 0.77, .weight = w});
          },
          {spread({4, 3})}),
      Row("multilabel_margin_loss",
          [](In x) {
            return nn::multilabel_margin_loss(x[0], tensor({{3, 0, -1, 1}, {-1, 0, 0, 0}}), {Reduction::none});
          },
          {spread({2, 4})})
          .fails<IndexError>(
              [] {
                nn::multilabel_margin_loss(ones({2}), tensor({2, 0}));
              },
              "multilabel_margin_loss: label out of range: got 2 at position 0; expected -1 to 1"),
  };
}

Rows divergence_rows() {
  return {
      Row("kl_div", [](In x) { return nn::kl_div(x[0], x[1]); }, {spread({3, 4}, -3, 0), spread({3, 4}, 0.1, 1, 1)})
          .fails<ShapeError>([] { nn::kl_div(ones({4}), ones({3})); }, "kl_div"),
      Row("kl_div, log_target, batchmean",
          [](In x) { return nn::kl_div(x[0], x[1], {.log_target = true, .reduction = Reduction::batchmean}); },
          {spread({3, 4}, -3, 0), spread({3, 4}, -2, 0, 1)})
          .also({spread({}, -3, 0), spread({}, -2, 0, 1)}),
      Row(
          "poisson_nll_loss", [](In x) { return nn::poisson_nll_loss(x[0], x[1]); }, pair({3, 4})),
      Row("poisson_nll_loss, of rates, full",
          [](In x) { return nn::poisson_nll_loss(x[0], x[1], {.log_input = false, .full = true}); },
          {spread({5}, 0.5, 4), spread({5}, 0.3, 5, 1)}),
      Row("gaussian_nll_loss", [](In x) { return nn::gaussian_nll_loss(x[0], x[1], x[2], {.full = true}); },
          {spread({3, 4}), spread({3, 4}, -1, 1, 1), spread({3, 4}, 0.5, 2, 2)})
          .also({spread({3, 4}), spread({3, 4}, -1, 1, 1), spread({3, 1}, 0.5, 2, 2)})
          .also({spread({3, 4}), spread({3, 4}, -1, 1, 1), spread({3}, 0.5, 2, 2)})
          .fails<ValueError>(
              [] {
                nn::gaussian_nll_loss(ones({2}), ones({2}), tensor({1., -1.}));
              },
              "gaussian_nll_loss: var: got negative numbers")
          .fails<ValueError>([] { nn::gaussian_nll_loss(ones({2}), ones({2}), ones({2}), {.eps = 0}); }, "eps: got 0")
          .fails<ShapeError>(
              [] {
                nn::gaussian_nll_loss(ones({2, 3}), ones({2, 3}), ones({3}));
              },
              "gaussian_nll_loss: var: got [3] for prediction [2, 3]"),
  };
}

Rows margin_rows() {
  return {
      Row("hinge_loss", [](In x) { return nn::hinge_loss(x[0], x[1]); }, {spread({7}, -2, 2), spread({7}, -1.6, 2, 1)})
          .large(pair({600, 1000}))
          .fails<ShapeError>([] { nn::hinge_loss(ones({4}), ones({3})); }, "hinge_loss"),
      Row("squared_hinge_loss", [](In x) { return nn::squared_hinge_loss(x[0], x[1]); },
          {spread({7}, -2, 2), spread({7}, -1.6, 2, 1)})
          .large(pair({600, 1000}))
          .fails<ShapeError>([] { nn::squared_hinge_loss(ones({4}), ones({3})); }, "squared_hinge_loss"),
      Row(
          "soft_margin_loss", [](In x) { return nn::soft_margin_loss(x[0], x[1]); }, pair({7})),
      Row("hinge_embedding_loss",
          [](In x) {
            return nn::hinge_embedding_loss(x[0], signs(x[0]), {.margin = 0.3, .reduction = Reduction::none});
          },
          {spread({7})})
          .fails<ShapeError>([] { nn::hinge_embedding_loss(ones({4}), ones({3})); }, "hinge_embedding_loss"),
      Row(
          "margin_ranking_loss", [](In x) { return nn::margin_ranking_loss(x[0], x[1], signs(x[0]), {.margin = 0.3}); },
          pair({7}))
          .fails<ShapeError>([] { nn::margin_ranking_loss(ones({4}), ones({4}), ones({3})); }, "margin_ranking_loss")
          .fails<ShapeError>([] { nn::margin_ranking_loss(ones({4}), ones({1}), ones({4})); }, "margin_ranking_loss"),
      Row(
          "cosine_embedding_loss",
          [](In x) {
            return nn::cosine_embedding_loss(x[0], x[1], tensor({1, -1, -1, 1}),
                                             {.margin = 0.1, .reduction = Reduction::none});
          },
          pair({4, 3}))
          .fails<ShapeError>(
              [] {
                nn::cosine_embedding_loss(ones({2, 3}), ones({2, 3}), ones({3}));
              },
              "cosine_embedding_loss: got vectors [2, 3], target [3]")
          .fails<ShapeError>(
              [] {
                nn::cosine_embedding_loss(ones({2, 3}), ones({3}), ones({2}));
              },
              "cosine_embedding_loss"),
      Row(
          "cosine_embedding_loss, one pair", [](In x) { return nn::cosine_embedding_loss(x[0], x[1], tensor(1)); },
          pair({3})),
      Row(
          "cosine_similarity_loss",
          [](In x) { return nn::cosine_similarity_loss(x[0], x[1], {.reduction = Reduction::none}); }, pair({4, 3})),
      Row("triplet_margin_loss", [](In x) { return nn::triplet_margin_loss(x[0], x[1], x[2]); },
          {spread({4, 3}), spread({4, 3}, -1, 1, 1), spread({4, 3}, -2, 2, 2)})
          .also({spread({3}), spread({3}, -1, 1, 1), spread({3}, -2, 2, 2)})
          .fails<ValueError>([] { nn::triplet_margin_loss(ones({3}), ones({3}), ones({3}), {.p = 0}); },
                             "triplet_margin_loss: p: got 0")
          .fails<ShapeError>([] { nn::triplet_margin_loss(ones({3}), ones({1}), ones({3})); }, "triplet_margin_loss")
          .fails<ShapeError>([] { nn::triplet_margin_loss(ones({}), ones({}), ones({})); }, "got scalars"),
      Row("triplet_margin_loss, p = 1, swapped",
          [](In x) { return nn::triplet_margin_loss(x[0], x[1], x[2], {.margin = 2, .p = 1, .swap = true}); },
          {spread({4, 3}), spread({4, 3}, -1, 1, 1), spread({4, 3}, -2, 2, 2)}),
      Row("triplet_margin_loss, p = 3",
          [](In x) { return nn::triplet_margin_loss(x[0], x[1], x[2], {.margin = 2, .p = 3}); },
          {spread({4, 3}), spread({4, 3}, -1, 1, 1), spread({4, 3}, -2, 2, 2)}),
      Row("triplet_margin_loss, p infinite",
          [](In x) { return nn::triplet_margin_loss(x[0], x[1], x[2], {.margin = 2, .p = kInf}); },
          {spread({4, 3}), spread({4, 3}, -1, 1, 1), spread({4, 3}, -2, 2, 2)}),
  };
}

}  // namespace

TEST_SUITE_BEGIN("nn");

TEST_CASE("losses of numbers") { check(regression_rows()); }
TEST_CASE("losses of yes and no") { check(binary_rows()); }
TEST_CASE("losses of classes") { check(class_rows()); }
TEST_CASE("likelihoods and divergences") { check(divergence_rows()); }
TEST_CASE("losses with margins") { check(margin_rows()); }

TEST_SUITE_END();
