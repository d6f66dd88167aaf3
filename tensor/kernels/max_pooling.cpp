// Vectors are passed between the functions of this file alone: how, on processors without wide ones, is nobody's
// concern.
#pragma GCC diagnostic ignored "-Wpsabi"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>

#include "tensor/kernels/dispatch.hpp"
#include "tensor/kernels/pooling.hpp"
#include "tensor/kernels/small_product.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {
namespace {

Shape with_image(const Shape& like, std::int64_t h, std::int64_t w) {
  Shape shape = like;
  shape[shape.rank() - 2] = h;
  shape[shape.rank() - 1] = w;
  return shape;
}

std::int64_t images_of(const Shape& shape) {
  std::int64_t n = 1;
  for (int i = 0; i + 2 < shape.rank(); ++i) n *= shape[i];
  return n;
}

/// Images for parallel_for.
std::int64_t grain_of(const Window& h, const Window& w, std::int64_t taps) {
  const std::int64_t work = h.in * w.in + h.out * w.out * taps;
  return std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, work));
}

template <class T>
constexpr T lowest() {
  return std::is_floating_point_v<T> ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
}

/// Whether v takes the place of the best so far; NaN does. Without a branch, for loops.
template <class T>
constexpr bool better(T v, T best) {
  if constexpr (std::is_floating_point_v<T>) return (v > best) | (v != v);
  else return v > best;
}

/// An integer as wide as T, so that values and places are chosen by the same lanes.
template <class T>
using PlaceOf = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;

// ---- a vector of windows at a time -----------------------------------------------------------------------------------

using small::Vector;
template <class T>
inline constexpr std::int64_t kLanes = small::kWidth<T>;

inline Vector<float> even(Vector<float> a, Vector<float> b) {
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}
inline Vector<float> odd(Vector<float> a, Vector<float> b) {
  return __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}
inline Vector<double> even(Vector<double> a, Vector<double> b) {
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
}
inline Vector<double> odd(Vector<double> a, Vector<double> b) {
  return __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
}

