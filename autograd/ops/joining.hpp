#pragma once
/// Joining tensors and cutting them up.

#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad {

/// Joined along an existing axis. Shapes must agree on all other axes (ShapeError naming the first tensor that does
/// not), except that tensors of shape [0] are passed over, as in PyTorch; an empty list is a ValueError. Integers and
/// bools adopt the floating tensors' dtype.
Tensor concat(std::span<const Tensor> parts, std::int64_t axis = 0);
/// Joined along a new axis, put before axis `axis` (-1: at the end). All shapes must be equal.
Tensor stack(std::span<const Tensor> parts, std::int64_t axis = 0);
inline Tensor concat(std::initializer_list<Tensor> parts, std::int64_t axis = 0) {
  return concat(std::span(parts.begin(), parts.size()), axis);
}
inline Tensor stack(std::initializer_list<Tensor> parts, std::int64_t axis = 0) {
  return stack(std::span(parts.begin(), parts.size()), axis);
}
inline Tensor cat(std::span<const Tensor> parts, std::int64_t axis = 0) { return concat(parts, axis); }
inline Tensor cat(std::initializer_list<Tensor> parts, std::int64_t axis = 0) { return concat(parts, axis); }

/// Parts of `size` entries along an axis, the last one shorter where it does not come out even; an empty axis gives one
/// empty part. ValueError for a negative size, or 0 for an axis that is not empty.
std::vector<Tensor> split(const Tensor& x, std::int64_t size, std::int64_t axis = 0);
/// Parts of the given sizes, which add up to the axis (ValueError otherwise).
std::vector<Tensor> split(const Tensor& x, const std::vector<std::int64_t>& sections, std::int64_t axis = 0);
inline std::vector<Tensor> split(const Tensor& x, std::initializer_list<std::int64_t> sections, std::int64_t axis = 0) {
  return split(x, std::vector(sections), axis);
}
/// At most `chunks` parts of equal size, the last one shorter: as many as it takes at ceil(size / chunks) each, which
/// may be fewer (10 in 6 gives 5 of 2). An empty axis gives `chunks` empty parts. ValueError unless chunks > 0.
std::vector<Tensor> chunk(const Tensor& x, std::int64_t chunks, std::int64_t axis = 0);

/// One grid for each of the given axes of coordinates (scalars or with one axis, all of one dtype), of the shape of all
/// their sizes: grid k varies along axis k and is xs[k] there. With "xy" the first two axes change places, as NumPy
/// has it by default; PyTorch's default is "ij".
std::vector<Tensor> meshgrid(std::span<const Tensor> xs, std::string_view indexing = "ij");
inline std::vector<Tensor> meshgrid(std::initializer_list<Tensor> xs, std::string_view indexing = "ij") {
  return meshgrid(std::span(xs.begin(), xs.size()), indexing);
}

}  // namespace xgrad
