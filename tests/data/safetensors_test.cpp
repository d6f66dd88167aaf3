#include "data/formats/safetensors.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/data/files.hpp"
#include "tests/throws.hpp"

TEST_SUITE_BEGIN("data");

using namespace xgrad;
using namespace xgrad::test;

namespace {

std::string length_of(std::uint64_t n) {
  std::string out;
  for (int i = 0; i < 8; ++i) out += static_cast<char>(n >> (8 * i) & 0xff);
  return out;
}
/// A file with this header and so many bytes 1 after it.
std::string file_of(const std::string& header, std::size_t elements) {
  return length_of(header.size()) + header + std::string(elements, '\1');
}
/// A header of one tensor "a".
std::string one(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"a":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

struct File {
  Folder folder;
  data::Safetensors read(const std::string& content) {
    std::filesystem::remove(folder / "a.safetensors");  // to overwrite it would take ext4 milliseconds
    write_file(folder / "a.safetensors", content);
    return data::read_safetensors(folder / "a.safetensors");
  }
  bool refused(const std::string& content, const std::string& part) {
    return throws<IoError>([&] { read(content); }, part) && throws<IoError>([&] { read(content); }, "a.safetensors");
  }
};

Tensor floats(std::vector<float> values, const Shape& shape) { return Tensor(Array::copy_of(values, shape)); }

}  // namespace

TEST_CASE("safetensors: what is written is the reference implementation's file, byte for byte") {
  const Folder folder;
  // The rules of its serialiser: dtypes from I64 down to BOOL, then names; compact JSON; blanks up to 8 bytes.
  data::write_safetensors(folder / "a.safetensors",
                          {{"b", floats({1.f}, {1})},
                           {"mask", Tensor(Array::of({1}, bool_))},
                           {"a\"", floats({2.f}, {1, 1})},
                           {"n", Tensor(Array::copy_of(std::vector<std::int64_t>{3}, Shape{}))}},
                          {{"format", "pt"}});
  std::string header =
      R"({"__metadata__":{"format":"pt"},"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
      R"("a\"":{"dtype":"F32","shape":[1,1],"data_offsets":[8,12]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]},)"
      R"("mask":{"dtype":"BOOL","shape":[1],"data_offsets":[16,17]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const std::string expected = length_of(header.size()) + header + bytes({3, 0, 0, 0, 0, 0, 0, 0}) +
                               bytes({0, 0, 0, 0x40}) + bytes({0, 0, 0x80, 0x3f}) + bytes({1});
  CHECK(read_file(folder / "a.safetensors") == expected);
}

TEST_CASE("safetensors: tensors and metadata come back as they were") {
  const Folder folder;
  const std::vector<NamedTensor> tensors = {{"whole", Tensor(Array::copy_of(std::vector<std::int64_t>{-1, 1}))},
                                            {"double", Tensor(Array::copy_of(std::vector<double>{0.1}, Shape{}))},
                                            {"empty", floats({}, {0, 3})},
                                            {"layer.0.weight", floats({1, 2, 3, 4, 5, 6}, {2, 3})},
                                            {"bytes", Tensor(Array::copy_of(std::vector<std::uint8_t>{0, 255}))},
                                            {"\xc3\xa9", Tensor(Array::of({0, 1, 1}, bool_))}};
  data::write_safetensors(folder / "a.safetensors", tensors, {{"k", "v"}, {"", "\n\xe2\x82\xac"}});
  const auto read = data::read_safetensors(folder / "a.safetensors");
  REQUIRE(read.tensors.size() == tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    CHECK(read.tensors[i].name == tensors[i].name);
    CHECK(same_bytes(read.tensors[i].tensor.array(), tensors[i].tensor.array()));
  }
  CHECK((read.metadata == std::map<std::string, std::string>{{"", "\n\xe2\x82\xac"}, {"k", "v"}}));
  data::write_safetensors(folder / "none.safetensors", {});
  CHECK(read_file(folder / "none.safetensors") == length_of(8) + "{}      ");
  CHECK(data::read_safetensors(folder / "none.safetensors").tensors.empty());
}

