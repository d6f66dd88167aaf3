#include "data/mnist.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "data/formats/idx.hpp"
#include "tensor/error.hpp"

namespace xgrad::data {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSide = 28;
constexpr int kClasses = 10;

[[noreturn]] void fail_io(const fs::path& file, std::string_view what) {
  fail<IoError>("data::mnist", fmt::format("{}: {}", file.string(), what));
}

/// The file "train-images-idx3-ubyte" in whichever of its spellings is there.
fs::path find(const fs::path& folder, const std::string& stem, const std::string& ending) {
  for (const char* separator : {"-", "."}) {
    for (const char* packed : {"", ".gz"}) {
      fs::path file = folder / fmt::format("{}{}{}{}", stem, separator, ending, packed);
      std::error_code ignored;
      if (fs::exists(file, ignored)) return file;
    }
  }
  const std::string name = stem + "-" + ending;
  fail_io(folder / name,
          fmt::format("no such file, nor {0}.gz, {1}.{2} or {1}.{2}.gz; scripts/fetch-mnist downloads it", name, stem,
                      ending));
}

void check_headers(const fs::path& images, const fs::path& labels) {
  const IdxInfo x = read_idx_info(images);
  if (x.dtype != uint8 || x.shape.rank() != 3 || x.shape[1] != kSide || x.shape[2] != kSide) {
    fail_io(images, fmt::format("not images of this kind: got {} {}; expected uint8 [N, 28, 28]", name_of(x.dtype),
                                x.shape.str()));
  }
  const IdxInfo y = read_idx_info(labels);
  if (y.dtype != uint8 || y.shape.rank() != 1) {
    fail_io(labels, fmt::format("not labels: got {} {}; expected uint8 [N]", name_of(y.dtype), y.shape.str()));
  }
  if (x.shape[0] != y.shape[0]) {
    fail_io(labels, fmt::format("got {} labels; expected {}, one for each image of {}", y.shape[0], x.shape[0],
                                images.filename().string()));
  }
}

TensorDataset read_part(const fs::path& folder, const std::string& part) {
  const fs::path images = find(folder, part + "-images", "idx3-ubyte");
  const fs::path labels = find(folder, part + "-labels", "idx1-ubyte");
  check_headers(images, labels);

  const Array y = read_idx(labels);
  const auto values = y.values<std::uint8_t>();
  const auto wrong = std::find_if(values.begin(), values.end(), [](std::uint8_t v) { return v >= kClasses; });
  if (wrong != values.end()) {
    fail_io(labels, fmt::format("not a digit: got {} as label {}; expected 0 to 9", *wrong, wrong - values.begin()));
  }
  const Array x = read_idx(images);
  return {x.reshape({x.size(0), 1, kSide, kSide}), y.to(int64), {.scale = 1.0 / 255}};
}

}  // namespace

ImageData mnist(const fs::path& folder) {
  // The test part first: it is the smaller one, should something be wrong.
  TensorDataset test = read_part(folder, "t10k");
  return {read_part(folder, "train"), std::move(test)};
}

}  // namespace xgrad::data
