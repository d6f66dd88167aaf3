#include "nn/losses/similarity.hpp"

#include <fmt/format.h>

#include "autograd/ops.hpp"
#include "nn/losses/detail/parts.hpp"

namespace xgrad::nn {
namespace {

using detail::number_like;

/// The cosine over the last axis. Each length by its own root: their product would overflow sooner.
Tensor cosines(const Tensor& x, const Tensor& y) {
  const Tensor a = sqrt(add(sum(square(x), -1), 1e-12)), b = sqrt(add(sum(square(y), -1), 1e-12));
  return div(div(sum(mul(x, y), -1), a), b);
}

/// The smaller of two, each getting half of the gradient where they are equal (as minimum has it).
Tensor smaller(const Tensor& x, const Tensor& y) {
  const Tensor middle = mul(add(x, y), 0.5);  // of a tie, and NaN where one is
  return where(lt(x, y), x, where(lt(y, x), y, middle));
}

}  // namespace

Tensor cosine_embedding_loss(const Tensor& x1, const Tensor& x2, const Tensor& target, CosineEmbeddingOptions o) {
  constexpr const char* kOp = "cosine_embedding_loss";
  const auto [a, b] = detail::matched(kOp, x1, x2, o.reduction);
  if ((a.dim() != 1 && a.dim() != 2) || target.shape() != a.shape().without(a.dim() - 1)) {
    fail<ShapeError>(kOp, fmt::format("got vectors {}, target {}; expected [N, D] and [N], or [D] and []",
                                      a.shape().str(), target.shape().str()));
  }
  const Tensor cosine = cosines(a, b), zero = number_like(cosine, 0);
  const Tensor alike = where(eq(target, 1), sub(1, cosine), zero);
  const Tensor apart = where(eq(target, -1), detail::positive_part(sub(cosine, o.margin)), zero);
  return detail::reduce(add(alike, apart), o.reduction);
}

Tensor cosine_similarity_loss(const Tensor& prediction, const Tensor& target, CosineSimilarityOptions o) {
  constexpr const char* kOp = "cosine_similarity_loss";
  const auto [x, y] = detail::matched(kOp, prediction, target, o.reduction);
  if (x.dim() == 0) fail<ShapeError>(kOp, "got scalars; expected vectors [..., D]");
  const int axis = normalize_axis(kOp, o.axis, x.dim());
  return detail::reduce(neg(cosine_similarity(x, y, axis, 1e-6)), o.reduction);  // Keras: squares below 1e-12
}

Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                           TripletMarginOptions o) {
  constexpr const char* kOp = "triplet_margin_loss";
  if (!(o.p > 0.)) fail<ValueError>(kOp, fmt::format("p: got {}; expected a positive number", o.p));
  if (anchor.dim() == 0) fail<ShapeError>(kOp, "got scalars; expected vectors [..., D]");
  const auto [a, first] = detail::matched(kOp, anchor, positive, o.reduction);
  const auto [p, n] = detail::matched(kOp, first, negative, o.reduction);
  const auto distance = [&o](const Tensor& x, const Tensor& y) {
    return detail::length_of_rows(add(sub(x, y), o.eps), o.p);
  };
  const Tensor near = distance(a, p);
  Tensor far = distance(a, n);
  if (o.swap) far = smaller(far, distance(p, n));
  return detail::reduce(detail::positive_part(add(sub(near, far), o.margin)), o.reduction);
}

}  // namespace xgrad::nn
