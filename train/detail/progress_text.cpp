#include "train/detail/progress_text.hpp"

#include <fmt/format.h>

namespace xgrad::train::detail {

std::string clock_text(double seconds) {
  if (!(seconds < 3600e3)) return "--:--";
  const auto s = static_cast<std::int64_t>(seconds + 0.5);
  if (s < 3600) return fmt::format("{}:{:02}", s / 60, s % 60);
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

std::string bar_text(std::int64_t step, std::int64_t steps, int width) {
  const auto inside = static_cast<std::size_t>(width - 2);
  const std::size_t full = steps > 0 ? inside * static_cast<std::size_t>(step) / static_cast<std::size_t>(steps) : 0;
  std::string text(full, '=');
  if (full < inside) text += '>';
  text.resize(inside, ' ');
  return "[" + text + "]";
}

}  // namespace xgrad::train::detail
