#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "autograd/create.hpp"
#include "autograd/ops/arithmetic.hpp"
#include "data/loader.hpp"
#include "data/synthetic_digits.hpp"
#include "tensor/error.hpp"
#include "tensor/memory.hpp"
#include "tensor/parallel.hpp"
#include "tests/data/files.hpp"

TEST_SUITE_BEGIN("data");

using namespace xgrad;
using namespace xgrad::test;
using data::Batch;
using data::DataLoader;
using data::LoaderOptions;

namespace {

using namespace std::chrono_literals;
constexpr auto kSlow = 100us;  // a batch that is worth handing over

struct Threads {
  int before = num_threads();
  explicit Threads(int n) { set_num_threads(n); }
  ~Threads() { set_num_threads(before); }
};

/// Waits until `done()`, at most ten seconds.
template <class F>
bool eventually(F done) {
  for (int i = 0; i < 10'000 && !done(); ++i) std::this_thread::sleep_for(1ms);
  return done();
}

/// What the calls of a data set have seen; shared by its copies.
struct Seen {
  std::atomic<int> calls{0}, inside{0};
  std::atomic<bool> overlapped{false};
  std::mutex mutex;
  std::vector<std::thread::id> threads;
};

/// n examples whose input is their number, noted in `seen`; takes `time` for each batch.
struct Watched : data::Dataset {
  std::int64_t n;
  std::chrono::microseconds time;
  std::shared_ptr<Seen> seen = std::make_shared<Seen>();
  explicit Watched(std::int64_t examples, std::chrono::microseconds per_batch = kSlow) : n(examples), time(per_batch) {}

  std::int64_t size() const override { return n; }
  Batch batch(std::span<const std::int64_t> indices) const override {
    if (++seen->inside > 1) seen->overlapped = true;
    ++seen->calls;
    {
      const std::lock_guard lock(seen->mutex);
      seen->threads.push_back(std::this_thread::get_id());
    }
    std::this_thread::sleep_for(time);
    const Array x = Array::copy_of(indices.data(), {std::ssize(indices)});
    --seen->inside;
    return {x, x};
  }
};

/// Random crops, flips or noise stand for this: every batch draws, in parallel work too.
struct Noisy : data::Dataset {
  std::int64_t size() const override { return 23; }
  Batch batch(std::span<const std::int64_t> indices) const override {
    std::this_thread::sleep_for(kSlow);
    const Tensor noise = randn({std::ssize(indices), 300});
    std::vector<float> sums(100'000);
    parallel_for(std::ssize(sums), 1000, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) sums[static_cast<std::size_t>(i)] = noise.data<float>()[i % 300];
    });
    return {noise, tensor(sums)};
  }
};

std::string bytes_of(const Batch& batch) {
  std::string out = batch.x.shape().str() + batch.y.shape().str();
  for (const Tensor& t : {batch.x, batch.y}) out.append(static_cast<const char*>(t.array().raw()), t.array().nbytes());
  return out;
}

/// Two epochs, every byte; draws and computes meanwhile as a training loop does.
std::string two_epochs(LoaderOptions options, std::int64_t prefetch) {
  Generator mine(5);
  const GeneratorGuard guard(mine);
  options.prefetch = prefetch;
  DataLoader loader(Noisy(), options);
  std::string out;
  for (int epoch = 0; epoch < 2; ++epoch)
    for (const Batch& batch : loader) {
      out += bytes_of(batch);
      out += std::to_string(default_generator().bits());
    }
  return out;
}

/// Digits, as if they came from far away.
struct Distant : data::Dataset {
  data::TensorDataset digits = data::synthetic_digits(600, 1).train;
  std::int64_t size() const override { return digits.size(); }
  Batch batch(std::span<const std::int64_t> indices) const override {
    std::this_thread::sleep_for(kSlow);
    return digits.batch(indices);
  }
};

/// Examples of one number each, some of which cannot be had.
struct Patchy : data::Dataset {
  std::int64_t size() const override { return 7; }
  Batch batch(std::span<const std::int64_t> indices) const override {
    std::this_thread::sleep_for(kSlow);
    if (indices[0] == 2) throw IoError("disk on fire");
    if (indices[0] == 4) throw 4;
    const Array x = Array::copy_of(indices.data(), {std::ssize(indices)});
    return {x, x};
  }
};

}  // namespace

