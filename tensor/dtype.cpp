#include "tensor/dtype.hpp"

#include <fmt/format.h>

#include "tensor/error.hpp"

namespace xgrad {

std::string_view name_of(DType t) noexcept {
  switch (t) {
    case DType::float32: return "float32";
    case DType::float64: return "float64";
    case DType::int64: return "int64";
    case DType::uint8: return "uint8";
    case DType::bool_: return "bool";
  }
  return "?";
}

DType promote(std::string_view op, DType a, DType b) {
  if (a == b) return a;
  if (is_floating(a) && is_floating(b)) {
    fail<DTypeError>(op, fmt::format("operands of different precision: got {} and {}; expected one of them throughout, "
                                     "convert with .to(float64) or .to(float32)",
                                     name_of(a), name_of(b)));
  }
  if (is_floating(a)) return a;
  if (is_floating(b)) return b;
  if (a == DType::int64 || b == DType::int64) return DType::int64;
  return DType::uint8;  // uint8 with bool
}

}  // namespace xgrad
