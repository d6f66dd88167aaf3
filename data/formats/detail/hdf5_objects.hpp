#pragma once
/// Private to the HDF5 reader: objects by path, and what a stored type means here.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/formats/detail/hdf5_core.hpp"
#include "tensor/dtype.hpp"

namespace xgrad::data::detail {

inline constexpr std::size_t kMaxName = 4096;                   ///< bytes of a path, or of one name in a file
inline constexpr std::size_t kMaxText = std::size_t{16} << 20;  ///< bytes of all text in one attribute or dataset
inline constexpr std::uint64_t kMaxTexts = 65536;               ///< texts of variable length in one of them

/// What elements of a stored type become.
enum class Kind {
  float16,  ///< IEEE half or bfloat16, read as float32
  float32,
  float64,
  int64,   ///< integers of any width that fit, read as int64
  uint64,  ///< read as uint64 and refused above the largest int64
  uint8,
  boolean,  ///< the enum {FALSE = 0, TRUE = 1} on int8, as h5py has it
  text,
  other
};
Kind kind_of(Id type);
/// The dtype of a kind; none for text and other.
std::optional<DType> dtype_of(Kind kind);
/// "a compound type", "a 2-byte floating-point number", for messages.
std::string description_of(Id type);

/// Opens what lies at an absolute path, following hard links only; an invalid handle when nothing does. Fails for soft
/// and external links and for malformed paths, unless `quiet`.
Handle find_object(const Hdf5File& file, std::string_view path, bool quiet = false);
/// The same, and fails when nothing lies there.
Handle open_object(const Hdf5File& file, std::string_view path);

/// Reads `count` elements of a bool enum `type` through `read(memory type, buffer)`, into 0 and 1; fails for other
/// values.
using Read = std::function<int(Id memory_type, void* out)>;
void read_bools(const Hdf5File& file, std::string_view object, Id type, std::uint64_t count, const Read& read,
                std::uint8_t* out);
/// Fails when one of the numbers, read as uint64, is above the largest int64.
void check_uint64(const Hdf5File& file, std::string_view object, const std::uint64_t* values, std::uint64_t count);
/// Reads `count` texts of fixed or variable length; `space` is their dataspace.
std::vector<std::string> read_texts(const Hdf5File& file, std::string_view object, Id type, Id space,
                                    std::uint64_t count, const Read& read);

/// a * b, or the largest number when that overflows.
constexpr std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b) noexcept {
  return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

}  // namespace xgrad::data::detail
