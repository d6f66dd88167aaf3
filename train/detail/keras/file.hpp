#pragma once
/// A Keras file, read.

#include <filesystem>
#include <string>
#include <vector>

#include "data/formats/foreign_hdf5.hpp"

namespace xgrad::train::keras::detail {

/// A layer as a file has it.
struct StoredLayer {
  std::string name;
  std::vector<std::pair<std::string, const data::Hdf5Value*>> weights;
};

struct File {
  std::filesystem::path path;
  data::Hdf5Group tree;
  std::string config;   ///< the model's, as JSON; "" where there is none
  std::string version;  ///< of Keras, "2.15.0"; "" where the file does not say
  bool legacy = false;

  /// 2 or 3; 0 where it is not known.
  int major() const;
  /// What the HDF5 file holds of the model's weights, without the optimiser's: elements.
  std::int64_t elements() const;
  /// Of a legacy file: the layers that have weights, in order.
  std::vector<StoredLayer> layers() const;
};

/// Reads the file whole. `op` is for the errors.
File open_file(const std::string& op, const std::filesystem::path& path);

/// In Keras 3's files, the group of a model that holds its layers; null where there is none with weights.
const data::Hdf5Group* container_of(const data::Hdf5Group& model, std::string* name = nullptr);
/// Whether a layer of such a file has weights, or one of its layers.
bool has_weights(const data::Hdf5Group& layer);

/// "BatchNormalization" to "batch_normalization", as Keras names its groups.
std::string snake_case(std::string_view keras);

}  // namespace xgrad::train::keras::detail
