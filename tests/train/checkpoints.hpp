#pragma once
// Checkpoints for the tests of train/: a folder that goes away, a small model, its bytes, and files that are refused.

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "nn/dense.hpp"
#include "nn/module.hpp"
#include "train/checkpoint.hpp"

namespace xgrad::test {

namespace fs = std::filesystem;

/// A folder that goes with the test.
struct Folder {
  fs::path path = fs::absolute("train_test.files");
  Folder() {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  fs::path operator/(const char* name) const { return path / name; }
  std::size_t entries() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(path), {})); }
};

inline std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void put(const fs::path& file, const std::string& text) { std::ofstream(file, std::ios::binary) << text; }

/// The text of the error of kind E that f throws; "" when it throws none.
template <class E = IoError, class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return "";
}

inline bool contains(const std::string& text, const std::string& part) {
  const bool found = text.find(part) != std::string::npos;
  if (!found) MESSAGE("\"", text, "\" does not contain \"", part, "\"");
  return found;
}

struct Net : nn::Module {
  nn::Dense hidden{5, 7}, out{7, 3};
  void members(Members& m) override { m("hidden", hidden)("out", out); }
};

/// All bytes of a model, names and shapes included.
inline std::string bytes_of(nn::Module& model) {
  std::string out;
  for (const auto& [name, tensor] : model.state_dict()) {
    out += name + tensor.shape().str() + std::string(name_of(tensor.dtype()));
    out.append(static_cast<const char*>(tensor.array().raw()), tensor.array().nbytes());
  }
  return out;
}

/// That loading fails with a text that names the file and contains `reason`, and leaves the model's bytes as they are.
inline void refused(const fs::path& file, nn::Module& model, const std::string& reason) {
  const std::string before = bytes_of(model);
  const std::string text = error_of([&] { train::load(file, model); });
  CHECK(contains(text, reason));
  CHECK(contains(text, file.filename().string()));
  CHECK((bytes_of(model) == before));
}

}  // namespace xgrad::test
