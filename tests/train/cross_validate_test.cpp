#include <algorithm>

#include "tensor/parallel.hpp"
#include "tests/throws.hpp"
#include "tests/train/model_selection.hpp"

TEST_SUITE_BEGIN("train");

using namespace xgrad;
using namespace xgrad::test;
using doctest::Approx;

namespace {

std::vector<double> list(const Tensor& t) {
  const Array wide = t.array().to(float64);
  return {wide.values<double>().begin(), wide.values<double>().end()};
}
const train::Params kNet{{"units", 6}, {"learning_rate", 0.05}, {"epochs", 3}, {"dropout", 0.2}};

/// Predicts the mean of the targets it has seen, and remembers what that was.
struct MeanModel : train::Learner {
  void fit(const data::Dataset& data) override { mean = data.all().y.mean(); }
  Tensor predict(const data::Dataset& data) override { return full({data.size()}, mean.item<double>(), float64); }
  Tensor mean;
};

}  // namespace

TEST_CASE("Cv: a number stratifies class labels and nothing else, as scikit-learn does") {
  const Tensor labels = tensor({0, 0, 0, 0, 1, 1, 1, 1}, int64);
  const auto first_test = [](const train::Cv& cv, const Tensor& y, bool classifier) {
    return cv.split(y, classifier).front().test;
  };
  using Indices = std::vector<std::int64_t>;
  CHECK(first_test(4, labels, false) == Indices{0, 4});
  CHECK(first_test(4, labels.reshape({8, 1}), false) == Indices{0, 4});
  CHECK(first_test(4, labels.to(uint8), false) == Indices{0, 4});
  CHECK(first_test(4, labels.to(float32), true) == Indices{0, 4});
  CHECK(first_test(4, labels.to(float32), false) == Indices{0, 1});
  CHECK(first_test(4, one_hot(labels, 2), true) == Indices{0, 1});
  CHECK(first_test(4, labels.to(float32) + 0.5, true) == Indices{0, 1});
  CHECK(first_test(data::KFold(4), labels, true) == Indices{0, 1});
  CHECK(first_test(std::vector<data::Fold>{{{0, 1}, {7}}}, labels, true) == Indices{7});
  CHECK(train::Cv().split(places(10), false).size() == 5);
  CHECK(train::Cv([](const Tensor& y) {
          return std::vector<data::Fold>{{{0}, {y.size(0) - 1}}};
        })
            .split(labels, false)[0]
            .test == Indices{7});
  CHECK(throws<ValueError>([] { train::Cv(1); }, "train::Cv: n_splits: got 1; expected 2 or more"));
  CHECK(throws<ValueError>([&] { first_test(std::vector<data::Fold>{}, labels, true); }, "got no folds"));
  CHECK(throws<ValueError>(
      [&] {
        first_test(std::vector<data::Fold>{{{0}, {}}}, labels, true);
      },
      "fold 0: the test part has no examples"));
  CHECK(throws<IndexError>(
      [&] {
        first_test(std::vector<data::Fold>{{{0}, {8}}}, labels, true);
      },
      "got example 8; expected 0 to 7"));
  CHECK(throws<ValueError>([&] { first_test(5, labels, true); }, ""));  // four members each
}

