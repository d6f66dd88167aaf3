#pragma once
/// Pooling over windows of the last two axes; the axes before them are as many images.

#include "tensor/array.hpp"
#include "tensor/kernels/window.hpp"

namespace xgrad::kernels {

// ---- maxima ----------------------------------------------------------------------------------------------------------
// Where a maximum was found is kept as its place in the window, row-major, in one byte: an eighth of an index.

inline constexpr std::int64_t kMostPlaces = 255;  ///< windows up to this size have such codes
inline constexpr std::uint8_t kNoPlace = 255;     ///< of a window that lies in the padding altogether

/// The largest element of each window, the first of equal ones, of NaNs the last; padding is never chosen, and a window
/// of nothing else gives the lowest value of the dtype (-inf). With `places` (floating dtypes, windows up to
/// kMostPlaces) also where it was. Not for bools.
Array max_pool(const Array& x, const Window& h, const Window& w, Array* places);
/// y = x at the places, 0 for kNoPlace; and its transposed map, which adds up what overlapping windows chose. Floating.
Array take_places(const Array& x, const Array& places, const Window& h, const Window& w);
Array put_places(const Array& y, const Array& places, const Window& h, const Window& w);
/// The places as positions in the flattened image (int64), -1 for kNoPlace.
Array positions_of(const Array& places, const Window& h, const Window& w);

/// The part of an axis that a window covers: first, first + step, ... below last; and how many elements it counts for
/// in an average.
struct Span {
  std::int64_t first, last, step, count;
};
/// The parts that the windows of a pooling cover. Padding counts in averages, or not.
Span span_of(const Window& w, std::int64_t o, bool count_padding);
/// The parts of an adaptive pooling: `out` of them cover the axis, of sizes that differ by at most two.
Span adaptive_span(std::int64_t in, std::int64_t out, std::int64_t o);

/// Along one axis, the windows of a pooling or of an adaptive one (of which `window` then holds `in` and `out` alone).
struct PoolAxis {
  Window window;
  bool adaptive = false;
  bool count_padding = true;
  Span operator[](std::int64_t o) const {
    return adaptive ? adaptive_span(window.in, window.out, o) : span_of(window, o, count_padding);
  }
};

/// The positions in the flattened image of what max_pool chooses (int64), for windows of any size; -1 where there is
/// nothing but padding.
Array max_positions(const Array& x, const PoolAxis& h, const PoolAxis& w);

// ---- averages --------------------------------------------------------------------------------------------------------

/// The sum of each window over its count, or over `divisor` where that is not 0; and the transposed map, to images of
/// h.window.in x w.window.in. Floating dtypes.
Array average_pool(const Array& x, const PoolAxis& h, const PoolAxis& w, std::int64_t divisor);
Array average_pool_transposed(const Array& y, const PoolAxis& h, const PoolAxis& w, std::int64_t divisor);

}  // namespace xgrad::kernels
