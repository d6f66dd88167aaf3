// HDF5 files made to do harm, each with one trick: an IoError that names the file, little memory, no waiting.

#include "tests/data/hostile_hdf5.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "data/formats/foreign_hdf5.hpp"
#include "data/formats/hdf5.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr hsize_t kTera = hsize_t{10'000'000'000'000} / sizeof(float);  // floats in 10 TB

/// Most bytes that this process has held, since it was last asked to forget.
std::uint64_t peak_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * 1024;
  return 0;
}

/// Reads a file that must be refused: the text of the error. Time and memory must stay small.
std::string refusal(const fs::path& file) {
  std::ofstream("/proc/self/clear_refs") << 5;  // forget the peak
  const std::uint64_t before = peak_bytes();
  const auto start = std::chrono::steady_clock::now();
  const std::string text = error_of([&] { data::read_foreign_hdf5(file, {.seconds = 20, .objects = 3000}); });
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  CHECK(seconds < 15);
#ifndef XGRAD_NO_POOL  // sanitizers keep what is freed
  CHECK(peak_bytes() < before + 100 * kMiB);
#else
  static_cast<void>(before);
#endif
  CHECK(text.starts_with("data::read_foreign_hdf5: " + file.string() + ": "));
  return text;
}

struct Case {
  const char* name;
  std::function<void(hid_t file)> fill;
  const char* reason;
  Layout layout = Layout::oldest;
};

void check(const std::vector<Case>& cases) {
  const Folder folder;
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const fs::path file = folder / "hostile.h5";
    make_hdf5(
        file,
        [&](hid_t root) {
          make_dataset(root, "/good", {});
          c.fill(root);
        },
        c.layout);
    CHECK(contains(refusal(file), c.reason));
  }
}

std::function<void(hid_t)> dataset(const Raw& raw) {
  return [raw](hid_t file) { make_dataset(file, "/bad", raw); };
}

hid_t compound(hid_t member) {
  const hid_t type = H5Tcreate(H5T_COMPOUND, H5Tget_size(member));
  REQUIRE(H5Tinsert(type, "re", 0, member) >= 0);
  return type;
}
hid_t flags(int false_is, int true_is) {
  const hid_t type = H5Tenum_create(H5T_STD_I8LE);
  const std::int8_t no = static_cast<std::int8_t>(false_is), yes = static_cast<std::int8_t>(true_is);
  REQUIRE(H5Tenum_insert(type, "FALSE", &no) >= 0);
  REQUIRE(H5Tenum_insert(type, "TRUE", &yes) >= 0);
  return type;
}
hid_t sized(hid_t of, std::size_t size) {
  const hid_t type = H5Tcopy(of);
  REQUIRE(H5Tset_size(type, size) >= 0);
  return type;
}

void virtual_dataset(hid_t file, const char* source_file, bool unlimited) {
  const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t size = 4, limit = unlimited ? H5S_UNLIMITED : 4, start = 0, stride = 4;
  const hid_t space = H5Screate_simple(1, &size, &limit);
  if (unlimited) {
    const hsize_t count = H5S_UNLIMITED;
    REQUIRE(H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, &stride, &count, &size) >= 0);
  }
  const hid_t source = make_space({4});
  REQUIRE(H5Pset_virtual(list, space, source_file, "/good", source) >= 0);
  REQUIRE(H5Dcreate2(file, "/bad", H5T_IEEE_F32LE, space, H5P_DEFAULT, list, H5P_DEFAULT) >= 0);
}

std::size_t pass_through(unsigned, std::size_t, const unsigned*, std::size_t n, std::size_t*, void**) { return n; }

/// zlib's stream of `mib` MiB of zeros, quickly: the same block again and again (the checksum at its end is missing).
std::string bomb(int mib) {
  z_stream stream{};
  REQUIRE(deflateInit(&stream, 9) == Z_OK);
  std::string zeros(kMiB, '\0'), out(1 << 16, '\0');
  const auto pack = [&] {
    stream.next_in = reinterpret_cast<Bytef*>(zeros.data());
    stream.avail_in = static_cast<uInt>(zeros.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FULL_FLUSH) == Z_OK);
    return out.substr(0, out.size() - stream.avail_out);
  };
  std::string all = pack();
  const std::string block = pack();
  deflateEnd(&stream);
  for (int i = 1; i < mib; ++i) all += block;
  return all;
}

}  // namespace

