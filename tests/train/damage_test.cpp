#include <doctest/doctest.h>

#include <random>
#include <string>

#include "autograd/create.hpp"
#include "data/formats/sealed.hpp"
#include "tests/train/checkpoints.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

/// A checkpoint with a training run's other groups beside the model.
void save_run(const fs::path& file, Net& net) {
  data::write_sealed(file, train::kCheckpointFormat, [&](data::Hdf5Writer& out) {
    out.attribute("/", "format", std::string("xgrad"));
    out.attribute("/", "format_version", std::int64_t{train::kCheckpointFormat});
    for (const auto& [name, tensor] : net.state_dict()) {
      out.write("/model/" + name, tensor.array());
      out.write("/optimizer/" + name + "/exp_avg", tensor.array());
    }
    out.write("/history/loss", Array::full({50}, 0.5, float64));
  });
}

/// Cuts the file down in steps of 512 bytes; it must be refused at each.
void check_cuts(const fs::path& file, nn::Module& model) {
  const auto size = fs::file_size(file);
  CHECK(size > 2048);
  for (auto cut = (size - 1) / 512 * 512;; cut -= 512) {
    CAPTURE(cut);
    fs::resize_file(file, cut);
    refused(file, model, "is truncated: got " + std::to_string(cut) + " bytes");
    if (cut == 0) break;
  }
}

/// Flips single bits, `in_seal` of them among the first 512 bytes; the file must be refused each time, and load again
/// when all is as it was.
void check_flips(const fs::path& file, nn::Module& saved, nn::Module& model, int flips, int in_seal) {
  const std::string whole = content(file);
  std::fstream bytes(file, std::ios::binary | std::ios::in | std::ios::out);
  const auto write = [&](std::size_t at, int byte) {
    bytes.seekp(static_cast<std::streamoff>(at));
    bytes.put(static_cast<char>(byte)).flush();
  };
  std::mt19937_64 random(1);
  for (int i = 0; i < flips; ++i) {
    const std::size_t at = random() % (i < in_seal ? 512 : whole.size());
    const int bit = static_cast<int>(random() % 8);
    CAPTURE(at);
    CAPTURE(bit);
    write(at, whole[at] ^ (1 << bit));
    refused(file, model, "");  // "is damaged", "is truncated", "is not an xgrad checkpoint", ...
    write(at, whole[at]);
  }
  train::load(file, model);
  CHECK((bytes_of(model) == bytes_of(saved)));
}

struct Wide : nn::Module {
  nn::Dense layer{600, 500};  // more than one block of the hash
  void members(Members& m) override { m("layer", layer); }
};

}  // namespace

TEST_SUITE_BEGIN("train");

TEST_CASE("checkpoint: a file cut at every 512 bytes is refused, and the model is unchanged") {
  const Folder folder;
  Net saved, model;
  train::save(folder / "net.h5", saved);
  check_cuts(folder / "net.h5", model);
  save_run(folder / "run.h5", saved);
  check_cuts(folder / "run.h5", model);
  Wide wide, other;
  train::save(folder / "wide.h5", wide);
  check_cuts(folder / "wide.h5", other);
}

TEST_CASE("checkpoint: a file with any bit flipped is refused, and the model is unchanged") {
  const Folder folder;
  Net saved, model;
  train::save(folder / "net.h5", saved);
  check_flips(folder / "net.h5", saved, model, 2000, 300);
  Net again;
  save_run(folder / "run.h5", saved);
  check_flips(folder / "run.h5", saved, again, 2000, 0);
}

TEST_CASE("checkpoint: a file with many bytes changed, or two blocks exchanged, is refused") {
  const Folder folder;
  Net saved, model;
  train::save(folder / "net.h5", saved);
  const std::string whole = content(folder / "net.h5");
  std::mt19937_64 random(2);
  for (int i = 0; i < 500; ++i) {
    std::string bytes = whole;
    const std::size_t length = 1 + random() % 600, first = random() % (whole.size() - length);
    if (i % 2 == 0) {
      for (std::size_t k = 0; k < length; ++k) bytes[first + k] = static_cast<char>(random());
    } else {
      const std::size_t other = random() % (whole.size() - length);
      bytes.replace(first, length, whole, other, length);
    }
    if (bytes == whole) continue;
    CAPTURE(i);
    put(folder / "net.h5", bytes);
    refused(folder / "net.h5", model, "");
  }
}

TEST_SUITE_END();
