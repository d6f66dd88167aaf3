#pragma once
/// Hdf5Dataset: examples that stay on disk.

#include <filesystem>
#include <memory>
#include <string>

#include "data/dataset.hpp"

namespace xgrad::data {

class Hdf5Rows;

/// Inputs x (N, ...) and targets y (N, ...) in an HDF5 file, read batch by batch: memory holds the batches under way
/// and no more, whatever the size of the file. Datasets may be contiguous or chunked and packed (deflate, shuffle); a
/// shuffled epoch over packed ones unpacks a chunk for nearly every example, so let chunks be one or few examples.
///
///     data::Hdf5Dataset train("digits.h5", "/train/images", "/train/labels", {.scale = 1.0 / 255});
///     for (const auto& [x, y] : data::DataLoader(train, {.shuffle = true})) ...
///
/// Numbers arrive as `Hdf5Reader::read` has them; uint8 inputs become float32 times `scale` as in a TensorDataset. A
/// copy shares the open file. Batches may be read on any thread, one at a time in the whole process (HDF5 has one
/// lock), so that a loader's prefetch works behind the training step. The file must not be changed meanwhile. An xgrad
/// checkpoint is an HDF5 file too; its seal is not checked here.
class Hdf5Dataset : public Dataset {
 public:
  /// Throws IoError where the file or a dataset is missing, refused by the checks of Hdf5Reader or not rows of numbers,
  /// ShapeError unless both have as many rows.
  Hdf5Dataset(const std::filesystem::path& file, const std::string& x, const std::string& y,
              TensorDatasetOptions options = {});

  std::int64_t size() const override;
  /// Throws IndexError for a number out of range, IoError where the file cannot be read.
  Batch batch(std::span<const std::int64_t> indices) const override;

  /// Of all inputs and of all targets, (N, ...).
  const Shape& input_shape() const;
  const Shape& target_shape() const;

 private:
  std::shared_ptr<const Hdf5Rows> x_, y_;
  TensorDatasetOptions options_;
};

}  // namespace xgrad::data
