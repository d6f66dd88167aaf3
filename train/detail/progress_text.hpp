#pragma once
/// Pieces of lines that show progress.

#include <cstdint>
#include <string>

namespace xgrad::train::detail {

/// 0:45, 12:00, 1:02:03; "--:--" for what is no reasonable time.
std::string clock_text(double seconds);
/// [=====>     ], so many columns wide, at least 3.
std::string bar_text(std::int64_t step, std::int64_t steps, int width);

}  // namespace xgrad::train::detail
