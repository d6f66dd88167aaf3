/// Rows: scaling, encoding, splitting, metrics and CSV, as scikit-learn does them.

#include <cmath>
#include <cstdlib>
#include <optional>
#include <regex>

#include "autograd/autograd.hpp"
#include "data/data.hpp"
#include "tests/reference_test/table.hpp"
#include "train/metrics.hpp"

namespace xgrad::reference {

namespace {

/// What scikit-learn was called with: the attributes of a case, and for those it lacks the keywords in its expression.
class Call {
 public:
  explicit Call(const Case& c) : case_(c), expression_(c.text("sklearn")) {}

  bool says(std::string_view part) const { return expression_.find(part) != std::string::npos; }
  bool has(const std::string& name) const { return case_.has(name) || keyword(name).has_value(); }

  std::string text(const std::string& name, const std::string& otherwise) const {
    if (case_.has(name)) return case_.text(name);
    std::string value = keyword(name).value_or(otherwise);
    std::erase_if(value, [](char c) { return c == '\'' || c == '"'; });
    return value;
  }
  double number(const std::string& name, double otherwise) const {
    const std::vector<double> values = numbers(name);
    return values.empty() ? otherwise : values.front();
  }
  std::int64_t integer(const std::string& name, std::int64_t otherwise) const {
    return static_cast<std::int64_t>(number(name, static_cast<double>(otherwise)));
  }
  std::optional<std::int64_t> seed() const {
    return has("random_state") ? std::optional(integer("random_state", 0)) : std::nullopt;
  }
  bool flag(const std::string& name, bool otherwise = false) const {
    if (case_.has(name)) return case_.flag(name);
    const std::string value = text(name, otherwise ? "True" : "False");
    return value == "True" || value == "1";
  }
  /// All numbers in a value: "(-1, 2)" has two.
  std::vector<double> numbers(const std::string& name) const {
    if (case_.has(name)) return case_.numbers(name);
    const std::string value = keyword(name).value_or("");
    static const std::regex number("[-+]?[0-9]*\\.?[0-9]+([eE][-+]?[0-9]+)?");
    std::vector<double> out;
    for (std::sregex_iterator i(value.begin(), value.end(), number), end; i != end; ++i)
      out.push_back(std::strtod(i->str().c_str(), nullptr));
    return out;
  }
  std::vector<std::int64_t> integers(const std::string& name) const {
    std::vector<std::int64_t> out;
    for (const double v : numbers(name)) out.push_back(static_cast<std::int64_t>(v));
    return out;
  }
  /// A count or a share, as it was written.
  std::optional<Scalar> size(const std::string& name) const {
    if (!has(name)) return {};
    const double v = number(name, 0);
    if (v == std::floor(v)) return Scalar(static_cast<std::int64_t>(v));
    return Scalar(v);
  }
  /// An argument that is one of the inputs: "x2".
  Tensor input(const std::string& name) const {
    const std::string value = text(name, "None");
    return value.starts_with("x") ? case_[std::atoi(value.c_str() + 1)] : Tensor();
  }

 private:
  /// What stands behind "name=" in the expression.
  std::optional<std::string> keyword(const std::string& name) const {
    std::smatch found;
    if (!std::regex_search(expression_, found, std::regex("[(, ]" + name + "="))) return {};
    std::string value;
    int depth = 0;
    for (auto p = found.suffix().first; p != expression_.end(); ++p) {
      if (depth == 0 && (*p == ',' || *p == ')')) break;
      depth += *p == '(' || *p == '[' ? 1 : *p == ')' || *p == ']' ? -1 : 0;
      value += *p;
    }
    return value;
  }

