#include "tensor/kernels/winograd.hpp"

#include <algorithm>

#include "tensor/kernels/dispatch.hpp"
#include "tensor/kernels/lanes.hpp"
#include "tensor/kernels/winograd_transforms.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {
namespace {

using namespace lanes;
using namespace winograd;

constexpr std::int64_t kPoints = 36, kSide = 4, kReach = 6, kTaps = 9;
constexpr std::int64_t kPanel = kColumns * kLanes;  // channels of the result that are summed at a time
std::int64_t pieces(std::int64_t n, std::int64_t each) { return (n + each - 1) / each; }

/// One direction of a convolution: `in` channels of x to `out` channels of y, whose sizes the windows have.
struct Map {
  std::int64_t batch, in, out;
  Window h, w;
  bool reversed;  ///< the kernels are those of the other direction: turned by half a turn, their channels swapped

  std::int64_t rows() const noexcept { return pieces(h.out, kSide); }
  std::int64_t columns() const noexcept { return pieces(w.out, kSide); }
  std::int64_t tiles() const noexcept { return batch * rows() * columns(); }
  std::int64_t in_blocks() const noexcept { return pieces(in, kLanes); }
  std::int64_t panels() const noexcept { return pieces(out, kPanel); }
  /// Vectors of a panel that hold channels at all.
  std::int64_t vectors(std::int64_t panel) const noexcept {
    return std::min<std::int64_t>(kColumns, pieces(out - panel * kPanel, kLanes));
  }
};

Map forward_map(const Convolution& c) { return {c.batch, c.in, c.out, c.h, c.w, false}; }
Map backward_map(const Convolution& c) {
  const auto turned = [](const Window& w) {
    Window t = w;
    std::swap(t.in, t.out);
    t.before = w.kernel - 1 - w.before;
    return t;
  };
  return {c.batch, c.out, c.in, turned(c.h), turned(c.w), true};
}

std::int64_t full_rows(std::int64_t tiles) { return pieces(tiles, kRows) * kRows; }

/// How the tiles of a batch are cut into bands, whose transforms stay in the second-level cache: into whole rows of
/// tiles, as many as come close to a multiple of kRows tiles, or into parts of a row.
std::int64_t band_of(const Map& m) {
  constexpr std::int64_t kRoom = 256 * 1024, kLeast = 24, kMost = 96, kBands = 8;
  const std::int64_t fit = kRoom / (kPoints * m.in_blocks() * kLanes), columns = m.columns();
  const std::int64_t most = std::clamp(std::min(fit, m.tiles() / kBands), kLeast, kMost);
  if (columns > most) return kLeast;
  std::int64_t best = columns;
  const auto waste = [](std::int64_t tiles) {
    return static_cast<double>(full_rows(tiles) + kRows / 2) / static_cast<double>(tiles);
  };
  for (std::int64_t tiles = columns; tiles <= most; tiles += columns)
    if (waste(tiles) < waste(best)) best = tiles;
  return best;
}

/// Neighbouring rows of tiles of one image, or a part of one row.
struct Segment {
  std::int64_t image, row, column;    ///< of the first tile
  std::int64_t rows, columns, place;  ///< how many; where in the band
};

constexpr std::int64_t kPatch =
    512;  // elements of a segment, as vectors of channels: they stay in the first-level cache

/// Rows of a segment of whole rows.
std::int64_t segment_rows(const Map& m) {
  return std::clamp<std::int64_t>((kPatch / (kSide * m.columns() + 2) - 2) / kSide, 1, m.rows());
}

template <class F>
void for_segments(const Map& m, std::int64_t first, std::int64_t last, const F& f) {
  const std::int64_t columns = m.columns(), rows = m.rows(), most = segment_rows(m);
  for (std::int64_t t = first; t < last;) {
    Segment s{t / columns / rows, t / columns % rows, t % columns, 1, 0, t - first};
    s.columns = std::min(columns - s.column, last - t);
    if (s.columns == columns) s.rows = std::min({rows - s.row, (last - t) / columns, most});
    f(s);
    t += s.rows * s.columns;
  }
}

/// `rows` x `columns` elements from (row, column) of kLanes channels on, as vectors; zeros around the image.
void gather_patch(const float* planes, std::int64_t channels, std::int64_t height, std::int64_t width, std::int64_t row,
                  std::int64_t rows, std::int64_t column, std::int64_t columns, float* to) {
  const auto clear = [&](std::int64_t from, std::int64_t until) {
    std::fill(to + from * kLanes, to + until * kLanes, 0.f);
  };
  const std::int64_t top = std::clamp<std::int64_t>(-row, 0, rows), bottom = std::clamp(height - row, top, rows);
  const std::int64_t left = std::clamp<std::int64_t>(-column, 0, columns);
  const std::int64_t right = std::clamp(width - column, left, columns), n = right - left;
  clear(0, top * columns);
  clear(bottom * columns, rows * columns);
  if (left > 0 || right < columns)
    for (std::int64_t i = top; i < bottom; ++i) {
      clear(i * columns, i * columns + left);
      clear(i * columns + right, (i + 1) * columns);
    }
  const float* const from = planes + (row + top) * width + column + left;
  float* const first = to + (top * columns + left) * kLanes;
  if (n == width) return gather_channels(from, height * width, channels, (bottom - top) * n, first, n, columns);
  for (std::int64_t i = 0; i < bottom - top; ++i)
    gather_channels(from + i * width, height * width, channels, n, first + i * columns * kLanes, n, n);
}

/// Where the transforms of a band lie: [point][block of channels][tile][lane], so that a tile of sums finds its factors
/// at distances the compiler knows.
struct Inputs {
  float* data;
  std::int64_t blocks, band;
  float* at(std::int64_t point, std::int64_t block, std::int64_t tile) const noexcept {
    return data + ((point * blocks + block) * band + tile) * kLanes;
  }
  std::int64_t size() const noexcept { return kPoints * blocks * band * kLanes; }
};

/// [point][panel][term][lane of the panel]: terms are channels, or tiles.
struct Panels {
  float* data;
  std::int64_t panels, terms;
  float* at(std::int64_t point, std::int64_t panel, std::int64_t term) const noexcept {
    return data + ((point * panels + panel) * terms + term) * kPanel;
  }
  std::int64_t size() const noexcept { return kPoints * panels * terms * kPanel; }
};

float* room(Array& array, std::int64_t n) {
  array = Array::empty({n}, float32);
  return out<float>(array);
}

/// B^T d B of the tiles of a band. Behind the last are zeros.
void transform_inputs(const Map& m, const float* x, std::int64_t first, std::int64_t last, const Inputs& to,
                      float* patch) {
  const std::int64_t image = m.h.in * m.w.in, step = to.at(1, 0, 0) - to.data, count = last - first;
  for_segments(m, first, last, [&](const Segment& s) {
    const std::int64_t columns = kSide * s.columns + kReach - kSide;
    for (std::int64_t block = 0; block < to.blocks; ++block) {
      gather_patch(x + (s.image * m.in + block * kLanes) * image, std::min(kLanes, m.in - block * kLanes), m.h.in,
                   m.w.in, kSide * s.row - m.h.before, kSide * s.rows + kReach - kSide, kSide * s.column - m.w.before,
                   columns, patch);
      float* at = to.at(0, block, s.place);
      for (std::int64_t r = 0; r < s.rows; ++r)
        for (std::int64_t t = 0; t < s.columns; ++t, at += kLanes) {
          const float* const from = patch + kSide * (r * columns + t) * kLanes;
          transform<Vec>(
              InputLine{}, [&](int i, int j) { return load(from + (i * columns + j) * kLanes); },
              [&](int i, int j, Vec v) { store(at + (i * 6 + j) * step, v); });
        }
    }
  });
  if (count == to.band) return;
  for (std::int64_t point = 0; point < kPoints; ++point)
    for (std::int64_t block = 0; block < to.blocks; ++block)
      std::fill_n(to.at(point, block, count), (to.band - count) * kLanes, 0.f);
}

/// sums[lane] += all vectors of a patch: rows in float32, the rows in float64.
void add_patch(const float* patch, std::int64_t rows, std::int64_t columns, double* sums) {
  for (std::int64_t r = 0; r < rows; ++r) {
    Vec row = {};
    for (std::int64_t k = 0; k < columns; ++k, patch += kLanes) row += load(patch);
    for (std::int64_t lane = 0; lane < kLanes; ++lane) sums[lane] += static_cast<double>(row[lane]);
  }
}

/// A g A^T of the tiles of a band; `bias` (or null) takes the sums of g.
void transform_outputs_back(const Map& m, const float* y, std::int64_t first, std::int64_t last, const Panels& to,
                            float* patch, double* bias) {
  const std::int64_t image = m.h.out * m.w.out, step = to.at(1, 0, 0) - to.data;
  for_segments(m, first, last, [&](const Segment& s) {
    const std::int64_t columns = kSide * s.columns;
    for (std::int64_t block = 0; block < pieces(m.out, kLanes); ++block) {
      gather_patch(y + (s.image * m.out + block * kLanes) * image, std::min(kLanes, m.out - block * kLanes), m.h.out,
                   m.w.out, kSide * s.row, kSide * s.rows, kSide * s.column, columns, patch);
      if (bias) add_patch(patch, kSide * s.rows, columns, bias + block * kLanes);
      float* at = to.at(0, block / kColumns, s.place) + block % kColumns * kLanes;
      for (std::int64_t r = 0; r < s.rows; ++r)
        for (std::int64_t t = 0; t < s.columns; ++t, at += kPanel) {
          const float* const from = patch + kSide * (r * columns + t) * kLanes;
          transform<Vec>(
              OutputLineBack{}, [&](int i, int j) { return load(from + (i * columns + j) * kLanes); },
              [&](int i, int j, Vec v) { store(at + (i * 6 + j) * step, v); });
        }
    }
  });
}

/// G w G^T of all kernels, for `m.in` terms.
void transform_kernels(const Map& m, const float* weight, const Panels& to) {
  const std::int64_t step = to.at(1, 0, 0) - to.data;
  parallel_for(to.panels * kColumns, std::max<std::int64_t>(1, 1024 / m.in), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t block = begin; block < end; ++block) {
      const std::int64_t o = block * kLanes, channels = std::clamp<std::int64_t>(m.out - o, 0, kLanes);
      for (std::int64_t i = 0; i < m.in; ++i) {
        float taps[kTaps * kLanes];
        gather_channels(m.reversed ? weight + (i * m.out + o) * kTaps : weight + (o * m.in + i) * kTaps,
                        m.reversed ? kTaps : m.in * kTaps, channels, kTaps, taps, kTaps, kTaps);
        float* const base = to.at(0, block / kColumns, i) + block % kColumns * kLanes;
        transform<Vec>(
            KernelLine{},
            [&](int r, int s) { return load(taps + (m.reversed ? kTaps - 1 - (3 * r + s) : 3 * r + s) * kLanes); },
            [&](int r, int s, Vec v) { store(base + (r * 6 + s) * step, v); });
      }
    }
  });
}

