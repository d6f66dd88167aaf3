#pragma once
/// Private to the HDF5 reader: datasets, with everything that is checked before a byte of them is read.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/formats/detail/hdf5_objects.hpp"
#include "data/formats/hdf5.hpp"

namespace xgrad::data::detail {

/// An open dataset whose storage was found plausible.
struct Dataset {
  Handle id, type, space;
  Kind kind;
  Shape shape;
  std::uint64_t count;  ///< elements
};

/// Opens and checks: rank at most 8, no null dataspace, storage inside this file and of a size that fits what is
/// declared, known filters only.
Dataset open_dataset(const Hdf5File& file, std::string_view path);
/// The same for an object that is open already.
Dataset open_dataset(const Hdf5File& file, std::string_view path, Handle object);
/// The dtype it is read as; fails for text and for types that xgrad does not know.
DType dtype_of(const Hdf5File& file, std::string_view path, const Dataset& dataset);
/// Reads `count` elements through `read(memory type, buffer)` into `out`, which has room for them as `dtype_of` has it.
void read_values(const Hdf5File& file, std::string_view path, const Dataset& dataset, std::uint64_t count,
                 const Read& read, void* out);
/// All of it.
Array read_array(const Hdf5File& file, std::string_view path, const Dataset& dataset);
/// The elements as `dtype_of` has them, to room for all of them.
void read_values(const Hdf5File& file, std::string_view path, const Dataset& dataset, void* to);
/// The elements of a type of two opaque bytes taken for bfloat16, which is the upper half of a float.
void read_bfloat16(const Hdf5File& file, std::string_view path, const Dataset& dataset, float* to);
/// Where in the file the elements lie in a row, just as they are in memory; none where they do not.
std::optional<std::uint64_t> values_in_file(const Dataset& dataset);

}  // namespace xgrad::data::detail