TEST_CASE("prefetch: batches are the same bits whatever is prefetched and on any number of threads") {
  for (const LoaderOptions& options :
       {LoaderOptions{.batch_size = 4}, LoaderOptions{.batch_size = 4, .shuffle = true},
        LoaderOptions{.batch_size = 5, .shuffle = true, .drop_last = true, .seed = 3}, LoaderOptions{.seed = 3}}) {
    const std::string expected = two_epochs(options, 0);
    for (const int threads : {1, 2, 5}) {
      const Threads guard(threads);
      for (const std::int64_t prefetch : {0, 1, 2, 3, 100}) {
        CAPTURE(threads);
        CAPTURE(prefetch);
        CHECK((two_epochs(options, prefetch) == expected));
      }
    }
  }
}

TEST_CASE("prefetch: what a data set draws is its epoch's and its batch's, and leaves the caller's generator alone") {
  DataLoader loader(Noisy(), {.batch_size = 10, .seed = 1});
  const auto epoch = [&] {
    std::vector<std::string> out;
    for (const Batch& batch : loader) out.push_back(bytes_of(batch));
    return out;
  };
  Generator mine(5);
  const GeneratorGuard guard(mine);
  const auto first = epoch(), second = epoch();
  CHECK((first[0] != first[1]));
  CHECK((first != second));
  loader.set_epoch(1);
  CHECK((epoch() == second));
  CHECK(mine.counter() == 0);
}

TEST_CASE("prefetch: nothing a data set computes is recorded, here or there") {
  struct Computing : data::Dataset {
    Tensor weight = ones({3}).requires_grad_();
    std::int64_t size() const override { return 3; }
    Batch batch(std::span<const std::int64_t>) const override {
      std::this_thread::sleep_for(kSlow);
      return {weight * 2., weight};
    }
  };
  for (const std::int64_t prefetch : {0, 2})
    for (const auto& [x, y] : DataLoader(Computing(), {.batch_size = 1, .prefetch = prefetch})) {
      CHECK_FALSE(x.requires_grad());
      CHECK(y.requires_grad());  // handed out as it is
      CHECK(GradMode::enabled());
    }
}

TEST_CASE("prefetch: with 0 all is gathered by the caller, else by one other thread from the third on, one at a time") {
  for (const std::int64_t prefetch : {0, 1, 4}) {
    CAPTURE(prefetch);
    const Watched set(30);
    for (const Batch& batch : DataLoader(set, {.batch_size = 3, .prefetch = prefetch})) CHECK(batch.x.numel() == 3);
    CHECK(set.seen->calls == 10);
    CHECK_FALSE(set.seen->overlapped);
    const auto& threads = set.seen->threads;
    for (std::size_t i = 0; i < threads.size(); ++i) {
      CHECK(threads[i] == threads[i < 2 ? 0 : 2]);
      CHECK((threads[i] == std::this_thread::get_id()) == (i < 2 || prefetch == 0));
    }
  }
}

TEST_CASE("prefetch: gets ahead of the caller by as many batches as it may and no more") {
  for (const std::int64_t prefetch : {0, 1, 2, 5}) {
    CAPTURE(prefetch);
    const Watched set(40);
    DataLoader loader(set, {.batch_size = 2, .prefetch = prefetch});
    int given = 1;
    for (auto it = loader.begin(); it != loader.end() && given < 10; ++it, ++given) {
      const int expected = given + (given > 1 ? static_cast<int>(prefetch) : 0);
      CHECK(eventually([&] { return set.seen->calls == expected; }));
      if (given % 4 == 0) std::this_thread::sleep_for(3ms);
      CHECK(set.seen->calls == expected);
    }
  }
}