TEST_SUITE_BEGIN("data");

TEST_CASE("hostile hdf5: nothing leads out of the file, nor in circles") {
  const H5L_class_t own_class = {H5L_LINK_CLASS_T_VERS,
                                 static_cast<H5L_type_t>(77),
                                 "own",
                                 nullptr,
                                 nullptr,
                                 nullptr,
                                 [](const char*, hid_t, const void*, std::size_t, hid_t, hid_t) -> hid_t { return -1; },
                                 nullptr,
                                 nullptr};
  REQUIRE(H5Lregister(&own_class) >= 0);
  check({
      {"soft link", [](hid_t f) { H5Lcreate_soft("/good", f, "bad", H5P_DEFAULT, H5P_DEFAULT); },
       "/bad: is a soft link"},
      {"dangling link", [](hid_t f) { H5Lcreate_soft("/none", f, "bad", H5P_DEFAULT, H5P_DEFAULT); }, "is a soft link"},
      {"soft link to itself", [](hid_t f) { H5Lcreate_soft("/bad", f, "bad", H5P_DEFAULT, H5P_DEFAULT); }, "is a soft"},
      {"external link", [](hid_t f) { H5Lcreate_external("o.h5", "/x", f, "bad", H5P_DEFAULT, H5P_DEFAULT); },
       "/bad: is an external link"},
      {"external link to this file",
       [](hid_t f) { H5Lcreate_external("hostile.h5", "/", f, "bad", H5P_DEFAULT, H5P_DEFAULT); }, "is an external"},
      {"link of an own class",
       [](hid_t f) { H5Lcreate_ud(f, "bad", static_cast<H5L_type_t>(77), "x", 1, H5P_DEFAULT, H5P_DEFAULT); }, "link"},
      {"virtual dataset", [](hid_t f) { virtual_dataset(f, "other.h5", false); }, "/bad: is a virtual dataset",
       Layout::newest},
      {"virtual dataset without end", [](hid_t f) { virtual_dataset(f, "other%b.h5", true); }, "is a virtual dataset",
       Layout::newest},
      {"virtual dataset of this file", [](hid_t f) { virtual_dataset(f, ".", false); }, "is a virtual dataset",
       Layout::newest},
      {"external storage", dataset({.properties = [](hid_t p) { H5Pset_external(p, "/etc/passwd", 0, 16); }}),
       "in other files"},
      {"group inside itself", [](hid_t f) { H5Lcreate_hard(f, "/", f, "bad", H5P_DEFAULT, H5P_DEFAULT); },
       "/bad: is a group that has another path too"},
      {"groups in a circle",
       [](hid_t f) {
         make_group(make_group(f, "a"), "b");
         H5Lcreate_hard(f, "/a", f, "/a/b/a", H5P_DEFAULT, H5P_DEFAULT);
       },
       "/a/b/a: is a group that has another path too"},
      {"group under two names",
       [](hid_t f) {
         make_group(f, "a");
         H5Lcreate_hard(f, "/a", f, "b", H5P_DEFAULT, H5P_DEFAULT);
       },
       "/b: is a group that has another path too", Layout::newest},
      {"doubling at each level",  // 2^60 paths in a few kilobytes
       [](hid_t f) {
         std::string path;
         for (int i = 0; i < 60; ++i) {
           make_group(f, (path + "/a").c_str());
           H5Lcreate_hard(f, (path + "/a").c_str(), f, (path + "/b").c_str(), H5P_DEFAULT, H5P_DEFAULT);
           path += "/a";
         }
       },
       "has another path too"},
      {"many groups in each other",
       [](hid_t f) {
         for (int i = 0; i < 3000; ++i) f = make_group(f, "g");
       },
       "groups lie deeper in each other than the 64 levels"},
      {"many links to one dataset",
       [](hid_t f) {
         for (int i = 0; i < 2000; ++i) {
           H5Lcreate_hard(f, "/good", f, ("l" + std::to_string(i)).c_str(), H5P_DEFAULT, H5P_DEFAULT);
           if (i == 0) make_group(f, "g");
           H5Lcreate_hard(f, "/good", f, ("g/" + std::to_string(i)).c_str(), H5P_DEFAULT, H5P_DEFAULT);
         }
       },
       "there are more groups and datasets than the 3000 allowed (ForeignLimits::objects)"},
  });
  H5Lunregister(static_cast<H5L_type_t>(77));
}

