#include "data/formats/zip.hpp"

#include <doctest/doctest.h>

#include "tests/files.hpp"
#include "tests/zip_files.hpp"

using namespace xgrad;
using namespace xgrad::test;
using data::ZipReader;

TEST_SUITE_BEGIN("data");

namespace {

void refused(const fs::path& file, const std::vector<ZipEntry>& entries, const std::string& reason) {
  put(file, zip_of(entries));
  const std::string text = error_of([&] {
    const ZipReader zip(file);
    for (const data::ZipEntry& entry : zip.entries()) zip.read(entry.name, 1'000'000);
  });
  CHECK(contains(text, reason));
  CHECK(contains(text, file.filename().string()));
}

}  // namespace

TEST_CASE("zip: entries are listed and read whole") {
  const Folder folder;
  put(folder / "a.zip", zip_of({{"b/text", "hello"}, {"a", std::string(100'000, 'x')}, {"none", ""}}));
  const ZipReader zip(folder / "a.zip");
  std::vector<std::string> names;
  for (const data::ZipEntry& entry : zip.entries()) names.push_back(entry.name);
  CHECK(names == std::vector<std::string>{"b/text", "a", "none"});
  CHECK(zip.entries()[1].size == 100'000);
  CHECK(zip.has("none"));
  CHECK_FALSE(zip.has("b"));
  CHECK(zip.read("b/text", 5) == "hello");
  CHECK((zip.read("a", 100'000) == std::string(100'000, 'x')));
  CHECK(zip.read("none", 0).empty());
  CHECK(contains(error_of([&] { zip.read("a", 99'999); }), "is too large: got 100000 bytes; expected at most 99999"));
  CHECK(contains(error_of([&] { zip.read("c", 10); }), "has no entry 'c'"));
}

TEST_CASE("zip: what is missing, no archive, damaged or refused is an error") {
  const Folder folder;
  CHECK(contains(error_of([&] { ZipReader(folder / "none.zip"); }), "no such file"));
  CHECK(contains(error_of([&] { ZipReader(folder.path); }), "is a folder"));
  put(folder / "text.zip", "no archive");
  CHECK(contains(error_of([&] { ZipReader(folder / "text.zip"); }), "is not a zip archive"));
  refused(folder / "a.zip", {{"same", "1"}, {"same", "2"}}, "a.zip");
  refused(folder / "a.zip", {{"a", "1", 12}}, "is packed by method 12; expected stored (0) or deflated (8)");
  refused(folder / "a.zip", {{"a", "1", 0, 1}}, "a.zip");
  refused(folder / "a.zip", {{"a", "text", 0, 0, -1, 1}}, "a.zip");  // the CRC
  refused(folder / "a.zip", {{"a", "text", 0, 0, 3}}, "a.zip");      // stored and declared sizes differ
  refused(folder / "a.zip", {{"a", "text", 0, 0, 5}}, "a.zip");
  refused(folder / "a.zip", {{"a", "text", 8, 0, 900'000}}, "a.zip");  // no deflated data
  refused(folder / "a.zip", {{"a", "text", 8, 0, 4'000'000'000}}, "a.zip");
  refused(folder / "bomb.zip", {{"a", std::string(1000, 'x'), 8, 0, 4'000'000'000}},
          "entry 'a' claims 4000000000 bytes, packed into 1000, in a file of");
  put(folder / "dense.zip", zip_of({{"a", std::string(70'000, 'x'), 8, 0, 72'000'000}}));
  const ZipReader zip(folder / "dense.zip");
  CHECK(contains(error_of([&] { zip.read("a", std::uint64_t{1} << 40); }),
                 "declares 72000000 bytes, and 70000 are stored"));
}

TEST_CASE("zip: an archive cut anywhere is an error, and a flipped bit is one or changes nothing") {
  const Folder folder;
  const std::string whole = zip_of({{"first", "some text to be read"}, {"second", std::string(40, 'y')}});
  const auto read_all = [&](const std::string& bytes) {
    put(folder / "a.zip", bytes);
    const ZipReader zip(folder / "a.zip");
    return zip.read("first", 1000) + zip.read("second", 1000);
  };
  const std::string expected = read_all(whole);
  for (std::size_t n = 0; n < whole.size(); ++n) CHECK_THROWS_AS(read_all(whole.substr(0, n)), IoError);
  for (std::size_t bit = 0; bit < 8 * whole.size(); bit += 3) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    std::string got = expected;
    try {
      got = read_all(flipped);
    } catch (const IoError&) {
    }
    CHECK((got == expected));
  }
}
