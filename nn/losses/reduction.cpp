#include "nn/losses/reduction.hpp"

#include <fmt/format.h>

#include "autograd/ops/reduction.hpp"

namespace xgrad::nn::detail {

Tensor reduce(const Tensor& losses, Reduction reduction) {
  if (reduction == Reduction::none) return losses;
  return reduction == Reduction::sum ? sum(losses) : mean(losses);
}

void check_same_shape(std::string_view op, const Tensor& prediction, const Tensor& target) {
  const Shape &p = prediction.shape(), &t = target.shape();
  if (p == t) return;
  const std::string remedy =
      p.numel() == t.numel() ? fmt::format("; use target.reshape({{{}}})", fmt::join(p, ", ")) : "";
  fail<ShapeError>(op, fmt::format("got prediction {}, target {}; expected equal shapes{}", p.str(), t.str(), remedy));
}

}  // namespace xgrad::nn::detail