TEST_CASE("prefetch: an exception comes where its batch is due, and the batches around it come too") {
  for (const std::int64_t prefetch : {0, 1, 2, 9}) {
    CAPTURE(prefetch);
    DataLoader loader(Patchy(), {.batch_size = 1, .prefetch = prefetch});
    std::string story;
    auto it = loader.begin();
    while (it != loader.end()) {
      if (it->x.defined()) story += std::to_string(it->x.item<int>()) + " ";
      try {
        ++it;
      } catch (const IoError& error) {
        story += std::string(error.what()) + " ";
      } catch (int number) {
        story += "int " + std::to_string(number) + " ";
      }
    }
    CHECK(story == "0 1 disk on fire 3 int 4 5 6 ");
  }
  struct Broken : data::Dataset {
    std::int64_t size() const override { return 3; }
    Batch batch(std::span<const std::int64_t>) const override { throw std::runtime_error("none at all"); }
  };
  DataLoader broken(Broken(), {.batch_size = 1});
  CHECK_THROWS_WITH_AS(broken.begin(), "none at all", std::runtime_error);
}

TEST_CASE("prefetch: an epoch may be left at any moment, also while a batch is being gathered") {
  const std::int64_t before = memory_stats().live_bytes;
  {
    const Watched set(64);
    DataLoader loader(set, {.batch_size = 2, .shuffle = true});
    for (int i = 0; i < 200; ++i) {
      int wanted = i % 33;
      for (const Batch& batch : loader) {
        CHECK(batch.x.numel() == 2);
        if (i % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(i));
        if (wanted-- == 0) break;
      }
      const int calls = set.seen->calls;
      CHECK(set.seen->inside == 0);
      if (i % 50 == 0) std::this_thread::sleep_for(2ms);
      CHECK(set.seen->calls == calls);
    }
    CHECK_FALSE(set.seen->overlapped);

    // For certain inside a call, and with one that fails.
    const Watched slow(64, 5ms);
    {
      auto it = DataLoader(slow, {.batch_size = 2}).begin();
      ++it;
      CHECK(eventually([&] { return slow.seen->inside == 1; }));
    }
    CHECK(slow.seen->inside == 0);
    auto it = DataLoader(Patchy(), {.batch_size = 1}).begin();
    ++it;
    std::this_thread::sleep_for(3ms);
  }
  CHECK(memory_stats().live_bytes == before);
}

TEST_CASE("prefetch: epochs under way do not disturb each other, and outlive loader and data set") {
  auto loader = std::make_unique<DataLoader>(Watched(20), LoaderOptions{.batch_size = 2, .shuffle = true, .seed = 9});
  const auto rest = [](DataLoader::Iterator it) {
    std::vector<std::int64_t> out;
    for (; it != DataLoader::end(); ++it)
      out.insert(out.end(), it->x.values<std::int64_t>().begin(), it->x.values<std::int64_t>().end());
    return out;
  };
  const auto first = rest(loader->begin()), second = rest(loader->begin());
  loader->set_epoch(0);
  auto a = loader->begin(), b = loader->begin();
  for (int i = 0; i < 3; ++i) ++b;
  const DataLoader::Iterator copy = b;  // shares b's position
  loader.reset();
  CHECK(rest(std::move(a)) == first);
  CHECK(rest(std::move(b)) == std::vector(second.begin() + 6, second.end()));
  CHECK(copy->x.data<std::int64_t>()[0] == second[6]);
}

TEST_CASE("prefetch: batches made there and dropped here leave nothing behind and ask the system for nothing new") {
  DataLoader loader(Distant(), {.batch_size = 100, .shuffle = true});
  const auto epochs = [&](int n) {
    for (int i = 0; i < n; ++i)
      for (const Batch& batch : loader) static_cast<void>(batch.x.data<float>()[0]);
  };
  const std::int64_t live = memory_stats().live_bytes;
  epochs(4);
  const std::int64_t calls = memory_stats().system_calls;
  epochs(30);
  CHECK(memory_stats().live_bytes == live);
#ifndef XGRAD_NO_POOL
  CHECK(memory_stats().system_calls - calls < 20);  // at most what fits the caller's lists
#else
  static_cast<void>(calls);
#endif
}

TEST_CASE("prefetch: a negative number is a ValueError") {
  CHECK(error_of<ValueError>([] { DataLoader(Patchy(), {.prefetch = -1}); }) ==
        "data::DataLoader: prefetch: got -1; expected 0 or more");
}

TEST_SUITE_END();