/// sums[point][tile] = the sum over channels of inputs * kernels, for V vectors of a panel.
template <int V>
void multiply(const Map& m, const Inputs& inputs, const Panels& kernels, std::int64_t panel, std::int64_t tiles,
              const Panels& sums) {
  for (std::int64_t point = 0; point < kPoints; ++point)
    for (std::int64_t t = 0; t < tiles; t += kRows) {
      Vec tile[kRows][V] = {};
      for (std::int64_t block = 0; block < inputs.blocks; ++block)
        add_products<kLanes>(tile, inputs.at(point, block, t), 1, kernels.at(point, panel, block * kLanes), kPanel,
                             std::min(kLanes, m.in - block * kLanes));
#pragma GCC unroll 16
      for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) store(sums.at(point, 0, t + r) + v * kLanes, tile[r][v]);
    }
}

/// A^T M A of a vector of channels, plus bias, into y. Tiles are taken from right to left: what hangs over the right
/// edge falls on the beginning of the next row, which is written later.
void transform_outputs(const Map& m, const Panels& sums, std::int64_t vector, std::int64_t channel, const float* bias,
                       std::int64_t first, std::int64_t last, float* y, float* patch) {
  const std::int64_t channels = std::min(kLanes, m.out - channel), image = m.h.out * m.w.out;
  const Vec start = bias ? load(bias + channel, channels) : Vec{};
  const std::int64_t step = sums.at(1, 0, 0) - sums.data;
  for_segments(m, first, last, [&](const Segment& s) {
    const std::int64_t width = std::min(kSide * s.columns, m.w.out - kSide * s.column);
    const std::int64_t height = std::min(kSide * s.rows, m.h.out - kSide * s.row);
    for (std::int64_t r = 0; r < s.rows; ++r)
      for (std::int64_t t = s.columns - 1; t >= 0; --t) {
        const float* const from = sums.at(0, 0, s.place + r * s.columns + t) + vector * kLanes;
        float* const to = patch + kSide * (r * width + t) * kLanes;
        transform<Vec>(
            OutputLine{}, [&](int i, int j) { return load(from + (i * 6 + j) * step); },
            [&](int i, int j, Vec v) { store(to + (i * width + j) * kLanes, v + start); });
      }
    float* const to = y + (s.image * m.out + channel) * image + kSide * (s.row * m.w.out + s.column);
    if (width == m.w.out) return scatter_channels(patch, to, image, channels, height * width);
    for (std::int64_t i = 0; i < height; ++i)
      scatter_channels(patch + i * width * kLanes, to + i * m.w.out, image, channels, width);
  });
}

