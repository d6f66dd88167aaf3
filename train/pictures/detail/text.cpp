#include "train/pictures/detail/text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "train/pictures/figure.hpp"

namespace xgrad::train::plot {
namespace detail {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// The length of the character that begins a text, 0 where that is not UTF-8 (RFC 3629) or not allowed in XML.
std::size_t character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const std::size_t n = first < 0x80                    ? 1
                        : first >= 0xC2 && first < 0xE0 ? 2
                        : first >= 0xE0 && first < 0xF0 ? 3
                        : first >= 0xF0 && first < 0xF5 ? 4
                                                        : 0;
  if (n == 0 || n > text.size()) return 0;
  std::uint32_t code = n == 1 ? first : first & (0xFFU >> (n + 1));
  for (std::size_t i = 1; i < n; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3FU);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[n] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return 0;
  if (code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0xFFFE || code == 0xFFFF) return 0;
  return n;
}

std::string cleaned(std::string_view text, bool lines) {
  std::string out;
  while (!text.empty()) {
    const char c = text[0];
    std::size_t n = 1;
    if (c == '\n' || c == '\t') {
      out += lines ? c : ' ';
    } else if (c == '\r') {
      if (text.size() == 1 || text[1] != '\n') out += lines ? '\n' : ' ';
    } else if (const std::size_t good = character(text)) {
      out += text.substr(0, good);
      n = good;
    } else {
      out += kReplacement;
    }
    text.remove_prefix(n);
  }
  return out;
}

/// The characters of clean text.
std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t n = std::max<std::size_t>(character(text), 1);
    parts.push_back(text.substr(0, n));
    text.remove_prefix(n);
  }
  return parts;
}

}  // namespace

std::string shown(std::string_view text) { return cleaned(text, false); }
std::string shown_lines(std::string_view text) { return cleaned(text, true); }

std::string shortened(std::string_view text, std::size_t most) {
  const std::string clean = shown(text);
  const auto parts = characters(clean);
  if (parts.size() <= most) return clean;
  std::string out;
  const std::size_t head = most / 2, tail = most - head - 1;
  for (std::size_t i = 0; i < head; ++i) out += parts[i];
  out += "…";
  for (std::size_t i = parts.size() - tail; i < parts.size(); ++i) out += parts[i];
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::size_t shortened_length(std::string_view text, std::size_t most) {
  return std::min(characters(shown(text)).size(), most);
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  const std::string clean = shown(text);
  std::vector<std::string> lines;
  std::size_t length = 0;
  for (std::size_t at = 0; at < clean.size();) {
    const std::size_t end = std::min(clean.find(' ', at), clean.size());
    const std::string word = shortened(std::string_view(clean).substr(at, end - at), width);
    const std::size_t n = characters(word).size();
    if (lines.empty() || length + 1 + n > width) {
      lines.push_back(word);
      length = n;
    } else {
      lines.back() += " " + word;
      length += n + 1;
    }
    at = end + 1;
  }
  return lines;
}

std::string number(double value, int digits) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "−∞" : "∞";
  std::string text = fmt::format("{:.{}g}", value, digits);
  if (text[0] == '-') text = "−" + text.substr(1);
  return text;
}

}  // namespace detail

std::string script_text(std::string_view text) {
  std::string out = "'";
  for (const char c : detail::shown(text)) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

std::string tic_text(std::string_view text) {
  const std::string clean = detail::shown(text);
  if (clean.find('%') == clean.npos) return script_text(clean);
  // gnuplot takes it for a format, and has 50 bytes for what that gives
  constexpr std::size_t kMostBytes = 48;
  std::string few = clean;
  for (std::size_t n = kMostBytes; few.size() > kMostBytes; --n) few = detail::shortened(clean, n);
  std::string out;
  for (const char c : script_text(few)) {
    if (c == '%') out += '%';
    out += c;
  }
  return out;
}

}  // namespace xgrad::train::plot
