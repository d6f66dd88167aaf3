#include <algorithm>
#include <atomic>
#include <limits>
#include <sstream>

#include "tensor/parallel.hpp"
#include "tests/files.hpp"
#include "tests/throws.hpp"
#include "tests/train/model_selection.hpp"

TEST_SUITE_BEGIN("train");

using namespace xgrad;
using namespace xgrad::test;
using train::GridSearchCV;
using train::Params;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// A fit that may fail, and scores by a table.
struct Scripted : train::Learner {
  explicit Scripted(double s) : score(s) {}
  void fit(const data::Dataset&) override {
    if (std::isinf(score)) throw ValueError("the weights ran away");
  }
  Tensor predict(const data::Dataset& data) override { return full({data.size()}, score, float64); }
  double score;
};
train::Estimator scripted(const Params& p) { return Scripted(p["score"]); }
const Tensor kX = places(6), kY = places(6).reshape({-1});

}  // namespace

TEST_CASE("a search prints as scikit-learn's users do, and knows the best") {
  GridSearchCV search(scripted, {{"score", {0.5, 0.875, 0.875}}, {"name", {"adam"}}},
                      {.cv = 2, .scoring = first_prediction(), .unread = train::Unread::ignore});
  CHECK(throws<ValueError>([&] { search.best_score(); },
                           "train::GridSearchCV: there are no results yet; call fit first"));
  search.fit(kX, kY);
  std::ostringstream out;
  out << search;
  CHECK(out.str() ==
        "Best: 0.875000 using {'name': 'adam', 'score': 0.875}\n"
        "0.500000 (0.000000) with: {'name': 'adam', 'score': 0.5}\n"
        "0.875000 (0.000000) with: {'name': 'adam', 'score': 0.875}\n"
        "0.875000 (0.000000) with: {'name': 'adam', 'score': 0.875}\n");
  CHECK(search.best_index() == 1);
  CHECK(search.best_score() == 0.875);
  CHECK(search.best_params().repr() == "{'name': 'adam', 'score': 0.875}");
  CHECK(search.n_splits() == 2);
  CHECK(search.refit_time() >= 0);
  CHECK(search.score(kX, kY) == 0.875);
  CHECK(search.predict(kX).shape() == Shape{6});
  CHECK(search.cv_results()["rank_test_score"] == std::vector<double>{3, 1, 1});
  CHECK(search.cv_results().csv(false) ==
        "param_name,param_score,params,split0_test_score,split1_test_score,mean_test_score,std_test_score,rank_test_"
        "score\n"
        "adam,0.5,\"{'name': 'adam', 'score': 0.5}\",0.5,0.5,0.5,0,3\n"
        "adam,0.875,\"{'name': 'adam', 'score': 0.875}\",0.875,0.875,0.875,0,1\n"
        "adam,0.875,\"{'name': 'adam', 'score': 0.875}\",0.875,0.875,0.875,0,1\n");
  CHECK(throws<ValueError>([&] { search.cv_results()["mean_score"]; },
                           "there is no column of numbers called \"mean_score\"; there are: mean_fit_time, "));
}

TEST_CASE("cv_results with typed-in constants: scikit-learn 1.2.1 for the same scores") {
  // GridSearchCV(Fake(), {'a': range(3), 'b': range(2)}, cv=3) of tests/train/sklearn_live.py on 60 examples.
  GridSearchCV search(formula_model, {{"b", {0, 1}}, {"a", {0, 1, 2}}}, {.cv = 3, .scoring = first_prediction()});
  search.fit(places(60), places(60).reshape({-1}));
  const auto& r = search.cv_results();
  const auto& mean = r["mean_test_score"];
  CHECK(std::isnan(mean[0]));
  CHECK(mean[1] == 0x1.3333333333333p-2);
  CHECK(r["split1_test_score"][1] == 0x1.3333333333333p-2);
  CHECK(r["std_test_score"][1] == 0x1.4e6fdf33cf032p-4);
  CHECK(mean[3] == 0x1.4444444444444p-1);
  CHECK(r["rank_test_score"] == std::vector<double>{6, 5, 1, 2, 4, 3});
  CHECK(r.params()[2].repr() == "{'a': 1, 'b': 0}");
}

TEST_CASE("candidates of different grids: a parameter that one lacks has no value in its row") {
  GridSearchCV search([](const Params& p) -> train::Estimator { return Scripted(p.get("a", 0.25) + p.get("b", 0.0)); },
                      train::ParamGrid({{{"a", {0.5}}}, {{"b", {0.125, 1.0}}}}),
                      {.cv = 2, .scoring = first_prediction()});
  search.fit(kX, kY);
  const auto a = search.cv_results().param("a"), b = search.cv_results().param("param_b");
  CHECK((a[0] && *a[0] == 0.5 && !a[1] && !a[2]));
  CHECK((!b[0] && b[1] && *b[2] == 1.0));
  CHECK(search.best_index() == 2);
  CHECK(search.cv_results().csv(false).find("\n,0.125,{'b': 0.125},") != std::string::npos);
  CHECK(throws<ValueError>([&] { search.cv_results().param("c"); }, "there is no parameter called \"c\""));
}

