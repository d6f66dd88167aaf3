// Printing as NumPy does: columns aligned, as few digits as tell the values apart (at most 8 after the point), the
// exponent form where magnitudes differ too much, the middle left out above 1000 elements.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "tensor/array.hpp"
#include "tensor/kernels/dispatch.hpp"

namespace xgrad {
namespace {

constexpr std::int64_t kThreshold = 1000;
constexpr std::int64_t kEdge = 3;
constexpr std::size_t kLineWidth = 75;
constexpr int kDigits = 8;

/// The positions along one axis that are shown; a gap (-1) stands for those left out.
std::vector<std::int64_t> shown(std::int64_t size, bool summarise) {
  std::vector<std::int64_t> result;
  for (std::int64_t i = 0; i < size; ++i) {
    if (summarise && size > 2 * kEdge && i == kEdge) {
      result.push_back(-1);
      i = size - kEdge;
    }
    result.push_back(i);
  }
  return result;
}

template <class F>
void visit(const Shape& shape, int axis, std::int64_t offset, bool summarise, const F& f) {
  if (axis == shape.rank()) return f(offset);
  for (const std::int64_t i : shown(shape[axis], summarise))
    if (i >= 0) visit(shape, axis + 1, offset * shape[axis] + i, summarise, f);
}

/// Digits after the first of the shortest text that reads back as v, and the power of ten of the first.
template <class T>
std::pair<int, int> shortest(T v) {
  char text[32];
  const char* const end = std::to_chars(text, text + sizeof text, std::abs(v), std::chars_format::scientific).ptr;
  const char* const e = std::find<const char*>(text, end, 'e');
  return {std::max(0, static_cast<int>(e - text) - 2), std::atoi(std::string(e + 1, end).c_str())};
}

std::size_t before_point(const std::string& text) { return std::min(text.find('.'), text.size()); }

/// "1.25", "1." without zeros at the end; at most 8 digits after the point.
template <class T>
std::string positional(T v) {
  const auto [digits, power] = shortest(v);
  std::string text = fmt::format("{:#.{}f}", v, std::clamp(digits - power, 0, kDigits));
  while (text.back() == '0') text.pop_back();
  return text;
}

template <class T>
std::vector<std::string> positional_texts(const std::vector<T>& values) {
  std::vector<std::string> texts;
  std::size_t right = 0;
  for (const T v : values) {
    texts.push_back(positional(v));
    right = std::max(right, texts.back().size() - before_point(texts.back()));
  }
  for (std::string& text : texts) text.append(right - (text.size() - before_point(text)), ' ');
  return texts;
}

/// "1.25e-05", all with as many digits, after the point and in the exponent, as the longest needs.
template <class T>
std::vector<std::string> exponent_texts(const std::vector<T>& values) {
  int digits = 0;
  std::size_t exponent = 0;  // the longest one with its sign
  for (const T v : values) {
    std::string text = fmt::format("{:.{}e}", v, std::min(shortest(v).first, kDigits));
    std::size_t end = text.find('e');
    exponent = std::max(exponent, text.size() - end - 1);
    while (text[end - 1] == '0' && text.find('.') < end) --end;
    digits = std::max(digits, static_cast<int>(end) - 1 - static_cast<int>(std::min(end - 1, text.find('.'))));
  }
  std::vector<std::string> texts;
  for (const T v : values) {
    std::string text = fmt::format("{:#.{}e}", v, digits);
    const std::size_t e = text.find('e');
    text.insert(e + 2, exponent - (text.size() - e - 1), '0');
    texts.push_back(std::move(text));
  }
  return texts;
}

template <class T>
std::vector<std::string> real_texts(const std::vector<T>& values) {
  std::vector<T> finite;
  std::copy_if(values.begin(), values.end(), std::back_inserter(finite), [](T v) { return std::isfinite(v); });
  T largest = 0, smallest = std::numeric_limits<T>::infinity();
  for (const T v : finite) {
    if (v == 0) continue;
    largest = std::max(largest, std::abs(v));
    smallest = std::min(smallest, std::abs(v));
  }
  const bool exponent =
      largest > 0 && (largest >= T(1e8) || static_cast<double>(smallest) < 1e-4 || largest / smallest > T(1000));
  std::vector<std::string> texts = exponent ? exponent_texts(finite) : positional_texts(finite);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    const char* const text = std::isnan(values[i]) ? "nan" : values[i] > 0 ? "inf" : "-inf";
    texts.insert(texts.begin() + static_cast<std::ptrdiff_t>(i), text);
  }
  return texts;
}

std::vector<std::string> element_texts(const Array& a, bool summarise) {
  std::vector<std::string> texts = kernels::dispatch(a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    std::vector<T> values;
    visit(a.shape(), 0, 0, summarise, [&](std::int64_t i) { values.push_back(kernels::in<T>(a)[i]); });
    if constexpr (std::is_floating_point_v<T>) {
      return real_texts(values);
    } else {
      std::vector<std::string> result;
      for (const auto v : values) {
        if constexpr (std::is_same_v<T, bool>) result.push_back(v ? "True" : "False");
        else result.push_back(std::to_string(v));
      }
      return result;
    }
  });
  std::size_t width = a.dtype() == bool_ && a.dim() > 0 ? 5 : 0;  // NumPy's width of bools, whichever they are
  for (const std::string& text : texts) width = std::max(width, text.size());
  for (std::string& text : texts) text.insert(0, width - text.size(), ' ');
  return texts;
}

/// Writes the brackets; takes the elements' texts in order.
void write(std::string& out, const Shape& shape, int axis, bool summarise, const std::string*& next) {
  if (axis == shape.rank()) {
    out += *next++;
    return;
  }
  const std::string indent(static_cast<std::size_t>(axis) + 1, ' ');
  const bool innermost = axis + 1 == shape.rank();
  const std::size_t line_width = kLineWidth - static_cast<std::size_t>(shape.rank());  // room for the brackets
  out += '[';
  std::size_t line = indent.size();
  bool first = true;
  for (const std::int64_t i : shown(shape[axis], summarise)) {
    if (!innermost) {
      if (!first) out += std::string(static_cast<std::size_t>(shape.rank() - axis - 1), '\n') + indent;
      if (i < 0) out += "...";
      else write(out, shape, axis + 1, summarise, next);
    } else {
      const std::string text = i < 0 ? "..." : *next++;
      if (!first && line + 1 + text.size() > line_width) {
        out.erase(out.find_last_not_of(' ') + 1);
        out += '\n' + indent;
        line = indent.size();
      } else if (!first) {
        out += ' ';
        ++line;
      }
      out += text;
      line += text.size();
    }
    first = false;
  }
  out += ']';
}

}  // namespace

std::string Array::str() const {
  if (!defined()) return "undefined";
  if (numel() == 0) return "[]";
  const bool summarise = numel() > kThreshold;
  const std::vector<std::string> texts = element_texts(*this, summarise);
  std::string out;
  const std::string* next = texts.data();
  write(out, shape(), 0, summarise, next);
  return out;
}

std::ostream& operator<<(std::ostream& out, const Array& array) { return out << array.str(); }

}  // namespace xgrad
