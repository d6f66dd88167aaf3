#include "autograd/ops/detail/fill_value.hpp"

#include <fmt/format.h>

namespace xgrad::detail {

void check_fill_value(std::string_view op, Scalar value, DType t) {
  if (is_floating(t)) return;
  const auto whole = value.to<std::int64_t>();
  bool fits = value.to<double>() == static_cast<double>(whole);
  if (t == uint8) fits = fits && whole >= 0 && whole <= 255;
  if (t == bool_) fits = fits && (whole == 0 || whole == 1);
  if (!fits)
    fail<ValueError>(op, fmt::format("value: got {} for a tensor of {}; expected a number that it holds",
                                     value.to<double>(), name_of(t)));
}

}  // namespace xgrad::detail
