#include "data/formats/idx.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "tensor/error.hpp"
#include "tests/data/files.hpp"

TEST_SUITE_BEGIN("data");

using namespace xgrad;
using namespace xgrad::test;
using data::read_idx;
using data::read_idx_info;
using data::write_idx;

namespace {

// 2 x 3 uint8: 1 2 3 / 250 251 252, written by hand.
const std::string kSmall = bytes({0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 250, 251, 252});
// The same, packed by Python's gzip module.
const std::string kSmallPacked =
    bytes({0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x63, 0x60, 0xe0, 0x60, 0x62, 0x60, 0x60, 0x00,
           0x61, 0x66, 0x46, 0x26, 0xe6, 0x5f, 0xbf, 0xff, 0x00, 0x00, 0xa3, 0x1d, 0x33, 0x8d, 0x12, 0x00, 0x00, 0x00});

template <class T>
std::vector<T> list(const Array& a) {
  const std::span<const T> v = a.values<T>();
  return {v.begin(), v.end()};
}

/// The error of reading a file with this content; checks that it names the file and comes from both readers.
std::string refusal(const Folder& folder, const std::string& content, const std::string& name = "refused") {
  write_file(folder / name, content);
  const std::string text = error_of<IoError>([&] { read_idx(folder / name); });
  CHECK_MESSAGE(contains(text, "data::read_idx: " + (folder / name).string() + ": "), text);
  return text;
}

/// The most memory this process has had in use, in bytes.
std::int64_t peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * std::int64_t{1024};
}

}  // namespace

TEST_CASE("read_idx: a uint8 file written by hand, plain or packed, whatever its name says") {
  const Folder folder;
  for (const char* name : {"plain", "plain.gz"}) {
    CAPTURE(name);
    for (const std::string& content : {kSmall, kSmallPacked}) {
      write_file(folder / name, content);
      const Array a = read_idx(folder / name);
      CHECK(a.dtype() == uint8);
      CHECK(a.shape() == Shape{2, 3});
      CHECK(list<std::uint8_t>(a) == std::vector<std::uint8_t>{1, 2, 3, 250, 251, 252});
      const data::IdxInfo info = read_idx_info(folder / name);
      CHECK(info.dtype == uint8);
      CHECK(info.shape == Shape{2, 3});
    }
  }
}

TEST_CASE("read_idx: every element type, big-endian") {
  const Folder folder;
  const auto file = folder / "f";
  write_file(file, bytes({0, 0, 9, 1, 0, 0, 0, 3, 0x7f, 0x80, 0xff}));
  CHECK(list<std::int64_t>(read_idx(file)) == std::vector<std::int64_t>{127, -128, -1});
  write_file(file, bytes({0, 0, 0x0B, 1, 0, 0, 0, 2, 0x01, 0x02, 0x80, 0x00}));
  CHECK(list<std::int64_t>(read_idx(file)) == std::vector<std::int64_t>{258, -32768});
  write_file(file, bytes({0, 0, 0x0C, 1, 0, 0, 0, 2, 0x00, 0x01, 0x00, 0x02, 0xff, 0xff, 0xff, 0xfe}));
  CHECK(list<std::int64_t>(read_idx(file)) == std::vector<std::int64_t>{65538, -2});
  write_file(file, bytes({0, 0, 0x0D, 1, 0, 0, 0, 2, 0x3f, 0xc0, 0, 0, 0xff, 0x80, 0, 0}));
  CHECK(list<float>(read_idx(file)) == std::vector<float>{1.5f, -std::numeric_limits<float>::infinity()});
  write_file(file, bytes({0, 0, 0x0E, 1, 0, 0, 0, 1, 0xc0, 0x04, 0, 0, 0, 0, 0, 0}));
  CHECK(list<double>(read_idx(file)) == std::vector<double>{-2.5});
}

TEST_CASE("read_idx: no axes is a scalar, an axis of 0 is empty however long the others are") {
  const Folder folder;
  write_file(folder / "scalar", bytes({0, 0, 8, 0, 7}));
  CHECK(read_idx(folder / "scalar").shape() == Shape{});
  CHECK(read_idx(folder / "scalar").item<int>() == 7);
  write_file(folder / "empty", bytes({0, 0, 8, 2, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}));
  CHECK(read_idx(folder / "empty").shape() == Shape{0xffffffff, 0});
}

TEST_CASE("read_idx: several gzip members in a row are one file") {
  const Folder folder;
  // The first 7 bytes of the small file and the rest, each packed by Python's gzip module.
  write_file(folder / "two.gz",
             bytes({0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x63, 0x60, 0xe0, 0x60, 0x62,
                    0x60, 0x60, 0x00, 0x00, 0x34, 0x5c, 0x15, 0x07, 0x07, 0x00, 0x00, 0x00, 0x1f, 0x8b, 0x08,
                    0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x63, 0x62, 0x60, 0x60, 0x60, 0x66, 0x64, 0x62,
                    0xfe, 0xf5, 0xfb, 0x0f, 0x00, 0xdc, 0x4d, 0x3a, 0x5a, 0x0b, 0x00, 0x00, 0x00}));
  CHECK(list<std::uint8_t>(read_idx(folder / "two.gz")) == std::vector<std::uint8_t>{1, 2, 3, 250, 251, 252});
}

