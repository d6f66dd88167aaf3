#include "tensor/kernels/cast.hpp"

#include <fmt/format.h>

#include <cstdint>

#include "tensor/kernels/dispatch.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {
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
