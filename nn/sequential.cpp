#include "nn/sequential.hpp"

namespace xgrad::nn {

Tensor Sequential::forward(const Tensor& x) {
  if (items_.empty()) return x;
  Tensor y;
  const Tensor* from = &x;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    Module& module = *items_[i].module;
    Tensor both;
    if (i + 1 < items_.size()) both = module.call_with(*items_[i + 1].module, *from);
    if (both.defined()) ++i;
    y = both.defined() ? std::move(both) : module(*from);
    from = &y;
  }
  return y;
}

}  // namespace xgrad::nn
