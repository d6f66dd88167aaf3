#include "tensor/kernels/convolution.hpp"

#include <algorithm>

#include "tensor/kernels/depthwise.hpp"
#include "tensor/kernels/dispatch.hpp"
#include "tensor/kernels/exact.hpp"
#include "tensor/kernels/im2col.hpp"
#include "tensor/kernels/matmul.hpp"
#include "tensor/kernels/narrow_convolution.hpp"
#include "tensor/kernels/reduce.hpp"
#include "tensor/kernels/winograd.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {
namespace {

// Columns in flight: they stay in the second-level cache, unless that would leave products so narrow that packing the
// weights anew for each costs more.
constexpr std::int64_t kBuffer = 512 * 1024;
constexpr std::int64_t kNarrow = 192;
// A piece of parallel work, in operations: some 20 us.
constexpr std::int64_t kWorth = 4'000'000;

std::int64_t at_least_one(std::int64_t n) { return std::max<std::int64_t>(1, n); }
std::int64_t pieces(std::int64_t n, std::int64_t most) { return at_least_one((n + most - 1) / most); }

/// The windows of an image cut into tiles of much the same size.
class Tiling {
 public:
  Tiling(const Convolution& c, std::size_t element) : h_(c.h.out), w_(c.w.out) {
    const auto column = at_least_one(c.taps()) * static_cast<std::int64_t>(element);
    const std::int64_t most = std::max(kNarrow, kBuffer / column);
    if (w_ <= most) {
      rows_ = pieces(h_, most / w_);
    } else {
      rows_ = h_;
      columns_ = pieces(w_, most);
    }
  }
  std::int64_t count() const noexcept { return rows_ * columns_; }
  Tile operator[](std::int64_t i) const noexcept {
    const std::int64_t r = i / columns_, k = i % columns_;
    const std::int64_t row = h_ * r / rows_, column = w_ * k / columns_;
    return {row, h_ * (r + 1) / rows_ - row, column, w_ * (k + 1) / columns_ - column};
  }
  std::int64_t largest() const noexcept { return ((h_ - 1) / rows_ + 1) * ((w_ - 1) / columns_ + 1); }

 private:
  std::int64_t h_, w_, rows_ = 1, columns_ = 1;
};

/// The channels of a group cut into blocks, each of which is a matrix of rows of its own.
struct Blocks {
  std::int64_t channels, count;
  std::int64_t first(std::int64_t i) const noexcept { return channels * i / count; }
  std::int64_t size(std::int64_t i) const noexcept { return first(i + 1) - first(i); }
};

/// 1x1 kernels without stride or padding: the image is its own matrix of columns.
bool pointwise(const Convolution& c) {
  return c.h.kernel == 1 && c.w.kernel == 1 && c.h.stride == 1 && c.w.stride == 1 && c.h.before == 0 &&
         c.w.before == 0 && c.h.in == c.h.out && c.w.in == c.w.out;
}

template <class T>
struct Matrix {
  T* data;
  std::int64_t step;  ///< from row to row
};

/// The matrix of columns of a tile, and room for it.
template <class T>
class Columns {
 public:
  Columns(const Convolution& c, const Tiling& tiling, std::int64_t channels) : c_(c), pointwise_(pointwise(c)) {
    if (!pointwise_) room_ = Array::empty({channels * c.h.kernel * c.w.kernel, tiling.largest()}, dtype_of<T>());
  }
  Matrix<T> room(const Tile& tile) { return {out<T>(room_), tile.size()}; }
  Matrix<const T> of(const T* x, std::int64_t channels, const Tile& tile) {
    if (pointwise_) return {x + tile.row * c_.w.in + tile.column, c_.image()};
    im2col(x, channels, c_.h, c_.w, tile, out<T>(room_));
    return {out<T>(room_), tile.size()};
  }

