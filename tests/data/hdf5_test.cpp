#include "data/formats/hdf5.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "tensor/error.hpp"
#include "tests/files.hpp"

using namespace xgrad;
using namespace xgrad::test;
using data::Attribute;
using data::Hdf5Reader;
using data::Hdf5Writer;

namespace {

const fs::path kFixtures = fs::path(XGRAD_TESTS_DIR) / "data" / "fixtures";
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min(), kMax = std::numeric_limits<std::int64_t>::max();

void same(const Array& got, const Array& expected) {
  CHECK_MESSAGE(same_bytes(got, expected), "got ", got.str(), ", expected ", expected.str());
}

}  // namespace

TEST_SUITE_BEGIN("data");

TEST_CASE("hdf5: files of other programs: every number type arrives as documented") {
  const Hdf5Reader in(kFixtures / "foreign.hdf5");
  const float inf = std::numeric_limits<float>::infinity();
  same(in.read("/f32"), Array::copy_of(std::vector<float>{1.5f, -2.0f, inf, 0.0f, 3.25f, -0.0f}, Shape{2, 3}));
  same(in.read("/f32_big"), Array::copy_of(std::vector<float>{1.5f, -2.0f}));
  same(in.read("/f64_big"), Array::copy_of(std::vector<double>{1e300, -0.1}));
  same(in.read("/i8"), Array::copy_of(std::vector<std::int64_t>{-128, 127}));
  same(in.read("/i16_big"), Array::copy_of(std::vector<std::int64_t>{-32768, 32767}));
  same(in.read("/u16"), Array::copy_of(std::vector<std::int64_t>{0, 65535}));
  same(in.read("/i32"), Array::copy_of(std::vector<std::int64_t>{-2147483648LL, 2147483647LL}));
  same(in.read("/u32_big"), Array::copy_of(std::vector<std::int64_t>{0, 4294967295LL}));
  same(in.read("/i64"), Array::copy_of(std::vector<std::int64_t>{kMin, kMax}));
  same(in.read("/u64"), Array::copy_of(std::vector<std::int64_t>{0, kMax}));
  same(in.read("/u8"), Array::copy_of(std::vector<std::uint8_t>{0, 200, 255}));
  const bool flags[] = {true, false, false, true};
  same(in.read("/bool"), Array::copy_of(flags, Shape{2, 2}));
  same(in.read("/a/b/c"), Array::full({}, std::int64_t{7}, int64));
}

TEST_CASE("hdf5: scalars, empty axes, packed chunks and values never written") {
  const Hdf5Reader in(kFixtures / "foreign.hdf5");
  CHECK(in.info("/scalar").shape == Shape{});
  CHECK(in.read("/scalar").item<double>() == 0.25);
  CHECK(in.info("/empty").shape == Shape{0, 3});
  CHECK(in.info("/empty").dtype == float32);
  CHECK(in.read("/empty").numel() == 0);
  const Array packed = in.read("/packed");
  CHECK(packed.shape() == Shape{30, 100});
  bool all = true;
  for (std::int64_t i = 0; i < packed.numel(); ++i) all = all && packed.data<double>()[i] == static_cast<double>(i);
  CHECK(all);
  same(in.read("/never_written"), Array::full({4}, 2.5, float32));
  same(in.read("/sparse"), Array::zeros({5, 2}, int64));
}

TEST_CASE("hdf5: text datasets are read as text and refused as numbers") {
  const Hdf5Reader in(kFixtures / "foreign.hdf5");
  CHECK(in.is_text("/text"));
  CHECK_FALSE(in.is_text("/f32"));
  CHECK(in.read_text("/fixed_text") == std::vector<std::string>{"one", "three"});
  CHECK(in.read_text("/text") == std::vector<std::string>{"eins", "zw\xc3\xb6lf"});
  CHECK(contains(error_of([&] { in.read("/text"); }), "foreign.hdf5: /text: is of text; expected numbers or bools"));
  CHECK(contains(error_of([&] { in.read_text("/f32"); }), "/f32: is of a 4-byte floating-point type; expected text"));
}

