#pragma once
/// Classes and categories as numbers, as scikit-learn's preprocessing does.

#include <cstdint>
#include <vector>

#include "autograd/tensor.hpp"
#include "data/column.hpp"
#include "data/detail/categories.hpp"

namespace xgrad::data {

/// Numbers the classes of a column, 0 ... K-1 in sorted order: texts by code points, numbers by value, NaN last and as
/// one class. Throws ValueError before `fit`, for nothing to fit on and for values that were not there in `fit`,
/// DTypeError for texts where numbers were fitted and the other way round.
class LabelEncoder {
 public:
  LabelEncoder& fit(const Column& y);
  /// The numbers of the classes (N), int64.
  Tensor transform(const Column& y) const;
  Tensor fit_transform(const Column& y) { return fit(y).transform(y); }
  /// The classes with these numbers (N), in the dtype that was fitted. Throws IndexError for one outside 0 ... K-1.
  Column inverse_transform(const Tensor& codes) const;
  /// Every class, in order.
  Column classes() const;

 private:
  detail::Categories categories_;
};

struct LabelBinarizerOptions {
  std::int64_t neg_label = 0;  ///< what stands for "not this class"
  std::int64_t pos_label = 1;  ///< what stands for "this class"; above `neg_label`
};

/// One column of a class against all others: (N, K) int64 for K classes in sorted order; (N, 1) for two of them, where
/// the second is the positive one, and for a single one, which is nothing but `neg_label`. A value that was not there
/// in `fit` gets a row of `neg_label`. Errors as for LabelEncoder.
class LabelBinarizer {
 public:
  /// Throws ValueError unless neg_label < pos_label.
  explicit LabelBinarizer(LabelBinarizerOptions options = {});
  LabelBinarizer& fit(const Column& y);
  Tensor transform(const Column& y) const;
  Tensor fit_transform(const Column& y) { return fit(y).transform(y); }
  /// The class of the largest entry of each row of (N, K), the first of several; of two classes the second where (N, 1)
  /// is above the middle between the labels. So scores will do. Throws ShapeError for another width.
  Column inverse_transform(const Tensor& y) const;
  Column classes() const;

 private:
  std::int64_t width() const { return categories_.size() > 2 ? categories_.size() : 1; }

  LabelBinarizerOptions options_;
  detail::Categories categories_;
};

enum class HandleUnknown {
  error,   ///< a value that `fit` did not see is a ValueError
  ignore,  ///< it becomes a row of zeros
};
enum class Drop {
  none,
  first,      ///< leaves out the first category of each feature, which becomes a row of zeros
  if_binary,  ///< the same, of features with two categories alone
};

struct OneHotEncoderOptions {
  std::vector<Column> categories = {};  ///< of each feature, in this order; by default what `fit` sees, sorted
  Drop drop = Drop::none;
  HandleUnknown handle_unknown = HandleUnknown::error;
  DType dtype = float32;  ///< of the result (scikit-learn: float64)
};

/// Each feature as a block of columns, one per category in sorted order, 1 where the example has it and 0 elsewhere.
///
///     data::OneHotEncoder().fit_transform(table["colour"])              // (N, categories)
///     data::OneHotEncoder().fit_transform(tensor({{1, 5}, {2, 7}}))     // (N, categories of both, side by side)
///
/// Errors as for LabelEncoder; ShapeError for another number of features than were fitted.
class OneHotEncoder {
 public:
  /// Throws ValueError for `categories` that are empty or hold a value twice.
  explicit OneHotEncoder(OneHotEncoderOptions options = {});
  OneHotEncoder& fit(const Columns& x);
  Tensor transform(const Columns& x) const;
  Tensor fit_transform(const Columns& x) { return fit(x).transform(x); }
  /// The categories, a column for each feature: that of the largest entry of a block; of a block of zeros the one that
  /// was left out. Throws ValueError for a block of zeros where none was, ShapeError for another width.
  Columns inverse_transform(const Tensor& y) const;
  /// The categories of each feature, in the order of the columns.
  std::vector<Column> categories() const;

 private:
  /// The categories of one feature: sorted, and the column of each within its block (-1: left out).
  struct Feature {
    detail::Categories sorted;
    std::vector<std::int64_t> place;  ///< of a sorted category, in the order asked for
    bool drops_first = false;
    std::int64_t width() const { return sorted.size() - (drops_first ? 1 : 0); }
  };
  static Feature feature_of(const Column& categories, Drop drop);

  OneHotEncoderOptions options_;
  std::vector<Feature> features_;
};

}  // namespace xgrad::data