/// Room for a segment, at its largest, which may also be a part of a row.
std::int64_t patch_size(const Map& m, std::int64_t band) {
  const std::int64_t rows = m.columns() > band ? 1 : segment_rows(m), columns = std::min(m.columns(), band);
  return (kSide * rows + kReach - kSide) * (kSide * columns + kReach - kSide) * kLanes;
}

/// Bands for parallel_for: at least some 20 us of work.
std::int64_t grain_of(const Map& m, std::int64_t band) {
  constexpr std::int64_t kWorth = 1'000'000;  // multiplications
  return std::max<std::int64_t>(1, kWorth / (kPoints * band * m.in * m.out));
}

void run(const Map& m, const float* x, const float* weight, const float* bias, float* y) {
  Array kernel_room;
  Panels kernels{nullptr, m.panels(), m.in};
  kernels.data = room(kernel_room, kernels.size());
  transform_kernels(m, weight, kernels);
  const std::int64_t band = band_of(m), tiles = m.tiles();
  parallel_for(pieces(tiles, band), grain_of(m, band), [&](std::int64_t begin, std::int64_t end) {
    Array input_room, sum_room, patch_room;
    Inputs inputs{nullptr, m.in_blocks(), full_rows(band)};
    inputs.data = room(input_room, inputs.size());
    Panels sums{nullptr, 1, full_rows(band)};
    sums.data = room(sum_room, sums.size());
    float* const patch = room(patch_room, patch_size(m, band));
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t first = i * band, last = std::min(tiles, first + band);
      transform_inputs(m, x, first, last, inputs, patch);
      for (std::int64_t panel = 0; panel < kernels.panels; ++panel) {
        if (m.vectors(panel) == kColumns) multiply<kColumns>(m, inputs, kernels, panel, last - first, sums);
        else multiply<1>(m, inputs, kernels, panel, last - first, sums);
        for (std::int64_t v = 0; v < m.vectors(panel); ++v)
          transform_outputs(m, sums, v, panel * kPanel + v * kLanes, bias, first, last, y, patch);
      }
    }
  });
}