TEST_CASE("hdf5: attributes of other programs") {
  const Hdf5Reader in(kFixtures / "foreign.hdf5");
  using Ints = std::vector<std::int64_t>;
  using Reals = std::vector<double>;
  using Texts = std::vector<std::string>;
  const std::vector<std::pair<const char*, Attribute>> expected = {
      {"int", std::int64_t{42}},
      {"int32_big", std::int64_t{-5}},
      {"float", 0.5},
      {"float32", 0.25},
      {"bool", std::int64_t{1}},
      {"text", std::string("gr\xc3\xb6\xc3\x9f"
                           "e")},
      {"bytes", std::string("ascii")},
      {"fixed", std::string("padded")},
      {"no_text", std::string()},
      {"ints", Ints{1, 2, 3}},
      {"one_int", Ints{9}},
      {"floats", Reals{0.5, 1.5}},
      {"texts", Texts{"kernel:0", "bias:0"}},
      {"fixed_texts", Texts{"ab", "abcd"}},
      {"empty_list", Reals{}},
      {"nothing", Reals{}},
  };
  const auto all = in.attributes("/");
  for (const auto& row : expected) {
    const auto& name = row.first;
    const auto& value = row.second;
    CAPTURE(name);
    CHECK(in.has_attribute("/", name));
    CHECK(in.attribute("/", name) == value);
    CHECK(all.at(name) == value);
  }
  CHECK(all.size() == expected.size());  // the matrix and the reference are passed over
  CHECK_FALSE(in.has_attribute("/", "absent"));
  CHECK(contains(error_of([&] { in.attribute("/", "absent"); }), "has no attribute \"absent\""));
  CHECK(contains(error_of([&] { in.attribute("/", "matrix"); }), "has 2 axes; expected at most 1"));
  CHECK(contains(error_of([&] { in.attribute("/", "reference"); }), "is of a reference type"));
}

TEST_CASE("hdf5: objects are found by plain absolute paths") {
  const Hdf5Reader in(kFixtures / "foreign.hdf5");
  CHECK(in.file() == kFixtures / "foreign.hdf5");
  CHECK(in.is_group("/"));
  CHECK(in.is_group("/a/b"));
  CHECK_FALSE(in.is_group("/a/b/c"));
  CHECK(in.exists("/a/b/c"));
  CHECK(in.names("/a") == std::vector<std::string>{"b"});
  for (const char* path : {"", "a", "/a/", "//a", "/a//b", "/./a", "/a/../a", "/absent", "/a/b/c/d", "/absent/x"}) {
    CAPTURE(path);
    CHECK_FALSE(in.exists(path));
    CHECK(error_of([&] { in.read(path); }) != "");
  }
  CHECK(contains(error_of([&] { in.names("/f32"); }), "/f32: is not a group"));
  CHECK(contains(error_of([&] { in.read("/a"); }), "/a: is not a dataset"));
  CHECK(contains(error_of([&] { in.read("/" + std::string(5000, 'x')); }), "too long"));
}

TEST_CASE("hdf5: hostile files get an error, nothing is followed and nothing large is allocated") {
  const Hdf5Reader in(kFixtures / "hostile.hdf5");
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"/soft", "is a soft link"},
      {"/soft_group/data", "/soft_group: is a soft link"},
      {"/dangling", "is a soft link"},
      {"/external", "is an external link"},
      {"/external_group/f32", "/external_group: is an external link"},
      {"/outside", "keeps its values in other files"},
      {"/virtual", "is a virtual dataset"},
      {"/huge", "declares more than is stored"},
      {"/huge_chunked", "declares more than is stored"},
      {"/huge_product", "over 2^64 bytes"},
      {"/huge_chunk", "has chunks of 1073741824 bytes"},
      {"/stretched", "10000000000000"},
      {"/stretched_both", "10000000000000"},
      {"/long_double", "is of a 16-byte floating-point type"},
      {"/complex", "is of a compound type"},
      {"/opaque", "is of an opaque type"},
      {"/null", "holds no value"},
      {"/rank9", "has too many axes: got 9"},
      {"/u64", "holds 9223372036854775808, which does not fit int64"},
      {"/lzf", "is packed by filter number 32000"},
      {"/bad_bool", "holds a bool that is neither 0 nor 1"},
      {"/colours", "is of an enumeration"},
      {"/type", "is not a dataset"},
  };
  for (const auto& row : cases) {
    const auto& path = row.first;
    const auto& reason = row.second;
    CAPTURE(path);
    const std::string text = error_of([&] { in.read(path); });
    CHECK(contains(text, reason));
    CHECK(contains(text, "hostile.hdf5"));
  }
  CHECK_FALSE(in.exists("/soft"));
  CHECK_FALSE(in.exists("/external"));
  CHECK(in.read("/group/loop/loop/data").numel() == 4);  // a cycle of hard links is just a path
  CHECK(contains(error_of([&] { in.attribute("/", "u64"); }), "does not fit int64"));
  CHECK(contains(error_of([&] { in.attribute("/", "complex"); }), "is of a compound type"));
}

