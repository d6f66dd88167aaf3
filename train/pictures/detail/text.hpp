#pragma once
/// Text on its way into pictures and pages.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace xgrad::train::plot::detail {

/// What can be shown of a text on one line: line breaks and tabs become blanks, other control characters and what is
/// not UTF-8 become U+FFFD.
std::string shown(std::string_view text);
/// The same with line breaks and tabs kept.
std::string shown_lines(std::string_view text);
/// So many characters at most, with "…" in the place of those left out in the middle.
std::string shortened(std::string_view text, std::size_t most);
/// For HTML and XML, between tags and in quoted attributes.
std::string escaped(std::string_view text);
/// How many characters `shortened` gives.
std::size_t shortened_length(std::string_view text, std::size_t most);
/// Broken into lines of so many characters, between words.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);
/// A number for people, with so many significant digits.
std::string number(double value, int digits = 4);

}  // namespace xgrad::train::plot::detail
