#pragma once
/// Images laid out as matrices, so that a convolution is a product; the general form of it (K. Chellapilla, S. Puri,
/// P. Simard, 2006), a tile at a time.

#include "tensor/array.hpp"
#include "tensor/kernels/window.hpp"

namespace xgrad::kernels {

/// columns[c][i][j][window] = x[c][h.at(row, i)][w.at(column, j)] for the windows of a tile, 0 in the padding: a matrix
/// of channels * h.kernel * w.kernel rows and tile.size() columns. float and double.
template <class T>
void im2col(const T* x, std::int64_t channels, const Window& h, const Window& w, const Tile& tile, T* columns);

/// The transposed map: adds every column element to where it came from.
template <class T>
void col2im(const T* columns, std::int64_t channels, const Window& h, const Window& w, const Tile& tile, T* x);

/// Of whole batches: x [N, C, H, W] to [N, C * h.kernel * w.kernel, h.out * w.out], and its transposed map.
Array unfold(const Array& x, const Window& h, const Window& w);
Array fold(const Array& columns, std::int64_t channels, const Window& h, const Window& w);

}  // namespace xgrad::kernels
