// Weights of samples, the losses under other libraries' names, and those that Keras has.

#include <doctest/doctest.h>

#include <cmath>
#include <type_traits>
#include <vector>

#include "autograd/autograd.hpp"
#include "nn/nn.hpp"
#include "tests/throws.hpp"

using namespace xgrad;
using nn::Reduction;

namespace {

double number(const Tensor& t) { return t.item<double>(); }

/// The weighted sum of losses [N, ...], written out.
double by_hand(const Tensor& losses, const std::vector<double>& w) {
  const Array values = losses.array().to(float64);
  const std::size_t each = values.values<double>().size() / w.size();
  double sum = 0;
  for (std::size_t i = 0; i < w.size(); ++i)
    for (std::size_t j = 0; j < each; ++j) sum += w[i] * values.values<double>()[i * each + j];
  return sum;
}

/// The object with each reduction against the function's single losses; `mean` divides by `count`.
template <class Loss>
void check_weighted(Loss loss, const Tensor& x, const Tensor& y, double count) {
  const std::vector<double> w{0.5, 2., 0., 3.};
  const Tensor weight = tensor(w);
  loss.options.reduction = Reduction::none;
  const Tensor losses = loss(x, y), weighted = loss(x, y, weight);
  CHECK(weighted.shape() == losses.shape());
  CHECK(number(sum(weighted)) == doctest::Approx(by_hand(losses, w)).epsilon(1e-12));
  loss.options.reduction = Reduction::sum;
  CHECK(number(loss(x, y, weight)) == doctest::Approx(by_hand(losses, w)).epsilon(1e-12));
  loss.options.reduction = Reduction::mean;
  CHECK(number(loss(x, y, weight)) == doctest::Approx(by_hand(losses, w) / count).epsilon(1e-12));
  CHECK(number(loss(x, y, ones({4}, float64))) == doctest::Approx(number(loss(x, y))).epsilon(1e-12));
}

}  // namespace

TEST_SUITE_BEGIN("nn");

TEST_CASE("every loss takes a weight for each sample, and weights of 1 change nothing") {
  manual_seed(4);
  const Tensor x = randn({4, 3}, float64), y = randn({4, 3}, float64), p = rand({4, 3}, float64) * 0.8 + 0.1;
  const Tensor bits = randint(0, 2, {4, 3}), signs = bits * 2 - 1, labels = tensor({2, 0, 1, 1});
  check_weighted(nn::MSE{}, x, y, 12);
  check_weighted(nn::MAE{}, x, y, 12);
  check_weighted(nn::SmoothL1{}, x, y, 12);
  check_weighted(nn::Huber{{.delta = 0.5}}, x, y, 12);
  check_weighted(nn::LogCosh{}, x, y, 12);
  check_weighted(nn::BinaryCrossEntropy{}, p, bits, 12);
  check_weighted(nn::BinaryCrossEntropyWithLogits{}, x, bits, 12);
  check_weighted(nn::MultilabelSoftMargin{}, x, bits, 4);
  check_weighted(nn::CategoricalCrossEntropy{}, p, p, 4);
  check_weighted(nn::SparseCategoricalCrossEntropy{}, p, labels, 4);
  check_weighted(nn::CrossEntropy{}, x, labels, 4);
  check_weighted(nn::CrossEntropy{}, x, p, 4);
  check_weighted(nn::NLL{}, x, labels, 4);
  check_weighted(nn::KLDiv{}, log(p), p, 12);
  check_weighted(nn::PoissonNLL{}, x, bits, 12);
  check_weighted(nn::Hinge{}, x, signs, 12);
  check_weighted(nn::SquaredHinge{}, x, signs, 12);
  check_weighted(nn::SoftMargin{}, x, signs, 12);
  check_weighted(nn::HingeEmbedding{}, p, signs, 12);
  check_weighted(nn::MultiMargin{}, x, labels, 4);
  check_weighted(nn::CosineSimilarity{}, x, y, 4);
  const Tensor w = tensor({0.5, 2., 0., 3.}, float64);
  const double sse = number(nn::MSE{{Reduction::sum}}(x, y, w));
  CHECK(number(nn::SSE{}(x, y, w)) == doctest::Approx(sse));
  CHECK(number(nn::HalfSSE{}(x, y, w)) == doctest::Approx(sse / 2));
  CHECK(number(nn::KLDiv{{.reduction = Reduction::batchmean}}(log(p), p, w)) ==
        doctest::Approx(number(nn::KLDiv{{.reduction = Reduction::sum}}(log(p), p, w)) / 4));
}

