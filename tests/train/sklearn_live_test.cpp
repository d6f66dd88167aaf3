// Compared live with scikit-learn, where Python has it (Debian: python3-sklearn).

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <sstream>

#include "tests/train/model_selection.hpp"

TEST_SUITE_BEGIN("train");

using namespace xgrad;
using namespace xgrad::test;

namespace {

using Said = std::vector<std::pair<std::string, std::string>>;

std::string run(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  REQUIRE(pipe);
  std::string text;
  char block[4096];
  for (std::size_t got; (got = std::fread(block, 1, sizeof block, pipe.get())) > 0;) text.append(block, got);
  return text;
}

/// A Python with scikit-learn; "" where there is none.
std::string python() {
  static const std::string found = [] {
    for (const char* name : {"/usr/bin/python3", "python3"})
      if (std::system((std::string(name) + " -c 'import sklearn, scipy' 2>/dev/null").c_str()) == 0)
        return std::string(name);
    return std::string();
  }();
  return found;
}

/// What scikit-learn says of a subject: names and values, line by line.
Said said(const char* subject) {
  Said lines;
  std::istringstream text(run(python() + " " XGRAD_TESTS_DIR "/train/sklearn_live.py " + subject));
  for (std::string line; std::getline(text, line);) {
    const std::size_t tab = line.find('\t');
    REQUIRE(tab != std::string::npos);
    lines.emplace_back(line.substr(0, tab), line.substr(tab + 1));
  }
  REQUIRE_MESSAGE(!lines.empty(), "the script said nothing");
  return lines;
}

bool skipped() {
  if (!python().empty()) return false;
  MESSAGE("SKIPPED: no Python with scikit-learn");
  return true;
}

std::vector<double> numbers(const std::string& text) {
  std::vector<double> values;
  std::istringstream in(text);
  for (std::string word; in >> word;) values.push_back(std::strtod(word.c_str(), nullptr));
  return values;
}

/// Equal to `ulps` units of the last place; NaN to NaN.
bool close(const std::vector<double>& got, const std::vector<double>& expected, double tolerance) {
  bool equal = got.size() == expected.size();
  for (std::size_t i = 0; equal && i < got.size(); ++i) {
    equal = std::isnan(expected[i]) ? std::isnan(got[i])
                                    : std::abs(got[i] - expected[i]) <= tolerance * (1 + std::abs(expected[i]));
    if (!equal) MESSAGE("element " << i << ": got " << got[i] << ", scikit-learn " << expected[i]);
  }
  if (got.size() != expected.size()) MESSAGE("got " << got.size() << " numbers, scikit-learn " << expected.size());
  return equal;
}
bool same(const std::vector<double>& got, const std::vector<double>& expected) { return close(got, expected, 0); }

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& w : words) text += (text.empty() ? "" : " ") + w;
  return text;
}
std::string text_of(const data::Fold& fold) {
  std::string text;
  for (const std::int64_t i : fold.train) text += std::to_string(i) + " ";
  text += "|";
  for (const std::int64_t i : fold.test) text += " " + std::to_string(i);
  return text;
}

/// The same number, the last digit apart, where it is one of a logarithmic distribution: NumPy has a power function of
/// its own on some processors.
bool nearly(const Said::value_type& a, const Said::value_type& b) {
  if (a.first != b.first || !a.second.starts_with("lr 0x") || !b.second.starts_with("lr 0x")) return false;
  const double x = numbers(a.second.substr(3))[0], y = numbers(b.second.substr(3))[0];
  return std::abs(x - y) <= 4e-16 * std::abs(y);
}

/// Checks that what we say is what scikit-learn says, line by line; returns the number of lines.
std::size_t compare(const Said& ours, const Said& theirs) {
  CHECK(ours.size() == theirs.size());
  std::size_t different = 0;
  for (std::size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i) {
    if (ours[i] == theirs[i] || nearly(ours[i], theirs[i])) continue;
    if (++different <= 3)
      MESSAGE("got " << ours[i].first << ": " << ours[i].second << "\nscikit-learn " << theirs[i].first << ": "
                     << theirs[i].second);
  }
  CHECK(different == 0);
  return theirs.size();
}

class Lcg {
 public:
  explicit Lcg(std::int64_t seed) : state_(seed) {}
  double uniform() {
    state_ = (1103515245 * state_ + 12345) % 2147483648;
    return static_cast<double>(state_) / 2147483648;
  }
  Tensor matrix(std::int64_t rows, std::int64_t columns) {
    std::vector<double> values;
    for (std::int64_t i = 0; i < rows * columns; ++i) values.push_back(uniform());
    return tensor(values, Shape{rows, columns});
  }
  std::vector<std::int64_t> whole(std::int64_t rows, std::int64_t n) {
    std::vector<std::int64_t> values;
    for (std::int64_t i = 0; i < rows; ++i)
      values.push_back(static_cast<std::int64_t>(uniform() * static_cast<double>(n)));
    return values;
  }