// ---- the gradient of the weight --------------------------------------------------------------------------------------

/// Sums over the tiles: [point][block of inputs][panel][lane of the block][lane of the panel].
struct Gradient {
  float* data;
  std::int64_t blocks, panels;
  float* at(std::int64_t point, std::int64_t block, std::int64_t panel) const noexcept {
    return data + ((point * blocks + block) * panels + panel) * kLanes * kPanel;
  }
  std::int64_t size() const noexcept { return kPoints * blocks * panels * kLanes * kPanel; }
};

/// gradient += inputs^T outputs, over the tiles of a band; of the first band of all, =.
void add_outer(const Inputs& inputs, const Panels& outputs, std::int64_t tiles, bool first, const Gradient& to) {
  constexpr int kHalf = static_cast<int>(kLanes / 2);
  for (std::int64_t point = 0; point < kPoints; ++point)
    for (std::int64_t block = 0; block < to.blocks; ++block)
      for (std::int64_t panel = 0; panel < to.panels; ++panel)
        for (std::int64_t half = 0; half < kLanes; half += kHalf) {
          float* const at = to.at(point, block, panel) + half * kPanel;
          Vec tile[kHalf][kColumns] = {};
          if (!first)
#pragma GCC unroll 8
            for (int r = 0; r < kHalf; ++r)
#pragma GCC unroll 2
              for (int v = 0; v < kColumns; ++v) tile[r][v] = load(at + r * kPanel + v * kLanes);
          add_products<1>(tile, inputs.at(point, block, 0) + half, kLanes, outputs.at(point, panel, 0), kPanel, tiles);
#pragma GCC unroll 8
          for (int r = 0; r < kHalf; ++r)
#pragma GCC unroll 2
            for (int v = 0; v < kColumns; ++v) store(at + r * kPanel + v * kLanes, tile[r][v]);
        }
}

