#pragma once
/// Embedding: a learned vector for each of a number of words.

#include <optional>

#include "nn/built_in.hpp"
#include "nn/init.hpp"

namespace xgrad::nn {

struct EmbeddingOptions {
  std::optional<std::int64_t> padding_idx = {};  ///< this row starts as zeros and gets no gradient; -1 is the last
  init::Initializer weight_init = {};            ///< default: standard normal, as in PyTorch (Keras: U(-0.05, 0.05))
  DType dtype = float32;
};

/// The rows of weight [words, dim] at int64 indices of any shape [...]: [..., dim] (`embedding`). ValueError for sizes
/// below 1 and a padding_idx outside the table.
class Embedding : public BuiltIn {
 public:
  Embedding(std::int64_t words, std::int64_t dim, EmbeddingOptions options = {});

  void members(Members& m) override { m("weight", weight); }
  Tensor forward(const Tensor& indices) override;
  void reset_parameters_here() override;
  void arguments(detail::Arguments& a) override;

  Tensor weight;

 private:
  EmbeddingOptions options_;
};

}  // namespace xgrad::nn
