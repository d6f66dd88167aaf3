// The process in which foreign HDF5 is read: what it may not do, how it ends, and that it leaves nothing behind.

#include "data/formats/detail/guarded_child.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "data/formats/detail/foreign.hpp"
#include "data/formats/foreign_hdf5.hpp"
#include "data/formats/hdf5.hpp"
#include "tensor/parallel.hpp"
#include "tests/files.hpp"

using namespace xgrad;
using namespace xgrad::test;
using data::detail::ChildLimits;
using data::detail::GuardedChild;
using data::detail::Hdf5File;
using data::detail::Outbox;
using data::detail::Tag;

namespace {

const fs::path kFile = fs::path(XGRAD_TESTS_DIR) / "data" / "fixtures" / "foreign.hdf5";
const Hdf5File kNamed{.op = "data::read_foreign_hdf5", .path = "bad.h5"};
constexpr ChildLimits kLimits{.memory = 64 << 20, .seconds = 10};

/// The error of a child that does `work` and is asked for one more number than it reports.
std::string ending(const std::function<void(Outbox&)>& work, const ChildLimits& limits = kLimits) {
  return error_of([&] {
    GuardedChild child(kNamed, limits, -1, work);
    while (child.get<int>() != -1) continue;
  });
}

/// The number that `work` gives in the child.
int answer(const std::function<int()>& work, const ChildLimits& limits = kLimits) {
  GuardedChild child(kNamed, limits, -1, [&](Outbox& out) { out.put(work()); });
  return child.get<int>();
}

int descriptors() {
  int n = 0;
  for (int fd = 0; fd < 1024; ++fd) n += ::fcntl(fd, F_GETFD) >= 0;
  return n;
}
bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD; }

std::atomic<int> handled{0};
void count_signal(int) { ++handled; }
void wait_for_all(int) {
  const int before = errno;
  while (::waitpid(-1, nullptr, WNOHANG) > 0) ++handled;
  errno = before;
}

/// Sets what a signal does, for as long as it lives.
struct Handling {
  int signal;
  struct sigaction before {};
  Handling(int s, void (*handler)(int)) : signal(s) {
    struct sigaction action {};
    action.sa_handler = handler;
    ::sigaction(signal, &action, &before);
  }
  ~Handling() { ::sigaction(signal, &before, nullptr); }
};

}  // namespace

TEST_SUITE_BEGIN("data");

