#include "data/formats/sealed.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>

#include "tensor/error.hpp"
#include "tests/files.hpp"

using namespace xgrad;
using namespace xgrad::test;
using data::Hdf5Reader;
using data::Hdf5Writer;
using data::Seal;

namespace {

void seal(const fs::path& file, double value, std::int64_t n = 100, std::uint32_t format = 1) {
  data::write_sealed(file, format, [&](Hdf5Writer& out) { out.write("/x", Array::full({n}, value, float32)); });
}
std::string opening_error(const fs::path& file) {
  return error_of([&] { data::open_sealed(file, 1, "a sealed thing"); });
}

/// No file may grow beyond `bytes` while it lives: how a full disk looks.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit tight{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &tight);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace

TEST_SUITE_BEGIN("data");

TEST_CASE("sealed: what is written opens, here and as plain HDF5, and the same content gives the same bytes") {
  const Folder folder;
  seal(folder / "a", 1.5);
  seal(folder / "b", 1.5);
  CHECK(data::check_seal(folder / "a") == Seal::whole);
  CHECK(data::open_sealed(folder / "a", 1, "a sealed thing").read("/x").data<float>()[99] == 1.5f);
  CHECK(Hdf5Reader(folder / "a").read("/x").data<float>()[99] == 1.5f);
  CHECK(content(folder / "a") == content(folder / "b"));
}

TEST_CASE("sealed: the bytes of the seal are those that docs/checkpoint-format.md describes") {
  const Folder folder;
  seal(folder / "a", 1.5, 100, 0x01020304);
  const std::string bytes = content(folder / "a");
  CHECK(bytes.substr(0, 8) == "\x89XGR\r\n\x1a\n");
  CHECK(bytes.substr(8, 4) == "\x04\x03\x02\x01");
  CHECK(bytes.substr(12, 4) == std::string("\x00\x02\x00\x00", 4));
  std::uint64_t length = 0;
  for (std::size_t i = 8; i-- > 0;) length = length << 8 | static_cast<unsigned char>(bytes[16 + i]);
  CHECK(length == bytes.size() - 512);
  CHECK(bytes.substr(24, 16) != std::string(16, '\0'));
  CHECK(bytes.substr(40, 472) == std::string(472, '\0'));
  CHECK(bytes.substr(512, 8) == "\x89HDF\r\n\x1a\n");
}

TEST_CASE("sealed: each kind of bad file is told apart") {
  const Folder folder;
  CHECK(contains(opening_error(folder / "absent"), "absent: no such file"));
  CHECK(contains(opening_error(folder.path), "is a folder"));
  CHECK(contains(opening_error("/dev/null"), "is not a regular file"));
  put(folder / "text", "just some text");
  CHECK(contains(opening_error(folder / "text"), "text: is not a sealed thing"));
  {
    Hdf5Writer out(folder / "plain.h5");
    out.write("/x", Array::zeros({3}));
    out.close();
  }
  CHECK(contains(opening_error(folder / "plain.h5"), "is not a sealed thing but a plain HDF5 file"));
  CHECK(data::check_seal(folder / "plain.h5") == Seal::foreign);

  seal(folder / "newer", 1, 100, 2);
  CHECK(data::check_seal(folder / "newer") == Seal::whole);
  CHECK(contains(opening_error(folder / "newer"), "has a newer format: got version 2; this xgrad reads up to 1"));

  seal(folder / "long", 1);
  put(folder / "long", content(folder / "long") + "x");
  CHECK(data::check_seal(folder / "long") == Seal::overlong);
  CHECK(contains(opening_error(folder / "long"), "has bytes after its end"));
}

TEST_CASE("sealed: a file cut anywhere is found truncated") {
  const Folder folder;
  seal(folder / "a", 1.5, 1000);
  const std::string whole = content(folder / "a");
  put(folder / "cut", whole);
  for (std::size_t size = whole.size() - 1; size > 0; size -= size > 600 ? 97 : 1) {
    fs::resize_file(folder / "cut", size);
    if (data::check_seal(folder / "cut") != Seal::truncated) FAIL_CHECK("cut to ", size, " bytes");
  }
  put(folder / "cut", whole.substr(0, 1024));
  CHECK(contains(opening_error(folder / "cut"),
                 "is truncated: got 1024 bytes; expected " + std::to_string(whole.size())));
  put(folder / "cut", "");
  CHECK(contains(opening_error(folder / "cut"), "is truncated: got 0 bytes; expected at least 512 bytes"));
}

TEST_CASE("sealed: every changed bit of the seal is found") {
  const Folder folder;
  seal(folder / "a", 1.5);
  const std::string whole = content(folder / "a");
  std::fstream file(folder / "a", std::ios::binary | std::ios::in | std::ios::out);
  const auto write = [&](std::size_t at, int byte) {
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(byte)).flush();
  };
  for (std::size_t i = 0; i < 512; ++i) {
    write(i, whole[i] ^ (1 << (i % 8)));
    if (data::check_seal(folder / "a") == Seal::whole) FAIL_CHECK("byte ", i);
    if (opening_error(folder / "a").empty()) FAIL_CHECK("byte ", i, " opens");
    write(i, whole[i]);
  }
  CHECK(data::check_seal(folder / "a") == Seal::whole);
}

TEST_CASE("sealed: when filling fails, the old file stays and no temporary") {
  const Folder folder;
  seal(folder / "a", 1.5);
  const std::string before = content(folder / "a");
  CHECK_THROWS_AS(data::write_sealed(folder / "a", 1,
                                     [](Hdf5Writer& out) {
                                       out.write("/x", Array::zeros({1000}));
                                       throw std::runtime_error("no more");
                                     }),
                  std::runtime_error);
  CHECK_THROWS_AS(data::write_sealed(folder / "a", 1, [](Hdf5Writer& out) { out.write("bad", Array::zeros({1})); }),
                  IoError);
  CHECK(content(folder / "a") == before);
  CHECK(folder.entries() == 1);
}

TEST_CASE(
    "sealed: a full disk is an IoError at whatever byte it comes, the old file stays, and writing works again after") {
  const Folder folder;
  seal(folder / "a", 1.5, 5000);
  const std::string before = content(folder / "a");
  for (rlim_t room = 0; room < before.size(); room += 577) {
    CAPTURE(room);
    std::string text;
    {
      const FullDisk full(room);
      text = error_of([&] { seal(folder / "a", 2.5, 5000); });
    }
    CHECK(contains(text, "a.tmp-"));
    CHECK(contains(text, "File too large"));  // on a disk that is really full: "No space left on device"
    CHECK(folder.entries() == 1);
  }
  CHECK(content(folder / "a") == before);
  seal(folder / "a", 1.5, 5000);
  CHECK(content(folder / "a") == before);
}

TEST_CASE("sealed: a writer killed at any moment leaves the old file or the new one") {
  const Folder folder;
  seal(folder / "a", 0, 20000);
  for (int round = 1; round <= 25; ++round) {
    const std::string before = content(folder / "a");
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      try {
        for (;;) seal(folder / "a", round, 20000);
      } catch (...) {
      }
      ::_exit(1);
    }
    // Some are killed in their first write, some long after it.
    for (int i = 0; round % 2 == 0 && i < 5000 && content(folder / "a") == before; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::this_thread::sleep_for(std::chrono::microseconds(211 * round));
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    const Array x = data::open_sealed(folder / "a", 1, "a sealed thing").read("/x");
    const float value = x.data<float>()[0];
    CHECK(x.data<float>()[19999] == value);
    if (round % 2 == 0) CHECK(value == static_cast<float>(round));
  }
}

TEST_SUITE_END();