TEST_CASE("hdf5: missing, wrong and cut files") {
  const Folder folder;
  CHECK(contains(error_of([&] { Hdf5Reader(folder / "absent.h5"); }), "absent.h5: no such file"));
  CHECK(contains(error_of([&] { Hdf5Reader(folder.path); }), "is a folder"));
  CHECK(contains(error_of([&] { Hdf5Reader("/dev/null"); }), "is not a regular file"));
  std::ofstream(folder / "empty.h5").close();
  CHECK(contains(error_of([&] { Hdf5Reader(folder / "empty.h5"); }), "is not an HDF5 file"));
  std::ofstream(folder / "text.h5") << std::string(5000, 'x');
  CHECK(contains(error_of([&] { Hdf5Reader(folder / "text.h5"); }), "is not an HDF5 file"));
  fs::copy_file(kFixtures / "foreign.hdf5", folder / "cut.h5");
  fs::resize_file(folder / "cut.h5", 4000);
  CHECK(contains(error_of([&] { Hdf5Reader(folder / "cut.h5"); }), "truncated file"));  // HDF5's own words
}

TEST_CASE("hdf5: what is written is read back, byte for byte, in every dtype and shape") {
  const Folder folder;
  const bool flags[] = {true, false, true};
  const std::vector<std::pair<std::string, Array>> values = {
      {"f32", Array::copy_of(std::vector<float>{1, -0.0f, std::nanf(""), 1e-45f, 3e38f, 0.1f}, Shape{2, 3})},
      {"f64", Array::copy_of(std::vector<double>{1, -0.0, std::nan(""), 5e-324, 1e308})},
      {"i64", Array::copy_of(std::vector<std::int64_t>{kMin, -1, kMax})},
      {"u8", Array::copy_of(std::vector<std::uint8_t>{0, 128, 255})},
      {"bool", Array::copy_of(flags, Shape{3})},
      {"scalar", Array::full({}, 0.5, float32)},
      {"scalar_bool", Array::full({}, true, bool_)},
      {"no_rows", Array::zeros({0}, int64)},
      {"no_columns", Array::zeros({3, 0, 2}, float64)},
      {"eight_axes", Array::full({1, 2, 1, 2, 1, 2, 1, 2}, 7, uint8)},
  };
  {
    Hdf5Writer out(folder / "values.h5");
    for (const auto& [name, value] : values) out.write("/deep/er/" + name, value);
    out.group("/deep/none");
    out.close();
    out.close();  // closing twice is fine
  }
  const Hdf5Reader in(folder / "values.h5");
  for (const auto& row : values) {
    const auto& name = row.first;
    const auto& value = row.second;
    CAPTURE(name);
    CHECK(in.info("/deep/er/" + name).dtype == value.dtype());
    CHECK(in.info("/deep/er/" + name).shape == value.shape());
    same(in.read("/deep/er/" + name), value);
  }
  CHECK(in.names("/deep/er").size() == values.size());
  CHECK(in.is_group("/deep/none"));
}

