#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>

#include "tests/train/checkpoints.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

/// A limit of this process while it lives.
class Limit {
 public:
  Limit(decltype(RLIMIT_FSIZE) what, rlim_t value) : what_(what) {
    REQUIRE(::getrlimit(what, &before_) == 0);
    rlimit now = before_;
    now.rlim_cur = value;
    REQUIRE(::setrlimit(what, &now) == 0);
  }
  ~Limit() { ::setrlimit(what_, &before_); }

 private:
  decltype(RLIMIT_FSIZE) what_;
  rlimit before_{};
};

}  // namespace

TEST_SUITE_BEGIN("train");

TEST_CASE("checkpoint: a disk that is full at any byte is an IoError; the old file stays and no other is left") {
  const Folder folder;
  Net saved, other;
  train::save(folder / "net.h5", saved);
  const std::string whole = content(folder / "net.h5");
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  const std::size_t step = whole.size() / 150;
  for (std::size_t room = 0; room < whole.size() + step; room += step) {
    CAPTURE(room);
    std::string text;
    {
      const Limit limit(RLIMIT_FSIZE, room);
      text = error_of([&] { train::save(folder / "net.h5", other); });
    }
    CHECK(text.empty() == (room >= whole.size()));
    if (!text.empty()) {
      CHECK((content(folder / "net.h5") == whole));
      CHECK(contains(text, "File too large"));
      CHECK(contains(text, "net.h5"));
    }
    CHECK(folder.entries() == 1);
  }
  Net loaded;
  train::load(folder / "net.h5", loaded);
  CHECK((bytes_of(loaded) == bytes_of(other)));
  ::signal(SIGXFSZ, handler);
}

TEST_CASE("checkpoint: without file descriptors saving and loading are an IoError, and nothing changes") {
  const Folder folder;
  Net saved, other, target;
  train::save(folder / "net.h5", saved);
  const std::string whole = content(folder / "net.h5"), model = bytes_of(target);
  const int next = ::open("/dev/null", O_RDONLY);  // the lowest that is free; those above it are, too
  ::close(next);
  int refusals = 0;
  for (int spare = 0; spare < 8; ++spare) {
    CAPTURE(spare);
    std::string saving, loading;
    {
      const Limit limit(RLIMIT_NOFILE, static_cast<rlim_t>(next + spare));
      saving = error_of([&] { train::save(folder / "net.h5", other); });
      loading = error_of([&] { train::load(folder / "net.h5", target); });
    }
    refusals += !saving.empty() + !loading.empty();
    CHECK(folder.entries() == 1);
    if (!saving.empty()) CHECK((content(folder / "net.h5") == whole));
    if (!loading.empty()) CHECK((bytes_of(target) == model));
    if (!saving.empty()) CHECK(contains(saving, "net.h5"));
    if (!loading.empty()) CHECK(contains(loading, "net.h5"));
  }
  CHECK(refusals >= 2);
  CHECK((bytes_of(target) == bytes_of(other)));
}

TEST_SUITE_END();