TEST_CASE("a search gives the same results with any number of jobs and threads") {
  const Points p = points();
  const auto table = [&](int n_jobs) {
    GridSearchCV search(little_net, little_grid(),
                        {.cv = 3,
                         .scoring = {"neg_log_loss", "accuracy"},
                         .refit = "accuracy",
                         .return_train_score = true,
                         .seed = 2,
                         .n_jobs = n_jobs});
    search.fit(p.x, p.y);
    const Tensor out = search.predict(p.x);
    return search.cv_results().csv(false) + std::to_string(out.sum().item<double>());
  };
  const int before = num_threads();
  const std::string reference = table(1);
  for (const int threads : {2, 5}) {
    set_num_threads(threads);
    for (const int n_jobs : {1, 2, 5}) CHECK(table(n_jobs) == reference);
  }
  set_num_threads(before);
  CHECK(reference.find("nan") == std::string::npos);
}

TEST_CASE("a grid that never reaches the model is an error, before anything is trained") {
  std::atomic<int> fits{0};
  struct Counting : Scripted {
    Counting(double s, std::atomic<int>& f) : Scripted(s), fits(&f) {}
    void fit(const data::Dataset&) override { ++*fits; }
    std::atomic<int>* fits;
  };
  const Points p = points(30);
  // a network: its builder forgets the learning rate
  const auto forgetful = [](const Params& params) {
    nn::Dense net(2, 2);
    return train::estimator<optim::SGD>(net, {.lr = 0.01}, nn::CrossEntropy{}, {.epochs = params["epochs"]});
  };
  const train::ParamGrid grid{{"learning_rate", {0.1, 0.01}}, {"epochs", {1}}};
  CHECK(throws<train::ParamError>([&] { GridSearchCV(forgetful, grid, {.cv = 2}).fit(p.x, p.y); },
                                  "train::GridSearchCV: \"learning_rate\" never reaches the model"));
  GridSearchCV warned(forgetful, grid, {.cv = 2, .unread = train::Unread::warn});
  warned.fit(p.x, p.y);
  REQUIRE(warned.warnings().size() == 1);
  CHECK(contains(warned.warnings()[0], "\"learning_rate\" never reaches the model"));
  GridSearchCV silent(forgetful, grid, {.cv = 2, .unread = train::Unread::ignore});
  CHECK(silent.fit(p.x, p.y).warnings().empty());
  // anything else may ask late, so it is one fold of every candidate before there can be a verdict
  const auto counting = [&](const Params& params) -> train::Estimator { return Counting(params["score"], fits); };
  CHECK(throws<train::ParamError>(
      [&] {
        GridSearchCV(counting, {{"score", {1, 2}}, {"x", {1, 2}}}, {.cv = 3, .scoring = first_prediction()})
            .fit(kX, kY);
      },
      "\"x\" never reaches the model"));
  CHECK(fits == 4);
  // conditional parameters are asked for by some candidates
  const auto conditional = [](const Params& params) -> train::Estimator {
    return Scripted(params["kind"] == "a" ? params["x"].as<double>() : 0);
  };
  GridSearchCV fine(conditional, {{"kind", {"b", "a"}}, {"x", {1, 2}}}, {.cv = 2, .scoring = first_prediction()});
  CHECK(fine.fit(kX, kY).best_params().repr() == "{'kind': 'a', 'x': 2}");
}

TEST_CASE("a parameter that the builder asks for in vain is an error whatever error_score says") {
  CHECK(throws<train::ParamError>(
      [] {
        GridSearchCV(scripted, {{"scores", {1}}}, {.cv = 2, .error_score = 0}).fit(kX, kY);
      },
      "there is no parameter called \"score\"; there are: scores"));
}

TEST_CASE("fits that fail: NaN with a warning, another score, or the error itself; all of them: an error") {
  const train::ParamGrid grid{{"score", {0.5, HUGE_VAL, 0.25}}};
  GridSearchCV search(scripted, grid,
                      {.cv = 2, .scoring = first_prediction(), .return_train_score = true, .n_jobs = 2});
  search.fit(kX, kY);
  const auto& r = search.cv_results();
  CHECK(std::isnan(r["mean_test_score"][1]));
  CHECK(std::isnan(r["mean_train_score"][1]));
  CHECK(r["rank_test_score"] == std::vector<double>{1, 3, 2});
  REQUIRE(search.warnings().size() == 2);
  CHECK(search.warnings()[0] == "fold 0 of {'score': inf} failed, its score is nan: the weights ran away");
  GridSearchCV filled(scripted, grid, {.cv = 2, .scoring = first_prediction(), .refit = false, .error_score = 9});
  CHECK(filled.fit(kX, kY).cv_results()["mean_test_score"][1] == 9);
  for (const int n_jobs : {1, 2}) {
    GridSearchCV raising(scripted, grid, {.cv = 2, .scoring = first_prediction(), .error_score = {}, .n_jobs = n_jobs});
    CHECK(throws<ValueError>([&] { raising.fit(kX, kY); }, "the weights ran away"));
  }
  CHECK(throws<ValueError>(
      [] {
        GridSearchCV(scripted, {{"score", {HUGE_VAL}}}, {.cv = 2, .scoring = first_prediction()}).fit(kX, kY);
      },
      "all 2 fits failed, the first of them with: the weights ran away"));
  // NaN scores without failures rank last, and equal
  GridSearchCV nans(scripted, {{"score", {kNaN, -1e9, kNaN}}}, {.cv = 2, .scoring = first_prediction()});
  CHECK(nans.fit(kX, kY).cv_results()["rank_test_score"] == std::vector<double>{2, 1, 2});
  GridSearchCV only(scripted, {{"score", {kNaN}}}, {.cv = 2, .scoring = first_prediction()});
  CHECK(only.fit(kX, kY).best_index() == 0);
  // a failed search leaves the results of the last one
  struct Once {
    static train::Estimator build(const Params& p) { return scripted(p); }
  };
  GridSearchCV twice(Once::build, {{"score", {0.5}}}, {.cv = 2, .scoring = first_prediction()});
  twice.fit(kX, kY);
  CHECK(throws<ValueError>([&] { twice.fit(places(1), places(1)); }, ""));
  CHECK(twice.best_score() == 0.5);
}