TEST_CASE("safetensors: other people's dtypes are read as those that hold their values") {
  File f;
  const auto only = [&](const char* dtype, const std::string& elements, const char* offsets) {
    const std::string header = one(dtype, "[1]", offsets);
    return f.read(length_of(header.size()) + header + elements).tensors[0].tensor.array();
  };
  CHECK(only("BF16", bytes({0xc0, 0x3f}), "[0,2]").item<float>() == 1.5f);
  CHECK(only("F16", bytes({0x00, 0xbe}), "[0,2]").item<float>() == -1.5f);
  CHECK(only("BF16", bytes({0xc0, 0x3f}), "[0,2]").dtype() == float32);
  CHECK(only("I8", bytes({0x80}), "[0,1]").item<std::int64_t>() == -128);
  CHECK(only("I16", bytes({0xfe, 0xff}), "[0,2]").item<std::int64_t>() == -2);
  CHECK(only("U16", bytes({0xfe, 0xff}), "[0,2]").item<std::int64_t>() == 65534);
  CHECK(only("I32", bytes({0xfe, 0xff, 0xff, 0xff}), "[0,4]").item<std::int64_t>() == -2);
  CHECK(only("U32", bytes({0xfe, 0xff, 0xff, 0xff}), "[0,4]").item<std::int64_t>() == 4294967294);
  CHECK(only("U64", bytes({1, 0, 0, 0, 0, 0, 0, 0}), "[0,8]").item<std::int64_t>() == 1);
  CHECK(only("U64", bytes({1, 0, 0, 0, 0, 0, 0, 0}), "[0,8]").dtype() == int64);
}

TEST_CASE("safetensors: headers need no order, alignment or padding") {
  File f;
  const std::string header =
      R"({ "z":{"shape":[1],"data_offsets":[1,2],"dtype":"U8"}, "\u0061" : {"dtype":"U8","shape":[1,1],"data_offsets":[0,1]} } )";
  const auto read = f.read(file_of(header, 2));
  REQUIRE(read.tensors.size() == 2);
  CHECK(read.tensors[0].name == "a");
  CHECK(read.tensors[1].name == "z");
}

