// What GradientStats and WeightSnapshots have measured, in checkpoints: a list for each column of their tables.

#include <algorithm>

#include "tensor/error.hpp"
#include "train/callbacks/statistics.hpp"

namespace xgrad::train {
namespace {

/// The columns of a table of T: `column` lists what `field(row)` refers to, for all rows.
template <class T>
class Table {
 public:
  Table(Stored& s, std::string prefix, std::vector<T>& rows) : s_(s), prefix_(std::move(prefix)), rows_(rows) {
    count_ = static_cast<std::int64_t>(rows.size());
    s_(prefix_ + "rows", count_);
    if (count_ < 0) fail<IoError>("train::load", "a table has fewer than no rows");
  }

  template <class F>
  Table& column(const char* name, F field) {
    using V = std::remove_cvref_t<decltype(field(std::declval<T&>()))>;
    std::vector<V> values;
    for (T& row : rows_) values.push_back(field(row));
    s_(prefix_ + name, values);
    fit(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) field(rows_[i]) = values[i];
    return *this;
  }
  /// Texts that come again and again: the different ones, and which of them each row has.
  template <class F>
  Table& texts(const char* name, F field) {
    std::vector<std::string> different;
    std::vector<std::int64_t> which;
    for (T& row : rows_) {
      const auto found = std::find(different.begin(), different.end(), field(row));
      which.push_back(found - different.begin());
      if (found == different.end()) different.push_back(field(row));
    }
    s_(prefix_ + name, different)(prefix_ + name + "_of_row", which);
    fit(which.size());
    for (std::size_t i = 0; i < which.size(); ++i) {
      if (which[i] < 0 || which[i] >= std::ssize(different)) fail<IoError>("train::load", "a table has a wrong text");
      field(rows_[i]) = different[static_cast<std::size_t>(which[i])];
    }
    return *this;
  }
  /// Lists of several numbers: their sizes, and all one after the other.
  template <class F>
  Table& lists(const char* name, F field) {
    using V = typename std::remove_cvref_t<decltype(field(std::declval<T&>()))>::value_type;
    std::vector<std::int64_t> sizes;
    std::vector<V> all;
    for (T& row : rows_) {
      sizes.push_back(static_cast<std::int64_t>(field(row).size()));
      all.insert(all.end(), field(row).begin(), field(row).end());
    }
    s_(prefix_ + name, all)(prefix_ + name + "_sizes", sizes);
    fit(sizes.size());
    std::int64_t at = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      if (sizes[i] < 0 || sizes[i] > std::ssize(all) - at) fail<IoError>("train::load", "a table has wrong sizes");
      field(rows_[i]).assign(all.begin() + at, all.begin() + at + sizes[i]);
      at += sizes[i];
    }
    return *this;
  }

 private:
  /// The first column that is loaded makes the rows.
  void fit(std::size_t n) {
    if (static_cast<std::int64_t>(n) != count_) fail<IoError>("train::load", "a table has columns of different sizes");
    rows_.resize(n);
  }

  Stored& s_;
  std::string prefix_;
  std::vector<T>& rows_;
  std::int64_t count_;
};

}  // namespace

void GradientStats::stored(Stored& s) {
  Table<Parameter>(s, "parameters_", parameters)
      .column(
          "epoch", [](Parameter & r) -> auto& { return r.epoch; })
      .column(
          "step", [](Parameter & r) -> auto& { return r.step; })
      .texts(
          "name", [](Parameter & r) -> auto& { return r.name; })
      .column(
          "gradient_norm", [](Parameter & r) -> auto& { return r.gradient_norm; })
      .column(
          "weight_norm", [](Parameter & r) -> auto& { return r.weight_norm; })
      .column(
          "update_ratio", [](Parameter & r) -> auto& { return r.update_ratio; });
  std::vector<std::vector<std::int64_t>> shapes;
  for (const Activity& a : activities) shapes.emplace_back(a.layer.shape.begin(), a.layer.shape.end());
  Table<Activity>(s, "activities_", activities)
      .column(
          "epoch", [](Activity & r) -> auto& { return r.epoch; })
      .column(
          "step", [](Activity & r) -> auto& { return r.step; })
      .texts(
          "name", [](Activity & r) -> auto& { return r.layer.name; })
      .texts(
          "type", [](Activity & r) -> auto& { return r.layer.type; })
      .column(
          "min", [](Activity & r) -> auto& { return r.layer.min; })
      .column(
          "max", [](Activity & r) -> auto& { return r.layer.max; })
      .column(
          "mean", [](Activity & r) -> auto& { return r.layer.mean; })
      .column(
          "std", [](Activity & r) -> auto& { return r.layer.std; })
      .column(
          "not_finite", [](Activity & r) -> auto& { return r.layer.not_finite; })
      .column(
          "units", [](Activity & r) -> auto& { return r.layer.units; })
      .column(
          "dead", [](Activity & r) -> auto& { return r.layer.dead; })
      .column(
          "saturated", [](Activity & r) -> auto& { return r.layer.saturated; });
  Table<std::vector<std::int64_t>>(s, "shapes_", shapes)
      .lists(
          "sizes", [](auto& r) -> auto& { return r; });
  for (std::size_t i = 0; i < std::min(shapes.size(), activities.size()); ++i)
    activities[i].layer.shape = Shape(shapes[i]);
}

void WeightSnapshots::stored(Stored& s) {
  Table<Snapshot>(s, "", snapshots)
      .column(
          "epoch", [](Snapshot & r) -> auto& { return r.epoch; })
      .texts(
          "name", [](Snapshot & r) -> auto& { return r.name; })
      .column(
          "min", [](Snapshot & r) -> auto& { return r.min; })
      .column(
          "max", [](Snapshot & r) -> auto& { return r.max; })
      .column(
          "mean", [](Snapshot & r) -> auto& { return r.mean; })
      .column(
          "std", [](Snapshot & r) -> auto& { return r.std; })
      .lists(
          "counts", [](Snapshot & r) -> auto& { return r.counts; })
      .lists(
          "edges", [](Snapshot & r) -> auto& { return r.edges; });
}

}  // namespace xgrad::train
