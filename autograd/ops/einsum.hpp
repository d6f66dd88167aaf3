#pragma once
/// Sums of products over named axes.

#include <concepts>
#include <span>
#include <string_view>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad {

/// Einstein's summation, as PyTorch and NumPy have it: the axes of each operand are named by letters, equal letters run
/// together, and letters that the result does not name are summed over.
///
///     einsum("ij,jk->ik", {a, b})     matrix product            einsum("ii->i", {a})        the diagonal
///     einsum("bij,bkj->bik", {a, b})  batch of A B^T            einsum("i,ij,j->", {x, a, x})  x^T A x
///     einsum("...ij->...ji", {a})     last two axes swapped     einsum("ij,ij", {a, b})     sum of A * B
///
/// Letters are a-z and A-Z; spaces are ignored. Without "->" the result has the letters met once, in alphabetical order
/// (capitals first), after the axes of an ellipsis. "..." stands for any number of axes, aligned at the last and
/// broadcast; where the result has no "..." they are summed over. Axes of size 1 broadcast. Operands are multiplied
/// pair by pair, the pair that costs least first, as matrix products; integers as in `matmul`.
///
/// ValueError for an equation that is not one (a stray character, a letter twice in the result, a letter there that no
/// operand has, another number of operands); ShapeError where axes and letters do not agree in number or size.
Tensor einsum(std::string_view equation, std::span<const Tensor> operands);
inline Tensor einsum(std::string_view equation, std::initializer_list<Tensor> operands) {
  return einsum(equation, std::span(operands.begin(), operands.size()));
}
/// The same with the operands one by one: `einsum("ij,jk->ik", a, b)`.
template <std::same_as<Tensor>... T>
Tensor einsum(std::string_view equation, const Tensor& first, const T&... more) {
  return einsum(equation, {first, more...});
}

/// The sum of products over `axes_a` of a and `axes_b` of b, pair by pair: the result has the other axes of a, then
/// those of b. Axes of size 1 broadcast. ShapeError for sizes that differ, ValueError for lists of unequal length or
/// with an axis twice.
Tensor tensordot(const Tensor& a, const Tensor& b, const std::vector<std::int64_t>& axes_a,
                 const std::vector<std::int64_t>& axes_b);
/// The same over the last `axes` axes of a and the first ones of b; 0 gives the outer product. ValueError for more axes
/// than there are.
Tensor tensordot(const Tensor& a, const Tensor& b, std::int64_t axes = 2);

}  // namespace xgrad