TEST_CASE("cross_validate: names, order and scores as scikit-learn has them") {
  // The mean of the training part predicts; worked out by hand for y = 0 ... 5 in three folds.
  const auto build = [] { return train::Estimator(MeanModel()); };
  const Tensor x = places(6), y = places(6).reshape({-1});
  const auto r = train::cross_validate(build, x, y,
                                       {.cv = 3,
                                        .scoring = {"neg_mean_absolute_error", "max_error"},
                                        .return_train_score = true,
                                        .return_estimator = true});
  CHECK(r.names() == std::vector<std::string>{"fit_time", "score_time", "test_neg_mean_absolute_error",
                                              "train_neg_mean_absolute_error", "test_max_error", "train_max_error"});
  CHECK(r["test_neg_mean_absolute_error"] == std::vector<double>{-3, -0.5, -3});
  CHECK(r["train_neg_mean_absolute_error"] == std::vector<double>{-1, -2, -1});
  CHECK(r["test_max_error"] == std::vector<double>{-3.5, -0.5, -3.5});
  CHECK(r["fit_time"].size() == 3);
  CHECK(r.estimators.size() == 3);
  CHECK(train::Estimator(r.estimators[0]).predict(x).slice(0, 0, 1).item<double>() == 3.5);
  CHECK(throws<ValueError>([&] { r["score"]; }, "there is nothing called \"score\"; there are: fit_time, score_time"));
  // r2 without a name; of a constant prediction 1 - sum (y - c)^2 / sum (y - mean)^2
  CHECK(train::cross_val_score(build, x, y, {.cv = 3}) == std::vector<double>{-36, 0, -36});
  CHECK(list(train::cross_val_predict(build, x, y, {.cv = 3})) == std::vector<double>{3.5, 3.5, 2.5, 2.5, 1.5, 1.5});
  CHECK(throws<ValueError>([&] { train::cross_val_score(build, x, y, {.scoring = {"r2"}}); }, "got several scorers"));
  CHECK(throws<ValueError>([&] { train::cross_val_predict(build, x, y, {.cv = data::ShuffleSplit(3)}); },
                           "train::cross_val_predict"));
  CHECK(throws<ValueError>([&] { train::cross_validate(build, x, y, {.cv = 3, .n_jobs = 0}); }, "n_jobs: got 0"));
  CHECK(throws<ValueError>([&] { train::cross_validate(build, x, y, {.cv = 7}); }, "data::KFold"));
}

TEST_CASE("cross_validate: fits are the same on any number of jobs and threads, and the caller's state stays") {
  const Points p = points();
  const auto run = [&](int n_jobs) {
    return train::cross_validate(little_net, p.x, p.y,
                                 {.params = kNet,
                                  .cv = 4,
                                  .scoring = {"neg_log_loss", "accuracy"},
                                  .return_train_score = true,
                                  .seed = 3,
                                  .n_jobs = n_jobs});
  };
  const int before = num_threads();
  manual_seed(1);
  const Tensor drawn = rand({4});
  const auto reference = run(1);
  for (const int threads : {1, 2, 5}) {
    set_num_threads(threads);
    for (const int n_jobs : {1, 2, 5, -1}) {
      CAPTURE(threads);
      CAPTURE(n_jobs);
      manual_seed(1);
      const NoGradGuard off;  // a search records what it must
      const auto r = run(n_jobs);
      for (const char* name : {"test_neg_log_loss", "train_neg_log_loss", "test_accuracy"})
        CHECK(r[name] == reference[name]);
      CHECK(list(rand({4})) == list(drawn));
      CHECK_FALSE(GradMode::enabled());
    }
  }
  set_num_threads(before);
  const auto scores = reference["test_neg_log_loss"];
  CHECK(std::all_of(scores.begin(), scores.end(), [](double s) { return std::isfinite(s) && s < 0; }));
}

TEST_CASE("cross_validate: each fit can be had again by itself, from its seed") {
  const Points p = points();
  const auto folds = data::StratifiedKFold(3).split(p.y);
  const auto r =
      train::cross_val_score(little_net, p.x, p.y, {.params = kNet, .cv = 3, .scoring = "neg_log_loss", .seed = 8});
  for (std::size_t f = 0; f < 3; ++f) {
    Generator own(train::fit_seed(8, 0, static_cast<std::int64_t>(f)));
    const GeneratorGuard guard(own);
    train::Estimator e = little_net(kNet);
    const data::TensorDataset all(p.x.array(), p.y.array());
    e.fit(data::subset(all, folds[f].train));
    const data::TensorDataset test = data::subset(all, folds[f].test);
    CHECK(r[f] == -train::log_loss(softmax(e.predict(test), 1), test.targets()));
  }
  CHECK(train::fit_seed(8, 0, 1) != train::fit_seed(8, 1, 0));
  CHECK(train::fit_seed(8, 0, 0) != train::fit_seed(9, 0, 0));
}

TEST_CASE("what an estimator prepares is fitted on the training part alone") {
  // Scaled by the training part, x = 0 ... 9 in the test part does not end up in [0, 1].
  std::vector<double> seen;
  const auto build = [&] {
    nn::Dense net(1, 1);
    net.to(float64);
    return train::estimator<optim::SGD>(net, {.lr = 0.0}, nn::MSE{}, {},
                                        {.prepare = data::Pipeline(data::MinMaxScaler(), [&](const Tensor& x) {
                                           for (const double v : list(x)) seen.push_back(v);
                                           return x;
                                         })});
  };
  train::cross_validate(build, places(10), places(10), {.cv = std::vector<data::Fold>{{{2, 3, 4, 5, 6}, {0, 8}}}});
  REQUIRE(seen.size() >= 7);
  CHECK(*std::min_element(seen.begin(), seen.end()) == -0.5);
  CHECK(*std::max_element(seen.begin(), seen.end()) == 1.5);
}

