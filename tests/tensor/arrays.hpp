#pragma once
// For the tests of tensor/: random arrays, their values as double, naive walks over indices, and comparison in one
// line.

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tensor/array.hpp"

namespace xgrad::test {

using Index = std::vector<std::int64_t>;
using Values = std::vector<double>;

inline constexpr DType kTypes[] = {float32, float64, int64, uint8, bool_};

/// Random numbers of the standard library, so that the library's own are not needed to test it.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::int64_t below(std::int64_t n) { return std::uniform_int_distribution<std::int64_t>(0, n - 1)(engine_); }
  double real(double low, double high) { return std::uniform_real_distribution<double>(low, high)(engine_); }
  template <class List>
  auto one_of(const List& list) {
    return std::data(list)[below(static_cast<std::int64_t>(std::size(list)))];
  }
  /// Up to `rank` axes of the given sizes.
  Shape shape(int rank, const Index& sizes) {
    Shape result;
    for (auto axes = below(rank + 1); axes > 0; --axes) result.push_back(one_of(sizes));
    return result;
  }
  /// Reals in [-4, 4), integers in -9 ... 9 (0 ... 18 for uint8), or bools.
  Array array(const Shape& shape, DType dtype) {
    Values values;
    for (std::int64_t i = shape.numel(); i > 0; --i) {
      const auto whole = static_cast<double>(below(19));
      values.push_back(is_floating(dtype) ? real(-4, 4) : dtype == int64 ? whole - 9 : whole);
      if (dtype == bool_) values.back() = whole < 9 ? 0 : 1;
    }
    return Array::copy_of(values, shape).to(dtype);
  }

 private:
  std::mt19937_64 engine_;
};

inline Values values_of(const Array& a) {
  const auto copy = [](const auto& span) { return Values(span.begin(), span.end()); };
  switch (a.dtype()) {
    case float32: return copy(a.values<float>());
    case float64: return copy(a.values<double>());
    case uint8: return copy(a.values<std::uint8_t>());
    case bool_: return copy(a.values<bool>());
    case int64: break;
  }
  Values result;
  for (const std::int64_t v : a.values<std::int64_t>()) result.push_back(static_cast<double>(v));
  return result;
}

/// Calls f(index) for every index of a shape, in row-major order.
inline void for_each_index(const Shape& shape, const std::function<void(const Index&)>& f) {
  Index index(static_cast<std::size_t>(shape.rank()), 0);
  if (shape.numel() == 0) return;
  while (true) {
    f(index);
    int axis = shape.rank() - 1;
    for (; axis >= 0; --axis) {
      auto& i = index[static_cast<std::size_t>(axis)];
      if (++i < shape[axis]) break;
      i = 0;
    }
    if (axis < 0) return;
  }
}

/// Where the element at `index` of a larger shape lies in `shape`, aligned at the last axis, sizes of 1 repeated.
inline std::size_t place(const Shape& shape, const Index& index) {
  const std::size_t lead = index.size() - static_cast<std::size_t>(shape.rank());
  std::int64_t at = 0;
  for (int i = 0; i < shape.rank(); ++i)
    at = at * shape[i] + (shape[i] == 1 ? 0 : index[lead + static_cast<std::size_t>(i)]);
  return static_cast<std::size_t>(at);
}

/// "" when the values agree within `relative` |want| + `absolute` (NaN with NaN, infinities with equal ones), else what
/// differs first. Pass the bounds as 0 for equality.
inline std::string difference(const Array& got, const Shape& shape, const Values& want, double relative = 0,
                              double absolute = 0) {
  if (got.shape() != shape) return "shape " + got.shape().str() + ", not " + shape.str();
  const Values values = values_of(got);
  if (values.size() != want.size()) return "number of elements";
  for (std::size_t i = 0; i < want.size(); ++i) {
    const double a = values[i], b = want[i];
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    if (std::isfinite(a) && std::isfinite(b) && std::abs(a - b) <= relative * std::abs(b) + absolute) continue;
    return "element " + std::to_string(i) + " of " + shape.str() + " " + std::string(name_of(got.dtype())) + ": got " +
           std::to_string(a) + ", not " + std::to_string(b) + " (by " + std::to_string((a - b) / b) + ")";
  }
  return "";
}

/// The text of the error of kind E that f throws; "no error" or "another error: ..." otherwise.
template <class E, class F>
std::string error_of(const F& f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  } catch (const std::exception& e) {
    return std::string("another error: ") + e.what();
  }
  return "no error";
}
template <class E, class F>
bool throws(const F& f) {
  try {
    f();
  } catch (const E&) {
    return true;
  }
  return false;
}

}  // namespace xgrad::test
