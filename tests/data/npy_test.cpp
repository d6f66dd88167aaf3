#include "data/formats/npy.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/data/files.hpp"
#include "tests/throws.hpp"

TEST_SUITE_BEGIN("data");

using namespace xgrad;
using namespace xgrad::test;

namespace {

/// A .npy file: the header as given, padded as little as it takes, and the elements.
std::string npy(const std::string& header, const std::string& elements, int version = 1) {
  std::string out = "\x93NUMPY";
  const std::string text = header + "\n";
  out += static_cast<char>(version);
  out += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) out += static_cast<char>(text.size() >> (8 * i) & 0xff);
  return out + text + elements;
}
std::string header(const std::string& descr, const std::string& shape, bool fortran = false) {
  return "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }";
}

struct Npy {
  Folder folder;
  Array read(const std::string& content) {
    std::filesystem::remove(folder / "a.npy");  // to overwrite it would take ext4 milliseconds
    write_file(folder / "a.npy", content);
    return data::read_npy(folder / "a.npy");
  }
  bool refused(const std::string& content, const std::string& part) {
    return throws<IoError>([&] { read(content); }, part) && throws<IoError>([&] { read(content); }, "a.npy");
  }
};

template <class T>
std::vector<T> list(const Array& a) {
  const auto values = a.values<T>();
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("npy: what is written is NumPy's file, byte for byte") {
  const Folder folder;
  // numpy 1.24: np.save(file, np.array([[1, 2, 3]], np.uint8)); the blanks make 128 bytes of the header
  std::string expected = "\x93NUMPY";
  expected += bytes({1, 0, 118, 0});
  expected += "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 3), }";
  expected += std::string(127 - expected.size(), ' ') + "\n" + bytes({1, 2, 3});
  data::write_npy(folder / "a.npy", Array::copy_of(std::vector<std::uint8_t>{1, 2, 3}, Shape{1, 3}));
  CHECK(read_file(folder / "a.npy") == expected);
  data::write_npy(folder / "b.npy", Array::copy_of(std::vector<double>{1}, Shape{}));
  CHECK(read_file(folder / "b.npy").substr(10, 56) == "{'descr': '<f8', 'fortran_order': False, 'shape': (), } ");
  data::write_npy(folder / "c.npy", Array::zeros({7}, int64));
  CHECK(read_file(folder / "c.npy").substr(10, 59) == "{'descr': '<i8', 'fortran_order': False, 'shape': (7,), }  ");
  CHECK(read_file(folder / "c.npy").size() == 128 + 56);
}

TEST_CASE("npy: every dtype comes back, with 0-d arrays and empty axes") {
  const Folder folder;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<Array> arrays = {
      Array::copy_of(std::vector<float>{1.5f, -0.f, nan, 3e-45f}, Shape{2, 2}),
      Array::copy_of(std::vector<double>{0.1}, Shape{}),
      Array::copy_of(std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min(), -1}),
      Array::copy_of(std::vector<std::uint8_t>{0, 255}),
      Array::of({0, 1, 1}, bool_),
      Array::zeros({3, 0, 2}),
      Array::full({2, 1, 1, 2, 1, 1, 1, 2}, 3., float32),
  };
  for (const Array& a : arrays) {
    data::write_npy(folder / "a.npy", a);
    CHECK(same_bytes(data::read_npy(folder / "a.npy"), a));
  }
}