/// The two vectors of which these are the even and the odd elements.
inline Vector<float> lower_pairs(Vector<float> a, Vector<float> b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
inline Vector<float> upper_pairs(Vector<float> a, Vector<float> b) {
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
inline Vector<double> lower_pairs(Vector<double> a, Vector<double> b) {
  return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
inline Vector<double> upper_pairs(Vector<double> a, Vector<double> b) {
  return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/// x[0], x[stride], ..., `width` of them.
template <class T>
Vector<T> load_apart(const T* x, std::int64_t stride, std::int64_t width) {
  if (stride == 1) return small::load(x, width);
  if (stride == 2) {
    const std::int64_t all = 2 * width - 1, first = std::min(kLanes<T>, all);
    return even(small::load(x, first), small::load(x + first, all - first));
  }
  Vector<T> v = {};
  for (std::int64_t k = 0; k < width; ++k) v[k] = x[k * stride];
  return v;
}

/// Best values and, unless null, their places of a row of windows; with room for a whole vector behind the last.
template <class T>
struct Best {
  T* values;
  PlaceOf<T>* places;
};

/// One tap of n neighbouring windows. Best and NaN are found as `better` has it.
template <class T>
void choose(const T* x, std::int64_t stride, const Best<T>& best, std::int64_t n, std::int64_t place) {
  using Lanes = decltype(Vector<T>{} < Vector<T>{});
  Lanes numbers{};
  for (std::int64_t k = 0; k < kLanes<T>; ++k) numbers[k] = static_cast<PlaceOf<T>>(k);
  for (std::int64_t k = 0; k < n; k += kLanes<T>) {
    const std::int64_t width = std::min(kLanes<T>, n - k);
    const Vector<T> v = load_apart(x + k * stride, stride, width);
    Vector<T> y;
    std::memcpy(&y, best.values + k, sizeof y);
    Lanes take = (v > y) | (v != v);
    Lanes at{};
    if (best.places) {
      std::memcpy(&at, best.places + k, sizeof at);
      take |= at == Lanes{} + kNoPlace;
    }
    take &= numbers < Lanes{} + static_cast<PlaceOf<T>>(width);
    y = take ? v : y;
    std::memcpy(best.values + k, &y, sizeof y);
    if (!best.places) continue;
    at = take ? Lanes{} + static_cast<PlaceOf<T>>(place) : at;
    std::memcpy(best.places + k, &at, sizeof at);
  }
}

/// A byte for each lane.
template <class T>
struct BytesOf {
  typedef std::uint8_t type __attribute__((vector_size(kLanes<T>)));
};
template <class T>
using Bytes = typename BytesOf<T>::type;

/// From integers in lanes to bytes and back: single instructions that g++ 12 does not find.
template <class T>
using Places = decltype(Vector<T>{} < Vector<T>{});
template <class T>
inline Bytes<T> narrow(Places<T> places) {
#if defined(__AVX512F__)
  if constexpr (kLanes<T> == 16) return std::bit_cast<Bytes<T>>(_mm512_cvtepi32_epi8(std::bit_cast<__m512i>(places)));
#endif
  return __builtin_convertvector(places, Bytes<T>);
}
template <class T>
inline Places<T> widen(Bytes<T> bytes) {
#if defined(__AVX512F__)
  if constexpr (kLanes<T> == 16) return std::bit_cast<Places<T>>(_mm512_cvtepu8_epi32(std::bit_cast<__m128i>(bytes)));
#endif
  return __builtin_convertvector(bytes, Places<T>);
}

/// The first `width` bytes.
template <class T>
inline void store_bytes(std::uint8_t* p, Bytes<T> bytes, std::int64_t width) {
#if defined(__AVX512BW__) && defined(__AVX512VL__)
  if constexpr (sizeof bytes == 16) {
    const auto mask = static_cast<__mmask16>((1u << width) - 1u);
    return _mm_mask_storeu_epi8(p, mask, std::bit_cast<__m128i>(bytes));
  }
#endif
  if (width == kLanes<T>) std::memcpy(p, &bytes, sizeof bytes);
  else std::memcpy(p, &bytes, static_cast<std::size_t>(width));
}
template <class T>
inline Bytes<T> load_bytes(const std::uint8_t* p, std::int64_t width) {
#if defined(__AVX512BW__) && defined(__AVX512VL__)
  if constexpr (kLanes<T> == 16) {
    const auto mask = static_cast<__mmask16>((1u << width) - 1u);
    return std::bit_cast<Bytes<T>>(_mm_maskz_loadu_epi8(mask, p));
  }
#endif
  Bytes<T> bytes = {};
  if (width == kLanes<T>) std::memcpy(&bytes, p, sizeof bytes);
  else std::memcpy(&bytes, p, static_cast<std::size_t>(width));
  return bytes;
}

// ---- 2 x 2 windows side by side --------------------------------------------------------------------------------------

bool quarters(const Window& h, const Window& w) {
  const auto half = [](const Window& a) {
    return a.kernel == 2 && a.stride == 2 && a.dilation == 1 && a.before == 0 && 2 * a.out <= a.in;
  };
  return half(h) && half(w);
}

/// One row of windows from two rows of the image.
template <class T>
void choose_quarters(const T* upper, const T* lower, std::int64_t n, T* best, std::uint8_t* places) {
  for (std::int64_t k = 0; k < n; k += kLanes<T>) {
    const std::int64_t width = std::min(kLanes<T>, n - k);
    const std::int64_t first = std::min(kLanes<T>, 2 * width), second = 2 * width - first;
    const Vector<T> a = small::load(upper + 2 * k, first), b = small::load(upper + 2 * k + first, second);
    const Vector<T> c = small::load(lower + 2 * k, first), d = small::load(lower + 2 * k + first, second);
    Vector<T> y = even(a, b);
    using Lanes = decltype(y < y);
    Lanes place{};
    const auto take = [&](const Vector<T>& v, PlaceOf<T> at) {
      const Lanes here = (v > y) | (v != v);
      y = here ? v : y;
      place = here ? Lanes{} + at : place;
    };
    take(odd(a, b), 1);
    take(even(c, d), 2);
    take(odd(c, d), 3);
    small::store(best + k, y, width);
    if (places) store_bytes<T>(places + k, narrow<T>(place), width);
  }
}

/// Two rows of the image from one row of windows: each value at its place, zeros elsewhere.
template <class T>
void put_quarters(const T* values, const std::uint8_t* places, std::int64_t n, T* upper, T* lower) {
  for (std::int64_t k = 0; k < n; k += kLanes<T>) {
    const std::int64_t width = std::min(kLanes<T>, n - k);
    const std::int64_t first = std::min(kLanes<T>, 2 * width), second = 2 * width - first;
    const Vector<T> v = small::load(values + k, width);
    const Places<T> place = widen<T>(load_bytes<T>(places + k, width));
    const auto at = [&](PlaceOf<T> number) { return place == Places<T>{} + number ? v : Vector<T>{}; };
    const auto put = [&](T* row, Vector<T> evens, Vector<T> odds) {
      small::store(row + 2 * k, lower_pairs(evens, odds), first);
      small::store(row + 2 * k + first, upper_pairs(evens, odds), second);
    };
    put(upper, at(0), at(1));
    put(lower, at(2), at(3));
  }
}

template <class T>
void put_quarters(const T* values, const std::uint8_t* places, const Window& h, const Window& w, T* x) {
  for (std::int64_t r = 0; r < h.out; ++r, values += w.out, places += w.out, x += 2 * w.in) {
    put_quarters(values, places, w.out, x, x + w.in);
    if (2 * w.out == w.in) continue;
    std::fill(x + 2 * w.out, x + w.in, T(0));
    std::fill(x + w.in + 2 * w.out, x + 2 * w.in, T(0));
  }
  std::fill_n(x, (h.in - 2 * h.out) * w.in, T(0));
}

// ---- whole images ----------------------------------------------------------------------------------------------------

/// One row of windows, tap by tap.
template <class T>
void choose_row(const T* x, const Window& h, const Window& w, const Taps& taps, std::int64_t r, const Best<T>& best) {
  std::fill_n(best.values, w.out, lowest<T>());
  if (best.places) std::fill_n(best.places, w.out, PlaceOf<T>{kNoPlace});
  for (std::int64_t i = 0; i < h.kernel; ++i) {
    const std::int64_t row = h.at(r, i);
    if (row < 0 || row >= h.in) continue;
    for (std::int64_t j = 0; j < w.kernel; ++j) {
      const auto [first, last] = taps[j];
      choose(x + row * w.in + w.at(first, j), w.stride,
             Best<T>{best.values + first, best.places ? best.places + first : nullptr}, last - first, i * w.kernel + j);
    }
  }
}

template <class T>
void max_pool_floats(const T* x, const Window& h, const Window& w, std::int64_t images, T* y, std::uint8_t* places) {
  const Taps taps(w);
  const std::int64_t from = h.in * w.in, to = h.out * w.out, line = w.out + kLanes<T>;
  const bool halved = quarters(h, w);
  parallel_for(images, grain_of(h, w, h.kernel * w.kernel), [&](std::int64_t begin, std::int64_t end) {
    Array values = Array::empty({line}, dtype_of<T>()), room = Array::empty({line}, sizeof(T) == 4 ? float32 : int64);
    const Best<T> best{out<T>(values), places ? out<PlaceOf<T>>(room) : nullptr};
    for (std::int64_t n = begin; n < end; ++n)
      for (std::int64_t r = 0; r < h.out; ++r) {
        T* const row = y + n * to + r * w.out;
        std::uint8_t* const row_places = places ? places + n * to + r * w.out : nullptr;
        const T* const image = x + n * from;
        if (halved) {
          choose_quarters(image + 2 * r * w.in, image + (2 * r + 1) * w.in, w.out, row, row_places);
          continue;
        }
        choose_row(image, h, w, taps, r, best);
        std::copy_n(best.values, w.out, row);
        if (places)
          for (std::int64_t k = 0; k < w.out; ++k) row_places[k] = static_cast<std::uint8_t>(best.places[k]);
      }
  });
}

/// Integers, of which no places are asked for.
template <class T>
void max_pool_integers(const T* x, const Window& h, const Window& w, std::int64_t images, T* y) {
  const Taps taps(w);
  parallel_for(images, grain_of(h, w, h.kernel * w.kernel), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin * h.out; n < end * h.out; ++n) {
      T* const row = y + n * w.out;
      std::fill_n(row, w.out, lowest<T>());
      for (std::int64_t i = 0; i < h.kernel; ++i) {
        const std::int64_t at = h.at(n % h.out, i);
        if (at < 0 || at >= h.in) continue;
        for (std::int64_t j = 0; j < w.kernel; ++j)
          for (std::int64_t k = taps[j].first; k < taps[j].last; ++k)
            row[k] = std::max(row[k], x[(n / h.out * h.in + at) * w.in + w.at(k, j)]);
      }
    }
  });
}

/// Calls visit(window, position in the flattened image or -1) for every window of an image.
template <class Visit>
void for_each_place(const std::uint8_t* places, const Window& h, const Window& w, const Visit& visit) {
  std::int64_t steps[kMostPlaces];  // from a window's first element to its others
  for (std::int64_t i = 0; i < h.kernel; ++i)
    for (std::int64_t j = 0; j < w.kernel; ++j) steps[i * w.kernel + j] = i * h.dilation * w.in + j * w.dilation;
  for (std::int64_t r = 0, k = 0; r < h.out; ++r)
    for (std::int64_t q = 0; q < w.out; ++q, ++k)
      visit(k, places[k] == kNoPlace ? -1 : h.at(r, 0) * w.in + w.at(q, 0) + steps[places[k]]);
}

}  // namespace

Array max_pool(const Array& x, const Window& h, const Window& w, Array* places) {
  Array y = Array::empty(with_image(x.shape(), h.out, w.out), x.dtype());
  if (places) *places = Array::empty(y.shape(), uint8);
  dispatch(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    std::uint8_t* const codes = places ? out<std::uint8_t>(*places) : nullptr;
    if constexpr (std::is_floating_point_v<T>) max_pool_floats(in<T>(x), h, w, images_of(x.shape()), out<T>(y), codes);
    else if constexpr (!std::is_same_v<T, bool>) max_pool_integers(in<T>(x), h, w, images_of(x.shape()), out<T>(y));
  });
  return y;
}