 private:
  std::int64_t state_;
};

Tensor labels(const std::vector<std::int64_t>& values) { return Tensor(Array::copy_of(values)); }
std::vector<double> values_of(const Tensor& t) {
  const Array wide = t.array().to(float64);
  return {wide.values<double>().begin(), wide.values<double>().end()};
}

}  // namespace

TEST_CASE("splits are scikit-learn's for many sizes, folds and seeds") {
  if (skipped()) return;
  Said ours;
  for (const std::int64_t n : {7, 10, 23, 100}) {
    std::vector<std::int64_t> classes;
    for (std::int64_t i = 0; i < n; ++i) classes.push_back((i + i / 4) % 3);
    const Tensor y = labels(classes);
    for (const std::int64_t k : {2, 3, 5}) {
      if (n <= 10 && k == 5) continue;  // a class needs as many members
      for (const std::int64_t seed :
           {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, std::int64_t{42}, std::int64_t{4294967295}}) {
        const std::string name =
            " " + std::to_string(n) + " " + std::to_string(k) + " " + (seed < 0 ? "None" : std::to_string(seed));
        data::KFoldOptions options;
        if (seed >= 0) options = {.shuffle = true, .random_state = seed};
        for (const auto& f : train::Cv(data::KFold(k, options)).split(y, true))
          ours.emplace_back("KFold" + name, text_of(f));
        for (const auto& f : train::Cv(data::StratifiedKFold(k, options)).split(y, true))
          ours.emplace_back("StratifiedKFold" + name, text_of(f));
        if (seed < 0) continue;
        const data::ShuffleSplitOptions half{.test_size = 0.5, .random_state = seed};
        for (const auto& f : train::Cv(data::ShuffleSplit(k, half)).split(y, true))
          ours.emplace_back("ShuffleSplit" + name, text_of(f));
        for (const auto& f : train::Cv(data::StratifiedShuffleSplit(k, half)).split(y, true))
          ours.emplace_back("StratifiedShuffleSplit" + name, text_of(f));
      }
    }
  }
  CHECK(compare(ours, said("splits")) > 500);
}

TEST_CASE("scalers and encoders are scikit-learn's") {
  if (skipped()) return;
  std::map<std::string, std::string> theirs;
  for (const auto& [name, value] : said("transforms")) theirs[name] = value;
  std::vector<double> cells = values_of(Lcg(5).matrix(20, 4));
  for (double& v : cells) v = v * 10 - 3;
  for (std::size_t row = 0; row < 20; ++row) cells[row * 4 + 2] = 1.25;
  cells[3 * 4 + 1] = std::nan("");
  const Tensor x = tensor(cells, Shape{20, 4});
  const auto check = [&](const std::string& name, auto scaler) {
    CAPTURE(name);
    scaler.fit(x.slice(0, 0, 12));
    const Tensor y = scaler.transform(x);
    CHECK(close(values_of(y), numbers(theirs.at(name)), 1e-15));
    CHECK(close(values_of(scaler.inverse_transform(y)), numbers(theirs.at(name + " inverse")), 2e-15));
  };
  check("MinMaxScaler", data::MinMaxScaler({.min = -1, .max = 2}));
  check("StandardScaler", data::StandardScaler());
  const Tensor c = labels(Lcg(6).whole(30, 5)).reshape({10, 3});
  data::OneHotEncoder one_hot;
  CHECK(same(values_of(one_hot.fit_transform(c)), numbers(theirs.at("OneHotEncoder"))));
  std::vector<std::string> words;
  for (const std::int64_t i : Lcg(7).whole(12, 4))
    words.push_back(std::vector<std::string>{"pear", "apple", "Zebra", "fig"}[static_cast<std::size_t>(i)]);
  CHECK(same(values_of(data::LabelEncoder().fit_transform(words)), numbers(theirs.at("LabelEncoder"))));
  CHECK(same(values_of(data::LabelBinarizer().fit_transform(words)), numbers(theirs.at("LabelBinarizer"))));
}