TEST_CASE("safetensors: every rule broken is refused with its reason") {
  File f;
  CHECK(f.read(file_of(one("F32", "[2]", "[0,8]"), 8)).tensors.size() == 1);
  const auto bad = [&](const std::string& header, std::size_t elements, const std::string& part) {
    CAPTURE(header);
    CHECK(f.refused(file_of(header, elements), part));
  };
  // the front
  CHECK(f.refused("", "got 0 bytes"));
  CHECK(f.refused("1234567", "got 7 bytes"));
  CHECK(f.refused(length_of(100'000'001) + "{}", "its header claims 100000001 bytes; expected at most"));
  CHECK(f.refused(length_of(UINT64_MAX) + "{}", "its header claims 18446744073709551615 bytes"));
  CHECK(f.refused(length_of(3) + "{}", "is truncated"));
  CHECK(f.refused(length_of(0), "does not begin with '{'"));
  // the JSON
  bad(" {}", 0, "does not begin with '{'");
  bad("[]", 0, "does not begin with '{'");
  bad("{", 0, "is not JSON");
  bad("{}x", 0, "is not JSON");
  bad("{\"a\xff\":1}", 0, "is not JSON");
  bad(R"({"a":1})", 0, "holds something not in braces");
  bad(R"({"a":[1]})", 0, "holds something not in braces");
  bad(R"({"a":{"b":{"c":{"d":1}}}})", 0, "is nested too deeply");
  bad(R"({"a":)" + std::string(100'000, '['), 0, "its header holds something not in braces");
  bad(R"({"a":{"shape":)" + std::string(100'000, '['), 0, "is nested too deeply");
  bad(one("U8", "[1]", "[0,1]").insert(1, R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"), 1,
      "has the key \"a\" twice");
  bad(R"({"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1, "has the key \"dtype\" twice");
  bad(R"({"__metadata__":{"k":"v","k":"w"}})", 0, "has the key \"k\" twice");
  bad(R"({"__metadata__":{"k":1}})", 0, "\"k\" in its \"__metadata__\" is not a text");
  bad(R"({"__metadata__":{"k":["v"]}})", 0, "is not a text");
  // an entry
  bad(R"({"a":{"dtype":"U8","shape":[1]}})", 1, "is not described by");
  bad(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"more":1}})", 1, "is not described by");
  bad(R"({"a":{"dtype":8,"shape":[1],"data_offsets":[0,1]}})", 1, "\"dtype\" that is not a text");
  bad(one("F8_E4M3", "[1]", "[0,1]"), 1, "is of dtype \"F8_E4M3\"; expected one of BOOL");
  bad(one("f32", "[1]", "[0,4]"), 4, "is of dtype \"f32\"");
  bad(one("U8", "1", "[0,1]"), 1, "has no \"shape\"");
  bad(one("U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]"), 1, "at most 8 sizes");
  bad(one("U8", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "[0,1]"), 1, "a list that is too long");
  bad(one("U8", "[-1]", "[0,1]"), 1, "not a whole number from 0");
  bad(one("U8", "[1.0]", "[0,1]"), 1, "not a whole number from 0");
  bad(one("U8", "[\"1\"]", "[0,1]"), 1, "not a whole number from 0");
  bad(one("U8", "[18446744073709551615]", "[0,1]"), 1, "has a size beyond 2^63");
  bad(one("U8", "[99999999999999999999]", "[0,1]"), 1, "not a whole number from 0");
  bad(one("U8", "[1]", "[0]"), 1, "has no two \"data_offsets\"");
  bad(one("U8", "[1]", "[0,1,2]"), 1, "has no two \"data_offsets\"");
  bad(one("U8", "[1]", "[1,0]"), 1, "has the offsets [1, 0]; expected them in order");
  bad(one("U8", "[2]", "[0,2]"), 1, "has the offsets [0, 2]; expected them in order, up to 1");
  bad(one("U8", "[2]", "[0,1]"), 1, "do not fit [2] U8");
  bad(one("F32", "[1]", "[0,1]"), 1, "do not fit [1] F32");
  // sizes whose product wraps to what the offsets say: 4 * 2^62 + ... = 0, 2^33 * 2^31 * 4 = 0, and 2^61 + 1 times 8
  bad(one("F32", "[4611686018427387904]", "[0,0]"), 0, "do not fit");
  bad(one("F32", "[8589934592,2147483648]", "[0,0]"), 0, "do not fit");
  bad(one("F64", "[2305843009213693953]", "[0,8]"), 8, "do not fit");
  // the cover
  const auto two = [](const std::string& first, const std::string& second) {
    return R"({"a":{"dtype":"U8","shape":[2],"data_offsets":)" + first +
           R"(},"b":{"dtype":"U8","shape":[2],"data_offsets":)" + second + "}}";
  };
  CHECK(f.read(file_of(two("[0,2]", "[2,4]"), 4)).tensors.size() == 2);
  bad(two("[0,2]", "[1,3]"), 3, "tensor \"b\" overlaps the one before");
  bad(two("[0,2]", "[0,2]"), 2, "overlaps the one before");
  bad(two("[0,2]", "[3,5]"), 5, "tensor \"b\" comes after a hole: it begins at 3; expected 2");
  bad(two("[1,3]", "[3,5]"), 5, "tensor \"a\" comes after a hole");
  bad(two("[0,2]", "[2,4]"), 5, "is too long: its tensors end at 4 of 5 bytes");
  bad("{}", 1, "is too long");
  CHECK(throws<IoError>([&] { data::read_safetensors(f.folder / "none"); }, "none: no such file"));
}

TEST_CASE("safetensors: flipped bits and cuts give an error or tensors, never a crash") {
  File f;
  data::write_safetensors(f.folder / "good",
                          {{"weight", floats({1, 2, 3, 4, 5, 6}, {2, 3})}, {"bias", floats({1}, {1})}});
  const std::string good = read_file(f.folder / "good");
  std::mt19937_64 random(5);
  int refusals = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string damaged = good;
    damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
    if (i % 2 == 0) damaged[random() % 60] = static_cast<char>(random());
    if (i % 4 == 0) damaged.resize(random() % damaged.size());
    try {
      for (const auto& [name, tensor] : f.read(damaged).tensors) CHECK(tensor.array().nbytes() <= 8 * damaged.size());
    } catch (const IoError&) {
      ++refusals;
    }
  }
  CHECK(refusals > 2500);
}

TEST_CASE("safetensors: names that cannot stand in the header are refused before anything is written") {
  const Folder folder;
  const Tensor t = floats({1}, {1});
  const auto write = [&](const std::vector<NamedTensor>& tensors) { data::write_safetensors(folder / "a", tensors); };
  CHECK(throws<ValueError>([&] { write({{"x", t}, {"x", t}}); }, "got \"x\" twice"));
  CHECK(throws<ValueError>([&] { write({{"__metadata__", t}}); }, "is no name for a tensor"));
  CHECK(throws<ValueError>([&] { write({{"\xff", t}}); }, "not UTF-8"));
  CHECK(!std::filesystem::exists(folder / "a"));
}

TEST_SUITE_END();