TEST_CASE("a prepared target is undone for what is predicted") {
  const Tensor x = places(20), y = 1000 + 50 * places(20).reshape({-1});
  const auto build = [] {
    nn::Dense net(1, 1);
    net.to(float64);
    return train::estimator<optim::LBFGS>(
        net, {}, nn::MSE{}, {.epochs = 5, .batch_size = 20},
        {.prepare = data::Pipeline(data::StandardScaler()), .prepare_target = data::Pipeline(data::StandardScaler())});
  };
  Generator own(1);
  const GeneratorGuard guard(own);
  train::Estimator e = build();
  e.fit(x, y.reshape({-1, 1}));
  const Tensor out = e.predict(x);
  CHECK(out.shape() == Shape{20, 1});
  CHECK(list((out.reshape({-1}) - y).abs().max())[0] < 1e-3);
  CHECK(throws<ValueError>([&] { e.predict_proba(x); }, "predict_proba: the outputs are values"));
  CHECK(e.history().epoch.size() == 5);
  CHECK(e.module().num_parameters() == 2);
  CHECK(throws<ValueError>([] { train::Estimator(MeanModel()).module(); }, "module: this one has none"));
  CHECK(throws<ValueError>([] { train::Estimator(std::shared_ptr<train::Learner>()); }, "null pointer"));
}

TEST_CASE("several inputs reach the model in every fold") {
  struct Two : nn::Module {
    nn::Dense a{1, 1}, b{1, 1};
    void members(Members& m) override { m("a", a)("b", b); }
    Tensor forward(std::span<const Tensor> in) override { return a(in[0]) + b(in[1]); }
  };
  const Tensor x = places(12).to(float32);
  const train::MultiTensorDataset data({x, x * 2}, {x});
  const auto build = [] { return train::estimator<optim::SGD>(Two(), {.lr = 1e-3}, nn::MSE{}, {.epochs = 2}); };
  const auto r = train::cross_validate(build, data, {.cv = 3, .scoring = "neg_mean_squared_error"});
  CHECK(r["test_score"].size() == 3);
  CHECK(r.warnings.empty());
}

TEST_CASE("outputs become probabilities and classes as the loss says") {
  const Tensor logits = tensor({{2.0, 0.0}, {-1.0, 1.0}}, float64), one = tensor({0.5, -0.5}, float64);
  using train::Outcome;
  using train::Output;
  const Tensor y = tensor({0, 1}, int64);
  const double a = 1 / (1 + std::exp(-2.0)), b = 1 / (1 + std::exp(-0.5));
  CHECK(list(Outcome(logits, y, Output::logits).probability())[0] == Approx(a).epsilon(1e-14));
  CHECK(list(Outcome(logits, y, Output::binary_logits).probability())[1] == 0.5);
  CHECK(list(Outcome(one, y, Output::logits).probability())[0] == Approx(b).epsilon(1e-14));
  CHECK(list(Outcome(one, y, Output::logits).predicted_class()) == std::vector<double>{1, 0});
  CHECK(list(Outcome(logits, y, Output::logits).predicted_class()) == std::vector<double>{0, 1});
  CHECK(list(Outcome(log_softmax(logits, 1), y, Output::log_probabilities).probability())[0] ==
        Approx(a).epsilon(1e-14));
  CHECK(list(Outcome(tensor({2.0, 5.0}), y, Output::values).predicted_class()) == std::vector<double>{2, 5});
  CHECK(throws<ValueError>([&] { Outcome(one, y, Output::values).predicted_class(); }, "not a class: got 0.5"));
  CHECK(throws<ShapeError>([&] { Outcome(one, tensor({1}), Output::values); }, "got prediction [2], target [1]"));

  const auto output_of = [](auto loss) {
    return train::estimator<optim::SGD>(nn::Dense(2, 2), {.lr = 0.1}, loss).output();
  };
  CHECK(output_of(nn::CrossEntropy{}) == Output::logits);
  CHECK(output_of(nn::BinaryCrossEntropyWithLogits{}) == Output::binary_logits);
  CHECK(output_of(nn::BinaryCrossEntropy{}) == Output::probabilities);
  CHECK(output_of(nn::NLL{}) == Output::log_probabilities);
  CHECK(output_of(nn::MSE{}) == Output::values);
  CHECK(train::estimator<optim::SGD>(nn::Dense(2, 2), {.lr = 0.1}, nn::MSE{}, {}, {.output = Output::probabilities})
            .output() == Output::probabilities);
}

