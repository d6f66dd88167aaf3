#include <doctest/doctest.h>
#include <zip.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "data/formats/npy.hpp"
#include "tests/data/files.hpp"
#include "tests/throws.hpp"

TEST_SUITE_BEGIN("data");

using namespace xgrad;
using namespace xgrad::test;

namespace {

std::vector<NamedTensor> some() {
  return {{"weight", Tensor(Array::copy_of(std::vector<float>{1, 2, 3, 4, 5, 6}, Shape{2, 3}))},
          {"arr_0", Tensor(Array::copy_of(std::vector<std::int64_t>{7}, Shape{}))},
          {"layer/0.bias", Tensor(Array::zeros({1000}, float64))},
          {"empty", Tensor(Array::zeros({0, 2}, uint8))}};
}

void check_same(const std::vector<NamedTensor>& a, const std::vector<NamedTensor>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].name == b[i].name);
    CHECK(same_bytes(a[i].tensor.array(), b[i].tensor.array()));
  }
}

std::string npy_bytes(const Folder& folder, const Array& a) {
  data::write_npy(folder / "x.npy", a);
  return read_file(folder / "x.npy");
}

struct Part {
  std::string name, content;
  int method = ZIP_CM_STORE;
};

/// An archive made with libzip's own calls.
void write_zip(const std::filesystem::path& file, const std::vector<Part>& parts, const char* password = nullptr) {
  int error = 0;
  zip_t* zip = zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &error);
  REQUIRE(zip != nullptr);
  for (const Part& p : parts) {
    const zip_int64_t at =
        zip_file_add(zip, p.name.c_str(), zip_source_buffer(zip, p.content.data(), p.content.size(), 0), 0);
    REQUIRE(at >= 0);
    REQUIRE(zip_set_file_compression(zip, static_cast<zip_uint64_t>(at), p.method, 9) == 0);
    if (password) REQUIRE(zip_file_set_encryption(zip, static_cast<zip_uint64_t>(at), ZIP_EM_AES_128, password) == 0);
  }
  REQUIRE(zip_close(zip) == 0);
}

/// Replaces every place of `from`; both are equally long.
std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace

TEST_CASE("npz: what is written is read back, stored and deflated, in its order") {
  const Folder folder;
  data::write_npz(folder / "a.npz", some());
  check_same(data::read_npz(folder / "a.npz"), some());
  data::write_npz(folder / "b.npz", some(), {.compress = true});
  check_same(data::read_npz(folder / "b.npz"), some());
  CHECK(std::filesystem::file_size(folder / "b.npz") < std::filesystem::file_size(folder / "a.npz") - 6000);
  data::write_npz(folder / "c.npz", some());
  CHECK(read_file(folder / "a.npz") == read_file(folder / "c.npz"));
  data::write_npz(folder / "none.npz", {});
  CHECK(data::read_npz(folder / "none.npz").empty());
}

TEST_CASE("npz: entries are found with and without .npy, and two of one name are refused") {
  const Folder folder;
  const std::string one = npy_bytes(folder, Array::full({2}, 1., float32)),
                    two = npy_bytes(folder, Array::full({3}, 2., float32));
  write_zip(folder / "a.npz", {{"x.npy", one}, {"y", two, ZIP_CM_DEFLATE}});
  const auto read = data::read_npz(folder / "a.npz");
  REQUIRE(read.size() == 2);
  CHECK(read[0].name == "x");
  CHECK(read[1].name == "y");
  CHECK(read[1].tensor.shape() == Shape{3});
  write_zip(folder / "b.npz", {{"x.npy", one}, {"x", two}});
  CHECK(throws<IoError>([&] { data::read_npz(folder / "b.npz"); }, "b.npz: holds two arrays of one name: 'x'"));
  write_zip(folder / "c.npz", {{"x.npy", one}, {"q.npy", two}});
  write_file(folder / "c.npz", replaced(read_file(folder / "c.npz"), "q.npy", "x.npy"));
  CHECK(throws<IoError>([&] { data::read_npz(folder / "c.npz"); }, "c.npz"));
}

