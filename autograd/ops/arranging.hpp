#pragma once
/// The same elements in another order, or several times.

#include <initializer_list>
#include <optional>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad {

/// Backwards along the given axes; an empty list changes nothing (NumPy then flips all). ValueError for an axis named
/// twice.
Tensor flip(const Tensor& x, const std::vector<std::int64_t>& axes);
Tensor flip(const Tensor& x, std::int64_t axis);
inline Tensor flip(const Tensor& x, std::initializer_list<std::int64_t> axes) { return flip(x, std::vector(axes)); }

/// Entry i goes to (i + shift) mod size: what is pushed out at the end comes in at the start, and the other way round
/// for negative shifts. Without an axis, of the elements in row-major order.
Tensor roll(const Tensor& x, std::int64_t shift, std::optional<std::int64_t> axis = {});
/// Several axes, with as many shifts (ValueError otherwise; one shift and no axes is the form above). Shifts of an axis
/// named twice add up.
Tensor roll(const Tensor& x, const std::vector<std::int64_t>& shifts, const std::vector<std::int64_t>& axes);
inline Tensor roll(const Tensor& x, std::initializer_list<std::int64_t> shifts,
                   std::initializer_list<std::int64_t> axes) {
  return roll(x, std::vector(shifts), std::vector(axes));
}

/// times[k] copies behind one another along axis k. More numbers than axes add axes in front; fewer are a ShapeError
/// (use `tile`), negative ones a ValueError. The gradients of the copies add up. (torch.repeat; NumPy's repeat is
/// `repeat_interleave`.)
Tensor repeat(const Tensor& x, const std::vector<std::int64_t>& times);
/// The same, but fewer numbers than axes go to the last ones, as in torch.tile and numpy.tile.
Tensor tile(const Tensor& x, const std::vector<std::int64_t>& times);
/// Every entry of an axis `times` times in a row; without an axis, every element, in one axis.
Tensor repeat_interleave(const Tensor& x, std::int64_t times, std::optional<std::int64_t> axis = {});
/// Entry i times[i] times (int64, one number for each entry or one for all; ValueError if negative).
Tensor repeat_interleave(const Tensor& x, const Tensor& times, std::optional<std::int64_t> axis = {});

/// Windows of `size` entries along an axis, one every `step`: the axis counts the windows, floor((n - size) / step) + 1
/// of them, and a new last axis the entries of a window. The gradients of overlapping windows add up. ValueError unless
/// 0 <= size <= n and step >= 1. (PyTorch's Tensor.unfold.)
Tensor unfold(const Tensor& x, std::int64_t axis, std::int64_t size, std::int64_t step);

}  // namespace xgrad