TEST_CASE("hdf5: attributes are read back, long ones too") {
  const Folder folder;
  std::vector<std::int64_t> many(100000);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<std::int64_t>(i * i);
  const std::vector<std::pair<std::string, Attribute>> values = {
      {"int", std::int64_t{-3}},
      {"real", 0.1},
      {"text", std::string("gr\xc3\xb6\xc3\x9f"
                           "e \"x\"\n")},
      {"no text", std::string()},
      {"long text", std::string(200000, 'x')},  // beyond the 64 KiB of an object header
      {"ints", many},
      {"no ints", std::vector<std::int64_t>{}},
      {"reals", std::vector<double>{0.1, -1e300}},
      {"texts", std::vector<std::string>{"a", "", "ccc"}},
      {"no texts", std::vector<std::string>{}},
  };
  {
    Hdf5Writer out(folder / "attributes.h5");
    out.write("/x", Array::zeros({2}));
    out.attribute("/x", "int", std::int64_t{99});
    for (const char* object : {"/", "/x"})
      for (const auto& [name, value] : values) out.attribute(object, name, value);  // replaces the 99
    out.close();
  }
  const Hdf5Reader in(folder / "attributes.h5");
  for (const char* object : {"/", "/x"}) {
    for (const auto& row : values) {
      const auto& name = row.first;
      const auto& value = row.second;
      CAPTURE(name);
      CHECK((in.attribute(object, name) == value));
    }
    CHECK(in.attributes(object).size() == values.size());
  }
}

TEST_CASE("hdf5: a file that was not written whole does not close as if it were") {
  const Folder folder;
  Hdf5Writer out(folder / "broken.h5");
  out.write("/x", Array::zeros({2}));
  CHECK(contains(error_of([&] { out.write("/x", Array::zeros({2})); }), "/x: cannot make the dataset (HDF5: "));
  CHECK(contains(error_of([&] { out.close(); }), "broken.h5: was not written: an earlier step failed"));
  for (const char* path : {"", "/", "x", "/x/", "//x", "/./x", "/a/../x"}) {
    CAPTURE(path);
    Hdf5Writer other(folder / "other.h5");
    CHECK(error_of([&] { other.write(path, Array::zeros({1})); }) != "");
  }
  Hdf5Writer third(folder / "third.h5");
  third.write("/x", Array::zeros({2}));
  CHECK(error_of([&] { third.write("/x/y", Array::zeros({2})); }) != "");
  CHECK(contains(error_of([&] { third.attribute("/x", "a", std::string("a\0b", 3)); }), "NUL"));
  CHECK(contains(error_of([&] { Hdf5Writer(folder / "user.h5", 700); }), "bad user block size: got 700"));
  CHECK(contains(error_of([&] { Hdf5Writer(folder / "no/such/folder.h5"); }), "folder.h5"));
}

TEST_CASE("hdf5: the user block is left free, and the same content gives the same bytes") {
  const Folder folder;
  const auto write = [&](const char* name) {
    Hdf5Writer out(folder / name, 1024);
    out.write("/g/x", Array::full({3}, 1.5, float32));
    out.attribute("/g", "a", std::string("b"));
    out.close();
    std::ifstream file(folder / name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string first = write("a.h5"), second = write("b.h5");
  CHECK(first == second);
  CHECK(first.substr(0, 1024) == std::string(1024, '\0'));
  CHECK(first.substr(1024, 4) == "\x89HDF");
  CHECK(Hdf5Reader(folder / "a.h5").read("/g/x").numel() == 3);
}

TEST_CASE("hdf5: several threads may read and write at once") {
  const Folder folder;
  std::vector<std::thread> threads;
  std::vector<std::string> errors(4);
  for (std::size_t t = 0; t < errors.size(); ++t)
    threads.emplace_back([&, t] {
      errors[t] = error_of([&] {
        const fs::path file = folder.path / ("thread" + std::to_string(t) + ".h5");
        for (int i = 0; i < 10; ++i) {
          Hdf5Writer out(file);
          out.write("/x", Array::full({50}, static_cast<double>(t), float64));
          out.close();
          Hdf5Reader in(file);
          if (in.read("/x").data<double>()[49] != static_cast<double>(t)) throw IoError("wrong value");
          if (!in.exists("/x") || in.exists("/y")) throw IoError("wrong name");
        }
      });
    });
  for (auto& thread : threads) thread.join();
  for (const auto& error : errors) CHECK(error == "");
}

TEST_CASE("hdf5: a reader can be moved") {
  Hdf5Reader a(kFixtures / "foreign.hdf5");
  Hdf5Reader b = std::move(a);
  CHECK(b.exists("/f32"));
  b = Hdf5Reader(kFixtures / "hostile.hdf5");
  CHECK(b.exists("/group/data"));
}

TEST_SUITE_END();
