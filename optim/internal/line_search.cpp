#include "optim/internal/line_search.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace xgrad::optim::internal {

namespace {

constexpr double kDecrease = 1e-4, kCurvature = 0.9;
constexpr int kMostTrials = 25;

/// The minimum of the cubic through two points with their slopes, within [low, high]; the middle where there is none.
double interpolate(const Point& one, const Point& other, double low, double high) {
  const Point &a = one.t < other.t ? one : other, &b = one.t < other.t ? other : one;
  const double d1 = a.slope + b.slope - 3. * (a.f - b.f) / (a.t - b.t);
  const double square = d1 * d1 - a.slope * b.slope;
  const double middle = (low + high) / 2.;
  if (!(square >= 0.)) return middle;
  const double d2 = std::sqrt(square);
  const double t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2. * d2));
  return std::isfinite(t) ? std::clamp(t, low, high) : middle;
}

class Search {
 public:
  Search(const Point& start, double longest, double tolerance, const std::function<Point(double)>& evaluate)
      : start_(start), longest_(longest), tolerance_(tolerance), evaluate_(evaluate) {}

  Point run(double t) {
    if (!bracket(t)) zoom();
    return std::move(low());
  }

 private:
  bool too_high(const Point& p) const { return !(p.f <= start_.f + kDecrease * p.t * start_.slope); }
  bool flat(const Point& p) const { return std::abs(p.slope) <= -kCurvature * start_.slope; }
  Point& low() { return ends_[low_]; }
  Point& high() { return ends_[1 - low_]; }
  void hold(const Point& a, const Point& b) {
    ends_[0] = a;
    ends_[1] = b;
    low_ = a.f <= b.f ? 0 : 1;
  }

  /// Goes on until an interval holds a minimum; true when nothing is left to do.
  bool bracket(double t) {
    Point before = start_, now = evaluate_(t);
    for (; trials_ < kMostTrials; ++trials_) {
      if (too_high(now) || (trials_ > 1 && now.f >= before.f) || (!flat(now) && now.slope >= 0.)) {
        hold(before, now);
        return false;
      }
      if (flat(now)) {
        hold(now, now);
        return true;
      }
      const double next = interpolate(before, now, now.t + 0.01 * (now.t - before.t), now.t * 10.);
      before = std::exchange(now, evaluate_(next));
    }
    hold(start_, now);
    return true;
  }

  /// Narrows the interval.
  void zoom() {
    bool slow = false;
    while (trials_ < kMostTrials) {
      const double least = std::min(ends_[0].t, ends_[1].t), most = std::max(ends_[0].t, ends_[1].t);
      if ((most - least) * longest_ < tolerance_) return;
      double t = interpolate(ends_[0], ends_[1], least, most);
      // Too near to an end, twice or outside: a tenth inwards.
      const double margin = 0.1 * (most - least);
      if (std::min(most - t, t - least) < margin) {
        if (slow || t >= most || t <= least) {
          t = std::abs(t - most) < std::abs(t - least) ? most - margin : least + margin;
          slow = false;
        } else {
          slow = true;
        }
      } else {
        slow = false;
      }
      if (!(t > least && t < most)) return;  // no number is left between them
      const Point now = evaluate_(t);
      ++trials_;
      if (too_high(now) || now.f >= low().f) {
        high() = now;
        low_ = ends_[0].f <= ends_[1].f ? 0 : 1;
        continue;
      }
      const bool done = flat(now);
      if (!done && now.slope * (high().t - low().t) >= 0.) high() = low();
      low() = now;
      if (done) return;
    }
  }

  Point start_;
  double longest_, tolerance_;
  const std::function<Point(double)>& evaluate_;
  Point ends_[2];
  int low_ = 0, trials_ = 0;
};

}  // namespace

Point strong_wolfe(const Point& at_zero, double t, double longest, double tolerance_change,
                   const std::function<Point(double t)>& evaluate) {
  return Search(at_zero, longest, tolerance_change, evaluate).run(t);
}

}  // namespace xgrad::optim::internal