  const Case& case_;
  std::string expression_;
};

/// Compares one number; where integers are expected it must be one.
void number(Case& c, Report& report, double value) {
  const Array expected = c.read("output");
  Array got = Array::full(expected.shape(), value, float64);
  if (!is_floating(expected.dtype()) && value == std::floor(value)) got = got.to(int64);
  report.compare("output", got, expected);
}

using Check = void (*)(Case&, Report&, const Call&);

// ---- metrics -----------------------------------------------------------------------------------------------------

void accuracy(Case& c, Report& report, const Call& call) {
  if (call.says("top_k_accuracy")) return number(c, report, train::top_k_accuracy(c[1], c[0], call.integer("k", 2)));
  number(c, report,
         train::accuracy(c[1], c[0],
                         {.normalize = call.flag("normalize", true), .sample_weight = call.input("sample_weight")}));
}

void confusion_matrix(Case& c, Report& report, const Call& call) {
  const std::string by = call.text("normalize", "None");
  using train::Normalize;
  const Normalize normalize = by == "true"   ? Normalize::truth
                              : by == "pred" ? Normalize::prediction
                              : by == "all"  ? Normalize::all
                                             : Normalize::none;
  report.compare(
      "output",
      train::confusion_matrix(
          c[1], c[0],
          {.labels = call.integers("labels"), .normalize = normalize, .sample_weight = call.input("sample_weight")}),
      c.read("output"));
}

/// Precision, recall or an F score; `column` picks it from the scores of each class.
void score(Case& c, Report& report, const Call& call, double beta,
           double (*average)(const Tensor&, const Tensor&, double, const train::ScoreOptions&),
           Tensor train::ClassScores::*column) {
  const std::string by = call.text("average", "binary");
  const Tensor weight = call.input("sample_weight");
  const std::vector<std::int64_t> labels = call.integers("labels");
  const double zero = call.number("zero_division", 0);
  if (by == "none" || by == "None") {
    const train::ClassScores scores = train::precision_recall_f1_support(
        c[1], c[0], {.labels = labels, .zero_division = zero, .beta = beta, .sample_weight = weight});
    report.compare("output", scores.*column, c.read("output"));
    return;
  }
  using train::Average;
  const Average kind = by == "micro"      ? Average::micro
                       : by == "macro"    ? Average::macro
                       : by == "weighted" ? Average::weighted
                                          : Average::binary;
  if (kind == Average::binary && by != "binary") throw NotBuilt{"average " + by};
  number(c, report,
         average(c[1], c[0], beta,
                 {.average = kind,
                  .pos_label = call.integer("pos_label", 1),
                  .labels = labels,
                  .zero_division = zero,
                  .sample_weight = weight}));
}

void precision(Case& c, Report& report, const Call& call) {
  score(
      c, report, call, 1,
      [](const Tensor& p, const Tensor& t, double, const auto& o) { return train::precision(p, t, o); },
      &train::ClassScores::precision);
}
void recall(Case& c, Report& report, const Call& call) {
  score(
      c, report, call, 1,
      [](const Tensor& p, const Tensor& t, double, const auto& o) { return train::recall(p, t, o); },
      &train::ClassScores::recall);
}
void f1(Case& c, Report& report, const Call& call) {
  score(
      c, report, call, 1, [](const Tensor& p, const Tensor& t, double, const auto& o) { return train::f1(p, t, o); },
      &train::ClassScores::f1);
}
void fbeta(Case& c, Report& report, const Call& call) {
  score(c, report, call, call.number("beta", 1), train::fbeta, &train::ClassScores::f1);
}

void log_loss(Case& c, Report& report, const Call& call) {
  const std::vector<double> eps = call.numbers("eps");
  number(c, report,
         train::log_loss(c[1], c[0],
                         {.eps = eps.empty() ? std::nullopt : std::optional(eps.front()),
                          .normalize = call.flag("normalize", true),
                          .labels = call.integers("labels"),
                          .sample_weight = call.input("sample_weight")}));
}

void roc_auc(Case& c, Report& report, const Call& call) {
  using namespace train;
  const std::string average = call.text("average", "macro");
  if (average != "macro" && average != "weighted") throw NotBuilt{"average " + average};
  number(c, report,
         train::roc_auc(c[1], c[0],
                        {.multi_class = call.text("multi_class", "ovr") == "ovo" ? MultiClass::ovo : MultiClass::ovr,
                         .average = average == "weighted" ? AucAverage::weighted : AucAverage::macro,
                         .sample_weight = call.input("sample_weight")}));
}

/// A metric of real numbers, one for all outputs or one for each.
void regression(Case& c, Report& report, const Call& call,
                double (*all)(const Tensor&, const Tensor&, const train::RegressionOptions&),
                Tensor (*each)(const Tensor&, const Tensor&, const Tensor&)) {
  const std::string outputs = call.text("multioutput", "uniform_average");
  const Tensor weight = call.input("sample_weight");
  if (outputs == "raw_values") {
    report.compare("output", each(c[1], c[0], weight), c.read("output"));
    return;
  }
  const auto mean =
      outputs == "variance_weighted" ? train::Multioutput::variance_weighted : train::Multioutput::uniform_average;
  number(c, report, all(c[1], c[0], {.sample_weight = weight, .multioutput = mean}));
}

void mse(Case& c, Report& report, const Call& call) {
  const bool root = !call.flag("squared", true);
  regression(c, report, call, root ? train::rmse : train::mse, train::mse_per_output);
}
void mae(Case& c, Report& report, const Call& call) { regression(c, report, call, train::mae, train::mae_per_output); }
void r2(Case& c, Report& report, const Call& call) { regression(c, report, call, train::r2, train::r2_per_output); }

// ---- scalers and encoders ----------------------------------------------------------------------------------------

/// scikit-learn computes with integers in float64.
Tensor real(const Tensor& x) { return is_floating(x.dtype()) ? x : x.to(float64); }

/// Fits on the first input; transforms the last one, or does the opposite.
template <class Scaler>
void scaler(Case& c, Report& report, const Call& call, Scaler s) {
  s.fit(real(c[0]));
  const Tensor last = real(c[c.n_inputs() - 1]);
  report.compare("output",
                 !call.says("inverse_transform") ? s.transform(last)
                 : c.n_inputs() > 1              ? s.inverse_transform(last)
                                                 : s.inverse_transform(s.transform(last)),
                 c.read("output"));
}

void minmax_scaler(Case& c, Report& report, const Call& call) {
  const std::vector<double> range = call.numbers("feature_range");
  const bool pair = range.size() == 2;
  scaler(c, report, call,
         data::MinMaxScaler({.min = call.number("range_min", pair ? range[0] : 0),
                             .max = call.number("range_max", pair ? range[1] : 1),
                             .clip = call.flag("clip")}));
}

void standard_scaler(Case& c, Report& report, const Call& call) {
  scaler(c, report, call,
         data::StandardScaler({.with_mean = call.flag("with_mean", true), .with_std = call.flag("with_std", true)}));
}

void one_hot_encoder(Case& c, Report& report, const Call& call) {
  const std::string drop = call.text("drop", "None");
  const Array expected = c.read("output");
  data::OneHotEncoder encoder({.drop = drop == "first"       ? data::Drop::first
                                       : drop == "if_binary" ? data::Drop::if_binary
                                                             : data::Drop::none,
                               .handle_unknown = call.text("handle_unknown", "error") == "ignore"
                                                     ? data::HandleUnknown::ignore
                                                     : data::HandleUnknown::error,
                               .dtype = expected.dtype()});
  encoder.fit(c[0]);
  report.compare("output", encoder.transform(c[c.n_inputs() - 1]), expected);
}

void label_encoder(Case& c, Report& report, const Call& call) {
  data::LabelEncoder encoder;
  encoder.fit(c[0]);
  const Tensor last = c[c.n_inputs() - 1];
  report.compare("output",
                 !call.says("inverse_transform") ? encoder.transform(last)
                 : c.n_inputs() > 1              ? encoder.inverse_transform(last).numbers()
                                                 : encoder.inverse_transform(encoder.transform(last)).numbers(),
                 c.read("output"));
}

void label_binarizer(Case& c, Report& report, const Call& call) {
  data::LabelBinarizer binarizer(
      {.neg_label = call.integer("neg_label", 0), .pos_label = call.integer("pos_label", 1)});
  binarizer.fit(c[0]);
  report.compare("output", binarizer.transform(c[c.n_inputs() - 1]), c.read("output"));
}

// ---- splits ------------------------------------------------------------------------------------------------------

/// Train and test of each fold, one after the other.
void folds(Case& c, Report& report, const std::vector<data::Fold>& folds) {
  const auto expected = static_cast<std::size_t>(c.integer("n_outputs", 2));
  if (2 * folds.size() != expected)
    report.note("got " + std::to_string(folds.size()) + " folds, expected " + std::to_string(expected / 2));
  for (std::size_t k = 0; k < folds.size() && 2 * k + 1 < expected; ++k) {
    const std::string train = "output" + std::to_string(2 * k), test = "output" + std::to_string(2 * k + 1);
    report.compare(train, Array::copy_of(folds[k].train), c.read(train));
    report.compare(test, Array::copy_of(folds[k].test), c.read(test));
  }
}

data::KFoldOptions kfold_options(const Call& call) {
  const bool shuffle = call.flag("shuffle");
  return {.shuffle = shuffle, .random_state = shuffle ? call.seed() : std::nullopt};
}
data::ShuffleSplitOptions shuffle_options(const Call& call) {
  return {.test_size = call.size("test_size"), .train_size = call.size("train_size"), .random_state = call.seed()};
}

void kfold(Case& c, Report& report, const Call& call) {
  folds(c, report, data::KFold(call.integer("n_splits", 5), kfold_options(call)).split(c[0].size(0)));
}
void stratified_kfold(Case& c, Report& report, const Call& call) {
  folds(c, report, data::StratifiedKFold(call.integer("n_splits", 5), kfold_options(call)).split(c[1]));
}
void shuffle_split(Case& c, Report& report, const Call& call) {
  folds(c, report, data::ShuffleSplit(call.integer("n_splits", 10), shuffle_options(call)).split(c[0].size(0)));
}
void stratified_shuffle_split(Case& c, Report& report, const Call& call) {
  folds(c, report, data::StratifiedShuffleSplit(call.integer("n_splits", 10), shuffle_options(call)).split(c[1]));
}

/// Train and test of every array that was split: "train_test_split(x0, x1, ...)".
void train_test_split(Case& c, Report& report, const Call& call) {
  const Tensor classes = call.input("stratify");
  data::TrainTestOptions options{.test_size = call.size("test_size"),
                                 .train_size = call.size("train_size"),
                                 .shuffle = call.flag("shuffle", true),
                                 .random_state = call.seed()};
  if (classes.defined()) options.stratify = data::Column(classes);
  const data::Fold fold = data::train_test_split(c[0].size(0), options);
  const Tensor train = Array::copy_of(fold.train), test = Array::copy_of(fold.test);
  for (int i = 0; 2 * i + 1 < c.integer("n_outputs"); ++i) {
    const std::string first = "output" + std::to_string(2 * i), second = "output" + std::to_string(2 * i + 1);
    report.compare(first, index_select(c[i], 0, train), c.read(first));
    report.compare(second, index_select(c[i], 0, test), c.read(second));
  }
}

// ---- CSV ---------------------------------------------------------------------------------------------------------

/// The file, its columns scaled and coded. It has the numbers in front, a text and a label behind.
void csv_table(Case& c, Report& report, const Call&) {
  const data::CsvTable table =
      data::read_csv(c.file().parent_path() / c.text("csv_file"), {.delimiter = c.text("delimiter", ",").front()});
  std::vector<std::string> names = table.names();
  if (names.size() < 3) return report.note("got " + std::to_string(names.size()) + " columns");
  const data::Column kind = table[names[names.size() - 2]];
  const Tensor label = table[names.back()].numbers();
  names.resize(names.size() - 2);
  const Tensor numeric = table.matrix(names, float64);
  report.compare("numeric", numeric, c.read("numeric"), {});
  report.compare("label", label, c.read("label"));
  if (kind.texts() != c.read_text("kind")) report.note("the texts differ");
  report.compare("minmax", data::MinMaxScaler().fit_transform(numeric), c.read("minmax"));
  report.compare("standard", data::StandardScaler().fit_transform(numeric), c.read("standard"));
  report.compare("kind_code", data::LabelEncoder().fit_transform(kind), c.read("kind_code"));
  data::OneHotEncoder one_hot_encoder({.dtype = float64});
  report.compare("kind_one_hot", one_hot_encoder.fit_transform(kind), c.read("kind_one_hot"));
  if (one_hot_encoder.categories().front().texts() != c.texts("categories")) report.note("the categories differ");
  report.compare("label_one_hot", one_hot(label, c.integer("n_classes")).to(float64), c.read("label_one_hot"));
}

struct Row {
  const char* name;
  Check check;
};

constexpr Row kRows[] = {
    {"accuracy", accuracy},
    {"top_k_accuracy", accuracy},
    {"confusion_matrix", confusion_matrix},
    {"precision", precision},
    {"recall", recall},
    {"f1", f1},
    {"fbeta", fbeta},
    {"log_loss", log_loss},
    {"roc_auc", roc_auc},
    {"mse", mse},
    {"mae", mae},
    {"r2", r2},
    {"minmax_scaler", minmax_scaler},
    {"standard_scaler", standard_scaler},
    {"one_hot_encoder", one_hot_encoder},
    {"label_encoder", label_encoder},
    {"label_binarizer", label_binarizer},
    {"kfold", kfold},
    {"stratified_kfold", stratified_kfold},
    {"shuffle_split", shuffle_split},
    {"stratified_shuffle_split", stratified_shuffle_split},
    {"train_test_split", train_test_split},
    {"csv_table", csv_table},
};

}  // namespace

void add_data(Table& table) {
  for (const Row& row : kRows) {
    const std::string name = std::string("sklearn:") + row.name;
    table.others({{name.c_str(), [check = row.check](Case& c, Report& report) {
                     c.renew_inputs();
                     check(c, report, Call(c));
                   }}});
  }
}

}  // namespace xgrad::reference
