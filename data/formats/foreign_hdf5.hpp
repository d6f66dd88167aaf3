#pragma once
/// HDF5 files that somebody else wrote: read whole, in a process of their own, so that what such a file does to libhdf5
/// is an error here and no crash.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/formats/hdf5.hpp"

namespace xgrad::data {

/// A dataset, read: numbers or text.
struct Hdf5Value {
  /// The numbers; undefined where the dataset holds text. Types as `Hdf5Reader::read` has them; 2-byte floats (IEEE
  /// half, bfloat16, and Keras 3's bfloat16: opaque, with the attribute dtype = "bfloat16") become float32, exactly.
  Array array;
  /// The texts in row-major order, where it holds text.
  std::vector<std::string> texts;
  std::map<std::string, Attribute> attributes;

  bool is_text() const noexcept { return !array.defined(); }
};

/// A group of an HDF5 file, read whole into memory. Attributes of types that an Attribute cannot hold are left out.
struct Hdf5Group {
  std::map<std::string, Attribute> attributes;
  std::map<std::string, Hdf5Group> groups;
  std::map<std::string, Hdf5Value> datasets;

  /// The group or dataset at a path below this one, "dense/dense/kernel:0" (the empty path is the group itself); null
  /// when there is none.
  const Hdf5Group* find_group(std::string_view path) const;
  const Hdf5Value* find_dataset(std::string_view path) const;
};

/// How much a foreign file may ask for; an IoError beyond.
struct ForeignLimits {
  /// Bytes of what is read, all arrays, texts and names together; 0 for 64 MiB and 16 times the file. The process that
  /// reads may take as much again, and 256 MiB.
  std::uint64_t bytes = 0;
  /// Seconds that reading may take; 0 for 20 and one more per 8 MiB of the file.
  double seconds = 0;
  std::uint64_t objects = 100'000;  ///< groups and datasets together, and attributes
  int depth = 64;                   ///< groups inside groups
  bool plain_names = true;          ///< whether names must be UTF-8 without control characters
};

/// Reads a whole HDF5 file that somebody else wrote. libhdf5 sees it only in a forked process with limits on memory and
/// time, which can open no file and is gone when this returns; what it reports is checked like a file. Beyond the
/// checks of Hdf5Reader: every link must be a hard one, every object a group or a dataset of numbers or text, no group
/// may be reached twice, and names are valid UTF-8 without control characters. Other threads may do what they like.
///
/// Throws IoError, naming the file and where possible the object, for what is not a regular file, not HDF5, damaged,
/// refused by a check, above a limit, or crashes libhdf5. Costs one fork; large contiguous arrays are read once,
/// directly.
Hdf5Group read_foreign_hdf5(const std::filesystem::path& file, ForeignLimits limits = {});

/// The same for an HDF5 file in memory (out of an archive, say); errors call it `name`.
Hdf5Group read_foreign_hdf5(std::span<const std::byte> content, std::string_view name, ForeignLimits limits = {});

}  // namespace xgrad::data
