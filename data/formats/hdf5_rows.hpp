#pragma once
/// Rows of an HDF5 dataset, read from disk when they are asked for.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "tensor/array.hpp"

namespace xgrad::data {

/// A dataset (N, ...) of an HDF5 file, which stays open; nothing of it lies in memory but, where it is packed, some
/// chunks. All that Hdf5Reader checks is checked here when it is opened; open only files from people you trust. Reading
/// from several threads is safe, one at a time.
class Hdf5Rows {
 public:
  /// Opens the file and the dataset at an absolute path. Throws IoError, naming both, where they are missing, refused
  /// by Hdf5Reader's checks, text, or a scalar.
  Hdf5Rows(const std::filesystem::path& file, std::string dataset);
  ~Hdf5Rows();
  Hdf5Rows(const Hdf5Rows&) = delete;
  Hdf5Rows& operator=(const Hdf5Rows&) = delete;

  /// What rows are read as, with the conversions of `Hdf5Reader::read`; the shape of all of it.
  DType dtype() const noexcept;
  const Shape& shape() const noexcept;
  /// The rows with these numbers, in this order; a number may come more than once. Each row is read once, and rows that
  /// lie side by side together: sorted numbers are fastest. Throws IndexError for a number outside 0 ... N - 1, IoError
  /// where the file cannot be read.
  Array read(std::span<const std::int64_t> rows) const;

 private:
  struct Open;
  std::unique_ptr<Open> open_;
};

}  // namespace xgrad::data
