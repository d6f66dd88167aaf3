#pragma once
/// The gradient of a parameter, without the counting of handles that `Tensor::grad` does.

#include "autograd/record.hpp"

namespace xgrad::optim::internal {

/// Null where there is none.
inline const Tensor* gradient_of(const Tensor& p) {
  const detail::Node* node = p.node();
  return node && node->grad.defined() ? &node->grad : nullptr;
}

}  // namespace xgrad::optim::internal
