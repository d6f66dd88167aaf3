#include "tests/reference_test/compare.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

namespace xgrad::reference {

namespace {

/// The shortest text that reads back as the same number.
template <class T>
std::string shown(T value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return std::string(text, end);
}

/// "[1, 0, 3]": the index of an element by its place in row-major order.
std::string index_of(std::int64_t place, const Shape& shape) {
  Shape index = shape;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    index[axis] = place % shape[axis];
    place /= shape[axis];
  }
  return index.str();
}

/// By how many times the tolerance `got` is off: at most 1 is accepted, infinity where one of the two is not finite.
double excess(double got, double expected, const Tolerance& tolerance) {
  if (std::isnan(got) && std::isnan(expected)) return 0;
  if (got == expected) return 0;
  if (!std::isfinite(got) || !std::isfinite(expected)) return std::numeric_limits<double>::infinity();
  const double allowed = tolerance.atol + tolerance.rtol * std::abs(expected);
  const double difference = std::abs(got - expected);
  return difference <= allowed ? 0 : allowed > 0 ? difference / allowed : std::numeric_limits<double>::max();
}

struct Worst {
  std::int64_t place = -1;
  std::int64_t count = 0;
  double excess = 0;

  void add(std::int64_t i, double by) {
    if (by <= 0) return;
    ++count;
    if (by > excess) excess = by, place = i;
  }
};

template <class T>
std::optional<std::string> describe(std::string_view name, const Worst& worst, const Array& got, const Array& expected,
                                    const Tolerance& tolerance) {
  if (worst.count == 0) return {};
  const auto at = static_cast<std::size_t>(worst.place);
  const T a = got.values<T>()[at];
  const T b = expected.values<T>()[at];
  std::string text = std::string(name) + " " + index_of(worst.place, expected.shape()) + ": got " + shown(a) +
                     ", expected " + shown(b);
  if constexpr (std::is_floating_point_v<T>)
    text += ", off by " + shown(std::abs(a - b)) + " where " + shown(tolerance.atol + tolerance.rtol * std::abs(b)) +
            " is allowed";
  return text + " (worst of " + shown(worst.count) + " wrong among " + shown(expected.numel()) + " of " +
         expected.shape().str() + ")";
}

}  // namespace

std::optional<std::string> mismatch(std::string_view name, const Array& got, const Array& expected,
                                    const Tolerance& tolerance) {
  if (!got.defined()) return std::string(name) + ": got an undefined tensor";
  const bool integers = !is_floating(expected.dtype());
  if (got.dtype() != expected.dtype() && !(integers && got.dtype() == bool_))
    return std::string(name) + ": got dtype " + std::string(name_of(got.dtype())) + ", expected " +
           std::string(name_of(expected.dtype()));
  if (got.shape() != expected.shape())
    return std::string(name) + ": got shape " + got.shape().str() + ", expected " + expected.shape().str();

  const std::int64_t n = expected.numel();
  Worst worst;
  if (integers) {
    const Array a = got.to(int64), b = expected.to(int64);
    const auto x = a.values<std::int64_t>(), y = b.values<std::int64_t>();
    for (std::int64_t i = 0; i < n; ++i) {
      const auto at = static_cast<std::size_t>(i);
      if (x[at] != y[at]) worst.add(i, std::abs(static_cast<double>(x[at]) - static_cast<double>(y[at])) + 1);
    }
    return describe<std::int64_t>(name, worst, a, b, tolerance);
  }
  const Array a = got.to(float64), b = expected.to(float64);
  const auto x = a.values<double>(), y = b.values<double>();
  for (std::int64_t i = 0; i < n; ++i) {
    const auto at = static_cast<std::size_t>(i);
    worst.add(i, excess(x[at], y[at], tolerance));
  }
  return describe<double>(name, worst, a, b, tolerance);
}

bool Report::compare(std::string_view name, const Tensor& got, const Array& expected, const Tolerance& tolerance) {
  const std::optional<std::string> difference = mismatch(name, got.array(), expected, tolerance);
  if (difference) note(*difference);
  return !difference;
}

}  // namespace xgrad::reference
