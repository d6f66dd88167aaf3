#include "data/hdf5_dataset.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "autograd/autograd.hpp"
#include "data/formats/hdf5.hpp"
#include "data/formats/hdf5_rows.hpp"
#include "data/loader.hpp"
#include "tests/data/files.hpp"
#include "tests/throws.hpp"

TEST_SUITE_BEGIN("data");

using namespace xgrad;
using namespace xgrad::test;
using data::Hdf5Dataset;

namespace {

constexpr std::int64_t kRows = 103;

Array rows(DType dtype, const Shape& row) {
  Shape shape = row.with(0, kRows);
  return randint(0, dtype == bool_ ? 2 : 200, shape).array().to(dtype);
}

/// Contiguous datasets of every dtype.
void write_rows(const std::filesystem::path& file) {
  data::Hdf5Writer out(file);
  out.write("/train/x", rows(float32, {3, 4}));
  out.write("/train/pixels", rows(uint8, {1, 5, 5}));
  out.write("/train/y", rows(int64, {}));
  out.write("/train/mask", rows(bool_, {2}));
  out.write("/train/wide", rows(float64, {2, 2, 2}));
  out.write("/short", Array::zeros({kRows - 1}));
  out.write("/scalar", Array::zeros({}));
  out.write("/none", Array::zeros({0, 3}));
  out.write("/thin", Array::zeros({kRows, 0}));
  out.close();
}

std::vector<std::int64_t> backwards(std::int64_t n) {
  std::vector<std::int64_t> out;
  while (n-- > 0) out.push_back(n);
  return out;
}
Array read_backwards(const std::string& file, const std::string& path) {
  const data::Hdf5Rows rows(file, path);
  return rows.read(backwards(rows.shape()[0]));
}

std::vector<std::int64_t> some(std::mt19937& random, std::size_t n) {
  std::vector<std::int64_t> out(n);
  for (auto& i : out) i = static_cast<std::int64_t>(random() % kRows);
  return out;
}

}  // namespace

TEST_CASE("HDF5 data set: any rows in any order are those of the whole dataset") {
  const Folder folder;
  write_rows(folder / "d.h5");
  const data::Hdf5Reader whole(folder / "d.h5");
  std::mt19937 random(1);
  for (const char* path : {"/train/x", "/train/pixels", "/train/y", "/train/mask", "/train/wide", "/thin"}) {
    CAPTURE(path);
    const Array all = whole.read(path);
    const data::TensorDataset expected(all, all);
    const data::Hdf5Rows on_disk(folder / "d.h5", path);
    CHECK(on_disk.shape() == all.shape());
    CHECK(on_disk.dtype() == all.dtype());
    std::vector<std::vector<std::int64_t>> orders = {
        {}, {0}, {102}, {5, 4, 3}, {7, 8, 9, 10}, {1, 1, 1}, {9, 10, 9, 10, 11}};
    for (int i = 0; i < 20; ++i) orders.push_back(some(random, 1 + random() % 150));
    for (const auto& order : orders) CHECK(same_bytes(on_disk.read(order), expected.batch(order).y.array()));
  }
  CHECK(data::Hdf5Rows(folder / "d.h5", "/none").read({}).shape() == Shape{0, 3});
}

TEST_CASE("HDF5 data set: batches are those of the same data in memory, whatever the loader does") {
  const Folder folder;
  write_rows(folder / "d.h5");
  const data::Hdf5Reader whole(folder / "d.h5");
  const data::TensorDataset memory(whole.read("/train/pixels"), whole.read("/train/y"), {.scale = 1.0 / 255});
  const Hdf5Dataset disk(folder / "d.h5", "/train/pixels", "/train/y", {.scale = 1.0 / 255});
  CHECK(disk.size() == kRows);
  CHECK(disk.input_shape() == Shape{kRows, 1, 5, 5});
  CHECK(disk.target_shape() == Shape{kRows});
  for (const std::int64_t prefetch : {0, 3}) {
    const data::LoaderOptions options{.batch_size = 10, .shuffle = true, .seed = 4, .prefetch = prefetch};
    data::DataLoader a(memory, options), b(disk, options);
    for (int epoch = 0; epoch < 2; ++epoch) {
      auto i = a.begin(), j = b.begin();  // two epochs at the same time
      int batches = 0;
      for (; i != a.end(); ++i, ++j, ++batches) {
        REQUIRE(j != b.end());
        CHECK(same_bytes(i->x.array(), j->x.array()));
        CHECK(same_bytes(i->y.array(), j->y.array()));
      }
      CHECK(batches == 11);
    }
  }
}

TEST_CASE("HDF5 data set: what cannot be examples is refused with file, path and reason") {
  const Folder folder;
  write_rows(folder / "d.h5");
  const auto made = [&](const char* x, const char* y) { return [&, x, y] { Hdf5Dataset(folder / "d.h5", x, y); }; };
  CHECK(throws<ShapeError>(made("/train/x", "/short"), "got /train/x [103, 3, 4], /short [102]"));
  CHECK(throws<IoError>(made("/train/x", "/nothing"), "d.h5: /nothing"));
  CHECK(throws<IoError>(made("/train", "/train/y"), "d.h5: /train: is not a dataset"));
  CHECK(throws<IoError>(made("/scalar", "/train/y"), "is a scalar; expected rows"));
  CHECK(throws<IoError>([&] { Hdf5Dataset(folder / "none.h5", "/x", "/y"); }, "none.h5: no such file"));
  write_file(folder / "text.h5", "no HDF5 at all");
  CHECK(throws<IoError>([&] { Hdf5Dataset(folder / "text.h5", "/x", "/y"); }, "is not an HDF5 file"));
  const Hdf5Dataset set(folder / "d.h5", "/train/x", "/train/y");
  CHECK(throws<IndexError>(
      [&] {
        set.batch(std::vector<std::int64_t>{0, 103});
      },
      "no such row: got 103; expected 0 to 102"));
  CHECK(throws<IndexError>([&] { set.batch(std::vector<std::int64_t>{-1}); }, "got -1"));
}

TEST_CASE("HDF5 data set: the guards of the reader hold here too") {
  const std::string hostile = std::string(XGRAD_TESTS_DIR) + "/data/fixtures/hostile.hdf5";
  const std::string foreign = std::string(XGRAD_TESTS_DIR) + "/data/fixtures/foreign.hdf5";
  int refused = 0, read = 0;
  for (const std::string& file : {hostile, foreign}) {
    const data::Hdf5Reader reader(file);
    for (const std::string& name : reader.names("/")) {
      CAPTURE(name);
      const std::string path = "/" + name;
      Array all;
      try {
        all = reader.read(path);
      } catch (const IoError&) {
        ++refused;
        CHECK_THROWS_AS(read_backwards(file, path), IoError);
        continue;
      }
      if (all.dim() == 0 || all.size(0) == 0) continue;
      ++read;  // chunked, packed, big-endian ...
      const data::TensorDataset expected(all, all);
      CHECK(same_bytes(read_backwards(file, path), expected.batch(backwards(all.size(0))).y.array()));
    }
  }
  CHECK(refused > 3);
  CHECK(read > 3);
}

TEST_SUITE_END();
