// Files of h5py, which Keras writes with: sound ones and hostile ones.

#include <doctest/doctest.h>

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "data/formats/foreign_hdf5.hpp"
#include "tests/files.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

/// A Python that has h5py; "" where there is none.
std::string python() {
  for (const char* name : {"/usr/bin/python3", "python3"})
    if (std::system((std::string(name) + " -c 'import h5py' >/dev/null 2>&1").c_str()) == 0) return name;
  return "";
}

}  // namespace

TEST_SUITE_BEGIN("data");

TEST_CASE("h5py: its sound files are read, and its hostile ones refused each for its reason") {
  const std::string interpreter = python();
  if (interpreter.empty()) {
    MESSAGE("skipped: needs python3-h5py");
    return;
  }
  const Folder folder;
  const std::string script = std::string(XGRAD_TESTS_DIR) + "/data/make_foreign.py";
  REQUIRE(std::system((interpreter + " '" + script + "' '" + folder.path.string() + "'").c_str()) == 0);
  std::istringstream index(content(folder / "index"));
  int sound = 0, hostile = 0;
  for (std::string line; std::getline(index, line);) {
    CAPTURE(line);
    const std::size_t tab = line.find('\t');
    const fs::path file = folder / (line.substr(0, tab) + ".h5").c_str();
    const std::string reason = line.substr(tab + 1);
    const std::string text = error_of([&] { data::read_foreign_hdf5(file); });
    if (reason.empty()) CHECK(text == "");
    else CHECK(contains(text, reason));
    ++(reason.empty() ? sound : hostile);
  }
  CHECK(sound == 4);
  CHECK(hostile == 48);

  using Texts = std::vector<std::string>;
  for (const std::string libver : {"earliest", "latest"}) {
    CAPTURE(libver);
    const auto legacy = data::read_foreign_hdf5(folder / (libver + "_keras_legacy.h5").c_str());
    const auto* layers = legacy.find_group("model_weights");
    CHECK(layers->attributes.at("layer_names") == data::Attribute(Texts{"dense", "dropout"}));
    const auto* dense = legacy.find_group("model_weights/dense");
    for (const std::string& name : std::get<Texts>(dense->attributes.at("weight_names")))
      CHECK(dense->find_dataset(name));
    CHECK(dense->find_dataset("sequential/dense/kernel")->array.shape() == Shape{3, 2});
    const auto newer = data::read_foreign_hdf5(folder / (libver + "_keras_bfloat16.h5").c_str());
    CHECK(same_bytes(newer.find_dataset("layers/dense/vars/0")->array, Array::copy_of(std::vector<float>{1, -2})));
    CHECK(same_bytes(newer.find_dataset("layers/dense/vars/1")->array, Array::copy_of(std::vector<float>{1.5, -2})));
  }
}

TEST_SUITE_END();
