#include "train/exchange.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "data/formats/npy.hpp"
#include "data/formats/safetensors.hpp"
#include "tests/throws.hpp"
#include "tests/train/checkpoints.hpp"

TEST_SUITE_BEGIN("train");

using namespace xgrad;
using namespace xgrad::test;

TEST_CASE("exchange: a model comes back from safetensors and .npz with the same bytes") {
  const Folder folder;
  Net saved, a, b;
  train::save_safetensors(folder / "net.safetensors", saved);
  train::save_npz(folder / "net.npz", saved);
  CHECK(bytes_of(a) != bytes_of(saved));
  train::load_safetensors(folder / "net.safetensors", a);
  train::load_npz(folder / "net.npz", b);
  CHECK((bytes_of(a) == bytes_of(saved)));
  CHECK((bytes_of(b) == bytes_of(saved)));
  CHECK((data::read_safetensors(folder / "net.safetensors").metadata ==
         std::map<std::string, std::string>{{"format", "pt"}}));
  CHECK(data::read_npz(folder / "net.npz")[0].name == "hidden.weight");
}

TEST_CASE("exchange: floating values convert to the model's dtype, in place") {
  const Folder folder;
  Net saved, model;
  saved.to(float64);
  train::save_npz(folder / "net.npz", saved);
  const Tensor bound = model.hidden.weight;
  train::load_npz(folder / "net.npz", model);
  CHECK(model.dtype() == float32);
  CHECK(same_bytes(bound.array(), saved.hidden.weight.array().to(float32)));
}

TEST_CASE("exchange: what does not fit is refused with every mismatch, and the model is unchanged") {
  const Folder folder;
  Net model;
  const std::string before = bytes_of(model);
  const std::vector<NamedTensor> other = {{"hidden.weight", Tensor(Array::zeros({5, 7}))},
                                          {"hidden.bias", Tensor(Array::zeros({7}, int64))},
                                          {"out.weight", model.out.weight},
                                          {"extra", Tensor(Array::zeros({2}, uint8))}};
  data::write_safetensors(folder / "net.safetensors", other);
  data::write_npz(folder / "net.npz", other);
  const std::string mismatches =
      "does not fit the model (4 mismatches), which is left unchanged:\n"
      "  different shape: hidden.weight: got [5, 7]; expected [7, 5]\n"
      "  different dtype: hidden.bias: got int64; expected float32\n"
      "  missing in the file: out.bias [3] float32\n"
      "  not in the model: extra [2] uint8";
  CHECK(throws<IoError>([&] { train::load_safetensors(folder / "net.safetensors", model); },
                        "train::load_safetensors: " + (folder / "net.safetensors").string() + ": " + mismatches));
  CHECK(throws<IoError>([&] { train::load_npz(folder / "net.npz", model); }, mismatches));
  CHECK(throws<IoError>([&] { train::load_npz(folder / "none.npz", model); }, "no such file"));
  CHECK((bytes_of(model) == before));
}

TEST_SUITE_END();