 private:
  const Convolution& c_;
  bool pointwise_;
  Array room_;
};

std::int64_t place(const Convolution& c, const Tile& tile) { return tile.row * c.w.out + tile.column; }

std::int64_t grain_of(std::int64_t operations) { return at_least_one(kWorth / at_least_one(operations)); }

// ---- by im2col: any sizes, and the reference for what follows --------------------------------------------------------

template <class T>
void forward(const T* x, const T* weight, const T* bias, T* y, const Convolution& c) {
  const Tiling tiling(c, sizeof(T));
  const std::int64_t tiles = tiling.count(), taps = c.taps(), positions = c.positions();
  const std::int64_t each = 2 * c.out * taps * tiling.largest();
  parallel_for(c.batch * c.groups * tiles, grain_of(each), [&](std::int64_t begin, std::int64_t end) {
    Columns<T> columns(c, tiling, c.in);
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t part = i / tiles, first = part % c.groups * c.out;
      const Tile tile = tiling[i % tiles];
      T* to = y + part * c.out * positions + place(c, tile);
      if (bias)
        for (std::int64_t o = 0; o < c.out; ++o) std::fill_n(to + o * positions, tile.size(), bias[first + o]);
      const Matrix<const T> m = columns.of(x + part * c.in * c.image(), c.in, tile);
      gemm<T>(false, false, c.out, tile.size(), taps, weight + first * taps, taps, m.data, m.step, T(bias ? 1 : 0), to,
              positions);
    }
  });
}

/// Tiles overlap in x, so one image and block of channels is one piece of work.
template <class T>
void transposed(const T* y, const T* weight, const T* bias, T* x, const Convolution& c) {
  const Tiling tiling(c, sizeof(T));
  const std::int64_t taps = c.taps(), window = c.h.kernel * c.w.kernel, positions = c.positions();
  constexpr std::int64_t kPieces = 16, kChannels = 8;
  const std::int64_t wanted = pieces(kPieces, at_least_one(c.batch * c.groups));
  const Blocks blocks{c.in, std::min(wanted, at_least_one(c.in / kChannels))};
  const bool direct = pointwise(c);
  const std::int64_t each = 2 * c.out * taps * positions / blocks.count;
  parallel_for(c.batch * c.groups * blocks.count, grain_of(each), [&](std::int64_t begin, std::int64_t end) {
    Columns<T> columns(c, tiling, (c.in + blocks.count - 1) / blocks.count);
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t part = i / blocks.count, block = i % blocks.count, group = part % c.groups;
      const std::int64_t first = blocks.first(block), channels = blocks.size(block);
      const T* w = weight + group * c.out * taps + first * window;
      T* to = x + (part * c.in + first) * c.image();
      for (std::int64_t k = 0; k < channels; ++k)
        std::fill_n(to + k * c.image(), c.image(), bias ? bias[group * c.in + first + k] : T(0));
      for (std::int64_t t = 0; t < tiling.count(); ++t) {
        const Tile tile = tiling[t];
        const T* from = y + part * c.out * positions + place(c, tile);
        const Matrix<T> m = direct ? Matrix<T>{to + place(c, tile), c.image()} : columns.room(tile);
        gemm<T>(true, false, channels * window, tile.size(), c.out, w, taps, from, positions, T(direct ? 1 : 0), m.data,
                m.step);
        if (!direct) col2im(m.data, channels, c.h, c.w, tile, to);
      }
    }
  });
}

/// to[k][r] = sums[r][k], 16 x 16 at a time.
template <class T>
void turn(const T* sums, std::int64_t rows, std::int64_t columns, T* to) {
  constexpr std::int64_t kSide = 16;
  for (std::int64_t r = 0; r < rows; r += kSide)
    for (std::int64_t k = 0; k < columns; k += kSide)
      for (std::int64_t q = k; q < std::min(columns, k + kSide); ++q)
        for (std::int64_t p = r; p < std::min(rows, r + kSide); ++p) to[q * rows + p] = sums[p * columns + q];
}

