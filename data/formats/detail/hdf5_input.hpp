#pragma once
/// Private to the reader of foreign HDF5: a file driver that reads from what is open or in memory already.
///
/// It knows nothing but these bytes: whatever a file names, HDF5 can open no other file through it, reads none beyond
/// its end, and writes nothing.

#include <cstddef>
#include <cstdint>

#include "data/formats/detail/hdf5_core.hpp"

namespace xgrad::data::detail {

/// The bytes of a file: behind a descriptor, or in memory when `memory` is set. Owns neither.
struct InputBytes {
  int descriptor = -1;
  const std::byte* memory = nullptr;
  std::uint64_t size = 0;

  /// Copies `n` bytes from `at`; false (and errno, when the system has refused) unless all of them are there.
  bool read(std::uint64_t at, std::size_t n, void* out) const noexcept;
};

/// Opens HDF5 content for reading; errors as of `file`. The bytes must outlive what is opened.
Handle open_input(const Hdf5File& file, const InputBytes& bytes);

}  // namespace xgrad::data::detail
