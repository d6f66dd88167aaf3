#pragma once
/// Images of another size, by the nearest element or by weighing two along each axis.

#include <vector>

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// From `in` to `out` elements. `scale` is what the user gave, or 0: then out / in.
struct Resize {
  std::int64_t in, out;
  double scale = 0;
};

/// The last two axes resized; the axes before them are as many images. Source positions are computed in x's dtype
/// (integers: in float32), as PyTorch does. Any dtype.
Array resize_nearest(const Array& x, const Resize& h, const Resize& w);
/// The transposed map. Floating dtypes.
Array resize_nearest_transposed(const Array& y, const Resize& h, const Resize& w);

/// The same with weights; with `align_corners` the first and last elements stay where they are. Floating dtypes.
Array resize_linear(const Array& x, const Resize& h, const Resize& w, bool align_corners);
Array resize_linear_transposed(const Array& y, const Resize& h, const Resize& w, bool align_corners);

}  // namespace xgrad::kernels
