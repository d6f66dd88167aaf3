#pragma once
/// Residual: what is added to its own input.

#include <type_traits>
#include <utility>

#include "nn/sequential.hpp"

namespace xgrad::nn {

/// x + body(x) (He et al., 2016), where the body is its modules one after the other; or shortcut(x) + body(x):
///
///     nn::Residual(nn::Conv2D(16, 16, 3, {.padding = 1}), nn::BatchNorm(16), nn::ReLU())
///     nn::Residual(nn::Conv2D(16, 32, 3, {.stride = 2, .padding = 1})).shortcut(nn::Conv2D(16, 32, 1, {.stride = 2}))
///
/// Members are "body" and, where given, "shortcut". ShapeError unless both summands have the same shape.
class Residual : public BuiltIn {
 public:
  template <class First, class... Rest>
  requires(!(sizeof...(Rest) == 0 &&
             std::is_same_v<std::remove_cvref_t<First>, Residual>)) explicit Residual(First&& first, Rest&&... rest) {
    body_.add(std::forward<First>(first));
    (body_.add(std::forward<Rest>(rest)), ...);
  }
  /// Appends a module to the shortcut; returns itself.
  template <class M>
  Residual&& shortcut(M&& module) && {
    shortcut_.add(std::forward<M>(module));
    return std::move(*this);
  }
  template <class M>
  Residual& shortcut(M&& module) & {
    shortcut_.add(std::forward<M>(module));
    return *this;
  }

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;
  std::string repr() const override;
  void adopt(std::string_view name, AnyModule member) override;

 private:
  Sequential body_, shortcut_;
};

}  // namespace xgrad::nn
