#include "autograd/ops/joining.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/layout.hpp"

namespace xgrad {
namespace {

/// A node can have so many inputs.
constexpr std::size_t kMostParts = std::numeric_limits<std::uint16_t>::max();

/// Parts of the given shapes, which agree except along `axis`, behind one another: as "concat" the parts' own shapes,
/// as "stack" the same with an axis of size 1 put in.
Tensor joined(const char* name, std::span<const Tensor> parts, const std::vector<Shape>& shapes, int axis, DType t) {
  if (parts.size() > kMostParts) {
    std::vector<Tensor> groups;
    std::vector<Shape> group_shapes;
    for (std::size_t i = 0; i < parts.size(); i += kMostParts) {
      const std::size_t n = std::min(kMostParts, parts.size() - i);
      const auto from = shapes.begin() + static_cast<std::ptrdiff_t>(i);
      groups.push_back(joined(name, parts.subspan(i, n), {from, from + static_cast<std::ptrdiff_t>(n)}, axis, t));
      group_shapes.push_back(groups.back().shape());
    }
    return joined(name, groups, group_shapes, axis, t);
  }
  std::vector<Array> arrays;
  std::vector<std::int64_t> sizes;
  arrays.reserve(parts.size());
  sizes.reserve(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Array part = parts[i].array().to(t);
    arrays.push_back(part.shape() == shapes[i] ? part : part.reshape(shapes[i]));
    sizes.push_back(shapes[i][axis]);
  }
  Array all = kernels::concat(arrays, axis);
  return record_many(
      name, std::move(all),
      [axis, sizes = std::move(sizes)](Ctx& c) {
        std::int64_t start = 0;
        for (int i = 0; i < c.inputs(); ++i) {
          const std::int64_t size = sizes[static_cast<std::size_t>(i)];
          if (c.needs(i)) c.give(i, reshape(narrow(c.grad(), axis, start, size), c.in_shape(i)));
          start += size;
        }
      },
      parts);
}

DType common_dtype(const char* op, std::span<const Tensor> parts) {
  DType t = parts[0].dtype();
  for (const Tensor& part : parts) t = promote(op, t, part.dtype());
  return t;
}

}  // namespace

Tensor concat(std::span<const Tensor> parts, std::int64_t axis) {
  if (parts.empty()) fail<ValueError>("concat", "got no tensors; expected at least one");
  const Shape nothing{0};
  const auto counts = std::find_if(parts.begin(), parts.end(), [&](const Tensor& p) { return p.shape() != nothing; });
  const Tensor& first = counts == parts.end() ? parts[0] : *counts;
  if (first.dim() == 0) fail<ShapeError>("concat", "got scalars; expected at least one axis, use stack()");
  const int a = normalize_axis("concat", axis, first.dim());
  const DType t = common_dtype("concat", parts);
  std::vector<Shape> shapes;
  shapes.reserve(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Shape shape = parts[i].shape();
    if (shape == nothing) {
      shape = first.shape();
      shape[a] = 0;
    } else if (shape.rank() != first.dim() || shape.without(a) != first.shape().without(a)) {
      fail<ShapeError>("concat", fmt::format("tensor {}: got {}, the first has {}; expected them to agree except along "
                                             "axis {}",
                                             i, shape.str(), first.shape().str(), a));
    }
    shapes.push_back(shape);
  }
  return joined("concat", parts, shapes, a, t);
}

Tensor stack(std::span<const Tensor> parts, std::int64_t axis) {
  if (parts.empty()) fail<ValueError>("stack", "got no tensors; expected at least one");
  const int a = normalize_axis("stack", axis, parts[0].dim() + 1);
  const DType t = common_dtype("stack", parts);
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (parts[i].shape() != parts[0].shape())
      fail<ShapeError>("stack", fmt::format("tensor {}: got {}, the first has {}; expected equal shapes", i,
                                            parts[i].shape().str(), parts[0].shape().str()));
  return joined("stack", parts, std::vector(parts.size(), parts[0].shape().with(a, 1)), a, t);
}

namespace {

int axis_to_cut(const char* op, const Tensor& x, std::int64_t axis) {
  if (x.dim() == 0) fail<IndexError>(op, "a scalar has no axes");
  return normalize_axis(op, axis, x.dim());
}

std::vector<Tensor> cut(const Tensor& x, int axis, const std::vector<std::int64_t>& sizes) {
  std::vector<Tensor> parts;
  parts.reserve(sizes.size());
  std::int64_t start = 0;
  for (const std::int64_t size : sizes) {
    parts.push_back(narrow(x, axis, start, size));
    start += size;
  }
  return parts;
}

}  // namespace

std::vector<Tensor> split(const Tensor& x, std::int64_t size, std::int64_t axis) {
  const int a = axis_to_cut("split", x, axis);
  const std::int64_t all = x.shape()[a];
  if (size < 0 || (size == 0 && all > 0))
    fail<ValueError>("split", fmt::format("size of the parts: got {} for axis {} of shape {}; expected at least 1",
                                          size, a, x.shape().str()));
  std::vector<std::int64_t> sizes;
  for (std::int64_t left = all; left > 0; left -= sizes.back()) sizes.push_back(std::min(size, left));
  if (all == 0) sizes.push_back(0);
  return cut(x, a, sizes);
}

std::vector<Tensor> split(const Tensor& x, const std::vector<std::int64_t>& sections, std::int64_t axis) {
  const int a = axis_to_cut("split", x, axis);
  std::int64_t left = x.shape()[a];
  for (const std::int64_t size : sections) {
    if (size < 0 || size > left) left = -1;
    if (left < 0) break;
    left -= size;
  }
  if (left != 0)
    fail<ValueError>("split", fmt::format("sections: got [{}] for axis {} of shape {}; expected them to add up to {}",
                                          fmt::join(sections, ", "), a, x.shape().str(), x.shape()[a]));
  return cut(x, a, sections);
}

std::vector<Tensor> chunk(const Tensor& x, std::int64_t chunks, std::int64_t axis) {
  const int a = axis_to_cut("chunk", x, axis);
  if (chunks <= 0) fail<ValueError>("chunk", fmt::format("chunks: got {}; expected at least 1", chunks));
  const std::int64_t all = x.shape()[a];
  if (all == 0) return cut(x, a, std::vector<std::int64_t>(static_cast<std::size_t>(chunks), 0));
  return split(x, (all - 1) / chunks + 1, a);
}

std::vector<Tensor> meshgrid(std::span<const Tensor> xs, std::string_view indexing) {
  if (xs.empty()) fail<ValueError>("meshgrid", "got no tensors; expected at least one");
  if (indexing != "ij" && indexing != "xy")
    fail<ValueError>("meshgrid", fmt::format("indexing: got '{}'; expected 'ij' or 'xy'", indexing));
  Shape shape;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (xs[i].dim() > 1)
      fail<ShapeError>("meshgrid",
                       fmt::format("tensor {}: got {}; expected a scalar or one axis", i, xs[i].shape().str()));
    if (xs[i].dtype() != xs[0].dtype())
      fail<DTypeError>("meshgrid", fmt::format("tensor {}: got {}, the first has {}; expected one dtype", i,
                                               name_of(xs[i].dtype()), name_of(xs[0].dtype())));
    shape.push_back(xs[i].numel());
  }
  const bool swap = indexing == "xy" && xs.size() > 1;
  if (swap) std::swap(shape[0], shape[1]);
  std::vector<Tensor> grids;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    Shape along;
    for (int k = 0; k < shape.rank(); ++k) along.push_back(1);
    const std::size_t axis = swap && i < 2 ? 1 - i : i;
    along[static_cast<int>(axis)] = xs[i].numel();
    grids.push_back(expand(reshape(xs[i], along), shape));
  }
  return grids;
}

}  // namespace xgrad
