#pragma once
/// Input sizes that are found at the first call.

#include <cstdint>

#include "nn/module.hpp"

namespace xgrad::nn {

/// In place of an input size: `Dense(nn::lazy, 128)`, `Conv2D(nn::lazy, 16, 3)`. The first input that the layer sees
/// decides; its parameters are drawn then. Let that first call be alone (not of several threads), or call `summary`
/// or `initialize` before.
struct Lazy {};
inline constexpr Lazy lazy{};

/// An input size, or `lazy`.
class InputSize {
 public:
  constexpr InputSize(std::int64_t size) noexcept : size_(size) {}
  constexpr InputSize(Lazy) noexcept : known_(false) {}
  constexpr bool known() const noexcept { return known_; }
  /// 0 for `lazy`.
  constexpr std::int64_t size() const noexcept { return size_; }

 private:
  std::int64_t size_ = 0;
  bool known_ = true;
};

/// Finds the sizes that are not known yet, by one call on zeros of [1, input_shape...] in evaluation mode, without
/// recording. A model that knows them all is not called. Throws what the model throws.
void initialize(Module& model, const Shape& input_shape);
/// The same by a call on the given inputs.
void initialize(Module& model, std::span<const Tensor> inputs);

}  // namespace xgrad::nn