TEST_CASE("hostile hdf5: nothing is allocated that the file does not hold") {
  const float fill = 1;
  const auto filled = [&](hid_t p) { H5Pset_fill_value(p, H5T_NATIVE_FLOAT, &fill); };
#ifndef XGRAD_NO_POOL
  const std::string packed = bomb(2048);
#else
  const std::string packed = bomb(128);  // sanitizer builds do not limit memory
#endif
  check({
      {"10 TB in 4 KB", dataset({.shape = {kTera}}), "declares more than is stored"},
      {"10 TB in chunks", dataset({.shape = {kTera}, .chunk = {1000}}), "declares more than is stored"},
      {"10 TB of a fill value", dataset({.shape = {10, kTera / 10}, .chunk = {1, 1000}, .properties = filled}),
       "declares more than is stored"},
      {"10 TB of a fill value, packed",
       dataset({.shape = {kTera}, .chunk = {1000}, .properties = [](hid_t p) { H5Pset_deflate(p, 9); }}),
       "declares more than is stored"},
      {"sizes whose product wraps around", dataset({.shape = {1ULL << 32, 1ULL << 32, 2}, .chunk = {1, 1, 1}}),
       "over 2^64 bytes"},
      {"sizes whose product wraps around to 4", dataset({.shape = {0x4000000000000001ULL, 4}, .chunk = {1, 1}}),
       "is not plausible"},
      {"chunk of 1 GB",
       [](hid_t f) {
         const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
         const hsize_t size = 4, most = H5S_UNLIMITED, chunk = 1 << 28;
         H5Pset_chunk(list, 1, &chunk);
         REQUIRE(H5Dcreate2(f, "bad", H5T_IEEE_F32LE, H5Screate_simple(1, &size, &most), H5P_DEFAULT, list,
                            H5P_DEFAULT) >= 0);
       },
       "has chunks of 1073741824 bytes"},
      {"16 MB here, 16 MB there",  // each might pass
       [&](hid_t f) {
         for (int i = 0; i < 200; ++i)
           make_dataset(f, ("z" + std::to_string(i)).c_str(),
                        {.shape = {4'000'000}, .chunk = {1000}, .properties = filled});
       },
       "bytes of memory, as allowed for this file (ForeignLimits::bytes)"},
      {"unpacks to gigabytes",
       [&](hid_t f) {
         const hid_t set = make_dataset(
             f, "/bad", {.shape = {1000}, .chunk = {1000}, .properties = [](hid_t p) { H5Pset_deflate(p, 9); }});
         const hsize_t origin = 0;
         REQUIRE(H5Dwrite_chunk(set, H5P_DEFAULT, 0, &origin, packed.size(), packed.data()) >= 0);
       },
       "/bad: cannot be read"},
      {"rank 9", dataset({.shape = Sizes(9, 1)}), "too many axes: got 9"},
      {"rank 32", dataset({.shape = Sizes(32, 1)}), "too many axes: got 32"},
      {"rank 32 in chunks", dataset({.shape = Sizes(32, 1), .chunk = Sizes(32, 1)}), "too many axes: got 32"},
  });
}