TEST_CASE("write_idx: the bytes of the format") {
  const Folder folder;
  const auto file = folder / "f";
  write_idx(file, Array::copy_of(std::vector<std::uint8_t>{1, 2, 3, 250, 251, 252}, Shape{2, 3}));
  CHECK(read_file(file) == kSmall);
  write_idx(file, Array::copy_of(std::vector<std::int64_t>{65538, -2}));
  CHECK(read_file(file) == bytes({0, 0, 0x0C, 1, 0, 0, 0, 2, 0x00, 0x01, 0x00, 0x02, 0xff, 0xff, 0xff, 0xfe}));
  write_idx(file, Array::copy_of(std::vector<float>{1.5f}));
  CHECK(read_file(file) == bytes({0, 0, 0x0D, 1, 0, 0, 0, 1, 0x3f, 0xc0, 0, 0}));
  write_idx(file, Array::full({}, -2.5, float64));
  CHECK(read_file(file) == bytes({0, 0, 0x0E, 0, 0xc0, 0x04, 0, 0, 0, 0, 0, 0}));
  write_idx(file, Array::full({2}, true, bool_));
  CHECK(read_file(file) == bytes({0, 0, 8, 1, 0, 0, 0, 2, 1, 1}));
}

TEST_CASE("write_idx and read_idx: what was written is read, plain and packed, beyond one piece of 1 MiB") {
  const Folder folder;
  for (const char* name : {"f", "f.gz"}) {
    CAPTURE(name);
    for (const DType dtype : {uint8, int64, float32, float64}) {
      CAPTURE(name_of(dtype));
      std::vector<std::int64_t> values(2'500'000);
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int64_t>(i * 2654435761u % 251);
      const Array a = Array::copy_of(values, Shape{2500, 1000}).to(dtype);
      write_idx(folder / name, a);
      CHECK(same_bytes(read_idx(folder / name), a));
    }
    write_idx(folder / name, Array::empty({3, 0}, uint8));
    CHECK(read_idx(folder / name).shape() == Shape{3, 0});
  }
  CHECK(read_file(folder / "f.gz").substr(0, 2) == bytes({0x1f, 0x8b}));
}

TEST_CASE("write_idx: what cannot be written is refused, and the old file stays") {
  const Folder folder;
  const auto file = folder / "f";
  write_file(file, "old");
  const std::int64_t beyond = std::int64_t{1} << 31;
  CHECK(error_of<ValueError>([&] {
          write_idx(file, Array::copy_of(std::vector<std::int64_t>{0, beyond}));
        }) == "data::write_idx: IDX has no integers beyond 32 bits: got 2147483648");
  CHECK_NOTHROW(write_idx(folder / "least", Array::copy_of(std::vector<std::int64_t>{-beyond, beyond - 1})));
  CHECK_THROWS_AS(write_idx(file, Array::empty({beyond * 2, 0}, uint8)), ValueError);
  CHECK_THROWS_AS(write_idx(file, Array()), ValueError);
  CHECK(read_file(file) == "old");
  const auto nowhere = folder / "nowhere" / "f";
  CHECK(contains(error_of<IoError>([&] { write_idx(nowhere, Array::empty({1})); }), nowhere.string()));
}

TEST_CASE("read_idx: a file that is missing, a folder, empty or not IDX") {
  const Folder folder;
  for (const auto& read : {+[](const std::filesystem::path& f) { read_idx(f); },
                           +[](const std::filesystem::path& f) { read_idx_info(f); }}) {
    const std::string missing = error_of<IoError>([&] { read(folder / "missing"); });
    CHECK_MESSAGE(contains(missing, (folder / "missing").string() + ": "), missing);
    CHECK_MESSAGE(contains(missing, "o such file"), missing);
    CHECK(contains(error_of<IoError>([&] { read(folder.path()); }), "is a folder"));
  }
  CHECK(contains(refusal(folder, ""), "truncated: got 0 bytes; expected an IDX header"));
  CHECK(contains(refusal(folder, bytes({0, 0, 8})), "truncated"));
  CHECK(contains(refusal(folder, "PNG or so"), "not an IDX file: got the magic number 0x504E4720"));
  CHECK(contains(refusal(folder, bytes({0, 0, 0x0A, 1, 0, 0, 0, 1, 5})), "got the magic number 0x00000A01"));
  CHECK(contains(refusal(folder, bytes({0, 1, 8, 1, 0, 0, 0, 1, 5})), "got the magic number 0x00010801"));
  CHECK(contains(refusal(folder, bytes({0, 0, 8, 9}) + std::string(36, '\1')), "too many axes: got 9"));
}

