#include "autograd/check/numeric.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace xgrad::detail {
namespace {

constexpr int kLevels = 10;

/// What one function showed at one level: f(x + h) and f(x - h), and the steps really taken.
struct Pair {
  double up, down, h_up, h_down;
  bool finite() const { return std::isfinite(up) && std::isfinite(down); }
  double central() const { return (up - down) / (h_up + h_down); }
  /// The derivative from above less that from below.
  double jump(double at) const { return (up - at) / h_up - (at - down) / h_down; }
};

class Probe {
 public:
  Probe(const Samples& f, std::size_t count) : f_(f), at_(count), up_(count), down_(count) {
    double zero = 0.;
    magnitude_ = f_(zero, at_);
  }
  double at(std::size_t k) const { return at_[k]; }
  double magnitude() const { return magnitude_; }
  /// One level for all functions.
  std::vector<Pair> level(double h) {
    double up = h, down = -h;
    magnitude_ = std::max(magnitude_, f_(up, up_));
    magnitude_ = std::max(magnitude_, f_(down, down_));
    std::vector<Pair> pairs;
    for (std::size_t k = 0; k < at_.size(); ++k) pairs.push_back({up_[k], down_[k], up, -down});
    return pairs;
  }

 private:
  const Samples& f_;
  std::vector<double> at_, up_, down_;
  double magnitude_;
};

/// Ridders' table for one function, fed a level at a time.
class Table {
 public:
  /// Takes the next level, with its error from rounding; says whether another could help.
  bool add(const Pair& p, double rounding) {
    if (!p.finite()) {
      n_ = 0;  // the step leaves the domain: begin anew with a smaller one
      return true;
    }
    std::array<double, kLevels> row{};
    row[0] = p.central();
    double factor = 1., local = HUGE_VAL;
    for (int j = 1; j <= n_; ++j) {
      factor *= 4.;
      row[static_cast<std::size_t>(j)] =
          row[static_cast<std::size_t>(j - 1)] +
          (row[static_cast<std::size_t>(j - 1)] - last_[static_cast<std::size_t>(j - 1)]) / (factor - 1.);
      const double error =
          std::max(std::abs(row[static_cast<std::size_t>(j)] - row[static_cast<std::size_t>(j - 1)]),
                   std::abs(row[static_cast<std::size_t>(j)] - last_[static_cast<std::size_t>(j - 1)])) +
          rounding;
      local = std::min(local, error);
      if (error < best_.error) best_ = {row[static_cast<std::size_t>(j)], error};
    }
    if (n_ == 0 && best_.error == HUGE_VAL) best_.value = row[0];
    last_ = row;
    ++n_;
    // Good enough, or already getting worse.
    return n_ < 2 || (best_.error > 1e-12 * std::abs(best_.value) + 2. * rounding && local < 100. * best_.error);
  }
  Numeric best() const {
    Numeric result;
    result.value = best_.value;
    result.error = best_.error;
    return result;
  }

 private:
  struct Best {
    double value = std::nan(""), error = HUGE_VAL;
  } best_;
  std::array<double, kLevels> last_{};
  int n_ = 0;
};

}  // namespace

std::vector<Numeric> differentiate(const Samples& f, std::size_t count, double x, double epsilon) {
  Probe probe(f, count);
  std::vector<Numeric> best(count);
  for (Numeric& n : best) n = {std::nan(""), HUGE_VAL};
  std::vector<Pair> first(count), last(count);
  std::vector<bool> met(count, false);
  const double scale = std::max(std::abs(x), 0.1);
  // In single precision small steps drown: few, large ones, and no further rounds.
  const bool single = epsilon > 1e-10;
  double h = (single ? 0.125 : 0.0625) * scale;
  // A kink or the edge of the domain nearby spoils large steps: begin anew with much smaller ones.
  for (int round = 0; round < (single ? 1 : 4); ++round, h /= 64) {
    std::vector<Table> tables(count);
    for (int i = 0; i < (single ? 5 : kLevels); ++i, h /= 2) {
      const std::vector<Pair> pairs = probe.level(h);
      bool more = false;
      for (std::size_t k = 0; k < count; ++k) {
        more = tables[k].add(pairs[k], 4. * epsilon * probe.magnitude() / h) || more;
        if (!pairs[k].finite()) continue;
        if (!met[k]) first[k] = pairs[k];
        met[k] = true;
        last[k] = pairs[k];
      }
      if (!more) break;
    }
    bool precise = true;
    for (std::size_t k = 0; k < count; ++k) {
      const Numeric n = tables[k].best();
      if (n.error < best[k].error) best[k] = n;
      precise = precise && best[k].error <= 1e-7 * (std::abs(best[k].value) + 1e-3);
    }
    if (precise) break;
  }

  std::vector<Numeric> result;
  std::vector<Pair> near, nearer;  // much smaller steps, made when somebody looks like a kink
  const double small = (epsilon > 1e-10 ? 1e-2 : 1e-4) * scale;
  for (std::size_t k = 0; k < count; ++k) {
    Numeric n = best[k];
    const auto visible = [&](const Pair& p) {
      const double noise = 32. * epsilon * probe.magnitude() / p.h_up;
      return std::abs(p.jump(probe.at(k))) > noise + 1e-7 * (std::abs(p.central()) + 1e-3);
    };
    // For a smooth function the jump goes down with the step; at a kink it stays.
    const bool suspect = met[k] && visible(last[k]) &&
                         (std::abs(last[k].jump(probe.at(k))) > 0.6 * std::abs(first[k].jump(probe.at(k))) ||
                          n.error > 1e-6 * (std::abs(n.value) + 1.));
    if (suspect) {
      if (near.empty()) {
        near = probe.level(small);
        nearer = probe.level(small / 64);
      }
      const double wide = near[k].jump(probe.at(k)), narrow = nearer[k].jump(probe.at(k));
      if (nearer[k].finite() && visible(nearer[k]) && std::abs(narrow) > 0.5 * std::abs(wide)) {
        const double above = (nearer[k].up - probe.at(k)) / nearer[k].h_up;
        const double below = (probe.at(k) - nearer[k].down) / nearer[k].h_down;
        n.kink = true;
        n.low = std::min(above, below);
        n.high = std::max(above, below);
        n.value = 0.5 * (n.low + n.high);
        n.error = n.high - n.low;
      }
    }
    result.push_back(n);
  }
  return result;
}

}  // namespace xgrad::detail