TEST_CASE("npy: numbers of every width and byte order are read as the dtype that holds them") {
  Npy f;
  CHECK(list<std::int64_t>(f.read(npy(header("|i1", "(2,)"), bytes({0x7f, 0x80})))) ==
        std::vector<std::int64_t>{127, -128});
  CHECK(list<std::int64_t>(f.read(npy(header("<i2", "(2,)"), bytes({1, 2, 0, 0x80})))) ==
        std::vector<std::int64_t>{513, -32768});
  CHECK(list<std::int64_t>(f.read(npy(header(">i2", "(2,)"), bytes({1, 2, 0x80, 0})))) ==
        std::vector<std::int64_t>{258, -32768});
  CHECK(list<std::int64_t>(f.read(npy(header(">i4", "(1,)"), bytes({0xff, 0xff, 0xff, 0xfe})))) ==
        std::vector<std::int64_t>{-2});
  CHECK(list<std::int64_t>(f.read(npy(header("<u2", "(1,)"), bytes({0xff, 0xff})))) ==
        std::vector<std::int64_t>{65535});
  CHECK(list<std::int64_t>(f.read(npy(header(">u4", "(1,)"), bytes({0xff, 0, 0, 1})))) ==
        std::vector<std::int64_t>{4278190081});
  CHECK(
      list<std::int64_t>(f.read(npy(header("<u8", "(1,)"), bytes({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})))) ==
      std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::max()});
  CHECK(f.refused(npy(header("<u8", "(1,)"), bytes({0, 0, 0, 0, 0, 0, 0, 0x80})), "above the largest int64"));
  CHECK(list<float>(f.read(npy(header(">f4", "(1,)"), bytes({0x3f, 0xc0, 0, 0})))) == std::vector<float>{1.5f});
  CHECK(list<double>(f.read(npy(header(">f8", "(1,)"), bytes({0xbf, 0xf8, 0, 0, 0, 0, 0, 0})))) ==
        std::vector<double>{-1.5});
  CHECK(list<std::int64_t>(f.read(npy(header(">i8", "()"), bytes({0, 0, 0, 0, 0, 0, 1, 0})))) ==
        std::vector<std::int64_t>{256});
  const Array b = f.read(npy(header("|b1", "(3,)"), bytes({0, 1, 2})));
  CHECK(b.dtype() == bool_);
  CHECK(same_bytes(b, Array::of({0, 1, 1}, bool_)));
  CHECK(f.read(npy(header("=f4", "(0,)"), "")).shape() == Shape{0});
  CHECK(f.read(npy(header("f4", "(0, 5)"), "")).shape() == Shape{0, 5});
}

TEST_CASE("npy: float16 is read as the float32 of the same value") {
  Npy f;
  // IEEE 754-2008, binary16: 1, -2, the largest, the smallest normal and subnormal, -0, infinity, NaN, 1/3 rounded
  const Array a = f.read(npy(header("<f2", "(9,)"), bytes({0x00, 0x3c, 0x00, 0xc0, 0xff, 0x7b, 0x00, 0x04, 0x01, 0x00,
                                                           0x00, 0x80, 0x00, 0x7c, 0x00, 0x7e, 0x55, 0x35})));
  const auto v = a.values<float>();
  CHECK(v[0] == 1.f);
  CHECK(v[1] == -2.f);
  CHECK(v[2] == 65504.f);
  CHECK(v[3] == 0x1p-14f);
  CHECK(v[4] == 0x1p-24f);
  CHECK((v[5] == 0.f && std::signbit(v[5])));
  CHECK(std::isinf(v[6]));
  CHECK(std::isnan(v[7]));
  CHECK(v[8] == 0.333251953125f);
}

TEST_CASE("npy: an array in Fortran order holds at [i, j] what NumPy shows there") {
  Npy f;
  // np.asfortranarray([[1, 2, 3], [4, 5, 6]]) lies in the file as 1 4 2 5 3 6
  const Array a = f.read(npy(header("|i1", "(2, 3)", true), bytes({1, 4, 2, 5, 3, 6})));
  CHECK(a.shape() == Shape{2, 3});
  CHECK(list<std::int64_t>(a) == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6});
  // a[i, j, k] = 100 i + 10 j + k, the first axis fastest
  const Array b = f.read(npy(header("|u1", "(2, 1, 3)", true), bytes({0, 100, 1, 101, 2, 102})));
  CHECK(list<std::uint8_t>(b) == std::vector<std::uint8_t>{0, 1, 2, 100, 101, 102});
  CHECK(f.read(npy(header("|u1", "(4,)", true), bytes({1, 2, 3, 4}))).shape() == Shape{4});
  CHECK(f.read(npy(header("|u1", "()", true), bytes({1}))).shape() == Shape{});
  CHECK(f.read(npy(header("|u1", "(3, 0)", true), "")).shape() == Shape{3, 0});
}

TEST_CASE("npy: a header may be any Python literal of the dict") {
  Npy f;
  const std::string six = bytes({1, 2, 3, 4, 5, 6});
  for (const char* text : {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3)}",
                           "{'shape':(2,3,),'fortran_order':False,'descr':'|u1'}",
                           "  {\"descr\" : \"|u1\" ,\n\t\"fortran_order\":False , \"shape\" : ( 2 , 3 , ) , }   ",
                           "{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 3L), }",
                           "{u'descr': u'|u1', u'fortran_order': False, u'shape': (2, 3)}"}) {
    CAPTURE(text);
    for (int version = 1; version <= 3; ++version) CHECK(f.read(npy(text, six, version)).shape() == Shape{2, 3});
  }
}

