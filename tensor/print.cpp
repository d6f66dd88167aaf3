// Printing as NumPy does: columns aligned, as few digits as tell the values apart (at most 8 after the point), the
// exponent form where magnitudes differ too much, the middle left out above 1000 elements.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <string>
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

std::string trimmed(std::string text) {
  const std::size_t end = text.find('e');
  std::string exponent = end == std::string::npos ? "" : text.substr(end);
  if (end != std::string::npos) text.resize(end);
  if (text.find('.') == std::string::npos) text += '.';
  while (text.back() == '0') text.pop_back();
  return text + exponent;
}

/// The shortest text that reads back as v, or the one with 8 digits after the point when that is shorter.
template <class T>
std::string real_text(T v, bool exponent) {
  if (!exponent) {
    for (int digits = 0; digits < kDigits; ++digits) {
      std::string text = fmt::format("{:.{}f}", v, digits);
      if (static_cast<T>(std::stod(text)) == v) return trimmed(text);
    }
    return trimmed(fmt::format("{:.{}f}", v, kDigits));
  }
  for (int digits = 0; digits < kDigits; ++digits) {
    std::string text = fmt::format("{:.{}e}", v, digits);
    if (static_cast<T>(std::stod(text)) == v) return trimmed(text);
  }
  return trimmed(fmt::format("{:.{}e}", v, kDigits));
}

std::size_t before_point(const std::string& text) { return std::min(text.find('.'), text.size()); }

template <class T>
std::vector<std::string> real_texts(const std::vector<T>& values) {
  double largest = 0, smallest = INFINITY;
  for (const T v : values) {
    const double m = std::abs(static_cast<double>(v));
    if (!std::isfinite(m) || m == 0) continue;
    largest = std::max(largest, m);
    smallest = std::min(smallest, m);
  }
  const bool exponent = largest > 0 && (largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1000.);
  std::vector<std::string> texts;
  std::size_t left = 0, right = 0;
  for (const T v : values) {
    texts.push_back(std::isnan(v) ? "nan" : std::isinf(v) ? (v > 0 ? "inf" : "-inf") : real_text(v, exponent));
    if (!std::isfinite(v)) continue;
    left = std::max(left, before_point(texts.back()));
    right = std::max(right, texts.back().size() - before_point(texts.back()));
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) continue;
    std::string& text = texts[i];
    const std::size_t point = before_point(text);
    if (exponent) {  // digits of equal number: zeros before the exponent
      text.insert(text.find('e'), right - (text.size() - point), '0');
    } else {
      text.append(right - (text.size() - point), ' ');
    }
    text.insert(0, left - point, ' ');
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
  std::size_t width = 0;
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
      if (!first && line + 1 + text.size() > kLineWidth) {
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
  const bool summarise = numel() > kThreshold;
  const std::vector<std::string> texts = element_texts(*this, summarise);
  std::string out;
  const std::string* next = texts.data();
  write(out, shape(), 0, summarise, next);
  return out;
}

std::ostream& operator<<(std::ostream& out, const Array& array) { return out << array.str(); }

}  // namespace xgrad
