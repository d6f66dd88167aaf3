#include "train/model_selection/grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "data/detail/numpy_random.hpp"

namespace xgrad::train {
namespace {

constexpr std::int64_t kMostCandidates = 100'000'000;

std::int64_t product(const std::map<std::string, std::vector<ParamValue>>& axes) {
  std::int64_t n = 1;
  for (const auto& [name, values] : axes) {
    if (static_cast<std::int64_t>(values.size()) > kMostCandidates / n)
      fail<ValueError>("train::ParamGrid", fmt::format("got more than {} combinations", kMostCandidates));
    n *= static_cast<std::int64_t>(values.size());
  }
  return n;
}

[[noreturn]] void fail_twice(const char* op, const std::string& name) {
  fail<ValueError>(op, fmt::format("got \"{}\" twice; expected each name once", name));
}
void check_values(const char* op, const std::string& name, const std::vector<ParamValue>& values) {
  if (values.empty()) fail<ValueError>(op, fmt::format("\"{}\": got no values; expected at least one", name));
}

class NumpySource final : public Distribution::Random {
 public:
  explicit NumpySource(std::uint32_t seed) : random(seed) {}
  double uniform() override { return random.random_sample(); }
  std::uint64_t whole(std::uint64_t max) override { return random.interval(max); }
  data::detail::NumpyRandom random;
};

/// k of 0 ... n-1 without putting any back, as scikit-learn's sample_without_replacement chooses them: of a
/// permutation; where k is next to nothing by trying again; where it is next to all by Waterman's reservoir.
std::vector<std::int64_t> pick_distinct(std::int64_t n, std::int64_t k, NumpySource& source) {
  const double ratio = static_cast<double>(k) / static_cast<double>(n);
  std::vector<std::int64_t> picked;
  if (ratio > 0.01 && ratio < 0.99) {
    picked = source.random.permutation(n);
    picked.resize(static_cast<std::size_t>(k));
  } else if (ratio < 0.2) {
    std::set<std::int64_t> seen;
    while (static_cast<std::int64_t>(picked.size()) < k) {
      const auto i = static_cast<std::int64_t>(source.whole(static_cast<std::uint64_t>(n - 1)));
      if (seen.insert(i).second) picked.push_back(i);
    }
  } else {
    for (std::int64_t i = 0; i < n; ++i) {
      if (i < k) {
        picked.push_back(i);
        continue;
      }
      const std::uint64_t at = source.whole(static_cast<std::uint64_t>(i));
      if (at < static_cast<std::uint64_t>(k)) picked[at] = i;
    }
  }
  return picked;
}

}  // namespace

// ---- grids ------------------------------------------------------------------------------------------------------------

ParamGrid::ParamGrid(std::initializer_list<Entry> entries) : grids_(1) {
  for (const Entry& e : entries) add(e.name, e.values);
}

ParamGrid::ParamGrid(const std::vector<ParamGrid>& grids) {
  for (const ParamGrid& g : grids) grids_.insert(grids_.end(), g.grids_.begin(), g.grids_.end());
}

ParamGrid& ParamGrid::add(const std::string& name, ParamValues values) {
  check_values("train::ParamGrid", name, values.values());
  std::vector<Axes> grids = grids_;
  for (Axes& axes : grids) {
    if (!axes.emplace(name, values.values()).second) fail_twice("train::ParamGrid", name);
    product(axes);
  }
  grids_ = std::move(grids);
  return *this;
}

std::int64_t ParamGrid::size() const {
  std::int64_t n = 0;
  for (const Axes& axes : grids_) n += product(axes);
  return n;
}

Params ParamGrid::operator[](std::int64_t i) const {
  const std::int64_t wanted = i;
  for (const Axes& axes : grids_) {
    const std::int64_t n = product(axes);
    if (i >= 0 && i < n) {
      Params params;
      for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
        const auto count = static_cast<std::int64_t>(axis->second.size());
        params.set(axis->first, axis->second[static_cast<std::size_t>(i % count)]);
        i /= count;
      }
      return params;
    }
    i -= n;
  }
  fail<IndexError>("train::ParamGrid", fmt::format("got combination {}; expected 0 to {}", wanted, size() - 1));
}

std::vector<Params> ParamGrid::candidates() const {
  std::vector<Params> all;
  const std::int64_t n = size();
  for (std::int64_t i = 0; i < n; ++i) all.push_back((*this)[i]);
  return all;
}

// ---- distributions ----------------------------------------------------------------------------------------------------

ParamValue Distribution::draw(Random& random) const {
  return draw_ ? draw_(random) : values_[static_cast<std::size_t>(random.whole(values_.size() - 1))];
}

