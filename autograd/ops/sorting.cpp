#include "autograd/ops/sorting.hpp"

#include <fmt/format.h>

#include "autograd/ops/indexing.hpp"
#include "tensor/kernels/sort.hpp"

namespace xgrad {

ValuesAndIndices sort(const Tensor& x, std::int64_t axis, bool descending) {
  const int a = normalize_axis("sort", axis, x.dim());
  const Tensor indices(kernels::argsort(x.array(), a, descending));
  return {gather(x, a, indices), indices};
}

Tensor argsort(const Tensor& x, std::int64_t axis, bool descending) {
  return kernels::argsort(x.array(), normalize_axis("argsort", axis, x.dim()), descending);
}

ValuesAndIndices topk(const Tensor& x, std::int64_t k, std::int64_t axis, bool largest, bool sorted) {
  const int a = normalize_axis("topk", axis, x.dim());
  const std::int64_t size = x.dim() == 0 ? 1 : x.shape()[a];
  if (k < 0 || k > size)
    fail<ValueError>("topk",
                     fmt::format("k: got {} along axis {} of shape {}; expected 0 to {}", k, a, x.shape().str(), size));
  // the result of a scalar is a scalar, whatever k is (as in PyTorch)
  const Tensor indices(kernels::topk_index(x.array(), x.dim() == 0 ? 1 : k, a, largest, sorted));
  return {gather(x, a, indices), indices};
}

Unique unique(const Tensor& x) {
  kernels::Unique found = kernels::unique(x.array());
  return {Tensor(found.values), Tensor(found.inverse), Tensor(found.counts)};
}

}  // namespace xgrad
