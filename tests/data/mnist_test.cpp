#include "data/mnist.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "data/formats/idx.hpp"
#include "tensor/error.hpp"
#include "tests/data/files.hpp"

TEST_SUITE_BEGIN("data");

using namespace xgrad;
using namespace xgrad::test;
using data::write_idx;

namespace {

const std::string kTrainImages = "train-images-idx3-ubyte", kTrainLabels = "train-labels-idx1-ubyte";
const std::string kTestImages = "t10k-images-idx3-ubyte", kTestLabels = "t10k-labels-idx1-ubyte";

/// Every pixel of image i is first + i.
Array images(std::int64_t n, int first) {
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < n; ++i) pixels.insert(pixels.end(), 28 * 28, static_cast<std::uint8_t>(first + i));
  return Array::copy_of(pixels, Shape{n, 28, 28});
}
Array labels(const std::vector<std::uint8_t>& values) { return Array::copy_of(values); }

/// Three images to train on, two to test with.
void write_all(const Folder& folder, const std::string& ending = "") {
  write_idx(folder / (kTrainImages + ending), images(3, 10));
  write_idx(folder / (kTrainLabels + ending), labels({9, 0, 5}));
  write_idx(folder / (kTestImages + ending), images(2, 250));
  write_idx(folder / (kTestLabels + ending), labels({1, 2}));
}

void check(const data::ImageData& digits) {
  CHECK(digits.train.size() == 3);
  CHECK(digits.test.size() == 2);
  CHECK(digits.train.inputs().dtype() == uint8);
  CHECK(digits.train.inputs().shape() == Shape{3, 1, 28, 28});
  const auto [x, y] = digits.train.all();
  CHECK(x.dtype() == float32);
  CHECK(x.shape() == Shape{3, 1, 28, 28});
  CHECK(x.data<float>()[0] == 10 / 255.0f);
  CHECK(x.data<float>()[3 * 784 - 1] == 12 / 255.0f);
  CHECK(y.dtype() == int64);
  CHECK(y.shape() == Shape{3});
  CHECK(y.data<std::int64_t>()[0] == 9);
  CHECK(y.data<std::int64_t>()[2] == 5);
  const data::Batch test = digits.test.all();
  CHECK(test.x.data<float>()[784] == 251 / 255.0f);
  CHECK(test.y.data<std::int64_t>()[1] == 2);
}

/// The error of reading the folder; checks that it names the file.
std::string refusal(const Folder& folder, const std::string& name) {
  const std::string text = error_of<IoError>([&] { data::mnist(folder.path()); });
  CHECK_MESSAGE(contains(text, (folder / name).string() + ": "), text);
  return text;
}

}  // namespace

TEST_CASE("mnist: four files, plain, packed, mixed, or spelled with a dot") {
  const Folder folder;
  SUBCASE("plain") { write_all(folder); }
  SUBCASE("packed") { write_all(folder, ".gz"); }
  SUBCASE("mixed, with a dot") {
    write_all(folder, ".gz");
    const auto rename = [&](const std::string& from, const std::string& to) {
      std::filesystem::rename(folder / from, folder / to);
    };
    rename(kTrainImages + ".gz", "train-images.idx3-ubyte.gz");
    std::filesystem::remove(folder / (kTestLabels + ".gz"));
    write_idx(folder / "t10k-labels.idx1-ubyte", labels({1, 2}));
  }
  check(data::mnist(folder.path()));
}

TEST_CASE("mnist: a missing file is named, with the way to get it") {
  const Folder folder;
  CHECK(contains(error_of<IoError>([&] { data::mnist(folder / "nowhere"); }), "scripts/fetch-mnist"));
  for (const std::string& name : {kTrainImages, kTrainLabels, kTestImages, kTestLabels}) {
    write_all(folder);
    std::filesystem::remove(folder / name);
    const std::string text = refusal(folder, name);
    CHECK_MESSAGE(contains(text, "no such file, nor " + name + ".gz"), text);
    CHECK_MESSAGE(contains(text, "scripts/fetch-mnist downloads it"), text);
  }
}

TEST_CASE("mnist: what does not belong together is refused") {
  const Folder folder;
  write_all(folder);
  SUBCASE("fewer labels than images") {
    write_idx(folder / kTrainLabels, labels({9, 0}));
    CHECK(contains(refusal(folder, kTrainLabels),
                   "got 2 labels; expected 3, one for each image of train-images-idx3-ubyte"));
  }
  SUBCASE("a label above 9") {
    write_idx(folder / kTestLabels, labels({1, 10}));
    CHECK(contains(refusal(folder, kTestLabels), "not a digit: got 10 as label 1; expected 0 to 9"));
  }
  SUBCASE("images of another size") {
    write_idx(folder / kTestImages, Array::zeros({2, 28, 27}, uint8));
    CHECK(contains(refusal(folder, kTestImages), "got uint8 [2, 28, 27]; expected uint8 [N, 28, 28]"));
  }
  SUBCASE("images of another type") {
    write_idx(folder / kTestImages, Array::zeros({2, 28, 28}, float32));
    CHECK(contains(refusal(folder, kTestImages), "got float32 [2, 28, 28]"));
  }
  SUBCASE("labels in the place of images") {
    write_idx(folder / kTrainImages, labels({9, 0, 5}));
    CHECK(contains(refusal(folder, kTrainImages), "got uint8 [3]; expected uint8 [N, 28, 28]"));
  }
  SUBCASE("images in the place of labels") {
    write_idx(folder / kTrainLabels, images(3, 0));
    CHECK(contains(refusal(folder, kTrainLabels), "not labels: got uint8 [3, 28, 28]; expected uint8 [N]"));
  }
  SUBCASE("a damaged file") {
    const std::string whole = read_file(folder / kTrainImages);
    write_file(folder / kTrainImages, whole.substr(0, whole.size() - 1));
    CHECK(contains(refusal(folder, kTrainImages), "truncated: got 2351 bytes after the header; expected 2352"));
  }
}

TEST_SUITE_END();