TEST_CASE("npy: every rule broken is refused with its reason") {
  Npy f;
  const std::string good = npy(header("<f4", "(2,)"), std::string(8, '\0'));
  CHECK(f.read(good).numel() == 2);
  CHECK(f.refused("", "is not a .npy file: got 0 bytes"));
  CHECK(f.refused("PK\3\4 something else", "does not begin with"));
  std::string version = good;
  version[6] = 4;
  CHECK(f.refused(version, "unknown version: got 4.0"));
  version[6] = 1;
  version[7] = 1;
  CHECK(f.refused(version, "unknown version: got 1.1"));
  CHECK(f.refused(good.substr(0, 40), "is truncated"));
  CHECK(f.refused(good.substr(0, good.size() - 1), "is truncated: got 7 bytes after the header; expected 8 for [2]"));
  CHECK(f.refused(good + "x", "is too long: got 9 bytes"));

  const auto bad = [&](const std::string& text, const std::string& part, const std::string& elements = "") {
    CAPTURE(text);
    CHECK(f.refused(npy(text, elements), part));
  };
  bad(header("|O", "(2,)"), "holds Python objects, which only a pickle could bring back: got '|O'");
  bad(header("<c8", "(2,)"), "holds complex numbers");
  bad(header("<U4", "(2,)"), "holds text");
  bad(header("|S4", "(2,)"), "holds text");
  bad(header("|V8", "(2,)"), "holds structures or raw bytes");
  bad(header("<M8[s]", "(2,)"), "holds dates or times");
  bad(header("<f16", "(1,)"), "elements of an unknown type: got '<f16'");
  bad(header("", "(1,)"), "elements of an unknown type");
  bad("{'descr': [('x', '<f4'), ('y', '<f4')], 'fortran_order': False, 'shape': (1,)}", "holds structures");
  bad("{'descr': '<f4', 'shape': (2,)}", "has no 'fortran_order'");
  bad("{}", "has no 'descr'");
  bad("{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", "got twice the key 'descr'");
  bad("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", "got the unknown key 'x'");
  bad("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", "expected True or False");
  bad("{'descr': '<f4', 'fortran_order': False, 'shape': (2)}", "expected ',' in a tuple of one");
  bad("{'descr': '<f4', 'fortran_order': False, 'shape': 2}", "expected '('");
  bad("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", "expected a size");
  bad("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} extra", "expected the end");
  bad("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)", "expected '}'");
  bad("{'descr': '<f4, 'fortran_order': False, 'shape': (2,)}", "expected '}'");
  bad("__import__('os').system('true')", "expected '{'");
  bad("", "expected '{'");
  bad(header("|u1", "(1, 1, 1, 1, 1, 1, 1, 1, 1)"), "has too many axes", "x");
  bad(header("|u1", "(99999999999999999999,)"), "has an axis beyond 2^63");
  bad(header("<f8", "(2305843009213693953, 8)"), "declares more than 2^47 bytes");  // 2^61 + 1: 8 n wraps to 64
  bad(header("<f8", "(4294967296, 4294967296)"), "declares more than 2^47 bytes");
  bad(header("<f4", "(1000000000000,)"), "is truncated: got 0 bytes");
  CHECK(f.refused("\x93NUMPY" + bytes({2, 0, 0xff, 0xff, 0xff, 0xff}), "is truncated"));
  CHECK(throws<IoError>([&] { data::read_npy(f.folder / "none.npy"); }, "none.npy: no such file"));
  CHECK(throws<IoError>([&] { data::read_npy(f.folder.path()); }, "is a folder"));
}

TEST_CASE("npy: flipped bits and cuts give an error or an array, never a crash") {
  Npy f;
  const std::string good = npy(header("<f4", "(2, 3)", true) + std::string(20, ' '), std::string(24, '\1'));
  std::mt19937_64 random(1);
  int refusals = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string damaged = good;
    const int flips = 1 + static_cast<int>(random() % 3);
    for (int k = 0; k < flips; ++k) damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
    if (i % 4 == 0) damaged.resize(random() % damaged.size());
    try {
      const Array a = f.read(damaged);
      CHECK(a.nbytes() <= 8 * damaged.size());
    } catch (const IoError&) {
      ++refusals;
    }
  }
  CHECK(refusals > 1500);
}

TEST_CASE("npy: a failing write leaves the old file as it was") {
  const Folder folder;
  CHECK(throws<IoError>([&] { data::write_npy(folder.path() / "no" / "a.npy", Array::zeros({2})); }, "a.npy"));
  CHECK(throws<ValueError>([&] { data::write_npy(folder / "a.npy", Array{}); }, ""));
  CHECK(!std::filesystem::exists(folder / "a.npy"));
}

TEST_SUITE_END();
