#pragma once
/// NumPy's files: `.npy` holds one array, `.npz` is a zip archive of them.
///
/// numpy.lib.format describes them: the bytes 93 'NUMPY', a version (1.0, 2.0 or 3.0), the length of a header, the
/// header, which is a Python dict `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, and the elements.

#include <filesystem>
#include <vector>

#include "autograd/graph.hpp"
#include "tensor/array.hpp"

namespace xgrad::data {

/// Reads a `.npy` file of any version. float32, float64, int64, uint8 and bool keep their dtype; float16 becomes
/// float32, other integers int64. Big-endian numbers are turned round, and an array in Fortran order has its axes
/// brought into ours: what it holds at [i, j] is the same.
///
/// Throws IoError, naming the file and the reason, when it is missing, not a .npy file, truncated or too long, when it
/// holds Python objects (pickles are never opened), structures, text, dates or complex numbers, unsigned numbers above
/// the largest int64, or more than 8 axes. Nothing is allocated that the file does not hold.
Array read_npy(const std::filesystem::path& file);

/// Writes an array, whole or not at all: byte for byte the file that `numpy.save` writes.
void write_npy(const std::filesystem::path& file, const Array& array);

/// Reads the arrays of a `.npz` file in the order they have there, under their names without ".npy". Entries are stored
/// or deflated, of any size (zip64); their checksums are verified.
///
/// Throws IoError as `read_npy` does, and when the archive is damaged, an entry is encrypted, packed otherwise or not
/// an array, or two have one name. An archive can unpack to no more than deflate can pack, 1032 times its own size:
/// entries that claim more, or share their bytes, are refused.
std::vector<NamedTensor> read_npz(const std::filesystem::path& file);

struct NpzOptions {
  bool compress = false;  ///< deflates, as `numpy.savez_compressed`
};

/// Writes a `.npz` file, whole or not at all; the same arrays give the same bytes. The archive lies in memory for a
/// moment. Throws ValueError for a name that is empty, comes twice or holds a NUL, IoError where it cannot be written.
void write_npz(const std::filesystem::path& file, const std::vector<NamedTensor>& arrays,
               const NpzOptions& options = {});

}  // namespace xgrad::data
