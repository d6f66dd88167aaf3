#include "optim/options.hpp"

#include <fmt/format.h>

#include "tensor/error.hpp"

namespace xgrad::optim {

void check_option(std::string_view op, std::string_view option, double value, double low, double high) {
  if (!(value >= low && value <= high))
    fail<ValueError>(op, fmt::format("{}: got {}; expected {} to {}", option, value, low, high));
}

void check_option(std::string_view op, std::string_view option, std::int64_t value, std::int64_t low,
                  std::int64_t high) {
  if (value < low || value > high)
    fail<ValueError>(op, fmt::format("{}: got {}; expected {} to {}", option, value, low, high));
}

}  // namespace xgrad::optim