TEST_CASE("hostile hdf5: types and filters that xgrad does not know are refused") {
  const std::uint64_t wide[4] = {1, 1ULL << 63, 0, 0};
  const std::int8_t odd[4] = {0, 1, 7, 0};
  const H5Z_class2_t own_filter = {H5Z_CLASS_T_VERS, 40000, 1, 1, "own", nullptr, nullptr, pass_through};
  REQUIRE(H5Zregister(&own_filter) >= 0);
  const auto typed = [](hid_t type) { return dataset({.type = type}); };
  const auto filtered = [](auto set) { return dataset({.chunk = {4}, .properties = [set](hid_t p) { set(p); }}); };
  check({
      {"compound", typed(compound(H5T_NATIVE_FLOAT)), "is of a compound type"},
      {"compound of a compound", typed(compound(compound(H5T_NATIVE_FLOAT))), "is of a compound type"},
      {"reference", typed(H5T_STD_REF_OBJ), "is of a reference type"},
      {"region", typed(H5T_STD_REF_DSETREG), "is of a reference type"},
      {"opaque", typed(H5Tcreate(H5T_OPAQUE, 7)), "is of an opaque type"},
      {"variable length", typed(H5Tvlen_create(H5T_NATIVE_INT)), "is of a variable-length type"},
      {"variable length of itself", typed(H5Tvlen_create(H5Tvlen_create(H5T_NATIVE_INT))), "is of a variable-length"},
      {"array",
       [&](hid_t f) {
         const hsize_t n = 3;
         make_dataset(f, "bad", {.type = H5Tarray_create2(H5T_NATIVE_INT, 1, &n)});
       },
       "is of an array type"},
      {"bits", typed(H5T_STD_B8LE), "is of a bit field"},
      {"time", typed(H5T_UNIX_D32LE), "is of a time type"},
      {"long double", typed(H5T_NATIVE_LDOUBLE), "is of a 16-byte floating-point type"},
      {"integer of 3 bytes", typed(sized(H5T_STD_I32LE, 3)), "is of a 3-byte integer type"},
      {"bools the wrong way round", typed(flags(1, 0)), "is of an enumeration"},
      {"bools of 1 and 2", typed(flags(1, 2)), "is of an enumeration"},
      {"bool of 7", dataset({.type = flags(0, 1), .values = odd}), "/bad: holds a bool that is neither 0 nor 1"},
      {"large number", dataset({.type = H5T_STD_U64LE, .values = wide}),
       "9223372036854775808, which does not fit int64"},
      {"named type",
       [](hid_t f) { H5Tcommit2(f, "bad", H5Tcopy(H5T_IEEE_F32LE), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT); },
       "/bad: is neither a group nor a dataset"},
      {"no value",
       [](hid_t f) {
         H5Dcreate2(f, "bad", H5T_IEEE_F32LE, H5Screate(H5S_NULL), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
       },
       "holds no value"},
      {"filter of one's own", filtered([](hid_t p) { H5Pset_filter(p, 40000, 0, 0, nullptr); }), "filter number 40000"},
      {"scale and offset", filtered([](hid_t p) { H5Pset_scaleoffset(p, H5Z_SO_FLOAT_DSCALE, 2); }), "filter number 6"},
      {"n bits", filtered([](hid_t p) { H5Pset_nbit(p); }), "filter number 5"},
  });
  H5Zunregister(40000);
}

TEST_CASE("hostile hdf5: names and texts") {
  const auto named = [](const char* name) { return [name](hid_t f) { make_group(f, name); }; };
  const auto attribute = [](const char* name) {
    return [name](hid_t f) { make_attribute(f, name, H5T_NATIVE_INT, {}, nullptr); };
  };
  const std::string long_name(5000, 'n'), long_text(17 * kMiB, 'x');
  const std::vector<const char*> many(70000, "x");
  check({
      {"escape character", named("bad\x1b[31m"), "has a member with a bad name: \"bad?[31m\""},
      {"line break", named("bad\nname"), "bad name"},
      {"not UTF-8", named("bad\xff"), "/: has a member with a bad name: \"bad?\""},
      {"overlong UTF-8", named("bad\xc0\xaf"), "bad name"},
      {"a surrogate", named("bad\xed\xa0\x80"), "bad name"},
      {"a control of Latin-1", named("bad\xc2\x9b"), "bad name: \"bad??\""},
      {"long name", named(long_name.c_str()), "bad name"},
      {"escape character in an attribute", attribute("bad\x1b"), "has an attribute with a bad name: \"bad?\""},
      {"attribute not UTF-8", attribute("bad\xfe"), "bad name"},
      {"long text", [&](hid_t f) { make_attribute(f, "t", sized(H5T_C_S1, long_text.size()), {}, long_text.data()); },
       "bytes of text, which is not plausible", Layout::newest},
      {"long text of variable length",
       [&](hid_t f) {
         const char* text = long_text.c_str();
         make_attribute(f, "t", sized(H5T_C_S1, H5T_VARIABLE), {}, &text);
       },
       "holds more than 16 MiB of text"},
      {"many texts",
       [&](hid_t f) {
         make_dataset(f, "bad", {.shape = {many.size()}, .type = sized(H5T_C_S1, H5T_VARIABLE), .values = many.data()});
       },
       "lists too many texts: got 70000"},
      {"large number in an attribute",
       [](hid_t f) {
         const std::uint64_t wide = UINT64_MAX;
         make_attribute(f, "n", H5T_STD_U64LE, {}, &wide);
       },
       "does not fit int64"},
  });
}

TEST_CASE("hostile hdf5: names that HDF5 itself would not write") {
  const Folder folder;
  const fs::path file = folder / "patched.h5";
  const auto patched = [&](const std::string& to, const std::string& from = "XXXX") {
    make_hdf5(file, [](hid_t f) {
      make_group(f, "XXXX");
      make_group(f, "YYYY");
    });
    patch(file, from, to);
    return refusal(file);
  };
  CHECK(contains(patched("X/XX"), "has a member with a bad name: \"X/XX\""));
  CHECK(contains(patched("/XXX"), "bad name"));
  CHECK(contains(patched(std::string("..\0X", 4)), "has a member with a bad name: \"..\""));
  CHECK(contains(patched(std::string(".\0XX", 4)), "bad name"));
  CHECK(contains(patched(std::string("\0XXX", 4)), "bad name"));
  CHECK(contains(patched("YYYY"), "has two members called \"YYYY\""));
  // a NUL ends a name in this layout: a shorter name, which is found, or not
  make_hdf5(file, [](hid_t f) { make_group(f, "XXXX"); });
  patch(file, "XXXX", std::string("X\0XX", 4));
  CHECK(data::read_foreign_hdf5(file).groups.contains("X"));
}

TEST_CASE("hostile hdf5: numbers changed in the file after it was made") {
  const Folder folder;
  const fs::path file = folder / "patched.h5";
  const float values[1239] = {};
  const auto stretched = [&](std::uint64_t from, const std::string& to, Layout layout = Layout::oldest) {
    make_hdf5(
        file,
        [&](hid_t f) {
          make_dataset(f, "bad", {.shape = {1237}, .values = values});
          make_attribute(f, "long", H5T_IEEE_F32LE, {1239}, values);
        },
        layout);
    patch(file, little_endian(from), to);
    return refusal(file);
  };
  CHECK(contains(stretched(1237, little_endian(1 << 20)), "declares more than is stored"));
  CHECK(contains(stretched(1237, little_endian(kTera)), "declares more than is stored"));
  CHECK(contains(stretched(1237, little_endian(UINT64_MAX)), "patched.h5"));
  CHECK(contains(stretched(1237 * sizeof(float), little_endian(8)), "declares more than is stored"));
  CHECK(contains(stretched(1237 * sizeof(float), little_endian(1ULL << 62)), "declares more than is stored"));
  // An attribute's size: libhdf5 1.10 takes it at its word; what it then reads or allocates is the child's affair.
  CHECK(stretched(1239, little_endian(1 << 20)) != "");
  CHECK(stretched(1239, little_endian(kTera)) != "");
  CHECK(stretched(1239, little_endian(UINT64_MAX / 4 + 2)) != "");
}

TEST_SUITE_END();