TEST_CASE("read_idx: a plain file cut anywhere, or longer than declared") {
  const Folder folder;
  for (std::size_t n = 0; n < kSmall.size(); ++n) {
    CAPTURE(n);
    CHECK(contains(refusal(folder, kSmall.substr(0, n)), "truncated"));
  }
  CHECK(contains(refusal(folder, kSmall.substr(0, 17)),
                 "truncated: got 5 bytes after the header; expected 6 for [2, 3] elements of 1 bytes"));
  CHECK(contains(refusal(folder, kSmall + "x"), "too long: got 7 bytes after the header; expected 6"));
  CHECK(contains(error_of<IoError>([&] { read_idx_info(folder / "refused"); }), "too long"));
}

TEST_CASE("read_idx: sizes beyond all measure are refused before anything is allocated") {
  const Folder folder;
  const std::string huge = bytes({0xff, 0xff, 0xff, 0xff});
  const std::int64_t before = peak_memory();
  // The product of two wraps to 0 in 64 bits, that of four to 1.
  const std::string half = bytes({0x80, 0, 0, 0});
  CHECK(contains(refusal(folder, bytes({0, 0, 8, 4}) + half + half + half + half), "the sizes overflow"));
  CHECK(contains(refusal(folder, bytes({0, 0, 8, 8}) + huge + huge + huge + huge + huge + huge + huge + huge),
                 "the sizes overflow"));
  CHECK(contains(refusal(folder, bytes({0, 0, 0x0E, 2}) + huge + huge), "the sizes overflow"));
  // 2^45 elements fit as bytes, but not as the int64 that int8 becomes.
  CHECK(contains(refusal(folder, bytes({0, 0, 9, 2, 0, 0x20, 0, 0, 1, 0, 0, 0})), "the sizes overflow"));
  // 10 TB in a file of 16 bytes.
  const std::string ten_terabytes = bytes({0, 0, 8, 3, 0, 0, 0, 10, 0, 0x10, 0, 0, 0, 0x0f, 0x42, 0x40});
  CHECK(ten_terabytes.size() == 16);
  CHECK(contains(refusal(folder, ten_terabytes), "truncated: got 0 bytes after the header; expected 10485760000000"));
  CHECK(peak_memory() - before < (32 << 20));
}

TEST_CASE("read_idx: a .gz that holds less or more than its header declares costs no memory") {
  const Folder folder;
  // A packed file of 64 MB, and one that claims 10 bytes followed by it.
  write_idx(folder / "bomb.gz", Array::zeros({64 << 20}, uint8));
  write_idx(folder / "ten.gz", Array::zeros({10}, uint8));
  const std::string bomb = read_file(folder / "bomb.gz");
  const std::int64_t before = peak_memory();
  CHECK(contains(refusal(folder, read_file(folder / "ten.gz") + bomb, "more.gz"), "too long: got more than 10"));

  // "10 TB" as above, packed by Python's gzip module.
  const std::string lie =
      bytes({0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x63, 0x60, 0xe0, 0x60, 0x66, 0x60, 0x60,
             0xe0, 0x62, 0x10, 0x00, 0x92, 0xfc, 0x4e, 0x0e, 0x00, 0xd7, 0x04, 0x17, 0x2f, 0x10, 0x00, 0x00, 0x00});
  CHECK(contains(refusal(folder, lie, "less.gz"), "truncated: got 0 bytes after the header; expected 10485760000000"));
  CHECK(peak_memory() - before < (32 << 20));
}

TEST_CASE("read_idx: a .gz cut anywhere is refused") {
  const Folder folder;
  for (std::size_t n = 0; n < kSmallPacked.size(); ++n) {
    CAPTURE(n);
    refusal(folder, kSmallPacked.substr(0, n), "cut.gz");
  }
  CHECK(contains(refusal(folder, kSmallPacked.substr(0, 30), "cut.gz"), "the .gz ends in the middle of its data"));
  CHECK(contains(refusal(folder, kSmallPacked + "junk", "long.gz"), "it goes on after the end of its data"));
}

TEST_CASE("read_idx: a .gz with any bit flipped is refused or reads the same") {
  const Folder folder;
  int refused = 0;
  for (std::size_t bit = 0; bit < 8 * kSmallPacked.size(); ++bit) {
    CAPTURE(bit);
    std::string damaged = kSmallPacked;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    write_file(folder / "damaged.gz", damaged);
    try {
      const Array a = read_idx(folder / "damaged.gz");
      CHECK(list<std::uint8_t>(a) == std::vector<std::uint8_t>{1, 2, 3, 250, 251, 252});
    } catch (const IoError& e) {
      ++refused;
      CHECK(contains(e.what(), (folder / "damaged.gz").string()));
    }
  }
  // Time, operating system and compression level in the header may be anything.
  CHECK(refused >= static_cast<int>(8 * (kSmallPacked.size() - 10 + 3)));
}

TEST_SUITE_END();
