#pragma once
/// How NumPy's and safetensors' files store numbers, and what they become. Private to data/formats.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "data/formats/detail/plain_file.hpp"
#include "tensor/array.hpp"

namespace xgrad::data::detail {

/// One kind of stored number.
struct Element {
  std::string_view npy;          ///< NumPy's code without the byte order: "f4"; empty where it has none
  std::string_view safetensors;  ///< "F32"
  DType dtype;                   ///< what it is read as
  std::size_t bytes;             ///< of one, as stored
  /// Turns `count` stored ones, little-endian, into elements of `dtype`; false where a number does not fit. Null where
  /// the stored bytes are the elements.
  bool (*decode)(const std::byte* in, std::size_t count, void* out) = nullptr;
};

/// Null where there is no such kind.
const Element* element_of_npy(std::string_view code) noexcept;
const Element* element_of_safetensors(std::string_view name) noexcept;
/// What arrays of a dtype are written as: their own bytes.
const Element& element_of(DType dtype) noexcept;

/// Bytes of `shape` as stored; none where that is above 2^47, or would be as read.
std::optional<std::uint64_t> stored_bytes(const Element& element, const Shape& shape) noexcept;
/// Reads `shape` (for which `stored_bytes` is known and was found plausible) from `in`, in pieces where it has to be
/// converted; `big` where the numbers are big-endian.
Array read_elements(Input& in, const Element& element, const Shape& shape, bool big = false);

}  // namespace xgrad::data::detail