/// The sums are formed turned around, taps x out: long products with few columns are the faster ones. The batch is cut
/// into chunks with sums of their own, which are added in order.
template <class T>
void weights(const T* x, const T* y, T* weight, const Convolution& c) {
  const Tiling tiling(c, sizeof(T));
  const std::int64_t tiles = tiling.count(), taps = c.taps(), window = c.h.kernel * c.w.kernel;
  const std::int64_t positions = c.positions(), items = c.batch * tiles;
  constexpr std::int64_t kRows = 512, kPieces = 16;
  const Blocks blocks{c.in, std::clamp<std::int64_t>(taps / kRows, 1, std::min<std::int64_t>(8, at_least_one(c.in)))};
  const std::int64_t each = 2 * c.out * taps * tiling.largest() / blocks.count;
  const std::int64_t chunks = std::clamp<std::int64_t>(
      std::min(kPieces / (c.groups * blocks.count), items / grain_of(each)), 1, at_least_one(items));
  const std::int64_t whole = c.groups * taps * c.out;
  Array room = Array::empty({chunks, whole}, dtype_of<T>());
  T* const sums = out<T>(room);
  const std::int64_t work = at_least_one(items / chunks) * each;
  parallel_for(chunks * c.groups * blocks.count, grain_of(work), [&](std::int64_t begin, std::int64_t end) {
    Columns<T> columns(c, tiling, (c.in + blocks.count - 1) / blocks.count);
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t chunk = i % chunks, block = i / chunks % blocks.count, group = i / chunks / blocks.count;
      const std::int64_t first = blocks.first(block), channels = blocks.size(block), rows = channels * window;
      T* to = sums + chunk * whole + (group * taps + first * window) * c.out;
      std::fill_n(to, rows * c.out, T(0));
      for (std::int64_t k = items * chunk / chunks; k < items * (chunk + 1) / chunks; ++k) {
        const std::int64_t part = k / tiles * c.groups + group;
        const Tile tile = tiling[k % tiles];
        const Matrix<const T> m = columns.of(x + (part * c.in + first) * c.image(), channels, tile);
        gemm<T>(false, true, rows, c.out, tile.size(), m.data, m.step, y + part * c.out * positions + place(c, tile),
                positions, T(1), to, c.out);
      }
    }
  });
  parallel_for(whole, at_least_one(kGrain / chunks), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t chunk = 1; chunk < chunks; ++chunk)
      for (std::int64_t k = begin; k < end; ++k) sums[k] += sums[chunk * whole + k];
  });
  for (std::int64_t g = 0; g < c.groups; ++g) turn(sums + g * taps * c.out, taps, c.out, weight + g * taps * c.out);
}

// ---- the door --------------------------------------------------------------------------------------------------------

bool by_winograd(const Convolution& c) { return winograd_fits(c) && !ExactSums::on(); }

template <class T>
void choose_forward(const T* x, const T* weight, const T* bias, T* y, const Convolution& c) {
  if (depthwise(c)) return depthwise_forward(x, weight, bias, y, c);
  if constexpr (std::is_same_v<T, float>) {
    if (narrow_fits(c)) return narrow_forward(x, weight, bias, y, c);
    if (by_winograd(c)) return winograd_forward(x, weight, bias, y, c);
  }
  forward(x, weight, bias, y, c);
}

template <class T>
void choose_transposed(const T* y, const T* weight, const T* bias, T* x, const Convolution& c) {
  if (depthwise(c)) return depthwise_transposed(y, weight, bias, x, c);
  if constexpr (std::is_same_v<T, float>)
    if (by_winograd(c)) return winograd_transposed(y, weight, bias, x, c);
  transposed(y, weight, bias, x, c);
}

/// Whether the sums for the bias were formed as well.
template <class T>
bool choose_weight(const T* x, const T* y, T* weight, T* bias, const Convolution& c) {
  if constexpr (std::is_same_v<T, float>) {
    if (narrow_fits(c)) return narrow_weight(x, y, weight, bias, c), true;
    if (by_winograd(c)) return winograd_weight(x, y, weight, bias, c), true;
  }
  if (depthwise(c)) depthwise_weight(x, y, weight, c);
  else weights(x, y, weight, c);
  return false;
}

}  // namespace

Array convolve(const Array& x, const Array& weight, const Array& bias, const Convolution& c) {
  Array y = Array::empty(c.y_shape(), x.dtype());
  if (y.numel() == 0) return y;
  dispatch_floating("convolution", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    choose_forward(in<T>(x), in<T>(weight), bias.defined() ? in<T>(bias) : nullptr, out<T>(y), c);
  });
  return y;
}

Array convolve_transposed(const Array& y, const Array& weight, const Array& bias, const Convolution& c) {
  Array x = Array::empty(c.x_shape(), y.dtype());
  if (x.numel() == 0) return x;
  dispatch_floating("convolution", y.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    choose_transposed(in<T>(y), in<T>(weight), bias.defined() ? in<T>(bias) : nullptr, out<T>(x), c);
  });
  return x;
}

Array convolve_weight(const Array& x, const Array& y, const Convolution& c, Array* bias) {
  Array weight = Array::empty(c.weight_shape(), x.dtype());
  if (bias) *bias = Array::empty({c.groups * c.out}, x.dtype());
  bool summed = false;
  dispatch_floating("convolution", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    if (weight.numel() > 0)
      summed = choose_weight(in<T>(x), in<T>(y), out<T>(weight), bias ? out<T>(*bias) : nullptr, c);
  });
  if (bias && !summed) *bias = sum(y, 0b1101u, false);
  return weight;
}

}  // namespace xgrad::kernels