Array take_places(const Array& x, const Array& places, const Window& h, const Window& w) {
  Array y = Array::empty(places.shape(), x.dtype());
  dispatch_floating("max_pool", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const std::int64_t image = h.in * w.in, windows = h.out * w.out;
    parallel_for(images_of(x.shape()), grain_of(h, w, 4), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t n = begin; n < end; ++n) {
        const T* from = in<T>(x) + n * image;
        T* to = out<T>(y) + n * windows;
        for_each_place(in<std::uint8_t>(places) + n * windows, h, w,
                       [&](std::int64_t k, std::int64_t at) { to[k] = at < 0 ? T(0) : from[at]; });
      }
    });
  });
  return y;
}

Array put_places(const Array& y, const Array& places, const Window& h, const Window& w) {
  Array x = Array::empty(with_image(y.shape(), h.in, w.in), y.dtype());
  dispatch_floating("max_pool", y.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const std::int64_t image = h.in * w.in, windows = h.out * w.out;
    parallel_for(images_of(y.shape()), grain_of(h, w, 4), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t n = begin; n < end; ++n) {
        const T* from = in<T>(y) + n * windows;
        T* to = out<T>(x) + n * image;
        if (quarters(h, w)) {
          put_quarters(from, in<std::uint8_t>(places) + n * windows, h, w, to);
          continue;
        }
        std::fill_n(to, image, T(0));
        for_each_place(in<std::uint8_t>(places) + n * windows, h, w, [&](std::int64_t k, std::int64_t at) {
          if (at >= 0) to[at] += from[k];
        });
      }
    });
  });
  return x;
}