TEST_CASE("refit: on all data with its own seed, by the scorer that is named, or not at all") {
  const Points p = points();
  GridSearchCV search(little_net, little_grid(), {.cv = 3, .seed = 4});
  search.fit(p.x, p.y);
  Generator own(train::fit_seed(4, search.best_index(), 3));
  const GeneratorGuard guard(own);
  train::Estimator again = little_net(search.best_params());
  again.fit(p.x, p.y);
  const Tensor a = again.predict(p.x), b = search.predict(p.x);
  CHECK((a - b).abs().max().item<double>() == 0);

  train::SearchOptions several{.cv = 2, .scoring = {first_prediction("x"), first_prediction("y")}};
  CHECK(throws<ValueError>(
      [&] {
        GridSearchCV(scripted, {{"score", {1}}}, several).fit(kX, kY);
      },
      "refit: got true; expected the scorer that decides, of x, y, or false"));
  several.refit = "z";
  CHECK(throws<ValueError>([&] { GridSearchCV(scripted, {{"score", {1}}}, several).fit(kX, kY); }, "refit: got \"z\""));
  several.refit = false;
  GridSearchCV open(scripted, {{"score", {1}}}, several);
  open.fit(kX, kY);
  CHECK(open.cv_results().contains("rank_test_y"));
  CHECK(throws<ValueError>([&] { open.best_params(); }, "several scorers leave open which candidate is best"));
  CHECK(throws<ValueError>([&] { open.best_estimator(); }, "made with {.refit = false}"));
  CHECK(contains(open.str(), "x\n1.000000 (0.000000) with: {'score': 1}\ny\n"));
}

TEST_CASE("a randomised search tries what it draws") {
  const train::ParamDistributions d{{"score", train::uniform(0, 1)}};
  train::RandomizedSearchCV search(scripted, d, {.n_iter = 7, .random_state = 3},
                                   {.cv = 2, .scoring = first_prediction()});
  search.fit(kX, kY);
  CHECK(search.cv_results().params() == d.sample(7, 3));
  const auto& means = search.cv_results()["mean_test_score"];
  CHECK(search.best_score() == *std::max_element(means.begin(), means.end()));
}

TEST_CASE("wrong options of a search are found before the first fit") {
  std::atomic<int> fits{0};
  const auto build = [&](const Params& p) -> train::Estimator {
    ++fits;
    return scripted(p);
  };
  const auto fails = [&](const train::ParamGrid& grid, const train::SearchOptions& o, const char* part) {
    return throws<ValueError>([&] { GridSearchCV(build, grid, o).fit(kX, kY); }, part);
  };
  CHECK(fails({{"score", {1}}}, {.cv = 2, .n_jobs = 0}, "train::GridSearchCV: n_jobs: got 0"));
  CHECK(fails(std::vector<train::ParamGrid>{}, {.cv = 2}, "got an empty grid"));
  CHECK(fails({{"score", {1}}}, {.cv = 7}, "data::KFold"));
  CHECK(fits <= 1);  // tried out, not trained
  CHECK(throws<ShapeError>(
      [&] {
        GridSearchCV(build, {{"score", {1}}}).fit(places(3), places(4));
      },
      "data::TensorDataset"));
}

TEST_CASE("progress: a line for each fit with the time left") {
  std::string text;
  GridSearchCV search(
      scripted, {{"score", {0.5, 0.25}}},
      {.cv = 2, .scoring = first_prediction(), .verbose = 1, .write = [&](std::string_view part) { text += part; }});
  search.fit(kX, kY);
  CHECK(contains(text, "fit 1/4  fold 0 of {'score': 0.5}: 0.500000  0.0 s, 0:00 left\n"));
  CHECK(contains(text, "fit 4/4  fold 1 of {'score': 0.25}: 0.250000  0.0 s, 0:00 left\n"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 4);
}

TEST_SUITE_END();
