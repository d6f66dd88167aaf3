#pragma once
/// Text from files: whether it is UTF-8, and how it stands in an error. Private to data/formats.

#include <cstddef>
#include <string>
#include <string_view>

namespace xgrad::data::detail {

/// How many bytes of `text`, from its begin, are whole characters in UTF-8; all of them where it is.
std::size_t valid_utf8(std::string_view text) noexcept;

/// For an error: control characters become "?", and of more than `longest` bytes the rest "...".
std::string printable(std::string_view text, std::size_t longest = 120);

}  // namespace xgrad::data::detail
