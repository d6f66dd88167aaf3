#pragma once
/// Sealed HDF5 files: the first 512 bytes, which every HDF5 reader skips, hold a hash of the whole file, which is
/// checked before the HDF5 library sees it. docs/checkpoint-format.md describes them byte by byte.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

#include "data/formats/hdf5.hpp"

namespace xgrad::data {

/// What the first look at a file shows.
enum class Seal {
  whole,      ///< sealed, and nothing in it has changed since
  foreign,    ///< not a sealed file: plain HDF5 or anything else
  truncated,  ///< shorter than it was
  overlong,   ///< longer than it was
  damaged     ///< of the right length, but some byte has changed
};

/// Checks the seal of a file; reads it once, from front to back. Throws IoError only where the file cannot be read.
Seal check_seal(const std::filesystem::path& file);

/// Writes a sealed file atomically: `fill` writes the content. `format` is the number of the layout inside, from 1.
/// Throws what `fill` throws, and IoError as `atomic_write` does; the old file then stays.
void write_sealed(const std::filesystem::path& file, std::uint32_t format,
                  const std::function<void(Hdf5Writer&)>& fill);

/// Opens a sealed file after its seal was checked. Whoever can write a file can seal it, too, so libhdf5 sees it only
/// in a forked process with limits (see `read_foreign_hdf5`; at most 1,000,000 objects); values are read by their
/// place. Throws IoError as that does, and, naming the file, when it is missing, not sealed (`kind` is how the text
/// calls what was expected: "an xgrad checkpoint"), truncated, damaged, or of a format above `newest`.
Hdf5Reader open_sealed(const std::filesystem::path& file, std::uint32_t newest, std::string_view kind);

}  // namespace xgrad::data
