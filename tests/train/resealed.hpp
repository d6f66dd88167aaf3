#pragma once
// Checkpoints changed by somebody who makes the hash right again, for a short test and a long one.

#include <doctest/doctest.h>
#include <xxhash.h>

#include <cstring>
#include <random>
#include <string>

#include "nn/nn.hpp"
#include "tests/train/checkpoints.hpp"
#include "train/checkpoint.hpp"
#include "train/history.hpp"

namespace xgrad::test {

/// Makes the hash that of the bytes, as docs/checkpoint-format.md describes it.
inline std::string resealed(std::string bytes) {
  constexpr std::size_t kHashAt = 24, kHashBytes = 16;
  std::memset(bytes.data() + kHashAt, 0, kHashBytes);
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  std::memcpy(bytes.data() + kHashAt, canonical.digest, kHashBytes);
  return bytes;
}

inline nn::Sequential small_net() {
  return nn::Sequential(nn::Conv2D(1, 2, 3), nn::BatchNorm(2), nn::ReLU(), nn::Flatten(), nn::Dense(8, 3));
}

struct Outcomes {
  int loaded = 0, refused = 0, crashed = 0, slow = 0;
};

/// Whatever stands in the file, it is loaded, or an IoError that names it; then the model is unchanged.
inline void try_to_load(const fs::path& file, Outcomes& outcomes) {
  static nn::Sequential model = small_net();
  const std::string before = bytes_of(model);
  try {
    train::load(file, model);
    ++outcomes.loaded;
  } catch (const IoError& error) {
    const std::string text = error.what();
    ++outcomes.refused;
    outcomes.crashed += text.find("crashes the HDF5 library") != text.npos;
    outcomes.slow += text.find("takes longer to read") != text.npos;
    CHECK(contains(text, file.filename().string()));
    CHECK((bytes_of(model) == before));
  }
}

/// Flips a bit of the HDF5 part so many times, each time making the hash right.
inline Outcomes flip_and_reseal(const fs::path& file, int flips, std::uint64_t seed) {
  const std::string whole = content(file);
  CHECK(resealed(whole) == whole);  // this is the hash that xgrad makes
  std::mt19937_64 random(seed);
  Outcomes outcomes;
  for (int i = 0; i < flips; ++i) {
    const std::size_t at = 512 + random() % (whole.size() - 512);
    const int bit = static_cast<int>(random() % 8);
    CAPTURE(at);
    CAPTURE(bit);
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
    put(file, resealed(bytes));
    try_to_load(file, outcomes);
    if (i % 4 == 0) {  // the same of the other ways in
      try {
        train::load_model(file);
      } catch (const IoError&) {
      }
      try {
        train::load_history(file);
      } catch (const IoError&) {
      }
    }
  }
  return outcomes;
}

inline void write_resealable(const fs::path& file) {
  manual_seed(1);
  nn::Sequential net = small_net();
  train::History history;
  for (int epoch = 0; epoch < 3; ++epoch) history.record(epoch, {{"loss", 1. / (1 + epoch)}});
  history.seconds = {1, 1, 1};
  train::save(file, net, history);
}

}  // namespace xgrad::test
