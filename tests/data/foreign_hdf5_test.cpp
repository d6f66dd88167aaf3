// Other people's HDF5 files that are as they should be, or merely no HDF5 files at all.

#include "data/formats/foreign_hdf5.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "data/formats/sealed.hpp"
#include "tests/data/hostile_hdf5.hpp"
#include "tests/throws.hpp"

using namespace xgrad;
using namespace xgrad::test;
using data::Hdf5Group;
using data::Hdf5Reader;
using data::read_foreign_hdf5;

namespace {

const fs::path kFixtures = fs::path(XGRAD_TESTS_DIR) / "data" / "fixtures";

/// Compares a group and all below it with what Hdf5Reader finds; the number of datasets.
int check_same(const Hdf5Group& group, const Hdf5Reader& in, const std::string& path) {
  int datasets = 0;
  CHECK(group.attributes == in.attributes(path));
  CHECK(group.groups.size() + group.datasets.size() == in.names(path).size());
  const std::string prefix = path == "/" ? path : path + "/";
  for (const auto& [name, child] : group.groups) datasets += check_same(child, in, prefix + name);
  for (const auto& row : group.datasets) {
    const std::string at = prefix + row.first;
    CAPTURE(at);
    const data::Hdf5Value& value = row.second;
    ++datasets;
    CHECK(value.attributes == in.attributes(at));
    REQUIRE(value.is_text() == in.is_text(at));
    if (value.is_text()) CHECK(value.texts == in.read_text(at));
    else CHECK(same_bytes(value.array, in.read(at)));
  }
  return datasets;
}

std::span<const std::byte> as_bytes(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string refusal(const fs::path& file) {
  return error_of([&] { read_foreign_hdf5(file); });
}

}  // namespace

TEST_SUITE_BEGIN("data");

TEST_CASE("foreign hdf5: a whole file arrives as Hdf5Reader finds it object by object") {
  const Hdf5Group root = read_foreign_hdf5(kFixtures / "foreign.hdf5");
  const Hdf5Reader in(kFixtures / "foreign.hdf5");
  CHECK(check_same(root, in, "/") == 20);
}

TEST_CASE("foreign hdf5: a file in memory, and one behind a user block, give the same as a plain file") {
  const Folder folder;
  const std::string bytes = content(kFixtures / "foreign.hdf5");
  const Hdf5Reader in(kFixtures / "foreign.hdf5");
  check_same(read_foreign_hdf5(as_bytes(bytes), "archive.zip: weights.h5"), in, "/");

  for (const hsize_t block : {512U, 4096U}) {
    CAPTURE(block);
    make_hdf5(
        folder / "block.h5",
        [](hid_t f) {
          const float values[4] = {1, 2, 3, 4};
          make_dataset(f, "x", {.values = values});
        },
        Layout::oldest, block);
    const Array x = read_foreign_hdf5(folder / "block.h5").datasets.at("x").array;
    CHECK(same_bytes(x, Array::copy_of(std::vector<float>{1, 2, 3, 4})));
  }
  data::write_sealed(folder / "sealed.h5", 1, [](data::Hdf5Writer& out) { out.write("/a/b", Array::zeros({2, 3})); });
  CHECK(read_foreign_hdf5(folder / "sealed.h5").find_dataset("a/b")->array.shape() == Shape{2, 3});
}

TEST_CASE("foreign hdf5: floats of two bytes become float32, exactly") {
  const Folder folder;
  const fs::path file = folder / "half.h5";
  const std::uint16_t half[] = {0x3C00, 0xC000, 0x7BFF, 0x0001, 0x8000, 0x7C00, 0x3555};
  const std::uint16_t brain[] = {0x3F80, 0xC000, 0x7F7F, 0x0001, 0x8000, 0x7F80, 0x3EAB};
  make_hdf5(file, [&](hid_t f) {
    const hid_t half_type = H5Tcopy(H5T_IEEE_F32LE), brain_type = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_fields(half_type, 15, 10, 5, 0, 10);
    H5Tset_fields(brain_type, 15, 7, 8, 0, 7);
    for (const hid_t type : {half_type, brain_type}) REQUIRE(H5Tset_size(type, 2) >= 0);
    REQUIRE(H5Tset_ebias(half_type, 15) >= 0);
    REQUIRE(H5Tset_ebias(brain_type, 127) >= 0);
    make_dataset(f, "half", {.shape = {7}, .type = half_type, .values = half});
    make_dataset(f, "brain", {.shape = {7}, .type = brain_type, .values = brain});
    const hid_t opaque = H5Tcreate(H5T_OPAQUE, 2), text = H5Tcopy(H5T_C_S1);
    const hid_t keras = make_dataset(f, "keras", {.shape = {7}, .type = opaque, .values = brain});
    H5Tset_size(text, H5T_VARIABLE);
    const char* name = "bfloat16";
    make_attribute(keras, "dtype", text, {}, &name);
  });
  const Hdf5Group root = read_foreign_hdf5(file);
  const float inf = std::numeric_limits<float>::infinity();
  CHECK(
      same_bytes(root.datasets.at("half").array,
                 Array::copy_of(std::vector<float>{1, -2, 65504, std::ldexp(1.0f, -24), -0.0f, inf, 0.333251953125f})));
  const Array expected = Array::copy_of(
      std::vector<float>{1, -2, std::bit_cast<float>(0x7F7F0000U), std::ldexp(1.0f, -133), -0.0f, inf, 0.333984375f});
  CHECK(same_bytes(root.datasets.at("brain").array, expected));
  CHECK(same_bytes(root.datasets.at("keras").array, expected));
  CHECK(root.datasets.at("keras").attributes.at("dtype") == data::Attribute(std::string("bfloat16")));
  CHECK(same_bytes(Hdf5Reader(file).read("/half"), root.datasets.at("half").array));
}

TEST_CASE("foreign hdf5: one dataset may have two names; packed, sparse and converted ones are read") {
  const Folder folder;
  const fs::path file = folder / "f.h5";
  std::vector<std::int32_t> values(5000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int32_t>(i * i) - 7;
  for (const Layout layout : {Layout::oldest, Layout::newest}) {
    make_hdf5(
        file,
        [&](hid_t f) {
          make_dataset(f, "x",
                       {.shape = {50, 100}, .type = H5T_STD_I32BE, .chunk = {7, 100}, .properties = [](hid_t p) {
                          H5Pset_shuffle(p);
                          H5Pset_deflate(p, 6);
                          H5Pset_fletcher32(p);
                        }});
          const hid_t x = H5Dopen2(f, "x", H5P_DEFAULT);
          REQUIRE(H5Dwrite(x, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
          H5Lcreate_hard(f, "x", f, "again", H5P_DEFAULT, H5P_DEFAULT);
          make_dataset(f, "sparse", {.shape = {1000}, .chunk = {10}});
        },
        layout);
    const Hdf5Group root = read_foreign_hdf5(file);
    const std::vector<std::int64_t> wide(values.begin(), values.end());
    CHECK(same_bytes(root.datasets.at("x").array, Array::copy_of(wide, Shape{50, 100})));
    CHECK(same_bytes(root.datasets.at("again").array, root.datasets.at("x").array));
    CHECK(same_bytes(root.datasets.at("sparse").array, Array::zeros({1000})));
  }
}

TEST_CASE("foreign hdf5: objects are found by their path") {
  const Hdf5Group root = read_foreign_hdf5(kFixtures / "foreign.hdf5");
  CHECK(root.find_group("") == &root);
  CHECK(root.find_group("a/b") == &root.groups.at("a").groups.at("b"));
  CHECK(root.find_dataset("a/b/c")->array.item<int>() == 7);
  CHECK(root.find_group("a")->find_dataset("b/c") == root.find_dataset("a/b/c"));
  CHECK(root.find_dataset("f32") == &root.datasets.at("f32"));
  for (const char* none : {"a/b", "a", "", "/", "a/b/c/d", "a//b/c", "x/y", "a/b/"}) CHECK(!root.find_dataset(none));
  for (const char* none : {"a/b/c", "x", "a/x", "/a"}) CHECK(!root.find_group(none));
}

TEST_CASE("foreign hdf5: what is no HDF5 file is refused without a wait") {
  const Folder folder;
  CHECK(contains(refusal(folder / "absent.h5"), "data::read_foreign_hdf5: " + (folder / "absent.h5").string()));
  CHECK(contains(refusal(folder / "absent.h5"), "absent.h5: no such file"));
  CHECK(contains(refusal(folder.path), "is a folder; expected an HDF5 file"));
  CHECK(contains(refusal("/dev/null"), "is not a regular file"));
  CHECK(contains(refusal("/dev/zero"), "is not a regular file"));
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(contains(refusal(folder / "pipe"), "is not a regular file"));
  fs::create_symlink("loop", folder / "loop");
  CHECK(contains(refusal(folder / "loop"), "cannot be opened: "));
  const int server = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{AF_UNIX, "test.files/socket"};
  REQUIRE(::bind(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  CHECK(contains(refusal(folder / "socket"), "is not a regular file"));
  ::close(server);
  for (const std::string& text : {std::string(), std::string("x"), std::string(5000, '\0'), std::string("\x89HDF\r\n"),
                                  std::string("PK\3\4\0\0", 6), std::string(511, 'x') + "\x89HDF\r\n\x1a\n"}) {
    put(folder / "text", text);
    CHECK(contains(refusal(folder / "text"), "is not an HDF5 file"));
    CHECK(contains(error_of([&] { read_foreign_hdf5(as_bytes(text), "m.keras: model.weights.h5"); }),
                   "data::read_foreign_hdf5: m.keras: model.weights.h5: is not an HDF5 file"));
  }
  const std::string whole = content(kFixtures / "foreign.hdf5");
  for (const std::size_t cut : {8U, 9U, 16U, 40U, 95U, 96U, 100U, 200U}) {
    put(folder / "cut", whole.substr(0, cut));
    CHECK(contains(refusal(folder / "cut"), "cut: cannot be opened (HDF5: "));
  }
}

TEST_CASE("foreign hdf5: limits are kept, and bad ones are refused") {
  const fs::path file = kFixtures / "foreign.hdf5";
  const auto with = [&](const data::ForeignLimits& limits) {
    return error_of([&] { read_foreign_hdf5(file, limits); });
  };
  CHECK(with({.bytes = 100'000}) == "");
  CHECK(contains(with({.bytes = 20'000}), "/packed: with what came before needs more than 20000 bytes"));
  CHECK(with({.objects = 22}) == "");  // as many groups and datasets, without the root
  CHECK(contains(with({.objects = 21}), "more groups and datasets than"));
  CHECK(contains(with({.objects = 10}), "there are more attributes than the 10 allowed"));
  const Folder folder;
  make_hdf5(
      folder / "a.h5",
      [](hid_t f) {
        const std::vector<double> many(100'000);
        make_attribute(f, "many", H5T_IEEE_F64LE, {many.size()}, many.data());
      },
      Layout::newest);
  CHECK(std::get<std::vector<double>>(read_foreign_hdf5(folder / "a.h5").attributes.at("many")).size() == 100'000);
  CHECK(contains(error_of([&] { read_foreign_hdf5(folder / "a.h5", {.bytes = 700'000}); }), "more than 700000 bytes"));
  CHECK(with({.depth = 2}) == "");
  CHECK(contains(with({.depth = 1}), "/a/b: groups lie deeper in each other than the 1 levels"));
  for (const double seconds : {-1.0, std::nan(""), std::numeric_limits<double>::infinity()})
    CHECK(throws<ValueError>([&] { read_foreign_hdf5(file, {.seconds = seconds}); }, "expected 0 to 1e9"));
  for (const int depth : {-1, 1001})
    CHECK(throws<ValueError>([&] { read_foreign_hdf5(file, {.depth = depth}); }, "expected 0 to 1000"));
  CHECK(contains(with({.seconds = 1e-6}), "takes longer to read than it may: more than 1e-06 s"));
}

TEST_SUITE_END();
