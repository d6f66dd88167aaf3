#include "data/encoder.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include "autograd/autograd.hpp"
#include "tests/throws.hpp"

TEST_SUITE_BEGIN("data");

using namespace xgrad;
using data::Column;
using data::Columns;
using data::Drop;
using data::HandleUnknown;
using data::LabelBinarizer;
using data::LabelEncoder;
using data::OneHotEncoder;
using Texts = std::vector<std::string>;
using Whole = std::vector<std::int64_t>;

namespace {

template <class T>
std::vector<T> list(const Tensor& t) {
  return {t.values<T>().begin(), t.values<T>().end()};
}

/// Person and number, from scikit-learn's manual.
Columns people() { return std::vector<Column>{Texts{"Male", "Female", "Female"}, tensor({1, 3, 2})}; }

}  // namespace

TEST_CASE("Column: numbers [N] or [N, 1] or texts, and nothing else") {
  CHECK(Column(tensor({{1}, {2}})).numbers().shape() == Shape{2});
  CHECK(Column(Texts{"a", "b"}).size() == 2);
  CHECK(Column(Texts{}).is_text());
  CHECK(Columns(tensor({{1, 2}, {3, 4}, {5, 6}})).size() == 2);
  CHECK(list<std::int64_t>(Columns(tensor({{1, 2}, {3, 4}, {5, 6}}))[1].numbers()) == Whole{2, 4, 6});
  CHECK(throws<ShapeError>([] { Column(tensor({{1, 2}})); }, "got shape [1, 2]; expected [N] or [N, 1]"));
  CHECK(throws<DTypeError>([] { Column(Texts{"a"}).numbers(); }, "the column holds texts"));
  CHECK(throws<DTypeError>([] { Column(tensor({1})).texts(); }, "the column holds numbers: got int64"));
  CHECK(throws<ShapeError>([] { Columns(std::vector<Column>{tensor({1}), tensor({1, 2})}); }, "got 1 and 2 values"));
  CHECK(throws<ShapeError>([] { Columns(tensor(1)); }, "got shape []"));
}

TEST_CASE("LabelEncoder numbers sorted classes, and names them again") {
  LabelEncoder e;
  CHECK(list<std::int64_t>(e.fit_transform(tensor({7, 2, 2, 9, 7}))) == Whole{1, 0, 0, 2, 1});
  CHECK(list<std::int64_t>(e.inverse_transform(tensor({2, 0})).numbers()) == Whole{9, 2});
  CHECK(list<std::int64_t>(e.classes().numbers()) == Whole{2, 7, 9});
  CHECK(list<std::int64_t>(e.fit_transform(Texts{"paris", "tokyo", "amsterdam", "paris"})) == Whole{1, 2, 0, 1});
  CHECK(e.inverse_transform(tensor({2, 2, 1})).texts() == Texts{"tokyo", "tokyo", "paris"});
  // By code points: capitals before small letters, letters with accents behind both.
  CHECK(e.fit(Texts{"é", "z", "Z", ""}).classes().texts() == Texts{"", "Z", "z", "é"});
}

TEST_CASE("LabelEncoder keeps the dtype, compares numbers as numbers, and has NaN as one class, the last") {
  LabelEncoder e;
  e.fit(tensor({2.5, -1., 2.5}));
  CHECK(e.classes().numbers().dtype() == float32);
  CHECK(list<std::int64_t>(e.transform(tensor({-1}))) == Whole{0});
  e.fit(tensor({3, 5}, uint8));
  CHECK(e.classes().numbers().dtype() == uint8);
  CHECK(list<std::int64_t>(e.transform(tensor({5., 3.}, float64))) == Whole{1, 0});
  CHECK(throws<ValueError>([&] { e.transform(tensor({3.5})); }, "got 3.5; expected one of 3, 5"));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(list<std::int64_t>(e.fit_transform(tensor({nan, 1., nan, -2.}, float64))) == Whole{2, 1, 2, 0});
}

TEST_CASE("LabelEncoder says what is wrong") {
  LabelEncoder e;
  CHECK(throws<ValueError>([&] { e.transform(tensor({1})); }, "not fitted yet"));
  CHECK(throws<ValueError>([&] { e.fit(Texts{}); }, "nothing to fit on"));
  e.fit(Texts{"red", "blue"});
  CHECK(throws<ValueError>([&] { e.transform(Texts{"red", "pink"}); }, "got 'pink'; expected one of 'blue', 'red'"));
  CHECK(throws<DTypeError>([&] { e.transform(tensor({1})); }, "got numbers; expected texts"));
  CHECK(throws<IndexError>([&] { e.inverse_transform(tensor({2})); }, "no such class: got 2; expected 0 to 1"));
  CHECK(throws<IndexError>([&] { e.inverse_transform(tensor({-1})); }, "got -1"));
  CHECK(throws<DTypeError>([&] { e.inverse_transform(tensor({1.})); }, "got float32; expected int64"));
}