TEST_CASE("grids come in ParameterGrid's order, draws are ParameterSampler's") {
  if (skipped()) return;
  Said ours;
  const auto add = [&](const std::string& name, const std::vector<train::Params>& all, std::size_t last = 1000) {
    for (std::size_t i = all.size() - std::min(all.size(), last); i < all.size(); ++i)
      ours.emplace_back(name, all[i].repr());
  };
  const train::ParamGrid big{
      {"units", {8, 16, 32}}, {"Lr", {0.1, 1e-5}}, {"act", {"relu", "tanh"}}, {"bias", {true, false}}};
  add("big", big.candidates());
  add("two", train::ParamGrid({{{"b", {1, 2}}, {"a", {0.5}}}, {}, {{"c", {nullptr, {64, 32}}}}}).candidates());
  const train::ParamDistributions lists{
      {"units", {8, 16, 32}}, {"Lr", {0.1, 1e-5}}, {"act", {"relu", "tanh"}}, {"bias", {true, false}}};
  std::vector<int> fifty;
  for (int i = 0; i < 50; ++i) fifty.push_back(i);
  const train::ParamDistributions many{{"i", fifty}, {"j", fifty}};
  const std::vector<train::ParamDistributions> both{
      {{"lr", train::loguniform(1e-4, 1e-1)}, {"n", train::randint(3, 1000)}, {"act", {"a", "b", "c"}}},
      {{"drop", train::uniform(0.25, 0.75)}}};
  for (std::int64_t seed = 0; seed < 6; ++seed) {
    const std::string text = std::to_string(seed);
    for (const std::int64_t n : {1, 5, 12, 23, 24})
      add("lists " + text + " " + std::to_string(n), lists.sample(n, seed));
    for (const std::int64_t n : {3, 2490}) add("many " + text + " " + std::to_string(n), many.sample(n, seed), 5);
    for (const train::Params& p : train::ParamDistributions(both).sample(8, seed))
      for (const auto& [name, value] : p) {
        char bits[64];
        const double* real = std::get_if<double>(&value.data());
        if (real) std::snprintf(bits, sizeof bits, "%.13a", *real);
        ours.emplace_back("mixed " + text, name + " " +
                                               (real            ? bits
                                                : name == "act" ? value.as<std::string>()
                                                                : value.repr()));
      }
  }
  CHECK(compare(ours, said("grid")) > 500);
}

TEST_CASE("a whole grid search has scikit-learn's cv_results, bit for bit, ties and NaN among the scores") {
  if (skipped()) return;
  std::map<std::string, std::string> theirs;
  for (const auto& [name, value] : said("search")) theirs[name] = value;
  const Tensor x = places(60);
  const train::Scorer second("second", [](const train::Outcome& o) {
    return -2.5 * o.prediction().slice(0, 0, 1).item<double>() + 0.1 * o.target().slice(0, 0, 1).item<double>();
  });
  std::size_t compared = 0;
  for (const int cv : {3, 5, 10}) {
    for (const std::string scoring : {"one", "both"}) {
      const std::string name = std::to_string(cv) + " " + scoring;
      CAPTURE(name);
      train::SearchOptions options{.cv = cv, .return_train_score = cv != 3, .n_jobs = 2};
      if (scoring == "one") {
        options.scoring = first_prediction();
      } else {
        options.scoring = {first_prediction(), second};
        options.refit = "second";
      }
      train::GridSearchCV search(formula_model, {{"a", {0, 1, 2, 3, 4, 5}}, {"b", {0, 1, 2, 3, 4}}}, options);
      search.fit(x, places(60).reshape({-1}));
      const train::CvResults& results = search.cv_results();
      CHECK(joined(results.names()) == theirs.at(name + " names"));
      for (const std::string& column : results.names()) {
        if (column.ends_with("_time")) continue;
        CAPTURE(column);
        if (column == "params" || column.starts_with("param_")) {
          std::string text;
          for (const train::Params& p : results.params()) {
            std::string cell = column == "params" ? p.repr() : p.find(column.substr(6))->repr();
            std::erase(cell, ' ');
            text += (text.empty() ? "" : " ") + cell;
          }
          CHECK(text == theirs.at(name + " " + column));
        } else {
          CHECK(same(results[column], numbers(theirs.at(name + " " + column))));
        }
        ++compared;
      }
      char best[64];
      std::snprintf(best, sizeof best, "%.13a", search.best_score());
      std::string params = search.best_params().repr();
      std::erase(params, ' ');
      CHECK(std::to_string(search.best_index()) + " " + best + " " + params == theirs.at(name + " best"));
    }
  }
  CHECK(compared > 100);
}

