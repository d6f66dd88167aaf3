#include "nn/embedding.hpp"

#include <fmt/format.h>

#include "autograd/create.hpp"
#include "autograd/ops/embedding.hpp"
#include "nn/detail/arguments.hpp"
#include "nn/detail/weights.hpp"
#include "tensor/kernels/dispatch.hpp"

namespace xgrad::nn {

Embedding::Embedding(std::int64_t words, std::int64_t dim, EmbeddingOptions options) : options_(std::move(options)) {
  detail::check_least("Embedding", "words", words, 1);
  detail::check_least("Embedding", "dim", dim, 1);
  if (const auto p = options_.padding_idx; p && (*p < -words || *p >= words)) {
    fail<ValueError>("Embedding", fmt::format("padding_idx: got {}; expected {} to {}", *p, -words, words - 1));
  }
  weight = zeros(detail::affordable({words, dim}), options_.dtype);
  if (detail::values_wanted()) reset_parameters_here();
  weight.requires_grad_();
}

Tensor Embedding::forward(const Tensor& indices) { return embedding(indices, weight, options_.padding_idx); }

void Embedding::reset_parameters_here() {
  Generator& generator = default_generator();
  if (options_.weight_init) options_.weight_init(weight, generator);
  else init::normal(weight, 0., 1., generator);
  if (!options_.padding_idx) return;
  const std::int64_t words = weight.shape()[0], dim = weight.shape()[1];
  const std::int64_t row = *options_.padding_idx < 0 ? *options_.padding_idx + words : *options_.padding_idx;
  kernels::dispatch_floating("Embedding", weight.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    std::fill_n(weight.mutable_data<T>() + row * dim, dim, T{0});
  });
}

void Embedding::arguments(detail::Arguments& a) {
  std::int64_t words = weight.shape()[0], dim = weight.shape()[1];
  std::optional<std::int64_t> padding = options_.padding_idx;
  a.arg("words", words).arg("dim", dim).option("padding_idx", padding, {});
  if (a.reading()) *this = Embedding(words, dim, {.padding_idx = padding});
}

}  // namespace xgrad::nn
