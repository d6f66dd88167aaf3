#include "data/encoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include "tensor/error.hpp"

namespace xgrad::data {
namespace {

using Codes = std::vector<std::int64_t>;

void check_fitted(std::string_view op, std::int64_t categories) {
  if (categories == 0) fail<ValueError>(op, "not fitted yet: got no classes; expected a call of fit before");
}

detail::Categories fitted(std::string_view op, const Column& y) {
  if (y.size() == 0) fail<ValueError>(op, "nothing to fit on: got no values; expected at least one");
  return detail::Categories(y);
}

/// "'blue', 'red'", the middle left out where there are many.
std::string listed(const Column& values) {
  constexpr std::int64_t kShown = 8;
  std::string out;
  for (std::int64_t i = 0; i < std::min(values.size(), kShown); ++i)
    out += (i > 0 ? ", " : "") + detail::shown(values, i);
  return values.size() > kShown ? out + fmt::format(", ... ({} in all)", values.size()) : out;
}

/// Every value must have a number.
void check_known(std::string_view op, const Codes& codes, const Column& y, const detail::Categories& categories) {
  const auto unknown = std::find(codes.begin(), codes.end(), -1);
  if (unknown == codes.end()) return;
  fail<ValueError>(op, fmt::format("a value that fit did not see: got {}; expected one of {}",
                                   detail::shown(y, unknown - codes.begin()), listed(categories.values())));
}

/// Entries (N, width) to choose by, in double.
Array scores(std::string_view op, const Tensor& y, std::int64_t width) {
  if (y.dim() != 2 || y.size(1) != width)
    fail<ShapeError>(op, fmt::format("another width: got shape {}; expected [N, {}]", y.shape().str(), width));
  return y.array().to(float64);
}

std::int64_t largest(const double* begin, std::int64_t width) { return std::max_element(begin, begin + width) - begin; }

}  // namespace

// ---- LabelEncoder ----------------------------------------------------------------------------------------------------

LabelEncoder& LabelEncoder::fit(const Column& y) {
  categories_ = fitted("data::LabelEncoder::fit", y);
  return *this;
}

Tensor LabelEncoder::transform(const Column& y) const {
  constexpr std::string_view op = "data::LabelEncoder::transform";
  check_fitted(op, categories_.size());
  const Codes codes = categories_.codes(op, y);
  check_known(op, codes, y, categories_);
  return Array::copy_of(codes);
}

Column LabelEncoder::inverse_transform(const Tensor& codes) const {
  constexpr std::string_view op = "data::LabelEncoder::inverse_transform";
  check_fitted(op, categories_.size());
  const Tensor list = Column(codes).numbers();
  if (is_floating(list.dtype())) {
    fail<DTypeError>(op, fmt::format("numbers of classes are integers: got {}; expected int64", name_of(list.dtype())));
  }
  const Array whole = list.array().to(int64);
  for (const std::int64_t c : whole.values<std::int64_t>()) {
    if (c < 0 || c >= categories_.size())
      fail<IndexError>(op, fmt::format("no such class: got {}; expected 0 to {}", c, categories_.size() - 1));
  }
  return categories_.take(whole.values<std::int64_t>());
}

Column LabelEncoder::classes() const {
  check_fitted("data::LabelEncoder::classes", categories_.size());
  return categories_.values();
}

// ---- LabelBinarizer --------------------------------------------------------------------------------------------------

LabelBinarizer::LabelBinarizer(LabelBinarizerOptions options) : options_(options) {
  if (options.neg_label >= options.pos_label) {
    fail<ValueError>("data::LabelBinarizer", fmt::format("labels in the wrong order: got neg_label {}, pos_label {}; "
                                                         "expected neg_label < pos_label",
                                                         options.neg_label, options.pos_label));
  }
}

LabelBinarizer& LabelBinarizer::fit(const Column& y) {
  categories_ = fitted("data::LabelBinarizer::fit", y);
  return *this;
}

Tensor LabelBinarizer::transform(const Column& y) const {
  constexpr std::string_view op = "data::LabelBinarizer::transform";
  check_fitted(op, categories_.size());
  const Codes codes = categories_.codes(op, y);
  const std::int64_t classes = categories_.size();
  Array out = Array::full({y.size(), width()}, options_.neg_label, int64);
  std::int64_t* row = out.mutable_data<std::int64_t>();
  for (const std::int64_t code : codes) {
    if (classes > 2 && code >= 0) row[code] = options_.pos_label;
    if (classes == 2 && code == 1) *row = options_.pos_label;
    row += width();
  }
  return out;
}

Column LabelBinarizer::inverse_transform(const Tensor& y) const {
  constexpr std::string_view op = "data::LabelBinarizer::inverse_transform";
  check_fitted(op, categories_.size());
  const std::int64_t classes = categories_.size();
  const Array values = scores(op, y, width());
  const double middle = (static_cast<double>(options_.neg_label) + static_cast<double>(options_.pos_label)) / 2;
  Codes codes;
  const double* row = values.data<double>();
  for (std::int64_t i = 0; i < values.size(0); ++i, row += width())
    codes.push_back(classes > 2 ? largest(row, classes) : classes == 2 && *row > middle ? 1 : 0);
  return categories_.take(codes);
}

Column LabelBinarizer::classes() const {
  check_fitted("data::LabelBinarizer::classes", categories_.size());
  return categories_.values();
}

// ---- OneHotEncoder ---------------------------------------------------------------------------------------------------

OneHotEncoder::OneHotEncoder(OneHotEncoderOptions options) : options_(std::move(options)) {
  for (const Column& given : options_.categories) {
    if (given.size() == 0 || detail::Categories(given).size() != given.size()) {
      fail<ValueError>("data::OneHotEncoder", fmt::format("categories of a feature are empty or not distinct: got {} "
                                                          "values, {} of them distinct; expected each once",
                                                          given.size(), detail::Categories(given).size()));
    }
  }
}

OneHotEncoder::Feature OneHotEncoder::feature_of(const Column& categories, Drop drop) {
  Feature f{.sorted = detail::Categories(categories), .place = {}, .drops_first = false};
  f.drops_first = drop == Drop::first || (drop == Drop::if_binary && f.sorted.size() == 2);
  f.place.resize(static_cast<std::size_t>(f.sorted.size()));
  std::iota(f.place.begin(), f.place.end(), f.drops_first ? -1 : 0);
  return f;
}

OneHotEncoder& OneHotEncoder::fit(const Columns& x) {
  constexpr std::string_view op = "data::OneHotEncoder::fit";
  if (x.rows() == 0)
    fail<ValueError>(op, fmt::format("nothing to fit on: got {} columns of {} values; expected at "
                                     "least one of each",
                                     x.size(), x.rows()));
  const std::vector<Column>& given = options_.categories;
  if (!given.empty() && given.size() != x.size())
    fail<ShapeError>(op, fmt::format("another number of features than of lists of categories: got {} features, {} "
                                     "lists; expected as many",
                                     x.size(), given.size()));
  std::vector<Feature> features;
  for (std::size_t k = 0; k < x.size(); ++k) {
    Feature f = feature_of(given.empty() ? x[k] : given[k], options_.drop);
    if (!given.empty()) {
      const Codes order = f.sorted.codes(op, given[k]);
      for (std::size_t i = 0; i < order.size(); ++i)
        f.place[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i) - (f.drops_first ? 1 : 0);
      if (options_.handle_unknown == HandleUnknown::error) check_known(op, f.sorted.codes(op, x[k]), x[k], f.sorted);
    }
    features.push_back(std::move(f));
  }
  features_ = std::move(features);
  return *this;
}

Tensor OneHotEncoder::transform(const Columns& x) const {
  constexpr std::string_view op = "data::OneHotEncoder::transform";
  check_fitted(op, static_cast<std::int64_t>(features_.size()));
  if (x.size() != features_.size())
    fail<ShapeError>(op, fmt::format("another number of features: got {}; expected {}, as it was fitted on", x.size(),
                                     features_.size()));
  std::vector<Codes> codes;
  std::int64_t width = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    codes.push_back(features_[k].sorted.codes(op, x[k]));
    if (options_.handle_unknown == HandleUnknown::error) check_known(op, codes.back(), x[k], features_[k].sorted);
    width += features_[k].width();
  }
  Array out = Array::zeros({x.rows(), width}, uint8);
  std::uint8_t* block = out.mutable_data<std::uint8_t>();
  for (std::size_t k = 0; k < x.size(); block += features_[k++].width()) {
    std::uint8_t* row = block;
    for (const std::int64_t code : codes[k]) {
      const std::int64_t place = code < 0 ? -1 : features_[k].place[static_cast<std::size_t>(code)];
      if (place >= 0) row[place] = 1;
      row += width;
    }
  }
  return out.to(options_.dtype);
}