TEST_CASE("LabelBinarizer: a column for each class, one for two") {
  LabelBinarizer b;
  CHECK(list<std::int64_t>(b.fit(tensor({1, 2, 6, 4, 2})).transform(tensor({1, 6}))) == Whole{1, 0, 0, 0, 0, 0, 0, 1});
  CHECK(list<std::int64_t>(b.inverse_transform(tensor({{.1, .2, .3, .9}, {0., 0., 0., 0.}})).numbers()) == Whole{6, 1});
  CHECK(list<std::int64_t>(b.transform(tensor({3}))) == Whole{0, 0, 0, 0});
  LabelBinarizer two({.neg_label = -1});
  const Tensor y = two.fit_transform(Texts{"yes", "no", "no", "yes"});
  CHECK(y.shape() == Shape{4, 1});
  CHECK(list<std::int64_t>(y) == Whole{1, -1, -1, 1});
  CHECK(two.inverse_transform(tensor({{0.2}, {-0.2}})).texts() == Texts{"yes", "no"});
  CHECK(list<std::int64_t>(two.fit_transform(Texts{"same", "same"})) == Whole{-1, -1});
  CHECK(throws<ValueError>([] { LabelBinarizer({.neg_label = 1}); }, "got neg_label 1, pos_label 1"));
  CHECK(throws<ShapeError>([&] { b.inverse_transform(tensor({{1., 2.}})); }, "got shape [1, 2]; expected [N, 4]"));
}

TEST_CASE("OneHotEncoder codes texts and numbers side by side, as scikit-learn's manual shows") {
  OneHotEncoder e({.handle_unknown = HandleUnknown::ignore});
  e.fit(people());
  const Columns query(std::vector<Column>{Texts{"Female", "Male"}, tensor({1, 4})});
  const Tensor y = e.transform(query);
  CHECK(y.shape() == Shape{2, 5});
  CHECK(list<float>(y) == std::vector<float>{1, 0, 1, 0, 0, 0, 1, 0, 0, 0});
  CHECK(e.categories()[0].texts() == Texts{"Female", "Male"});
  CHECK(list<std::int64_t>(e.categories()[1].numbers()) == Whole{1, 2, 3});
  const Columns back = e.inverse_transform(tensor({{0, 1, 1, 0, 0}, {0, 1, 0, 1, 0}}));
  CHECK(back[0].texts() == Texts{"Male", "Male"});
  CHECK(list<std::int64_t>(back[1].numbers()) == Whole{1, 2});
  CHECK(throws<ValueError>([&] { e.inverse_transform(y); }, "row 1 has no category"));
}

TEST_CASE("OneHotEncoder leaves out the first category, of all features or of those with two") {
  OneHotEncoder first({.drop = Drop::first, .dtype = float64});
  first.fit(people());
  const Columns query(std::vector<Column>{Texts{"Female", "Male"}, tensor({1, 2})});
  const Tensor y = first.transform(query);
  CHECK(list<double>(y) == std::vector<double>{0, 0, 0, 1, 1, 0});
  CHECK(first.inverse_transform(y)[0].texts() == Texts{"Female", "Male"});
  CHECK(list<std::int64_t>(first.inverse_transform(y)[1].numbers()) == Whole{1, 2});
  OneHotEncoder binary({.drop = Drop::if_binary});
  binary.fit(people());
  CHECK(list<float>(binary.transform(query)) == std::vector<float>{0, 1, 0, 0, 1, 0, 1, 0});
}

TEST_CASE("OneHotEncoder takes categories in the order that they are given in") {
  const std::vector<Column> sizes{Texts{"small", "large", "huge"}};
  OneHotEncoder e({.categories = sizes});
  CHECK(list<float>(e.fit_transform(Texts{"huge", "small"})) == std::vector<float>{0, 0, 1, 1, 0, 0});
  CHECK(e.categories()[0].texts() == Texts{"small", "large", "huge"});
  OneHotEncoder dropped({.categories = sizes, .drop = Drop::first});
  const Tensor y = dropped.fit_transform(Texts{"huge", "small", "large"});
  CHECK(list<float>(y) == std::vector<float>{0, 1, 0, 0, 1, 0});
  CHECK(dropped.inverse_transform(y)[0].texts() == Texts{"huge", "small", "large"});
  CHECK(throws<ValueError>([&] { e.fit(Texts{"tiny"}); }, "got 'tiny'; expected one of 'huge', 'large', 'small'"));
}

TEST_CASE("OneHotEncoder says what is wrong") {
  OneHotEncoder e;
  CHECK(throws<ValueError>([&] { e.transform(tensor({1})); }, "not fitted yet"));
  CHECK(throws<ValueError>([&] { e.fit(Texts{}); }, "got 1 columns of 0 values"));
  e.fit(tensor({{1, 5}, {2, 6}}));
  CHECK(throws<ValueError>([&] { e.transform(tensor({{1, 7}})); }, "got 7; expected one of 5, 6"));
  CHECK(throws<ShapeError>([&] { e.transform(tensor({1})); }, "got 1; expected 2"));
  CHECK(throws<ShapeError>([&] { e.inverse_transform(tensor({{1, 0, 1}})); }, "got shape [1, 3]; expected [N, 4]"));
  CHECK(throws<ValueError>(
      [] {
        OneHotEncoder({.categories = {Texts{"a", "a"}}});
      },
      "got 2 values, 1 of them distinct"));
  CHECK(
      throws<ShapeError>([] { OneHotEncoder({.categories = {Texts{"a"}}}).fit(people()); }, "got 2 features, 1 lists"));
}

TEST_SUITE_END();