Array positions_of(const Array& places, const Window& h, const Window& w) {
  Array positions = Array::empty(places.shape(), int64);
  const std::int64_t windows = h.out * w.out;
  for (std::int64_t n = 0; n < images_of(places.shape()); ++n) {
    std::int64_t* to = out<std::int64_t>(positions) + n * windows;
    for_each_place(in<std::uint8_t>(places) + n * windows, h, w, [&](std::int64_t k, std::int64_t at) { to[k] = at; });
  }
  return positions;
}

Array max_positions(const Array& x, const PoolAxis& h, const PoolAxis& w) {
  Array positions = Array::empty(with_image(x.shape(), h.window.out, w.window.out), int64);
  dispatch(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const std::int64_t width = w.window.in, image = h.window.in * width;
    parallel_for(images_of(x.shape()), grain_of(h.window, w.window, 4), [&](std::int64_t begin, std::int64_t end) {
      std::int64_t* to = out<std::int64_t>(positions) + begin * h.window.out * w.window.out;
      for (std::int64_t n = begin; n < end; ++n) {
        const T* from = in<T>(x) + n * image;
        for (std::int64_t r = 0; r < h.window.out; ++r) {
          const Span rows = h[r];
          for (std::int64_t q = 0; q < w.window.out; ++q) {
            const Span columns = w[q];
            std::int64_t best = -1;
            for (std::int64_t i = rows.first; i < rows.last; i += rows.step)
              for (std::int64_t j = columns.first; j < columns.last; j += columns.step)
                if (best < 0 || better(from[i * width + j], from[best])) best = i * width + j;
            *to++ = best;
          }
        }
      }
    });
  });
  return positions;
}

}  // namespace xgrad::kernels
