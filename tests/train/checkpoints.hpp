#pragma once
// Checkpoints for the tests of train/: a folder that goes away, a small model, its bytes, and files that are refused.

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "nn/dense.hpp"
#include "nn/module.hpp"
#include "tests/files.hpp"
#include "train/checkpoint.hpp"

namespace xgrad::test {

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
