#pragma once
// Making HDF5 files with HDF5's own API, also such as xgrad's writer never makes.

#include <doctest/doctest.h>
#include <hdf5.h>

#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "tests/files.hpp"

namespace xgrad::test {

using Sizes = std::vector<hsize_t>;

/// Dataspace, type and property lists of a dataset to be made; ids are left to the end of the file.
struct Raw {
  Sizes shape{4};
  hid_t type = H5T_IEEE_F32LE;
  Sizes chunk{};
  std::function<void(hid_t)> properties{};  ///< of the list H5P_DATASET_CREATE
  const void* values = nullptr;             ///< of the same type
};

inline hid_t make_space(const Sizes& shape) {
  return H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
}
inline hid_t make_dataset(hid_t file, const char* path, const Raw& raw) {
  const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  if (!raw.chunk.empty()) REQUIRE(H5Pset_chunk(list, static_cast<int>(raw.chunk.size()), raw.chunk.data()) >= 0);
  if (raw.properties) raw.properties(list);
  const hid_t set = H5Dcreate2(file, path, raw.type, make_space(raw.shape), H5P_DEFAULT, list, H5P_DEFAULT);
  REQUIRE(set >= 0);
  if (raw.values) REQUIRE(H5Dwrite(set, raw.type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw.values) >= 0);
  return set;
}
inline hid_t make_group(hid_t file, const char* path) {
  const hid_t group = H5Gcreate2(file, path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  REQUIRE(group >= 0);
  return group;
}
inline hid_t make_attribute(hid_t object, const char* name, hid_t type, const Sizes& shape, const void* values) {
  const hid_t space = shape.empty() ? H5Screate(H5S_SCALAR) : make_space(shape);
  const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  REQUIRE(attribute >= 0);
  if (values) REQUIRE(H5Awrite(attribute, type, values) >= 0);
  return attribute;
}

enum class Layout { oldest, newest };

/// A new file, filled by `fill`; everything opened for it is closed.
inline void make_hdf5(const fs::path& path, const std::function<void(hid_t)>& fill, Layout layout = Layout::oldest,
                      hsize_t user_block = 0) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS), creation = H5Pcreate(H5P_FILE_CREATE);
  REQUIRE(H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0);
  if (layout == Layout::newest) REQUIRE(H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST) >= 0);
  if (user_block > 0) REQUIRE(H5Pset_userblock(creation, user_block) >= 0);
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access);
  REQUIRE(file >= 0);
  fill(file);
  REQUIRE(H5Fclose(file) >= 0);
  H5Pclose(access);
  H5Pclose(creation);
}

/// Replaces all `from` in a file by `to`, of the same length; there must be one.
inline void patch(const fs::path& path, const std::string& from, const std::string& to) {
  std::string bytes = content(path);
  std::size_t at = bytes.find(from);
  REQUIRE(at != bytes.npos);
  REQUIRE(from.size() == to.size());
  for (; at != bytes.npos; at = bytes.find(from, at + to.size())) bytes.replace(at, from.size(), to);
  put(path, bytes);
}

inline std::string little_endian(std::uint64_t value) {
  std::string out;
  for (int i = 0; i < 8; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

}  // namespace xgrad::test
