#include "tensor/kernels/cast.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <type_traits>

#include "tensor/kernels/dispatch.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {
namespace {

template <class To, class From>
To convert(From v) {
  if constexpr (std::is_same_v<To, bool>) {
    return v != From{0};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    // Outside the range the language leaves the result undefined; both bounds are exact in From.
    constexpr bool small = std::is_same_v<To, std::uint8_t>;
    constexpr From low = small ? From(-1) : From(std::numeric_limits<std::int64_t>::min());
    constexpr From high = small ? From(256) : From(9223372036854775808.0);
    const bool fits = small ? v > low && v < high : v >= low && v < high;
    return fits ? static_cast<To>(v) : std::numeric_limits<To>::min();
  } else {
    return static_cast<To>(v);
  }
}

}  // namespace

Array cast(const Array& a, DType dtype) {
  Array result = Array::empty(a.shape(), dtype);
  dispatch(a.dtype(), [&](auto from) {
    dispatch(dtype, [&](auto to) {
      using From = typename decltype(from)::type;
      using To = typename decltype(to)::type;
      const From* x = in<From>(a);
      To* y = out<To>(result);
      parallel_for(a.numel(), kGrain, [=](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) y[i] = convert<To>(x[i]);
      });
    });
  });
  return result;
}

void fail_not_floating(std::string_view op, DType t) {
  fail<DTypeError>(op, fmt::format("got {}; expected float32 or float64, convert with .to(float32)", name_of(t)));
}

}  // namespace xgrad::kernels