std::string Distribution::repr() const { return is_list() ? ParamValue(values_).repr() : repr_; }

Distribution uniform(double low, double high) {
  if (!(low < high && std::isfinite(low) && std::isfinite(high) && std::isfinite(high - low)))
    fail<ValueError>("train::uniform", fmt::format("got {} and {}; expected low < high, both finite", low, high));
  return {fmt::format("uniform({}, {})", low, high),
          [=](Distribution::Random& r) -> ParamValue { return r.uniform() * (high - low) + low; }};
}

Distribution loguniform(double low, double high) {
  if (!(low > 0 && low < high && std::isfinite(high / low)))
    fail<ValueError>("train::loguniform", fmt::format("got {} and {}; expected 0 < low < high", low, high));
  return {fmt::format("loguniform({}, {})", low, high),
          [=](Distribution::Random& r) -> ParamValue { return low * std::pow(high / low, r.uniform()); }};
}

Distribution randint(std::int64_t low, std::int64_t high) {
  if (low >= high) fail<ValueError>("train::randint", fmt::format("got {} and {}; expected low < high", low, high));
  const std::uint64_t range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) - 1;
  return {fmt::format("randint({}, {})", low, high), [=](Distribution::Random& r) -> ParamValue {
            return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + r.whole(range));
          }};
}

Distribution choice(ParamValues values, std::vector<double> weights) {
  check_values("train::choice", "values", values.values());
  if (weights.empty()) return values;
  double sum = 0;
  for (const double w : weights) {
    if (!(w >= 0 && std::isfinite(w)))
      fail<ValueError>("train::choice", fmt::format("weights: got {}; expected finite numbers >= 0", w));
    sum += w;
  }
  if (weights.size() != values.values().size() || !(sum > 0))
    fail<ValueError>("train::choice", fmt::format("got {} values, {} weights with the sum {}; expected a weight for "
                                                  "each value, some above 0",
                                                  values.values().size(), weights.size(), sum));
  std::string repr = "choice(" + ParamValue(values.values()).repr() + ", " + ParamValue(weights).repr() + ")";
  return {std::move(repr), [values = values.values(), weights, sum](Distribution::Random& r) -> ParamValue {
            double left = r.uniform() * sum;
            std::size_t last = 0;
            for (std::size_t i = 0; i < values.size(); ++i) {
              if (weights[i] == 0) continue;
              last = i;
              if (left < weights[i]) break;
              left -= weights[i];
            }
            return values[last];
          }};
}

ParamDistributions::ParamDistributions(std::initializer_list<Entry> entries) {
  Axes axes;
  for (const Entry& e : entries) {
    if (e.distribution.is_list()) check_values("train::ParamDistributions", e.name, e.distribution.values());
    if (!axes.emplace(e.name, e.distribution).second) fail_twice("train::ParamDistributions", e.name);
  }
  all_.push_back(std::move(axes));
}

ParamDistributions::ParamDistributions(const std::vector<ParamDistributions>& all) {
  for (const ParamDistributions& d : all) all_.insert(all_.end(), d.all_.begin(), d.all_.end());
  if (all_.empty()) fail<ValueError>("train::ParamDistributions", "got an empty list; expected at least one");
}

std::vector<Params> ParamDistributions::sample(std::int64_t n, std::int64_t random_state) const {
  constexpr const char* op = "train::ParamDistributions";
  if (n < 1) fail<ValueError>(op, fmt::format("n: got {}; expected 1 or more", n));
  if (random_state < 0 || random_state > std::numeric_limits<std::uint32_t>::max())
    fail<ValueError>(op, fmt::format("random_state: got {}; expected 0 to 4294967295", random_state));
  NumpySource source(static_cast<std::uint32_t>(random_state));
  std::vector<Params> drawn;
  const bool lists = std::all_of(all_.begin(), all_.end(), [](const Axes& axes) {
    return std::all_of(axes.begin(), axes.end(), [](const auto& axis) { return axis.second.is_list(); });
  });
  if (lists) {
    std::vector<ParamGrid> grids;
    for (const Axes& axes : all_) {
      ParamGrid one;
      for (const auto& [name, d] : axes) one.add(name, d.values());
      grids.push_back(std::move(one));
    }
    const ParamGrid grid(grids);
    const std::int64_t size = grid.size();
    for (const std::int64_t i : pick_distinct(size, std::min(n, size), source)) drawn.push_back(grid[i]);
    return drawn;
  }
  for (std::int64_t i = 0; i < n; ++i) {
    Params params;
    for (const auto& [name, d] : all_[source.whole(all_.size() - 1)]) params.set(name, d.draw(source));
    drawn.push_back(std::move(params));
  }
  return drawn;
}

}  // namespace xgrad::train