TEST_CASE("sample weights with class weights and ignored labels: the mean divides by what it divides by without them") {
  const Tensor x = randn({4, 3}, float64), labels = tensor({2, -100, 1, 1});
  const Tensor classes = tensor({1., 2., 4.}, float64), w = tensor({0.5, 2., 0., 3.}, float64);
  const nn::CrossEntropyOptions o{.weight = classes, .label_smoothing = 0.1};
  nn::CrossEntropyOptions each = o;
  each.reduction = Reduction::none;
  const double total = number(sum(nn::cross_entropy(x, labels, each) * w));
  CHECK(number(nn::CrossEntropy{o}(x, labels, w)) == doctest::Approx(total / (4 + 2 + 2)));
  const double nll = number(sum(nn::nll_loss(x, labels, {.weight = classes, .reduction = Reduction::none}) * w));
  CHECK(number(nn::NLL{{.weight = classes}}(x, labels, w)) == doctest::Approx(nll / 8));
  CHECK(number(nn::NLL{}(x, labels, ones({4}, float64))) == doctest::Approx(number(nn::nll_loss(x, labels))));
  CHECK(std::isnan(number(nn::CrossEntropy{}(x, tensor({-100, -100, -100, -100}), w))));
}

TEST_CASE("sample weights are for the first axes of the losses, and their gradient is the losses") {
  const Tensor losses = tensor({{1., 2.}, {3., 4.}}, float64);
  CHECK(number(nn::weigh(losses, tensor({1., 10.}, float64), Reduction::sum)) == 73);
  CHECK(number(nn::weigh(losses, tensor({{1., 10.}, {100., 0.}}, float64), Reduction::sum)) == 321);
  CHECK(number(nn::weigh(losses, tensor({1, 2}), Reduction::mean)) == 17. / 4);
  CHECK(number(nn::weigh(losses[0][0], tensor(3., float64))) == 3.);
  Tensor w = ones({2}, float64).requires_grad_();
  nn::weigh(losses, w, Reduction::sum).backward();
  CHECK(w.grad().str() == "[3. 7.]");
  CHECK(std::isnan(number(nn::weigh(zeros({0}), zeros({0})))));
}

TEST_CASE("sample weights that do not fit are refused, not broadcast") {
  const Tensor x = ones({4, 3});
  CHECK(throws<ShapeError>(
      [&] {
        nn::MSE{}(x, x, ones({4, 1}));
      },
      "sample_weight: got [4, 1] for losses [4, 3]; expected [4], one for each sample; use "
      "sample_weight.reshape({4})"));
  CHECK(throws<ShapeError>([&] { nn::MSE{}(x, x, ones({3})); },
                           "sample_weight: got [3] for losses [4, 3]; expected [4], one for each sample"));
  CHECK(throws<ShapeError>([&] { nn::MSE{}(x, x, ones({})); }, "sample_weight: got []"));
  CHECK(throws<ShapeError>(
      [&] {
        nn::CrossEntropy{}(x, zeros({4}, int64), ones({4, 3}));
      },
      "sample_weight: got [4, 3]"));
  CHECK(
      throws<ShapeError>([&] { nn::weigh(ones({}), ones({1})); }, "sample_weight: got [1] for losses []; expected []"));
  CHECK(throws<ValueError>([&] { nn::weigh(x, ones({4}), Reduction::batchmean); }, "reduction: got batchmean"));
}

TEST_CASE("label smoothing of yes and no draws targets towards one half") {
  const Tensor x = tensor({0.3, -2., 1.}, float64), y = tensor({1., 0., 1.}, float64);
  const Tensor smooth = tensor({0.9, 0.1, 0.9}, float64);
  CHECK(number(nn::binary_cross_entropy_with_logits(x, y, {.label_smoothing = 0.2})) ==
        doctest::Approx(number(nn::binary_cross_entropy_with_logits(x, smooth))).epsilon(1e-14));
  const Tensor p = sigmoid(x);
  CHECK(number(nn::binary_cross_entropy(p, y, {.label_smoothing = 0.2})) ==
        doctest::Approx(number(nn::binary_cross_entropy(p, smooth))).epsilon(1e-14));
  CHECK(throws<ValueError>([&] { nn::binary_cross_entropy(p, y, {.label_smoothing = -0.1}); },
                           "binary_cross_entropy: label_smoothing: got -0.1; expected 0 to 1"));
  CHECK(throws<ValueError>([&] { nn::binary_cross_entropy_with_logits(x, y, {.label_smoothing = NAN}); },
                           "binary_cross_entropy_with_logits: label_smoothing: got nan"));
}