TEST_CASE("every scorer agrees with scikit-learn's metric on random data") {
  if (skipped()) return;
  std::map<std::string, std::vector<std::string>> theirs;  // by case: "scorer value"
  std::size_t compared = 0;
  std::string known;
  for (const auto& [name, value] : said("scorers")) {
    if (name == "names") {
      known = " " + value + " ";
      continue;
    }
    const std::size_t space = name.rfind(' ');
    theirs[name.substr(0, space)].push_back(name.substr(space + 1) + " " + value);
  }
  const auto check = [&](const std::string& name, const train::Outcome& outcome, const train::Outcome& coarse) {
    for (const std::string& line : theirs.at(name)) {
      const std::string scorer = line.substr(0, line.find(' '));
      CAPTURE(name);
      CAPTURE(scorer);
      const bool rounded = scorer == "roc_auc" || scorer == "average_precision" || scorer == "neg_brier_score";
      CHECK(close({train::Scorer(scorer)(rounded ? coarse : outcome)}, numbers(line.substr(scorer.size() + 1)), 1e-14));
      ++compared;
    }
  };
  Lcg random(11);
  for (int c = 0; c < 4; ++c) {
    for (const std::int64_t k : {2, 3, 5}) {
      const Tensor scores = random.matrix(40, k);
      const Tensor p = scores / scores.sum(1, true);
      std::vector<std::int64_t> y;
      if (c == 3) {
        const Tensor best = p.argmax(1);
        y.assign(best.values<std::int64_t>().begin(), best.values<std::int64_t>().end());
        y[0] = (y[0] + 1) % k;
      } else {
        y = random.whole(40, k);
      }
      const train::Outcome outcome(p, labels(y), train::Output::probabilities);
      const Tensor coarse = (p * 8 + 0.5).to(int64).to(float64) / 8;
      check(std::to_string(c) + " " + std::to_string(k), outcome,
            k == 2 ? train::Outcome(coarse.slice(1, 1, 2), labels(y), train::Output::probabilities) : outcome);
    }
  }
  for (int c = 0; c < 3; ++c) {
    const std::int64_t outputs = c < 2 ? 1 : 3;
    Tensor y = random.matrix(25, outputs) * 4;
    const Tensor p = random.matrix(25, outputs) * 4;
    if (c == 1) y = full({25, 1}, 2.0, float64);
    const train::Outcome outcome(p, y, train::Output::values);
    check(std::to_string(c) + " values", outcome, outcome);
  }
  CHECK(compared > 250);
  for (const std::string& name : train::scorer_names()) {
    CAPTURE(name);
    CHECK(known.find(" " + name + " ") != std::string::npos);
  }
}

namespace {

/// Scores by what it was trained on.
struct Seen : train::Learner {
  explicit Seen(double s) : shift(s) {}
  void fit(const data::Dataset& data) override {
    sum = 0;
    double place = 0;
    for (const double v : values_of(data.all().x)) sum += v * ++place;
  }
  Tensor predict(const data::Dataset& data) override {
    return full({data.size()}, sum + shift + data.all().x.slice(0, 0, 1).item<double>() / 7, float64);
  }
  double shift, sum = 0;
};

std::vector<double> flat(const train::ScoreTable& table) {
  std::vector<double> all;
  for (const auto& row : table) all.insert(all.end(), row.begin(), row.end());
  return all;
}

}  // namespace

TEST_CASE("learning and validation curves are scikit-learn's") {
  if (skipped()) return;
  std::map<std::string, std::string> theirs;
  for (const auto& [name, value] : said("curves")) theirs[name] = value;
  const auto build = [](const train::Params& p) -> train::Estimator { return Seen(p.get("shift", 0.0)); };
  const std::pair<const char*, std::vector<Scalar>> sizes[] = {{"default", train::LearningCurveOptions{}.train_sizes},
                                                               {"shares", {0.999, 0.01, 0.5, 0.5}},
                                                               {"counts", {7, 1, 3}}};
  for (const auto& [n, cv] : {std::pair{50, 5}, std::pair{33, 3}, std::pair{21, 2}}) {
    const Tensor x = places(n), y = places(n).reshape({-1}) / 3;
    for (const auto& [name, train_sizes] : sizes) {
      for (const int state : {-1, 0, 7}) {
        train::LearningCurveOptions options{
            .train_sizes = train_sizes, .cv = cv, .scoring = first_prediction(), .shuffle = state >= 0};
        if (state >= 0) options.random_state = state;
        const train::LearningCurve curve = train::learning_curve(build, x, y, options);
        const std::string prefix = std::string(name) + " " + std::to_string(n) + " " +
                                   (state < 0 ? std::string("None") : std::to_string(state));
        CAPTURE(prefix);
        CHECK(same({curve.train_sizes.begin(), curve.train_sizes.end()}, numbers(theirs.at(prefix + " sizes"))));
        CHECK(same(flat(curve.train_scores), numbers(theirs.at(prefix + " train"))));
        CHECK(same(flat(curve.test_scores), numbers(theirs.at(prefix + " test"))));
        CHECK(curve.warnings.size() == (std::string(name) == "shares" ? 1 : 0));
      }
    }
    const auto curve =
        train::validation_curve(build, x, y, "shift", {0.5, 2, 3}, {.cv = cv, .scoring = first_prediction()});
    CHECK(same(flat(curve.train_scores), numbers(theirs.at("validation " + std::to_string(n) + " train"))));
    CHECK(same(flat(curve.test_scores), numbers(theirs.at("validation " + std::to_string(n) + " test"))));
  }
}

TEST_SUITE_END();
