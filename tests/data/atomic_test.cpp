#include "data/formats/atomic.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tensor/error.hpp"
#include "tests/files.hpp"

using namespace xgrad;
using namespace xgrad::test;
using data::atomic_write;

namespace {

void write(const fs::path& file, const std::string& text) {
  atomic_write(file, [&](const fs::path& temporary) { put(temporary, text); });
}

mode_t mode(const fs::path& file) {
  struct stat info {};
  REQUIRE(::stat(file.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

/// Root may write anywhere: such tests step down to another user while they look.
struct NotRoot {
  bool was_root = ::geteuid() == 0;
  bool done = !was_root || ::seteuid(65534) == 0;
  ~NotRoot() {
    if (was_root && done && ::seteuid(0) != 0) std::abort();
  }
};

}  // namespace

TEST_SUITE_BEGIN("data");

TEST_CASE("atomic_write: makes a new file and replaces an old one") {
  const Folder folder;
  write(folder / "a.txt", "first");
  CHECK(content(folder / "a.txt") == "first");
  write(folder / "a.txt", "second, longer");
  CHECK(content(folder / "a.txt") == "second, longer");
  write(folder / "a.txt", "");
  CHECK(content(folder / "a.txt") == "");
  CHECK(folder.entries() == 1);
}

TEST_CASE("atomic_write: the temporary is empty, in the same folder, and the old file is untouched meanwhile") {
  const Folder folder;
  put(folder / "a.txt", "old");
  atomic_write(folder / "a.txt", [&](const fs::path& temporary) {
    CHECK(temporary.parent_path() == folder.path);
    CHECK(fs::file_size(temporary) == 0);
    put(temporary, "new");
    CHECK(content(folder / "a.txt") == "old");
  });
  CHECK(content(folder / "a.txt") == "new");
}

TEST_CASE("atomic_write: when the writer throws, the old file stays and nothing else is left") {
  const Folder folder;
  put(folder / "a.txt", "old");
  const auto failing = [](const fs::path& temporary) {
    put(temporary, "half a fi");
    throw std::runtime_error("the writer's own");
  };
  CHECK_THROWS_WITH_AS(atomic_write(folder / "a.txt", failing), "the writer's own", std::runtime_error);
  CHECK(content(folder / "a.txt") == "old");
  CHECK_THROWS_AS(atomic_write(folder / "new.txt", failing), std::runtime_error);
  CHECK_FALSE(fs::exists(folder / "new.txt"));
  CHECK(folder.entries() == 1);
}

TEST_CASE("atomic_write: a writer that removes its temporary is told so, and the old file stays") {
  const Folder folder;
  put(folder / "a.txt", "old");
  CHECK(contains(error_of([&] { atomic_write(folder / "a.txt", [](const fs::path& t) { fs::remove(t); }); }),
                 "the new content cannot be opened"));
  CHECK(content(folder / "a.txt") == "old");
}

TEST_CASE("atomic_write: bad targets are refused before the writer is called") {
  const Folder folder;
  put(folder / "file", "x");
  const auto never = [](const fs::path&) { FAIL("the writer was called"); };
  const std::vector<std::pair<fs::path, std::string>> cases = {
      {folder.path, "is a folder"},
      {folder / "absent/a.txt", "No such file or directory"},
      {folder / "file/a.txt", "Not a directory"},
      {folder.path / std::string(300, 'n'), "File name too long"},
      {"/dev/null", "is not a regular file"},
      {folder / "", "is not the name of a file"},
      {folder / ".", "is not the name of a file"},
      {"", "is not the name of a file"},
  };
  for (const auto& row : cases) {
    const auto& target = row.first;
    const auto& reason = row.second;
    CAPTURE(target.string());
    const std::string text = error_of([&] { atomic_write(target, never); });
    CHECK(contains(text, reason));
    CHECK(contains(text, "data::atomic_write: " + target.string()));
  }
  CHECK(folder.entries() == 1);
}

TEST_CASE("atomic_write: an unwritable folder and a write-protected file are refused, and nothing changes") {
  const Folder folder;
  fs::create_directory(folder / "closed");
  put(folder / "closed/a.txt", "old");
  put(folder / "protected.txt", "old");
  fs::permissions(folder / "closed/a.txt", fs::perms::all);
  fs::permissions(folder / "protected.txt", fs::perms::owner_read | fs::perms::others_read);
  fs::permissions(folder.path, fs::perms::all);
  fs::permissions(folder / "closed",
                  fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read | fs::perms::others_exec);
  {
    const NotRoot other;
    if (!other.done || ::access(folder.path.c_str(), X_OK) != 0) {
      MESSAGE("cannot become another user here; not tested");
    } else {
      for (const char* name : {"closed/a.txt", "closed/new.txt", "protected.txt"}) {
        CAPTURE(name);
        const std::string text = error_of([&] { write(folder / name, "new"); });
        CHECK(contains(text, name));
        CHECK(contains(text, "Permission denied"));
      }
    }
  }
  fs::permissions(folder / "closed", fs::perms::all);
  CHECK(content(folder / "closed/a.txt") == "old");
  CHECK(content(folder / "protected.txt") == "old");
  CHECK_FALSE(fs::exists(folder / "closed/new.txt"));
}

TEST_CASE("atomic_write: permissions of the old file stay; a new one has the umask's") {
  const Folder folder;
  const mode_t mask = ::umask(0027);
  write(folder / "new.txt", "x");
  ::umask(mask);
  CHECK(mode(folder / "new.txt") == 0640);
  for (const mode_t wanted : {mode_t{0600}, mode_t{0664}, mode_t{0755}}) {
    REQUIRE(::chmod((folder / "new.txt").c_str(), wanted) == 0);
    atomic_write(folder / "new.txt", [&](const fs::path& temporary) {
      CHECK((mode(temporary) & ~wanted & 0077) == 0);  // never more open than the file it becomes
      put(temporary, "y");
    });
    CHECK(mode(folder / "new.txt") == wanted);
  }
}

TEST_CASE("atomic_write: a symbolic link stays, the file behind it is replaced") {
  const Folder folder;
  fs::create_directory(folder / "data");
  put(folder / "data/real.txt", "old");
  fs::create_symlink("data/real.txt", folder / "link");
  fs::create_symlink(folder / "link", folder / "link_to_link");
  fs::create_symlink("data/not_yet.txt", folder / "dangling");
  fs::create_symlink("circle", folder / "circle");
  write(folder / "link", "new");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(content(folder / "data/real.txt") == "new");
  write(folder / "link_to_link", "newer");
  CHECK(content(folder / "data/real.txt") == "newer");
  write(folder / "dangling", "there");
  CHECK(content(folder / "data/not_yet.txt") == "there");
  CHECK(contains(error_of([&] { write(folder / "circle", "x"); }), "too many symbolic links"));
}

TEST_CASE("atomic_write: names without a folder and names of full length work") {
  const Folder folder;
  const std::string longest(255, 'n');
  write(folder.path / longest, "x");
  CHECK(content(folder.path / longest) == "x");
  const fs::path here = fs::current_path();
  fs::current_path(folder.path);
  write("plain.txt", "y");
  CHECK(content("plain.txt") == "y");
  fs::current_path(here);
  CHECK(folder.entries() == 2);
}

TEST_CASE("atomic_write: a leftover of a killed process is no obstacle, and is removed") {
  const Folder folder;
  std::string used;
  atomic_write(folder / "a", [&](const fs::path& temporary) { used = temporary.filename().string(); });
  const std::size_t dash = used.rfind('-');
  const int number = std::stoi(used.substr(dash + 1));
  for (int i = 1; i <= 3; ++i) put(folder.path / (used.substr(0, dash + 1) + std::to_string(number + i)), "leftover");
  write(folder / "a", "x");
  CHECK(content(folder / "a") == "x");
  CHECK(folder.entries() == 1);
}

TEST_CASE("atomic_write: removes its own leftovers only, and none that is in use") {
  const Folder folder;
  for (const char* name : {"a.tmp-", "a.tmp-1", "a.tmp-1-", "a.tmp--1", "a.tmp-1-2-3", "a.tmp-1-x", "b.tmp-1-2",
                           "a-1-2", "aa.tmp-1-2", "a.tmp-1-2.tmp-1"})
    put(folder / name, "not ours");
  fs::create_directory(folder / "a.tmp-7-8");
  fs::create_symlink("b.tmp-1-2", folder / "a.tmp-8-8");
  put(folder / "a.tmp-1-2", "left behind");
  atomic_write(folder / "a", [&](const fs::path& outer) {
    CHECK_FALSE(fs::exists(folder / "a.tmp-1-2"));
    write(folder / "a", "inner");
    CHECK(fs::exists(outer));
    put(outer, "outer");
  });
  CHECK(content(folder / "a") == "outer");
  CHECK(folder.entries() == 13);

  const std::string longest(255, 'n');
  put(folder.path / (std::string(244, 'n') + ".tmp-123-45"), "left behind");
  write(folder.path / longest, "x");
  CHECK(folder.entries() == 14);
}

TEST_CASE("atomic_write: several writers at once leave one whole file and no temporaries") {
  const Folder folder;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&folder, t] {
      for (int i = 0; i < 20; ++i) write(folder / "a", std::string(10000, static_cast<char>('a' + t)));
    });
  for (auto& thread : threads) thread.join();
  const std::string text = content(folder / "a");
  CHECK(text.size() == 10000);
  CHECK(text.find_first_not_of(text[0]) == std::string::npos);
  CHECK(folder.entries() == 1);
}

TEST_SUITE_END();
