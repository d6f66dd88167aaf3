#include "tensor/tasks.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tensor/error.hpp"
#include "tensor/parallel.hpp"
#include "tests/throws.hpp"

TEST_SUITE_BEGIN("tensor");

using namespace xgrad;

namespace {

/// Puts the number of threads back.
struct Threads {
  explicit Threads(int n) : before(num_threads()) { set_num_threads(n); }
  ~Threads() { set_num_threads(before); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  int before;
};

void short_work() { std::this_thread::sleep_for(std::chrono::milliseconds(2)); }

}  // namespace

TEST_CASE("parallel_tasks runs every task once, starts them in order, and no more at a time than workers") {
  const Threads threads(4);
  for (const int workers : {1, 2, 3, 4, 9}) {
    CAPTURE(workers);
    std::vector<std::int64_t> started;
    std::mutex mutex;
    std::atomic<int> running{0}, most{0};
    parallel_tasks(30, workers, [&](std::int64_t i) {
      {
        const std::lock_guard lock(mutex);
        started.push_back(i);
      }
      const int now = ++running;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
      }
      short_work();
      --running;
    });
    CHECK(started.size() == 30);
    std::vector<bool> seen(30);
    for (std::size_t k = 0; k < started.size(); ++k) {
      CHECK(!seen[static_cast<std::size_t>(started[k])]);
      seen[static_cast<std::size_t>(started[k])] = true;
      CHECK(std::abs(started[k] - static_cast<std::int64_t>(k)) < 4);  // between taking a number and noting it
    }
    CHECK(most <= std::min(workers, 4));
  }
  parallel_tasks(0, 2, [](std::int64_t) { FAIL("there is none"); });
}

TEST_CASE("a task may wait for a thread of its own that does work in pieces, with all places taken by such tasks") {
  const Threads threads(2);
  std::atomic<int> under_way{0};
  std::atomic<std::int64_t> sum{0};
  parallel_tasks(4, 2, [&](std::int64_t) {
    ++under_way;
    for (int i = 0; i < 500 && under_way < 2; ++i) short_work();  // so that both places are taken; a second at most
    std::thread([&] {
      parallel_for(1000, 10, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) sum += i;
      });
    }).join();
  });
  CHECK(sum == 4 * 499500);
}

TEST_CASE("parallel_tasks shares the threads out: work in pieces inside a task stays on its share") {
  const Threads threads(4);
  for (const auto& expected : {std::pair{1, 4}, std::pair{2, 2}, std::pair{3, 1}, std::pair{4, 1}}) {
    const int workers = expected.first, wanted = expected.second;
    CAPTURE(workers);
    std::atomic<int> wrong{0};
    parallel_tasks(8, workers, [&](std::int64_t) {
      const auto mine = std::this_thread::get_id();
      wrong += num_threads() != wanted;
      std::atomic<int> running{0};
      std::atomic<std::int64_t> sum{0};
      parallel_for(64, 1, [&](std::int64_t begin, std::int64_t end) {
        wrong += ++running > wanted;
        wrong += wanted == 1 && std::this_thread::get_id() != mine;
        wrong += num_threads() != wanted;
        for (std::int64_t i = begin; i < end; ++i) sum += i;
        --running;
      });
      wrong += sum != 64 * 63 / 2;
    });
    CHECK(wrong == 0);
    CHECK(num_threads() == 4);
  }
}

TEST_CASE("parallel_tasks: an exception reaches the caller, that of the first task that failed, and no more start") {
  const Threads threads(4);
  for (const int workers : {1, 2, 4}) {
    CAPTURE(workers);
    std::atomic<int> started{0}, finished{0};
    CHECK(throws<std::runtime_error>(
        [&] {
          parallel_tasks(100, workers, [&](std::int64_t i) {
            ++started;
            short_work();
            if (i >= 5) throw std::runtime_error("task " + std::to_string(i));
            // What others have under way is not cut short.
            std::atomic<int> pieces{0};
            parallel_for(50, 1, [&](std::int64_t, std::int64_t) { ++pieces; });
            if (pieces == 50) ++finished;
          });
        },
        "task 5"));
    CHECK(finished == 5);
    CHECK(started < 5 + 2 * workers);
  }
  CHECK(throws<ValueError>([] { parallel_tasks(3, 0, [](std::int64_t) {}); },
                           "parallel_tasks: workers: got 0; expected 1 or more"));
}

TEST_SUITE_END();
