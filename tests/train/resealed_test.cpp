#include "tests/train/resealed.hpp"

#include "data/formats/sealed.hpp"

using namespace xgrad;
using namespace xgrad::test;

TEST_SUITE_BEGIN("train");

TEST_CASE("resealed: a flipped bit under a hash made right is loaded or an IoError, and never a crash") {
  const Folder folder;
  write_resealable(folder / "net.h5");
#ifndef XGRAD_NO_POOL
  const Outcomes outcomes = flip_and_reseal(folder / "net.h5", 400, 1);
#else
  const Outcomes outcomes = flip_and_reseal(folder / "net.h5", 100, 1);  // a fork takes longer with a sanitizer
#endif
  CHECK(outcomes.loaded > 10);   // flips among the weights
  CHECK(outcomes.refused > 10);  // and of what describes them
}

TEST_CASE("resealed: bytes behind the hash that are no HDF5, or cut short, are an IoError") {
  const Folder folder;
  write_resealable(folder / "net.h5");
  const std::string whole = content(folder / "net.h5");
  Outcomes outcomes;
  int tried = 0;
  for (std::size_t size = 512; size < whole.size(); size += 1024, ++tried) {
    std::string bytes = whole.substr(0, size);
    const std::uint64_t length = size - 512;
    for (std::size_t i = 0; i < 8; ++i) bytes[16 + i] = static_cast<char>(length >> (8 * i));
    put(folder / "net.h5", resealed(bytes));
    CHECK(data::check_seal(folder / "net.h5") == data::Seal::whole);
    try_to_load(folder / "net.h5", outcomes);
  }
  put(folder / "net.h5", resealed(whole.substr(0, 512) + std::string(whole.size() - 512, 'x')));
  try_to_load(folder / "net.h5", outcomes);
  CHECK(outcomes.refused == tried + 1);
}

TEST_CASE("resealed: a file is read as it was when its hash was checked, whatever stands at its path later") {
  const Folder folder;
  write_resealable(folder / "net.h5");
  const data::Hdf5Reader in = data::open_sealed(folder / "net.h5", 1, "an xgrad checkpoint");
  const Array before = in.read("/model/4.weight");
  fs::remove(folder / "net.h5");
  CHECK(same_bytes(in.read("/model/4.weight"), before));
  CHECK(in.names("/model").size() == 9);
  CHECK(in.is_group("/"));
  CHECK(in.is_group("/model"));
  CHECK_FALSE(in.is_group("/model/4.weight"));
  CHECK(in.exists("/model/4.weight"));
  CHECK_FALSE(in.exists("/model/5.weight"));
  CHECK_FALSE(in.exists("model"));
  CHECK(in.info("/model/1.num_batches_tracked").dtype == int64);
  CHECK(in.info("/model/4.weight").shape == Shape{3, 8});
  CHECK_FALSE(in.is_text("/model/4.weight"));
  CHECK(in.attribute("/", "format") == data::Attribute(std::string("xgrad")));
  CHECK(in.attributes("/").contains("description"));
  CHECK(contains(error_of([&] { in.read("/model"); }), "/model: is not a dataset"));
  CHECK(contains(error_of([&] { in.read("/gone"); }), "/gone: nothing by this name"));
  CHECK(contains(error_of([&] { in.names("/model/4.weight"); }), "is not a group"));
  CHECK(contains(error_of([&] { in.read_text("/model/4.weight"); }), "expected text"));
  CHECK(contains(error_of([&] { in.attribute("/model", "none"); }), "has no attribute \"none\""));
}

TEST_SUITE_END();
