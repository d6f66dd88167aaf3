#pragma once
// Damage to HDF5 files as Keras writes them, for a short test and a long one.

#include <algorithm>
#include <chrono>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "data/formats/foreign_hdf5.hpp"
#include "data/formats/hdf5.hpp"
#include "tests/data/hostile_hdf5.hpp"

namespace xgrad::test {

inline Array ramp(const Shape& shape) {
  Array out = Array::empty(shape, float32);
  for (std::int64_t i = 0; i < out.numel(); ++i) out.mutable_data<float>()[i] = static_cast<float>(i) / 8;
  return out;
}

/// A model of three layers as Keras 2 saves it: the oldest layout, contiguous, names in attributes.
inline void write_legacy(const fs::path& file) {
  using Texts = std::vector<std::string>;
  data::Hdf5Writer out(file);
  out.group("/model_weights");
  out.attribute("/", "keras_version", std::string("2.15.0"));
  out.attribute("/", "model_config", "{\"class_name\": \"Sequential\", \"config\": \"" + std::string(600, 'c') + "\"}");
  out.attribute("/model_weights", "layer_names", Texts{"dense", "dropout", "dense_1"});
  for (const char* layer : {"dense", "dense_1"}) {
    const std::string group = std::string("/model_weights/") + layer, inner = group + "/" + layer;
    out.write(inner + "/kernel:0", ramp({8, 16}));
    out.write(inner + "/bias:0", ramp({16}));
    out.attribute(group, "weight_names", Texts{std::string(layer) + "/kernel:0", std::string(layer) + "/bias:0"});
  }
  out.group("/model_weights/dropout");
  out.attribute("/model_weights/dropout", "weight_names", std::vector<double>{});
  out.write("/optimizer_weights/Adam/iter:0", Array::full({}, 100, int64));
  out.close();
}

/// Weights as Keras 3 saves them, in the newest layout, some packed in chunks.
inline void write_newest(const fs::path& file) {
  const Array values = ramp({40, 30});
  make_hdf5(
      file,
      [&](hid_t f) {
        hid_t layers = make_group(f, "layers");
        for (const char* name : {"dense", "conv2d", "batch_normalization"}) {
          const hid_t vars = make_group(make_group(layers, name), "vars");
          const hid_t text = H5Tcopy(H5T_C_S1);
          H5Tset_size(text, H5T_VARIABLE);
          make_attribute(vars, "name", text, {}, &name);
          make_dataset(vars, "0",
                       {.shape = {40, 30},
                        .chunk = {16, 16},
                        .properties =
                            [](hid_t p) {
                              H5Pset_shuffle(p);
                              H5Pset_deflate(p, 6);
                              H5Pset_fletcher32(p);
                            },
                        .values = values.raw()});
          make_dataset(vars, "1", {.shape = {30}, .type = H5T_IEEE_F32LE, .values = values.raw()});
          const std::int32_t step = 3;
          make_dataset(vars, "2", {.shape = {1}, .type = H5T_STD_I32BE, .chunk = {1}, .values = &step});
        }
      },
      Layout::newest);
}

/// What became of damaged files.
struct Outcomes {
  int read = 0, refused = 0, crashed = 0, slow = 0;
  double worst = 0;  ///< seconds of one file
};

/// Touches every byte of a tree, so that a sanitizer sees what is not there; the number of datasets.
inline std::size_t visit(const data::Hdf5Group& group) {
  std::size_t n = group.datasets.size(), bytes = 0;
  for (const auto& [name, value] : group.datasets) {
    CHECK(value.is_text() == !value.array.defined());
    if (value.is_text()) continue;
    const auto* raw = static_cast<const unsigned char*>(value.array.raw());
    for (std::size_t i = 0; i < value.array.nbytes(); ++i) bytes += raw[i];
  }
  CHECK(bytes < UINT64_MAX);
  for (const auto& [name, child] : group.groups) n += visit(child);
  return n;
}

/// Reads bytes that may be anything: a tree, or an IoError with the name. (Some flips send libhdf5 round in circles.)
inline void try_to_read(const std::string& bytes, Outcomes& outcomes) {
  const auto start = std::chrono::steady_clock::now();
  try {
    visit(
        data::read_foreign_hdf5(std::as_bytes(std::span(bytes.data(), bytes.size())), "damaged.h5", {.seconds = 0.5}));
    ++outcomes.read;
  } catch (const IoError& error) {
    const std::string text = error.what();
    ++outcomes.refused;
    outcomes.crashed += text.find("crashes the HDF5 library") != text.npos;
    outcomes.slow += text.find("takes longer to read") != text.npos || text.find("was killed") != text.npos;
    CHECK(contains(text, "data::read_foreign_hdf5: damaged.h5: "));
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  outcomes.worst = std::max(outcomes.worst, seconds.count());
}

inline void flip_bits(const std::string& whole, int flips, std::uint64_t seed, Outcomes& outcomes) {
  std::mt19937_64 random(seed);
  std::string bytes = whole;
  for (int i = 0; i < flips; ++i) {
    const std::size_t at = random() % whole.size();
    const int bit = static_cast<int>(random() % 8);
    CAPTURE(at);
    CAPTURE(bit);
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
    try_to_read(bytes, outcomes);
    bytes[at] = whole[at];
  }
}

/// Overwrites runs of up to 64 bytes with noise, zeros, ones or another part of the file.
inline void overwrite(const std::string& whole, int times, std::uint64_t seed, Outcomes& outcomes) {
  std::mt19937_64 random(seed);
  for (int i = 0; i < times; ++i) {
    CAPTURE(i);
    std::string bytes = whole;
    const std::size_t n = 1 + random() % 64, at = random() % (whole.size() - n), from = random() % (whole.size() - n);
    const auto how = random() % 4;
    for (std::size_t k = at; k < at + n; ++k)
      bytes[k] = how == 0 ? static_cast<char>(random()) : how == 1 ? '\0' : how == 2 ? '\xff' : whole[from + k - at];
    try_to_read(bytes, outcomes);
  }
}

inline void cut(const std::string& whole, std::size_t step, Outcomes& outcomes) {
  for (std::size_t size = 0; size < whole.size(); size += step) {
    CAPTURE(size);
    const int before = outcomes.refused;
    try_to_read(whole.substr(0, size), outcomes);
    CHECK(outcomes.refused == before + 1);
  }
}

}  // namespace xgrad::test
