#include "train/pictures/detail/axes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "autograd/ops.hpp"
#include "tensor/error.hpp"
#include "train/pictures/figure.hpp"

namespace xgrad::train::plot::detail {
namespace {

constexpr double kHuge = 1e300, kTiny = 1e-290;

std::string superscript(int exponent) {
  static const char* const kDigits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string out = exponent < 0 ? "10⁻" : "10";
  for (const char c : std::to_string(std::abs(exponent))) out += kDigits[c - '0'];
  return out;
}

/// The next of 1, 2, 5 times a power of ten.
double nice(double step) {
  const double power = std::pow(10., std::floor(std::log10(step)));
  const double share = step / power;
  return (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10) * power;
}

/// Labels at powers of ten where there are three or more, else at 1, 2, 5 times those.
std::string log_tics(const std::string& name, Range range) {
  const int first = static_cast<int>(std::ceil(std::log10(range.low) - 1e-9));
  const int last = static_cast<int>(std::floor(std::log10(range.high) + 1e-9));
  std::string tics;
  const auto add = [&](double value, const std::string& label) {
    tics += fmt::format("{}{} {:.10g}", tics.empty() ? "" : ", ", tic_text(label), value);
  };
  if (last - first >= 2) {
    const int step = (last - first) / 7 + 1;
    const bool plain = first >= -3 && last <= 4;
    for (int e = first; e <= last; e += step)
      add(std::pow(10., e), plain ? fmt::format("{:g}", std::pow(10., e)) : superscript(e));
  } else {
    for (int e = first - 1; e <= last; ++e)
      for (const double m : {1., 2., 5.})
        if (const double v = m * std::pow(10., e); v >= range.low && v <= range.high) add(v, fmt::format("{:g}", v));
    if (tics.empty()) return fmt::format("set {}tics autofreq\n", name);
  }
  return fmt::format("set {}tics ({})\n", name, tics);
}

}  // namespace

void Extent::take(double value) {
  if (!std::isfinite(value) || (log_ && value <= 0)) return;
  value = log_ ? std::clamp(value, kTiny, kHuge) : std::clamp(value, -kHuge, kHuge);
  if (!range_) range_ = Range{value, value};
  range_->low = std::min(range_->low, value);
  range_->high = std::max(range_->high, value);
}

Range Extent::padded(const char* op, double room) const {
  if (!range_)
    fail<ValueError>(op, log_ ? "there is nothing to draw: no value is finite and positive; expected one for a "
                                "logarithmic axis"
                              : "there is nothing to draw: no value is finite");
  auto [low, high] = *range_;
  if (log_) {
    const double factor = std::max(std::pow(high / low, room), high / low < 1.2 ? 2. : 1.05);
    return {std::max(low / factor, 1e-306), std::min(high * factor, 1e306)};
  }
  const double size = std::max(std::abs(low), std::abs(high));
  const bool nothing = size < kTiny;
  const double pad = nothing ? 1 : high - low <= size * 1e-9 ? size * 0.1 : (high - low) * room;
  return {low - pad, high + pad};
}

std::string axis(const std::string& name, Range range, bool log, int tics) {
  std::string out = fmt::format("unset logscale {0}\nset {0}range [{1:.12g}:{2:.12g}]\n", name, range.low, range.high);
  if (log) return out + fmt::format("set logscale {} 10\n", name) + log_tics(name, range);
  const double step = nice((range.high - range.low) / tics);
  const double digits = std::log10(std::max(std::abs(range.low), std::abs(range.high)) / step) + 2;
  return out + fmt::format("set {0}tics {1:.12g}\nset format {0} '%.{2}g'\n", name, step,
                           std::clamp(static_cast<int>(digits), 6, 15));
}

std::string counting_axis(const std::string& name, Range range) {
  double step = 1;
  for (int i = 0; (range.high - range.low) / step > 8; ++i) step *= i % 3 == 1 ? 2.5 : 2;
  return fmt::format("unset logscale {0}\nset {0}range [{1:.12g}:{2:.12g}]\nset {0}tics {3:.12g}\n", name, range.low,
                     range.high, step);
}

std::vector<double> doubles(const char* op, const Tensor& tensor) {
  if (!tensor.defined()) fail<ValueError>(op, "got an undefined tensor; expected one with values");
  const Tensor all = tensor.detach().to(float64);
  const auto values = all.values<double>();
  return {values.begin(), values.end()};
}

}  // namespace xgrad::train::plot::detail
