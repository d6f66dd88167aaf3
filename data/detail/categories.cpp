#include "data/detail/categories.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "tensor/error.hpp"

namespace xgrad::data::detail {
namespace {

/// The order of categories: NaN comes last and equals itself.
template <class T>
bool before(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>) return std::isnan(b) ? !std::isnan(a) : a < b;
  else return a < b;
}

template <class T>
std::vector<T> distinct(std::vector<T> values) {
  std::sort(values.begin(), values.end(), before<T>);
  const auto same = [](const T& a, const T& b) { return !before(a, b) && !before(b, a); };
  values.erase(std::unique(values.begin(), values.end(), same), values.end());
  return values;
}

template <class T>
std::vector<T> copied(const Array& numbers) {
  const Array a = numbers.to(dtype_of<T>());
  return {a.values<T>().begin(), a.values<T>().end()};
}

template <class T>
std::int64_t find(const std::vector<T>& sorted, const T& value) {
  const auto place = std::lower_bound(sorted.begin(), sorted.end(), value, before<T>);
  return place == sorted.end() || before(value, *place) ? -1 : place - sorted.begin();
}

/// A real number among integers: only a whole one can be there.
std::int64_t find(const std::vector<std::int64_t>& sorted, double value) {
  const auto whole = convert<std::int64_t>(value);
  return static_cast<double>(whole) == value ? find(sorted, whole) : -1;
}
std::int64_t find(const std::vector<double>& sorted, std::int64_t value) {
  return find(sorted, static_cast<double>(value));
}

}  // namespace

Categories::Categories(const Column& column) {
  if (column.is_text()) {
    values_ = distinct(column.texts());
    return;
  }
  dtype_ = column.numbers().dtype();
  if (is_floating(dtype_)) values_ = distinct(copied<double>(column.numbers().array()));
  else values_ = distinct(copied<std::int64_t>(column.numbers().array()));
}

std::int64_t Categories::size() const {
  return std::visit([](const auto& v) { return static_cast<std::int64_t>(v.size()); }, values_);
}

Column Categories::values() const {
  std::vector<std::int64_t> all(static_cast<std::size_t>(size()));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
  return take(all);
}

std::vector<std::int64_t> Categories::codes(std::string_view op, const Column& column) const {
  if (column.is_text() != is_text()) {
    fail<DTypeError>(op, fmt::format("another kind of values: got {}; expected {}, as it was fitted on",
                                     column.is_text() ? "texts" : "numbers", is_text() ? "texts" : "numbers"));
  }
  std::vector<std::int64_t> out;
  out.reserve(static_cast<std::size_t>(column.size()));
  if (is_text()) {
    const auto& sorted = std::get<std::vector<std::string>>(values_);
    for (const std::string& text : column.texts()) out.push_back(find(sorted, text));
    return out;
  }
  const auto look_up = [&](const auto& numbers) {
    if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&values_))
      for (const auto v : numbers) out.push_back(find(*whole, v));
    else
      for (const auto v : numbers) out.push_back(find(std::get<std::vector<double>>(values_), v));
  };
  const Array& numbers = column.numbers().array();
  if (is_floating(numbers.dtype())) look_up(copied<double>(numbers));
  else look_up(copied<std::int64_t>(numbers));
  return out;
}

Column Categories::take(std::span<const std::int64_t> codes) const {
  return std::visit(
      [&](const auto& values) -> Column {
        auto out = std::decay_t<decltype(values)>();
        out.reserve(codes.size());
        for (const std::int64_t code : codes) out.push_back(values[static_cast<std::size_t>(code)]);
        if constexpr (std::is_same_v<decltype(out), std::vector<std::string>>) return Column(std::move(out));
        else return Column(Array::copy_of(out).to(dtype_));
      },
      values_);
}

std::string shown(const Column& column, std::int64_t i) {
  const auto at = static_cast<std::size_t>(i);
  if (column.is_text()) return "'" + column.texts()[at] + "'";
  const Array& numbers = column.numbers().array();
  if (is_floating(numbers.dtype())) return fmt::format("{}", numbers.to(float64).values<double>()[at]);
  return fmt::format("{}", numbers.to(int64).values<std::int64_t>()[at]);
}

}  // namespace xgrad::data::detail
