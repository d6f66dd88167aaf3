#include "nn/sequential.hpp"

namespace xgrad::nn {

Tensor Sequential::forward(const Tensor& x) {
  if (items_.empty()) return x;
  Tensor y;
  const Tensor* from = &x;
  for (std::size_t i = 0; i < items_.size(); ++i, from = &y) {
    Module& module = *items_[i].module;
    Module* const next = i + 1 < items_.size() ? items_[i + 1].module.get() : nullptr;
    const bool both = next && module.joins(*next) && !watched(module) && !watched(*next);
    y = both ? module.joined(*from, *next) : module(*from);
    if (both) ++i;
  }
  return y;
}

}  // namespace xgrad::nn