TEST_CASE("npz: what is no archive of arrays is refused with its reason") {
  const Folder folder;
  const std::string one = npy_bytes(folder, Array::full({64}, 1., float32));
  const auto refused = [&](const std::string& part) {
    return throws<IoError>([&] { data::read_npz(folder / "a.npz"); }, part);
  };
  CHECK(refused("no such file"));
  write_file(folder / "a.npz", "");
  CHECK(refused("data::read_npz: " + (folder / "a.npz").string() + ": is not a zip archive, or a damaged one"));
  write_file(folder / "a.npz", one);
  CHECK(refused("is not a zip archive"));
  write_zip(folder / "a.npz", {{"readme.txt", "hello, this is no array"}});
  CHECK(refused("entry 'readme.txt' is not a .npy file"));
  write_zip(folder / "a.npz", {{"x.npy", one.substr(0, one.size() - 1)}});
  CHECK(refused("entry 'x.npy' is truncated"));
  write_zip(folder / "a.npz", {{"x.npy", one + "y"}});
  CHECK(refused("entry 'x.npy' is too long"));
  if (zip_compression_method_supported(ZIP_CM_BZIP2, 1)) {
    write_zip(folder / "a.npz", {{"x.npy", one, ZIP_CM_BZIP2}});
    CHECK(refused("entry 'x.npy' is packed by method 12"));
  }
  write_zip(folder / "a.npz", {{"x.npy", one}}, "secret");
  CHECK(refused("entry 'x.npy' is encrypted"));
  CHECK(throws<IoError>([&] { data::read_npz(folder.path()); }, "is a folder"));
}

TEST_CASE("npz: a damaged byte of an array is found by its checksum") {
  const Folder folder;
  data::write_npz(folder / "a.npz", {{"x", Tensor(Array::full({64}, 1., float32))}});
  std::string content = read_file(folder / "a.npz");
  content[content.find("NUMPY") + 200] ^= 1;
  write_file(folder / "a.npz", content);
  CHECK(throws<IoError>([&] { data::read_npz(folder / "a.npz"); }, "entry 'x.npy' is damaged: CRC error"));
}

TEST_CASE("npz: an entry cannot claim more than deflate can pack, nor entries share their bytes") {
  const Folder folder;
  // 4 MB of zeros pack into some 4 KB: allowed, for the file holds what makes them
  data::write_npz(folder / "zeros.npz", {{"x", Tensor(Array::zeros({1 << 20}))}}, {.compress = true});
  CHECK(std::filesystem::file_size(folder / "zeros.npz") < 6000);
  CHECK(data::read_npz(folder / "zeros.npz")[0].tensor.numel() == 1 << 20);

  // the same entry claiming 2^31 bytes: the size stands in the local header at 22 and in the directory
  std::string content = read_file(folder / "zeros.npz");
  const std::string honest = bytes({0x80, 0x00, 0x40, 0x00}), claimed = bytes({0x80, 0x00, 0x00, 0x7f});
  REQUIRE(content.find(honest) != content.npos);
  write_file(folder / "bomb.npz", replaced(content, honest, claimed));
  CHECK(
      throws<IoError>([&] { data::read_npz(folder / "bomb.npz"); }, "bomb.npz: entry 'x.npy' claims 2130706560 bytes"));
}

TEST_CASE("npz: flipped bits and cuts give an error or arrays, never a crash") {
  const Folder folder;
  data::write_npz(folder / "a.npz", some(), {.compress = true});
  const std::string good = read_file(folder / "a.npz");
  std::mt19937_64 random(3);
  int refusals = 0;
  for (int i = 0; i < 1500; ++i) {
    std::string damaged = good;
    damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
    if (i % 3 == 0) damaged.resize(random() % damaged.size());
    std::filesystem::remove(folder / "b.npz");  // to overwrite it would take ext4 milliseconds
    write_file(folder / "b.npz", damaged);
    try {
      data::read_npz(folder / "b.npz");
    } catch (const IoError&) {
      ++refusals;
    }
  }
  CHECK(refusals > 1000);
}

TEST_CASE("npz: names that cannot stand in an archive are refused before anything is written") {
  const Folder folder;
  const Tensor t(Array::zeros({1}));
  CHECK(throws<ValueError>([&] { data::write_npz(folder / "a.npz", {{"", t}}); }, "got ''"));
  CHECK(throws<ValueError>([&] { data::write_npz(folder / "a.npz", {{"x", t}, {"x", t}}); }, "got 'x' twice"));
  CHECK(throws<ValueError>([&] { data::write_npz(folder / "a.npz", {{std::string("a\0b", 3), t}}); }, "without NUL"));
  CHECK(!std::filesystem::exists(folder / "a.npz"));
}

TEST_SUITE_END();
