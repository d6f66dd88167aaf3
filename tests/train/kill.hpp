#pragma once
// Saving killed at random moments.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include "tests/train/checkpoints.hpp"

namespace xgrad::test {

struct Kills {
  int replaced = 0;   ///< times the file was another one after the kill
  int cut_short = 0;  ///< times a temporary lay there: the kill came in the middle of a save
};

/// In a child process: saves the two models in turn, for ever.
[[noreturn]] inline void save_for_ever(const fs::path& file, Net& first, Net& second) {
  try {
    for (;;) {
      train::save(file, first);
      train::save(file, second);
    }
  } catch (...) {
    ::_exit(1);
  }
}

/// Kills a process that saves over and over, `kills` times, each at a random moment of its first two or three saves;
/// looks at the file every time.
inline Kills kill_saves(int kills) {
  using Clock = std::chrono::steady_clock;
  const Folder folder;
  const fs::path file = folder / "net.h5";
  Net nets[2], loaded;
  std::string whole[2];
  Clock::duration longest{};
  for (int i : {0, 1, 0, 1}) {
    const auto start = Clock::now();
    train::save(file, nets[i]);
    longest = std::max(longest, Clock::now() - start);
    whole[i] = content(file);
  }
  REQUIRE((whole[0] != whole[1]));

  Kills seen;
  std::mt19937_64 random(7);
  int now = 1;
  for (int i = 0; i < kills; ++i) {
    CAPTURE(i);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) save_for_ever(file, nets[1 - now], nets[now]);
    std::this_thread::sleep_for(longest * static_cast<int>(random() % 1000) / 400);
    REQUIRE(::kill(child, SIGKILL) == 0);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));  // it did not end by itself, by an error

    const std::string bytes = content(file);
    const int before = now;
    now = bytes == whole[1];
    REQUIRE((bytes == whole[now]));
    train::load(file, loaded);
    CHECK((bytes_of(loaded) == bytes_of(nets[now])));
    seen.replaced += now != before;
    REQUIRE(folder.entries() <= 2);  // each save removes what the last kill left behind
    seen.cut_short += folder.entries() == 2;
  }
  train::save(file, nets[0]);
  CHECK(folder.entries() == 1);
  return seen;
}

}  // namespace xgrad::test
