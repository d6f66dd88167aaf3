#pragma once
/// IDX files: the format of MNIST and its relatives. Y. LeCun, C. Cortes, C. Burges, "The MNIST database".
///
/// A file is two zero bytes, one byte for the element type (0x08 uint8, 0x09 int8, 0x0B int16, 0x0C int32, 0x0D float,
/// 0x0E double), one for the number of axes, a 32-bit size for each axis, and the elements in row-major order, all of
/// it big-endian and nothing after it.

#include <filesystem>

#include "tensor/array.hpp"

namespace xgrad::data {

/// What an IDX file says it holds: `dtype` is that of the array it is read into.
struct IdxInfo {
  DType dtype;
  Shape shape;
};

/// Reads the header alone and, for a plain file, compares it with the size of the file. Throws as `read_idx` does.
IdxInfo read_idx_info(const std::filesystem::path& file);

/// Reads an IDX file, plain or packed with gzip (told by its content). uint8 stays uint8, int8, int16 and int32 become
/// int64, float and double float32 and float64.
///
/// Throws IoError, naming the file and the reason, when it is missing, truncated or too long, does not begin as an IDX
/// file, has more than 8 axes, declares an absurd size, or is a damaged .gz. The memory taken follows what the file
/// really holds, never what its header declares; a .gz needs twice the size of its content for a moment.
Array read_idx(const std::filesystem::path& file);

/// Writes an array as an IDX file, packed if the name ends in ".gz", whole or not at all. uint8 and bool are written as
/// uint8, int64 as int32, float32 and float64 as such. Throws ValueError for integers beyond 32 bits and axes beyond
/// 2^32 - 1, IoError when the file cannot be written.
void write_idx(const std::filesystem::path& file, const Array& array);

}  // namespace xgrad::data
