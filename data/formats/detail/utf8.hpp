#pragma once
/// Whether text is UTF-8. Private to data/formats.

#include <cstddef>
#include <string_view>

namespace xgrad::data::detail {

/// How many bytes of `text`, from its begin, are whole characters in UTF-8; all of them where it is.
std::size_t valid_utf8(std::string_view text) noexcept;

}  // namespace xgrad::data::detail
