#include <string>

#include "data/formats/detail/foreign.hpp"
#include "data/formats/detail/hdf5_objects.hpp"

namespace xgrad::data::detail {
namespace {

/// Reads one code point; 0 for what is not UTF-8 (overlong forms, surrogates) and for controls.
char32_t next_plain(std::string_view& text) noexcept {
  const auto lead = static_cast<unsigned char>(text.front());
  const int more = lead < 0x80 ? 0 : lead >= 0xC2 && lead < 0xE0 ? 1 : (lead & 0xF0) == 0xE0 ? 2 : 3;
  if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || text.size() < static_cast<std::size_t>(more) + 1) return 0;
  char32_t point = more == 0 ? lead : lead & (0x3FU >> more);
  for (int i = 1; i <= more; ++i) {
    const auto byte = static_cast<unsigned char>(text[static_cast<std::size_t>(i)]);
    if ((byte & 0xC0) != 0x80) return 0;
    point = point << 6 | (byte & 0x3FU);
  }
  text.remove_prefix(static_cast<std::size_t>(more) + 1);
  const char32_t least[] = {0, 0x80, 0x800, 0x10000};
  if (point < least[more] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return 0;
  return point < 0x20 || (point >= 0x7F && point < 0xA0) ? 0 : point;
}

}  // namespace

void Allowance::take_bytes(std::string_view path, std::uint64_t n) {
  if (n > limits_.bytes - bytes_)
    file_.fail(path, "with what came before needs more than " + std::to_string(limits_.bytes) +
                         " bytes of memory, as allowed for this file (ForeignLimits::bytes)");
  bytes_ += n;
}

void Allowance::take_object(std::string_view path) {
  if (objects_ >= limits_.objects)
    file_.fail(path, "there are more groups and datasets than the " + std::to_string(limits_.objects) +
                         " allowed (ForeignLimits::objects)");
  ++objects_;
}

void Allowance::take_attribute(std::string_view path) {
  if (attributes_ >= limits_.objects)
    file_.fail(path, "there are more attributes than the " + std::to_string(limits_.objects) +
                         " allowed (ForeignLimits::objects)");
  ++attributes_;
}

void Allowance::check_depth(std::string_view path, int depth) const {
  if (depth > limits_.depth)
    file_.fail(path, "groups lie deeper in each other than the " + std::to_string(limits_.depth) +
                         " levels allowed (ForeignLimits::depth)");
}

bool is_plain_text(std::string_view name, bool plain) noexcept {
  if (name.empty() || name.size() > kMaxName || name.find('\0') != name.npos) return false;
  while (plain && !name.empty())
    if (next_plain(name) == 0) return false;
  return true;
}

bool is_plain_name(std::string_view name, bool plain) noexcept {
  return is_plain_text(name, plain) && name != "." && name != ".." && name.find('/') == name.npos;
}

}  // namespace xgrad::data::detail
