#include "tests/data/damaged_hdf5.hpp"

#include <doctest/doctest.h>

using namespace xgrad;
using namespace xgrad::test;

TEST_SUITE_BEGIN("data");

TEST_CASE("damaged hdf5: other people's files with bits flipped or cut short give an error or a tree") {
  const Folder folder;
  write_legacy(folder / "legacy.h5");
  write_newest(folder / "newest.h5");
  for (const char* name : {"legacy.h5", "newest.h5"}) {
    CAPTURE(name);
    const std::string whole = content(folder / name);
    Outcomes flipped, shortened;
    CHECK(visit(data::read_foreign_hdf5(folder / name)) > 3);
#ifndef XGRAD_NO_POOL
    flip_bits(whole, 1000, 1, flipped);
#else
    flip_bits(whole, 250, 1, flipped);  // a fork takes longer with a sanitizer
#endif
    cut(whole, 512, shortened);
    CHECK(flipped.read > 25);     // flips among the weights themselves
    CHECK(flipped.refused > 25);  // and of what describes them
    CHECK(shortened.read == 0);
  }
}

TEST_SUITE_END();