TEST_CASE("sse is the sum of squares, and half_sse half of it") {
  const Tensor x = tensor({{1., 2.}, {4., 0.}}, float64), y = tensor({{0., 2.}, {1., 1.}}, float64);
  CHECK(number(nn::sse(x, y)) == 11.);
  CHECK(number(nn::SSE{}(x, y)) == 11.);
  CHECK(number(nn::half_sse(x, y)) == 5.5);
  CHECK(throws<ShapeError>(
      [] {
        nn::sse(ones({4}), ones({4, 1}));
      },
      "sse: got prediction [4], target [4, 1]; expected equal shapes; use target.reshape({4})"));
}

TEST_CASE("cosine_similarity_loss of parallel, opposite, orthogonal and empty vectors") {
  const Tensor x = tensor({{1., 0.}, {1., 0.}, {1., 0.}, {0., 0.}, {3., 4.}}, float64);
  const Tensor y = tensor({{2., 0.}, {-3., 0.}, {0., 5.}, {1., 1.}, {4., 3.}}, float64);
  const Tensor l = nn::cosine_similarity_loss(x, y, {.reduction = Reduction::none});
  const double expected[] = {-1., 1., 0., 0., -0.96};
  for (std::size_t i = 0; i < 5; ++i) CHECK(l.values<double>()[i] == doctest::Approx(expected[i]));
  CHECK(number(nn::CosineSimilarity{{.axis = 0}}(x.t(), y.t())) == doctest::Approx(-0.96 / 5));
  CHECK(throws<ShapeError>([] { nn::cosine_similarity_loss(ones({2, 3}), ones({3})); }, "cosine_similarity_loss"));
  CHECK(throws<ShapeError>([] { nn::cosine_similarity_loss(ones({}), ones({})); }, "got scalars"));
  CHECK(throws<IndexError>([] { nn::cosine_similarity_loss(ones({2}), ones({2}), {.axis = 1}); },
                           "cosine_similarity_loss"));
}

TEST_CASE("sparse_categorical_cross_entropy is categorical_cross_entropy with classes for one-hot rows") {
  const Tensor p = rand({2, 3, 4}, float64) + 0.01, labels = randint(0, 4, {2, 3});
  const Tensor a = nn::sparse_categorical_cross_entropy(p, labels, {Reduction::none});
  const Tensor b = nn::categorical_cross_entropy(p, one_hot(labels, 4).to(float64), {.reduction = Reduction::none});
  REQUIRE(a.shape() == Shape{2, 3});
  for (std::size_t i = 0; i < 6; ++i)
    CHECK(a.values<double>()[i] == doctest::Approx(b.values<double>()[i]).epsilon(1e-14));
  const Tensor sure = tensor({{1., 0.}}, float64);
  CHECK(number(nn::sparse_categorical_cross_entropy(sure, tensor({1}))) == doctest::Approx(-std::log(1e-7)));
  CHECK(throws<ShapeError>([&] { nn::sparse_categorical_cross_entropy(sure, tensor({{1}})); },
                           "sparse_categorical_cross_entropy: labels: got [1, 1] for probabilities [1, 2]; expected "
                           "[1]; use labels.reshape({1})"));
  CHECK(throws<IndexError>([&] { nn::sparse_categorical_cross_entropy(sure, tensor({2})); }, "got 2"));
  CHECK(throws<IndexError>([&] { nn::sparse_categorical_cross_entropy(sure, tensor({-1})); }, "got -1"));
  CHECK(throws<DTypeError>([&] { nn::sparse_categorical_cross_entropy(sure, tensor({1.})); }, "float32"));
  CHECK(throws<DTypeError>(
      [] {
        nn::sparse_categorical_cross_entropy(ones({1, 2}, int64), tensor({1}));
      },
      "probabilities: got int64"));
}

TEST_CASE("losses have PyTorch's and Keras' names too") {
  static_assert(std::is_same_v<nn::MSELoss, nn::MSE> && std::is_same_v<nn::L1Loss, nn::MAE>);
  static_assert(std::is_same_v<nn::CrossEntropyLoss, nn::CrossEntropy> && std::is_same_v<nn::NLLLoss, nn::NLL>);
  static_assert(std::is_same_v<nn::BCEWithLogitsLoss, nn::BinaryCrossEntropyWithLogits>);
  static_assert(std::is_same_v<nn::SparseCategoricalCrossentropy, nn::SparseCategoricalCrossEntropy>);
  CHECK(number(nn::MeanSquaredError{}(ones({2}), zeros({2}))) == 1.);
}

TEST_SUITE_END();
