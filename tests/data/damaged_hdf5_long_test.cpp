#include <doctest/doctest.h>

#include "tests/data/damaged_hdf5.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

/// A million groups would take as many bytes of a file as of memory.
void many_groups(hid_t file, int n) {
  const hid_t list = H5Pcreate(H5P_GROUP_CREATE);
  H5Pset_local_heap_size_hint(list, 64);
  for (int i = 0; i < n; ++i) H5Gclose(H5Gcreate2(file, std::to_string(i).c_str(), H5P_DEFAULT, list, H5P_DEFAULT));
  H5Pclose(list);
}

}  // namespace

TEST_SUITE_BEGIN("data");

TEST_CASE("damaged hdf5: tens of thousands of damaged files give an error or a tree each") {
  const Folder folder;
  write_legacy(folder / "legacy.h5");
  write_newest(folder / "newest.h5");
  for (const char* name : {"legacy.h5", "newest.h5"}) {
    CAPTURE(name);
    const std::string whole = content(folder / name);
    Outcomes all;
    flip_bits(whole, 10'000, 2, all);
    overwrite(whole, 10'000, 3, all);
    cut(whole, 61, all);
    MESSAGE(name << ", " << whole.size() << " bytes: " << all.read << " read, " << all.refused << " refused ("
                 << all.crashed << " crash libhdf5, " << all.slow << " take too long); slowest " << all.worst << " s");
  }
}

TEST_CASE("damaged hdf5: a million groups are refused, a hundred thousand are read") {
  const Folder folder;
  make_hdf5(
      folder / "many.h5", [](hid_t f) { many_groups(f, 100'000); }, Layout::newest);
  CHECK(data::read_foreign_hdf5(folder / "many.h5").groups.size() == 100'000);
  make_hdf5(
      folder / "many.h5", [](hid_t f) { many_groups(f, 1'000'000); }, Layout::newest);
  CHECK(contains(error_of([&] { data::read_foreign_hdf5(folder / "many.h5"); }),
                 "holds more groups and datasets than allowed (ForeignLimits::objects)"));
}

TEST_SUITE_END();
