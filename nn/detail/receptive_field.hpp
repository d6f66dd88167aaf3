#pragma once
/// How much of a model's input the tensors inside it see.

#include <unordered_map>
#include <vector>

#include "nn/module.hpp"

namespace xgrad::nn::detail {

/// What one element of a tensor sees of the input, along the axes behind the channels.
struct Field {
  std::vector<double> size;          ///< inputs seen
  std::vector<double> jump;          ///< from one element to the next, in steps of the input
  std::vector<std::int64_t> extent;  ///< elements of the tensor
};

/// Follows the fields from layer to layer by the tensors that are handed on, and through functions between layers by
/// what the tape recorded of them.
class Fields {
 public:
  void start(const Tensor& input);
  /// The output of a layer; returns its field.
  Field pass(const Cost& cost, std::span<const Tensor> inputs, const Tensor& output);

 private:
  Field of(const Tensor& t) const;
  void set(const Tensor& t, const Field& field);

  // By the tensor, or by its place on the tape. The tensors are kept, so that no address comes back.
  std::unordered_map<const void*, Field> fields_;
  std::vector<Tensor> kept_;
};

}  // namespace xgrad::nn::detail