Columns OneHotEncoder::inverse_transform(const Tensor& y) const {
  constexpr std::string_view op = "data::OneHotEncoder::inverse_transform";
  check_fitted(op, static_cast<std::int64_t>(features_.size()));
  std::int64_t width = 0, first = 0;
  for (const Feature& f : features_) width += f.width();
  const Array values = scores(op, y, width);
  std::vector<Column> out;
  for (const Feature& f : features_) {
    Codes at(f.place.size());  // the sorted category at each place, behind the one that was left out
    for (std::size_t c = 0; c < f.place.size(); ++c)
      at[static_cast<std::size_t>(f.place[c] + (f.drops_first ? 1 : 0))] = static_cast<std::int64_t>(c);
    Codes codes;
    const double* row = values.data<double>() + first;
    for (std::int64_t i = 0; i < values.size(0); ++i, row += width) {
      const bool none = std::all_of(row, row + f.width(), [](double v) { return v == 0; });
      if (none && !f.drops_first)
        fail<ValueError>(op, fmt::format("row {} has no category: got zeros alone; expected a 1 for each feature", i));
      codes.push_back(at[none ? 0 : static_cast<std::size_t>(largest(row, f.width()) + (f.drops_first ? 1 : 0))]);
    }
    out.push_back(f.sorted.take(codes));
    first += f.width();
  }
  return out;
}

std::vector<Column> OneHotEncoder::categories() const {
  std::vector<Column> out;
  for (const Feature& f : features_) {
    Codes order(f.place.size());
    for (std::size_t c = 0; c < order.size(); ++c)
      order[static_cast<std::size_t>(f.place[c] + (f.drops_first ? 1 : 0))] = static_cast<std::int64_t>(c);
    out.push_back(f.sorted.take(order));
  }
  return out;
}

}  // namespace xgrad::data
