#include "train/detail/keras/modules.hpp"

#include <fmt/format.h>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/padding.hpp"
#include "autograd/ops/shape.hpp"

namespace xgrad::train::keras::detail {

Tensor ChannelsFirst::forward(const Tensor& x) { return x.dim() > 2 ? movedim(x, -1, 1) : x; }
Tensor ChannelsLast::forward(const Tensor& x) { return x.dim() > 2 ? movedim(x, 1, -1) : x; }

Tensor ZeroPad::forward(const Tensor& x) { return pad(x, amounts_); }
std::string ZeroPad::repr() const { return fmt::format("ZeroPad({{{}}})", fmt::join(amounts_, ", ")); }

Tensor Rescaling::forward(const Tensor& x) {
  const Tensor real = is_floating(x.dtype()) ? x : x.to(float32);
  return real * scale_ + offset_;
}
std::string Rescaling::repr() const { return fmt::format("Rescaling({}, {})", scale_, offset_); }

}  // namespace xgrad::train::keras::detail