TEST_CASE("guarded child: what it reports arrives, large and small") {
  const std::vector<int> many(1'000'000, 7);
  GuardedChild child(kNamed, kLimits, -1, [&](Outbox& out) {
    for (int i = 0; i < 100'000; ++i) out.put(i);
    out.put_bytes(many.data(), many.size() * sizeof(int));
    out.put_text("end");
  });
  bool same = true;
  for (int i = 0; i < 100'000; ++i) same = child.get<int>() == i && same;
  CHECK(same);
  std::vector<int> got(many.size());
  child.get_bytes(got.data(), got.size() * sizeof(int));
  CHECK(got == many);
  CHECK(child.get<std::uint32_t>() == 3);
}

TEST_CASE("guarded child: a crash is an error that names the file and the signal") {
  const std::string begin = "data::read_foreign_hdf5: bad.h5: crashes the HDF5 library (signal ";
  CHECK(ending([](Outbox&) { std::raise(SIGSEGV); }) ==
        begin + "11, segmentation fault): it is damaged, or made to do harm");
  CHECK(contains(ending([](Outbox&) { std::abort(); }), begin + "6, abort)"));
  CHECK(contains(ending([](Outbox&) { std::raise(SIGBUS); }), begin + "7, bus error)"));
  CHECK(contains(ending([](Outbox&) { std::raise(SIGFPE); }), begin + "8, arithmetic error)"));
  CHECK(contains(ending([](Outbox&) { throw 1; }), begin + "6, abort)"));
  CHECK(contains(ending([](Outbox& out) {
                   out.put(1);
                   out.flush();
                   std::raise(SIGSEGV);
                 }),
                 "signal 11"));
  CHECK(contains(ending([](Outbox&) { ::_exit(5); }), "the process that read it ended early (exit code 5)"));
  CHECK(contains(ending([](Outbox&) {}), "the process that read it ended early"));
  CHECK(contains(ending([](Outbox&) { std::raise(SIGKILL); }), "was killed (too much memory or time)"));
}

TEST_CASE("guarded child: time is limited, awake or asleep, and a child that closes its end is not waited for") {
  const auto start = std::chrono::steady_clock::now();
  const ChildLimits short_time{.memory = 1 << 20, .seconds = 0.3};
  CHECK(ending(
            [](Outbox&) {
              for (;;) ::getppid();
            },
            short_time) == "data::read_foreign_hdf5: bad.h5: takes longer to read than it may: more than 0.3 s");
  CHECK(contains(ending([](Outbox&) { ::sleep(100); }, short_time), "more than 0.3 s"));
  CHECK(contains(ending([](Outbox&) { std::raise(SIGSTOP); }, short_time), "more than 0.3 s"));
  CHECK(contains(ending([](Outbox&) {
                   for (int fd = 0; fd < 100; ++fd) ::close(fd);
                   ::sleep(100);
                 }),
                 "was killed"));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
}

#ifndef XGRAD_NO_POOL  // sanitizer builds limit time alone
TEST_CASE("guarded child: memory is limited, whatever the program has") {
  const std::vector<char> large(200 << 20);
  const auto allocates = [](std::size_t bytes) {
    return [bytes] {
      void* const p = std::malloc(bytes);
      const int got = p != nullptr;
      std::free(p);
      return got;
    };
  };
  CHECK(answer(allocates(16 << 20)) == 1);
  CHECK(answer(allocates(80 << 20)) == 0);
  CHECK(answer([] { return ::mmap(nullptr, 1 << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED; }));
}

TEST_CASE("guarded child: it opens and writes no file, keeps no descriptors, and prints nothing") {
  const Folder folder;
  put(folder / "x", "secret");
  const int open_before = ::open((folder / "x").c_str(), O_RDWR);
  REQUIRE(open_before > 2);
  CHECK(answer([&] { return ::open((folder / "x").c_str(), O_RDONLY) == -1 ? errno : 0; }) == EMFILE);
  CHECK(answer([&] { return ::open((folder / "new").c_str(), O_CREAT | O_WRONLY, 0600) == -1 ? errno : 0; }) == EMFILE);
  CHECK(answer([&] { return ::fcntl(open_before, F_GETFD) == -1 ? errno : 0; }) == EBADF);
  CHECK(answer([] { return ::dup(1) == -1 ? errno : 0; }) == EMFILE);
  CHECK(answer([] { return static_cast<int>(::write(1, "this text must not be seen\n", 27)); }) == 27);
  GuardedChild child(kNamed, kLimits, open_before, [&](Outbox& out) {
    out.put(static_cast<int>(::pwrite(open_before, "y", 1, 0)));  // SIGXFSZ, or -1
  });
  CHECK(error_of([&] {
          if (child.get<int>() != 1) throw IoError("not written");
        }) != "");
  CHECK(content(folder / "x") == "secret");
  CHECK_FALSE(fs::exists(folder / "new"));
  ::close(open_before);
}

#endif

TEST_CASE("guarded child: handlers of the program do not run in it, and a terminal's interrupts do not end it") {
  handled = 0;
  const Handling crash(SIGSEGV, count_signal), interrupt(SIGINT, count_signal);
  CHECK(contains(ending([](Outbox&) { std::raise(SIGSEGV); }), "signal 11"));
  CHECK(answer([] { return std::raise(SIGINT) + std::raise(SIGTERM) + std::raise(SIGHUP) + std::raise(SIGTSTP); }) ==
        0);
  CHECK(handled == 0);
}

TEST_CASE("guarded child: the program's own signals, children and descriptors are as before") {
  const int open_before = descriptors();
  const auto works = [] {
    return data::read_foreign_hdf5(kFile).datasets.size() == 19 &&
           contains(ending([](Outbox&) { std::raise(SIGSEGV); }), "bad.h5: c");
  };
  for (int i = 0; i < 8; ++i) CHECK(works());
  CHECK_FALSE(has_children());
  {
    const Handling ignored(SIGCHLD, SIG_IGN);  // nobody can ask how a child has ended
    for (int i = 0; i < 8; ++i) CHECK(works());
    CHECK_FALSE(has_children());
  }
  {
    const Handling greedy(SIGCHLD, wait_for_all);
    for (int i = 0; i < 15; ++i) CHECK(works());
    CHECK_FALSE(has_children());
  }
  {
    const Handling alarm(SIGALRM, count_signal);  // no SA_RESTART: every call may be interrupted
    handled = 0;
    const itimerval often{{0, 500}, {0, 500}}, never{};
    ::setitimer(ITIMER_REAL, &often, nullptr);
    for (int i = 0; i < 15; ++i) CHECK(works());
    ::setitimer(ITIMER_REAL, &never, nullptr);
    CHECK(handled > 0);
  }
  sigset_t blocked;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  CHECK(::sigismember(&blocked, SIGINT) == 0);
  CHECK(descriptors() == open_before);
}

TEST_CASE("guarded child: a program without standard streams can read") {
  int kept[3];
  for (int fd = 0; fd < 3; ++fd) {
    kept[fd] = ::fcntl(fd, F_DUPFD_CLOEXEC, 10);
    ::close(fd);
  }
  std::string error = "nothing read";
  try {
    if (data::read_foreign_hdf5(kFile).datasets.size() == 19) error = "";
  } catch (const Error& e) {
    error = e.what();
  }
  for (int fd = 0; fd < 3; ++fd) {
    ::dup2(kept[fd], fd);
    ::close(kept[fd]);
  }
  CHECK(error == "");
}

TEST_CASE("guarded child: many threads may read at once, while others compute and write") {
  const Folder folder;
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
#ifdef __SANITIZE_ADDRESS__
  // The allocator of g++ 12's libasan, other than glibc's, may be left locked by a thread that the child does not have.
  constexpr int kReaders = 0;
  MESSAGE("nobody reads at once: libasan's allocator does not know of fork");
#else
  constexpr int kReaders = 4;
#endif
  for (int t = 0; t < kReaders; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 8; ++i) {
        wrong += error_of([&] {
                   if (data::read_foreign_hdf5(kFile).datasets.size() != 19) throw IoError("wrong");
                 }) != "";
      }
    });
  std::thread computing([&] {
    while (!done) {
      std::vector<Array> arrays;  // the pool's lists and depot are busy
      for (int i = 1; i < 50; ++i) arrays.push_back(Array::zeros({i * 100}));
      auto* const to = arrays.back().mutable_data<float>();
      parallel_for(1000, 10, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) to[i] = 0;
      });
    }
  });
  std::thread writing([&] {
    while (!done) {
      data::Hdf5Writer out(folder / "own.h5");
      out.write("/x", Array::zeros({100}));
      out.close();
    }
  });
  for (auto& thread : threads) thread.join();
  done = true;
  computing.join();
  writing.join();
  CHECK(wrong == 0);
  CHECK_FALSE(has_children());
}

