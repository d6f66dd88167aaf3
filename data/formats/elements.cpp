#include "data/formats/detail/elements.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace xgrad::data::detail {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays are written as they lie in memory");

constexpr std::size_t kPiece = std::size_t{1} << 20;          // bytes converted at a time
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 47;  // as checked_numel has it

template <class T>
T load(const std::byte* in) {
  T value;
  std::memcpy(&value, in, sizeof(T));
  return value;
}

/// IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. Every value is a float32.
float from_half(std::uint16_t h) {
  const std::uint32_t sign = static_cast<std::uint32_t>(h & 0x8000u) << 16;
  const std::uint32_t exponent = (h >> 10) & 0x1fu, fraction = h & 0x3ffu;
  if (exponent == 0) {  // zero or subnormal: fraction * 2^-24
    const float value = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -value : value;
  }
  const std::uint32_t wide = exponent == 31 ? 255u : exponent + 112u;
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}
/// The upper half of a float32.
float from_bfloat(std::uint16_t h) { return std::bit_cast<float>(static_cast<std::uint32_t>(h) << 16); }

template <float (*convert)(std::uint16_t)>
bool decode_short(const std::byte* in, std::size_t count, void* out) {
  auto* to = static_cast<float*>(out);
  for (std::size_t i = 0; i < count; ++i) to[i] = convert(load<std::uint16_t>(in + 2 * i));
  return true;
}

template <class Stored>
bool decode_integer(const std::byte* in, std::size_t count, void* out) {
  auto* to = static_cast<std::int64_t*>(out);
  bool fits = true;
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = load<Stored>(in + sizeof(Stored) * i);
    if constexpr (sizeof(Stored) == 8) fits = fits && value <= std::numeric_limits<std::int64_t>::max();
    to[i] = static_cast<std::int64_t>(value);  // NOLINT(bugprone-signed-char-misuse): int8 keeps its sign
  }
  return fits;
}

/// Any byte but 0 is true, as NumPy and PyTorch take it.
bool decode_bool(const std::byte* in, std::size_t count, void* out) {
  auto* to = static_cast<std::uint8_t*>(out);
  for (std::size_t i = 0; i < count; ++i) to[i] = in[i] != std::byte{0};
  return true;
}

constexpr Element kElements[] = {
    {"f4", "F32", float32, 4},
    {"f8", "F64", float64, 8},
    {"i8", "I64", int64, 8},
    {"u1", "U8", uint8, 1},
    {"b1", "BOOL", bool_, 1, decode_bool},
    {"f2", "F16", float32, 2, decode_short<from_half>},
    {"", "BF16", float32, 2, decode_short<from_bfloat>},
    {"i1", "I8", int64, 1, decode_integer<std::int8_t>},
    {"i2", "I16", int64, 2, decode_integer<std::int16_t>},
    {"i4", "I32", int64, 4, decode_integer<std::int32_t>},
    {"u2", "U16", int64, 2, decode_integer<std::uint16_t>},
    {"u4", "U32", int64, 4, decode_integer<std::uint32_t>},
    {"u8", "U64", int64, 8, decode_integer<std::uint64_t>},
};

template <class Match>
const Element* find(Match match) noexcept {
  const auto* found = std::find_if(std::begin(kElements), std::end(kElements), match);
  return found == std::end(kElements) ? nullptr : found;
}

void swap_bytes(std::byte* data, std::size_t count, std::size_t size) {
  for (std::size_t i = 0; i < count; ++i) std::reverse(data + i * size, data + (i + 1) * size);
}

}  // namespace

const Element* element_of_npy(std::string_view code) noexcept {
  return find([&](const Element& e) { return !e.npy.empty() && e.npy == code; });
}
const Element* element_of_safetensors(std::string_view name) noexcept {
  return find([&](const Element& e) { return e.safetensors == name; });
}
const Element& element_of(DType dtype) noexcept {
  return *find([&](const Element& e) { return e.dtype == dtype; });  // the plain ones come first
}

std::optional<std::uint64_t> stored_bytes(const Element& element, const Shape& shape) noexcept {
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  std::uint64_t room = kMostBytes / std::max(element.bytes, size_of(element.dtype)), count = 1;
  for (const std::int64_t size : shape) {
    const auto n = static_cast<std::uint64_t>(size);
    if (n > room) return {};
    room /= n;
    count *= n;
  }
  return count * element.bytes;
}

Array read_elements(Input& in, const Element& element, const Shape& shape, bool big) {
  Array array = Array::empty(shape, element.dtype);
  auto left = static_cast<std::size_t>(array.numel());
  if (left == 0) return array;
  auto* out = static_cast<std::byte*>(array.mutable_raw());
  if (!element.decode) {
    in.read(out, array.nbytes());
    if (big) swap_bytes(out, left, element.bytes);
    return array;
  }
  std::vector<std::byte> piece(std::min(kPiece, left * element.bytes));
  while (left > 0) {
    const std::size_t count = std::min(left, piece.size() / element.bytes);
    in.read(piece.data(), count * element.bytes);
    if (big) swap_bytes(piece.data(), count, element.bytes);
    if (!element.decode(piece.data(), count, out))
      in.fail("holds an unsigned number above the largest int64, " +
              std::to_string(std::numeric_limits<std::int64_t>::max()));
    out += count * size_of(element.dtype);
    left -= count;
  }
  return array;
}

}  // namespace xgrad::data::detail
