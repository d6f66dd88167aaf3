#include "nn/sequential.hpp"

namespace xgrad::nn {

Tensor Sequential::forward(const Tensor& x) {
  if (items_.empty()) return x;
  Tensor y = (*items_.front().module)(x);
  for (std::size_t i = 1; i < items_.size(); ++i) y = (*items_[i].module)(y);
  return y;
}

}  // namespace xgrad::nn
