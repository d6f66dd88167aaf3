#pragma once
/// What a search goes through: grids of values, and distributions to draw from.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "train/model_selection/params.hpp"

namespace xgrad::train {

/// The values of one parameter: {30, 50, 100}, {"sgd", "adam"}, {{64}, {128, 64}}, or a std::vector.
class ParamValues {
 public:
  ParamValues(std::initializer_list<ParamValue> values) : values_(values) {}
  template <class T>
  requires std::convertible_to<T, ParamValue> ParamValues(const std::vector<T>& values)
      : values_(values.begin(), values.end()) {}

  const std::vector<ParamValue>& values() const noexcept { return values_; }

 private:
  std::vector<ParamValue> values_;
};

/// Every combination of the values, or, of a list of grids, those of one after the other. As scikit-learn's
/// ParameterGrid: names are sorted, and the last one changes fastest.
///
///     train::ParamGrid grid{{"batch_size", {30, 50, 100}}, {"epochs", {10, 15, 20}}};                  // 9
///     train::ParamGrid either({{{"optimizer", {"sgd"}}, {"momentum", {0.0, 0.9}}}, {{"optimizer", {"adam"}}}});  // 3
class ParamGrid {
 public:
  /// A name with its values.
  struct Entry {
    Entry(std::string n, ParamValues v) : name(std::move(n)), values(std::move(v)) {}
    std::string name;
    ParamValues values;
  };

  /// One combination: no parameters.
  ParamGrid() : ParamGrid(std::initializer_list<Entry>{}) {}
  /// ValueError for a name that comes twice, and for one without values.
  ParamGrid(std::initializer_list<Entry> entries);
  /// One after the other.
  ParamGrid(const std::vector<ParamGrid>& grids);

  /// Adds a parameter to every grid of the list; errors as above.
  ParamGrid& add(const std::string& name, ParamValues values);

  /// The number of combinations.
  std::int64_t size() const;
  /// Combination i; IndexError out of range.
  Params operator[](std::int64_t i) const;
  /// All of them.
  std::vector<Params> candidates() const;

 private:
  using Axes = std::map<std::string, std::vector<ParamValue>>;
  std::vector<Axes> grids_;
};

/// Where the values of one parameter are drawn from: a list, whose values are equally likely, or one of the
/// distributions below. Draws are those of SciPy and NumPy for the same random state.
class Distribution {
 public:
  /// A uniform number in [0, 1), and a whole one in 0 ... max.
  class Random {
   public:
    virtual ~Random() = default;
    virtual double uniform() = 0;
    virtual std::uint64_t whole(std::uint64_t max) = 0;
  };
  using Draw = std::function<ParamValue(Random&)>;

  Distribution(std::initializer_list<ParamValue> values) : Distribution(ParamValues(values)) {}
  Distribution(ParamValues values) : values_(values.values()) {}
  template <class T>
  requires std::convertible_to<T, ParamValue> Distribution(const std::vector<T>& values)
      : Distribution(ParamValues(values)) {}
  /// One of your own, with the text that stands for it.
  Distribution(std::string repr, Draw draw) : draw_(std::move(draw)), repr_(std::move(repr)) {}

  /// The values of a list; empty where it is none.
  const std::vector<ParamValue>& values() const noexcept { return values_; }
  bool is_list() const noexcept { return draw_ == nullptr; }
  ParamValue draw(Random& random) const;
  std::string repr() const;

 private:
  std::vector<ParamValue> values_;
  Draw draw_;
  std::string repr_;
};

/// Real numbers in [low, high), equally likely. (SciPy says uniform(low, high - low).) ValueError unless low < high,
/// both finite.
Distribution uniform(double low, double high);
/// Real numbers in [low, high] whose logarithms are equally likely. ValueError unless 0 < low < high.
Distribution loguniform(double low, double high);
/// Whole numbers low ... high - 1, equally likely. ValueError unless low < high.
Distribution randint(std::int64_t low, std::int64_t high);
/// One of these values; with weights (each >= 0, some above) as likely as they say.
Distribution choice(ParamValues values, std::vector<double> weights = {});

/// What a randomised search draws from: names with lists or distributions; or a list of such, each equally likely.
class ParamDistributions {
 public:
  struct Entry {
    Entry(std::string n, Distribution d) : name(std::move(n)), distribution(std::move(d)) {}
    std::string name;
    Distribution distribution;
  };

  /// ValueError for a name that comes twice, and for an empty list.
  ParamDistributions(std::initializer_list<Entry> entries);
  ParamDistributions(const std::vector<ParamDistributions>& all);

  /// Draws n combinations, as scikit-learn's ParameterSampler does with an integer random_state (0 ... 2^32 - 1): the
  /// same ones where every distribution is one of those above without weights (those of `loguniform` but for the last
  /// digit, as NumPy has a power function of its own on some processors). Where all are lists, no combination of
  /// places comes twice, and there are no more than the lists have. ValueError for n < 1.
  std::vector<Params> sample(std::int64_t n, std::int64_t random_state) const;

 private:
  using Axes = std::map<std::string, Distribution>;
  std::vector<Axes> all_;
};

}  // namespace xgrad::train
