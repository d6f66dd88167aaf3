#pragma once
/// Weight and bias of Dense and of the convolutions: how they are made, and how they start.

#include "nn/init.hpp"

namespace xgrad::nn::detail {

class Weights {
 public:
  Weights(init::Initializer weight, init::Initializer bias) : weight_(std::move(weight)), bias_(std::move(bias)) {}

  /// Fresh parameters. Where the input size is lazy (0, at `input_axis` of the shape) they wait for `fit`.
  void make(Tensor& weight, Tensor& bias, const Shape& shape, std::int64_t out, bool with_bias, DType dtype) const;
  /// Draws initial values; `bias` may be undefined. PyTorch's unless initialisers were given.
  void draw(Tensor& weight, Tensor& bias) const;
  /// Gives a waiting weight its shape, and both their values, in place.
  void fit(Tensor& weight, Tensor& bias, const Shape& shape) const;

 private:
  init::Initializer weight_, bias_;
};

/// While a description is built (`Building`): whether initial values are wanted, and the shape of a parameter again,
/// where there are elements left for it (ValueError otherwise).
bool values_wanted() noexcept;
const Shape& affordable(const Shape& shape);
/// The elements of a parameter that was made and is not kept.
void give_back(const Shape& shape) noexcept;

/// A buffer full of one value, and a parameter; undefined unless wanted.
Tensor filled_buffer(bool wanted, const Shape& shape, double value, DType dtype);
Tensor filled_parameter(bool wanted, const Shape& shape, double value, DType dtype);

/// ValueError unless `value` is at least `least`.
void check_least(std::string_view module, std::string_view what, std::int64_t value, std::int64_t least);

/// The shape that x had before it was flattened, as far as that is known; undefined shapes are of rank 0.
Shape before_flatten(const Tensor& x);
/// Flatten tells what it did, for `before_flatten` on this thread.
void note_flatten(const Tensor& from, const Tensor& to) noexcept;

}  // namespace xgrad::nn::detail