/// G^T (sum of the chunks) G.
void transform_kernels_back(const Map& m, const Gradient& sums, std::int64_t chunks, float* weight) {
  const std::int64_t whole = sums.size(), step = sums.at(1, 0, 0) - sums.data;
  parallel_for(pieces(m.out, kLanes), std::max<std::int64_t>(1, 1024 / m.in),
               [&](std::int64_t begin, std::int64_t end) {
                 Array taps_room;
                 float* const taps = room(taps_room, m.in * kTaps * kLanes);
                 for (std::int64_t vector = begin; vector < end; ++vector) {
                   for (std::int64_t i = 0; i < m.in; ++i) {
                     const float* const from =
                         sums.at(0, i / kLanes, vector / kColumns) + i % kLanes * kPanel + vector % kColumns * kLanes;
                     transform<Vec>(
                         KernelLineBack{},
                         [&](int r, int s) {
                           Vec sum = load(from + (r * 6 + s) * step);
                           for (std::int64_t chunk = 1; chunk < chunks; ++chunk)
                             sum += load(from + chunk * whole + (r * 6 + s) * step);
                           return sum;
                         },
                         [&](int r, int s, Vec v) { store(taps + (i * kTaps + 3 * r + s) * kLanes, v); });
                   }
                   scatter_channels(taps, weight + vector * kLanes * m.in * kTaps, m.in * kTaps,
                                    std::min(kLanes, m.out - vector * kLanes), m.in * kTaps);
                 }
               });
}

}  // namespace

bool winograd_fits(const Convolution& c) {
  const auto fits = [](const Window& w) {
    return w.kernel == 3 && w.stride == 1 && w.dilation == 1 && w.before <= 2 && w.in >= kSide && w.out >= kSide;
  };
  constexpr std::int64_t kLeast = 16;  // channels; with fewer, the transforms cost more than they save
  return c.groups == 1 && c.in >= kLeast && c.out >= kLeast && fits(c.h) && fits(c.w);
}

void winograd_forward(const float* x, const float* weight, const float* bias, float* y, const Convolution& c) {
  run(forward_map(c), x, weight, bias, y);
}

void winograd_transposed(const float* y, const float* weight, const float* bias, float* x, const Convolution& c) {
  run(backward_map(c), y, weight, bias, x);
}

void winograd_weight(const float* x, const float* y, float* weight, float* bias, const Convolution& c) {
  const Map m = forward_map(c);
  const std::int64_t band = band_of(m), tiles = m.tiles(), bands = pieces(tiles, band);
  Gradient sums{nullptr, m.in_blocks(), m.panels()};
  constexpr std::int64_t kRoom = 4'000'000, kMostChunks = 8;  // numbers in all chunks
  const std::int64_t chunks = std::min(
      bands, std::clamp<std::int64_t>(
                 std::min(std::max<std::int64_t>(2, kRoom / sums.size()), bands / grain_of(m, band)), 1, kMostChunks));
  Array sum_room;
  sums.data = room(sum_room, chunks * sums.size());
  const std::int64_t channels = m.panels() * kPanel;
  Array bias_room = Array::zeros({chunks, channels}, float64);
  double* const bias_sums = bias ? out<double>(bias_room) : nullptr;
  parallel_for(chunks, 1, [&](std::int64_t begin, std::int64_t end) {
    Array input_room, output_room, patch_room;
    Inputs inputs{nullptr, m.in_blocks(), full_rows(band)};
    inputs.data = room(input_room, inputs.size());
    Panels outputs{nullptr, m.panels(), band};
    outputs.data = room(output_room, outputs.size());
    if (pieces(m.out, kLanes) % kColumns != 0) std::fill_n(outputs.data, outputs.size(), 0.f);  // a panel half used
    float* const patch = room(patch_room, patch_size(m, band));
    for (std::int64_t chunk = begin; chunk < end; ++chunk) {
      Gradient to = sums;
      to.data += chunk * sums.size();
      const std::int64_t start = bands * chunk / chunks;
      for (std::int64_t i = start; i < bands * (chunk + 1) / chunks; ++i) {
        const std::int64_t first = i * band, last = std::min(tiles, first + band);
        transform_inputs(m, x, first, last, inputs, patch);
        transform_outputs_back(m, y, first, last, outputs, patch, bias ? bias_sums + chunk * channels : nullptr);
        add_outer(inputs, outputs, last - first, i == start, to);
      }
    }
  });
  transform_kernels_back(m, sums, chunks, weight);
  for (std::int64_t o = 0; bias && o < m.out; ++o) {
    double sum = 0;
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) sum += bias_sums[chunk * channels + o];
    bias[o] = static_cast<float>(sum);
  }
}

}  // namespace xgrad::kernels