TEST_CASE("scorers: names, functions, signs, and classes that a fold lacks") {
  using train::Outcome;
  using train::Output;
  using train::Scorer;
  const Tensor p = tensor({{0.7, 0.2, 0.1}, {0.1, 0.8, 0.1}}, float64);
  const Outcome labels(p, tensor({0, 1}, int64), Output::probabilities);
  const double expected = (std::log(0.7) + std::log(0.8)) / 2;
  CHECK(Scorer("neg_log_loss")(labels) == Approx(expected).epsilon(1e-14));  // class 2 is not among the targets
  CHECK(Scorer("neg_log_loss")(Outcome(p, one_hot(tensor({0, 1}, int64), 3), Output::probabilities)) ==
        Approx(expected).epsilon(1e-14));
  const auto count = [](const Tensor& prediction, const Tensor&) { return static_cast<double>(prediction.dim()); };
  CHECK(Scorer("mine", count)(labels) == 2);
  CHECK(Scorer("mine", count, {.greater_is_better = false})(labels) == -2);
  CHECK(Scorer("mine", count, {.of = train::ScoreOf::predicted_class})(labels) == 1);
  CHECK(Scorer("mine", [](const Outcome& o) { return static_cast<double>(o.classes()); })(labels) == 3);
  CHECK(throws<ValueError>([] { Scorer("acuracy"); },
                           "there is no scorer called \"acuracy\"; by name there are: accuracy, "));
  CHECK(throws<ValueError>([&] { Scorer("roc_auc")(labels); }, "roc_auc: got 3 classes; expected two (roc_auc_ovr"));
  CHECK(throws<ValueError>([] { train::Scoring({"r2", "r2"}); }, "got \"r2\" twice"));
  CHECK(throws<ValueError>([] { train::Scoring(std::vector<Scorer>{}); }, "got no scorers"));
}

TEST_CASE("curves: sizes, values, and what cannot be") {
  const Points p = points(40);
  const auto curve = train::learning_curve(little_net, p.x, p.y, {.params = kNet, .cv = 4, .seed = 1, .n_jobs = 2});
  CHECK(curve.train_sizes == std::vector<std::int64_t>{3, 9, 16, 23, 30});
  CHECK(curve.test_scores.size() == 5);
  CHECK(curve.train_scores[4].size() == 4);
  CHECK(curve.fit_times[0][0] > 0);
  CHECK(train::learning_curve(little_net, p.x, p.y, {.params = kNet, .cv = 4, .seed = 1}).test_scores ==
        curve.test_scores);
  const auto values = train::validation_curve(little_net, p.x, p.y, "units", {2, 16}, {.params = kNet, .cv = 2});
  CHECK(values.test_scores.size() == 2);
  const auto sized = [&](std::vector<Scalar> sizes) {
    return [&, sizes] { train::learning_curve(little_net, p.x, p.y, {.params = kNet, .train_sizes = sizes, .cv = 4}); };
  };
  CHECK(throws<ValueError>(sized({0.0}), "train_sizes: got a share of 0; expected 0 < share <= 1"));
  CHECK(throws<ValueError>(sized({1.5}), "a share of 1.5"));
  CHECK(throws<ValueError>(sized({31}), "train_sizes: got 31 examples; expected 1 to 30"));
  CHECK(throws<ValueError>(sized({}), "train_sizes: got none"));
  CHECK(throws<ValueError>([&] { train::learning_curve(little_net, p.x, p.y, {.params = kNet, .random_state = 1}); },
                           "random_state has no use without shuffle"));
  CHECK(throws<train::ParamError>(
      [&] {
        train::validation_curve(little_net, p.x, p.y, "momentum", {1, 2}, {.params = kNet, .cv = 2});
      },
      "\"momentum\" never reaches the model"));
  CHECK(throws<train::ParamError>([&] { train::validation_curve(little_net, p.x, p.y, "units", {1}, {.cv = 2}); },
                                  "there is no parameter called \""));
}

TEST_SUITE_END();