TEST_CASE("foreign hdf5: a file that changes while it is read gives an error or a tree") {
  const Folder folder;
  const std::string whole = content(kFile);
  put(folder / "f.h5", whole);
  std::atomic<bool> done{false};
  std::thread changing([&] {
    std::mt19937_64 random(3);
    while (!done) {
      fs::resize_file(folder / "f.h5", random() % whole.size());
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 2000));
      put(folder / "f.h5", whole);
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 4000));
    }
  });
  int read = 0, refused = 0;
  for (int i = 0; i < 200; ++i) {
    try {
      data::read_foreign_hdf5(folder / "f.h5", {.seconds = 10});
      ++read;
    } catch (const IoError&) {
      ++refused;
    }
  }
  done = true;
  changing.join();
  CHECK(refused > 0);
  CHECK(read + refused == 200);
}

TEST_CASE("foreign hdf5: a report that makes no sense is refused: the child may be in the file's hands") {
  const data::ForeignLimits limits{.bytes = 1 << 20, .seconds = 10, .objects = 1000, .depth = 10};
  const data::detail::InputBytes bytes{.descriptor = -1, .memory = nullptr, .size = 100};
  const auto outcome = [&](const std::function<void(Outbox&)>& work) {
    return error_of([&] {
      GuardedChild child(kNamed, kLimits, -1, work);
      data::detail::read_report(kNamed, bytes, limits, child);
    });
  };
  const auto root = [](Outbox& out) {
    out.put(Tag::group);
    out.put_text("");
  };
  const auto numbers = [](Outbox& out, std::uint8_t dtype, std::vector<std::int64_t> sizes, std::uint64_t place) {
    out.put(Tag::numbers);
    out.put_text("x");
    out.put(dtype);
    out.put(static_cast<std::uint8_t>(sizes.size()));
    for (const auto size : sizes) out.put(size);
    out.put(place);
  };
  CHECK(outcome([&](Outbox& out) {
          root(out);
          out.put(Tag::end);
          out.put(Tag::done);
        }) == "");
  const std::vector<std::function<void(Outbox&)>> bad = {
      [](Outbox& out) { out.put(Tag::done); },
      [&](Outbox& out) { (root(out), out.put(Tag::done)); },
      [&](Outbox& out) { (root(out), out.put(static_cast<Tag>(99))); },
      [&](Outbox& out) { (root(out), out.put(Tag::end), out.put(Tag::end)); },
      [&](Outbox& out) { (root(out), out.put(Tag::group), out.put_text("a/b")); },
      [&](Outbox& out) { (root(out), out.put(Tag::group), out.put_text(std::string(5000, 'x'))); },
      [&](Outbox& out) { (root(out), out.put(Tag::group), out.put(std::uint32_t{0xFFFFFFFF})); },
      [&](Outbox& out) { (root(out), numbers(out, 200, {1}, 0)); },
      [&](Outbox& out) { (root(out), numbers(out, 0, std::vector<std::int64_t>(9, 1), 0)); },
      [&](Outbox& out) { (root(out), numbers(out, 0, {-1}, 0)); },
      [&](Outbox& out) { (root(out), numbers(out, 0, {1LL << 62}, 0)); },
      [&](Outbox& out) {
        (root(out), numbers(out, 0, {1LL << 40, 1LL << 40}, 0));
      },
      [&](Outbox& out) { (root(out), numbers(out, 0, {1000}, 0)); },  // beyond the file
      [&](Outbox& out) { (root(out), numbers(out, 0, {1}, UINT64_MAX - 1)); },
      [&](Outbox& out) {
        for (int i = 0; i < 20; ++i) (out.put(Tag::group), out.put_text(i == 0 ? "" : "g"));
      },
      [&](Outbox& out) {
        root(out);
        for (int i = 0; i < 2000; ++i)
          (out.put(Tag::texts), out.put_text(std::to_string(i)), out.put(std::uint64_t{0}));
      },
      [&](Outbox& out) { (root(out), out.put(Tag::texts), out.put_text("t"), out.put(UINT64_MAX)); },
      [&](Outbox& out) {
        root(out);
        for (int i = 0; i < 2; ++i)
          (out.put(Tag::attribute), out.put_text("a"), out.put(std::uint8_t{0}), out.put(std::uint64_t{1}),
           out.put(std::int64_t{1}));
      },
      [&](Outbox& out) {
        (root(out), out.put(Tag::attribute), out.put_text("a"), out.put(std::uint8_t{3}), out.put(UINT64_MAX / 8 + 1));
      },
      [&](Outbox& out) {
        (root(out), out.put(Tag::attribute), out.put_text("a"), out.put(std::uint8_t{6}), out.put(std::uint64_t{0}));
      },
  };
  for (std::size_t i = 0; i < bad.size(); ++i) {
    CAPTURE(i);
    CHECK(contains(outcome(bad[i]), "data::read_foreign_hdf5: bad.h5: "));
  }
  CHECK(outcome([](Outbox& out) {
          out.put(Tag::failure);
          out.put_text("told\x1b\n");
        }) == "told??");
  // noise
  std::mt19937_64 random(5);
  for (int i = 0; i < 300; ++i) {
    std::string noise(random() % 3000, '\0');
    for (char& c : noise) c = static_cast<char>(random() % 4 == 0 ? random() : random() % 7);
    const std::string text = outcome([&](Outbox& out) { (root(out), out.put_bytes(noise.data(), noise.size())); });
    CHECK((text.empty() || contains(text, "bad.h5: ")));  // some noise is an empty tree
  }
}

TEST_SUITE_END();
